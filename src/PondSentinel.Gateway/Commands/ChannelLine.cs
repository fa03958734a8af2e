using System.Globalization;
using System.Text.Json;

namespace PondSentinel.Gateway.Commands;

/// <summary>A channel's value as one line of a phone's terminal.</summary>
internal static class ChannelLine
{
    /// <summary>The line: <c>pond-ph.ph  7.01 pH  good</c>, with the reasons behind the flag.</summary>
    /// <param name="value">An object with <c>channel</c>, <c>x</c>, <c>unit</c>, <c>flag</c> and <c>why</c>.</param>
    public static string Of(JsonElement value)
    {
        var number = value.GetProperty("x") is { ValueKind: JsonValueKind.Number } x
            ? $"{x.GetDouble().ToString("0.####", CultureInfo.InvariantCulture)} {value.GetProperty("unit").GetString()}".TrimEnd()
            : "no value";
        var why = string.Join(", ", value.GetProperty("why").EnumerateArray().Select(token => token.GetString()));
        return $"{value.GetProperty("channel").GetString(),-24} {number,-18} {value.GetProperty("flag").GetString()}{(why.Length == 0 ? "" : $": {why}")}";
    }
}
