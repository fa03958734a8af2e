using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace PondSentinel.Tests.Wire;

/// <summary>A message as text, member by member, so that two can be compared whole: records compare their lists by
/// reference.</summary>
internal static class MessageText
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case JsonElement json:
                AppendJson(text, json);
                break;
            case double number:
                // Bits, so that -0 is not 0.
                text.Append(CultureInfo.InvariantCulture, $"{number:R}/{BitConverter.DoubleToInt64Bits(number):x}");
                break;
            case string or Enum or IFormattable or bool:
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
            case IEnumerable items:
                text.Append('[');
                foreach (var item in items)
                {
                    Append(text, item);
                    text.Append(',');
                }

                text.Append(']');
                break;
            default:
                text.Append(value.GetType().Name).Append('{');
                AppendMembers(text, value);
                text.Append('}');
                break;
        }
    }

    // What it says, not how: a character may or may not be escaped.
    private static void AppendJson(StringBuilder text, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                Append(text, json.EnumerateObject().Select(member => (member.Name, member.Value)));
                break;
            case JsonValueKind.Array:
                Append(text, json.EnumerateArray());
                break;
            case JsonValueKind.String:
                text.Append('"').Append(json.GetString()).Append('"');
                break;
            default:
                text.Append(json.GetRawText());
                break;
        }
    }

    private static void AppendMembers(StringBuilder text, object value)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.Instance;
        foreach (var property in value.GetType().GetProperties(All).Where(property => property.GetIndexParameters().Length == 0))
        {
            text.Append(property.Name).Append('=');
            Append(text, property.GetValue(value));
            text.Append(';');
        }

        foreach (var field in value.GetType().GetFields(All))
        {
            text.Append(field.Name).Append('=');
            Append(text, field.GetValue(value));
            text.Append(';');
        }
    }
}
