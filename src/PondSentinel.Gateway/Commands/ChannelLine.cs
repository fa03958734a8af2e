using System.Globalization;
using System.Text.Json;

namespace PondSentinel.Gateway.Commands;

/// <summary>A channel's value as one line of a phone's terminal.</summary>
internal static class ChannelLine
{
    private static readonly StatusWords English = new(Diagnosis.Language.English);

    /// <summary>The line: <c>pond-ph.ph  7.01 pH  good</c>, with the reasons behind the flag.</summary>
    /// <param name="value">An object with <c>channel</c>, <c>x</c>, <c>unit</c>, <c>flag</c> and <c>why</c>.</param>
    /// <param name="words">In which language; null for English.</param>
    public static string Of(JsonElement value, StatusWords? words = null)
    {
        words ??= English;
        var why = Why(value);
        return $"{value.GetProperty("channel").GetString(),-24} {Columns.Pad(Number(value, words), 18)} {words.Flag(value.GetProperty("flag").GetString()!)}{(why.Length == 0 ? "" : $": {why}")}";
    }

    /// <summary>The number with its unit.</summary>
    /// <param name="value">The channel.</param>
    /// <param name="words">In which language.</param>
    public static string Number(JsonElement value, StatusWords words) => value.GetProperty("x") is { ValueKind: JsonValueKind.Number } x
        ? $"{x.GetDouble().ToString("0.####", CultureInfo.InvariantCulture)} {value.GetProperty("unit").GetString()}".TrimEnd()
        : words.NoValue;

    /// <summary>The reasons behind the flag.</summary>
    /// <param name="value">The channel.</param>
    public static string Why(JsonElement value) =>
        string.Join(", ", value.GetProperty("why").EnumerateArray().Select(token => token.GetString()));
}
