using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace PondSentinel.Wire;

/// <summary>The form that every message has, whatever it says: one JSON object of bounded depth, no member twice, no
/// control character and no half of a surrogate pair in any text.</summary>
/// <remarks>Time and memory grow with the length of the bytes and no faster.</remarks>
public static class StrictJson
{
    /// <summary>Objects and arrays within each other at most, the outermost included.</summary>
    public const int DepthMax = 8;

    /// <summary>Members of one object at most.</summary>
    public const int MembersMax = 65_536;

    // A set that has been larger than this is not emptied but replaced: emptying costs what it once held.
    private const int SetReusedMax = 64;

    /// <summary>What is wrong with the form of a message; null when nothing is.</summary>
    /// <param name="json">The bytes of one whole message.</param>
    public static string? FaultIn(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return "not UTF-8";
        }

        // One level more than allowed, so that the fault can be told from a syntax error.
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthMax + 1 });
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject
                ? FaultInObject(ref reader)
                : "not a JSON object";
        }
        catch (JsonException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"not JSON after byte {reader.BytesConsumed}");
        }
    }

    private static string? FaultInObject(ref Utf8JsonReader reader)
    {
        var names = new HashSet<string>?[DepthMax];
        do
        {
            var fault = reader.TokenType switch
            {
                JsonTokenType.StartObject => Open(names, reader.CurrentDepth),
                JsonTokenType.StartArray => DepthFault(reader.CurrentDepth),
                JsonTokenType.PropertyName => NameFault(ref reader, names[reader.CurrentDepth - 1]!),
                JsonTokenType.String when !IsClean(reader.ValueSpan) => "a text holds a control character or half a character",
                _ => null,
            };
            if (fault is not null)
            {
                return fault;
            }
        }
        while (reader.Read());
        return null;
    }

    private static string? DepthFault(int depth) => depth >= DepthMax ? $"nested deeper than {DepthMax}" : null;

    private static string? Open(HashSet<string>?[] names, int depth)
    {
        if (DepthFault(depth) is { } fault)
        {
            return fault;
        }

        if (names[depth] is { Count: <= SetReusedMax } used)
        {
            used.Clear();
        }
        else
        {
            names[depth] = new HashSet<string>(StringComparer.Ordinal);
        }

        return null;
    }

    private static string? NameFault(ref Utf8JsonReader reader, HashSet<string> seen)
    {
        if (!IsClean(reader.ValueSpan))
        {
            return "the name of a member holds a control character or half a character";
        }

        var name = reader.GetString()!;
        if (!seen.Add(name))
        {
            return $"member {name} twice in one object";
        }

        return seen.Count > MembersMax ? $"more than {MembersMax} members in one object" : null;
    }

    // The text as it stands between the quotes: valid UTF-8, valid escapes, no raw character below a space.
    private static bool IsClean(ReadOnlySpan<byte> text)
    {
        while (true)
        {
            var at = text.IndexOfAny((byte)'\\', (byte)0x7F, (byte)0xC2);
            if (at < 0)
            {
                return true;
            }

            text = text[at..];
            switch (text[0])
            {
                // U+0080 to U+009F are control characters too.
                case 0xC2 when text[1] >= 0xA0:
                    text = text[2..];
                    break;
                case (byte)'\\' when TryTakeEscape(ref text):
                    break;
                default:
                    return false;
            }
        }
    }

    private static bool TryTakeEscape(ref ReadOnlySpan<byte> text)
    {
        if (text[1] != 'u')
        {
            // Of the short escapes only three are printable; the others are \b \f \n \r \t.
            var isPrintable = text[1] is (byte)'"' or (byte)'\\' or (byte)'/';
            text = text[2..];
            return isPrintable;
        }

        var unit = TakeUnit(ref text);
        return char.IsHighSurrogate(unit)
            ? text.StartsWith("\\u"u8) && char.IsLowSurrogate(TakeUnit(ref text))
            : !char.IsControl(unit) && !char.IsLowSurrogate(unit);
    }

    // The reader has seen that four hexadecimal digits follow.
    private static char TakeUnit(ref ReadOnlySpan<byte> text)
    {
        var unit = ushort.Parse(text[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        text = text[6..];
        return (char)unit;
    }
}
