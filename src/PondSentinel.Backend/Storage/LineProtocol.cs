using System.Buffers;
using System.Globalization;
using System.Text;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Storage;

/// <summary>Points as lines for InfluxDB, UTF-8. README.md of this folder tells the form.</summary>
/// <remarks>
/// <c>why</c> and <c>cal</c> are always written, empty where there are none: InfluxDB keeps a field of an earlier point of
/// the same key where the new one lacks it, and a revision must be able to take a reason back.
/// </remarks>
internal static class LineProtocol
{
    // The longest of a double and of a 64-bit integer, in characters.
    private const int NumberLengthMax = 32;

    private static readonly SearchValues<char> TagSpecial = SearchValues.Create(",= \\\n\r\t");
    private static readonly SearchValues<char> TextSpecial = SearchValues.Create("\"\\\n\r");

    /// <summary>A line that every server takes, if it takes any.</summary>
    /// <param name="lines">Receives it.</param>
    /// <param name="now">Its time; of a time that every retention keeps.</param>
    public static void AppendProbe(IBufferWriter<byte> lines, DateTimeOffset now)
    {
        lines.Write("pondsentinel_probe ok=1i "u8);
        Append(lines, now.ToUnixTimeMilliseconds());
        lines.Write("000000\n"u8);
    }

    /// <summary>Appends one line, with its line end.</summary>
    public static void Append(IBufferWriter<byte> lines, Point point)
    {
        AppendTagText(lines, point.Measurand.WireName);
        AppendTag(lines, ",channel="u8, point.Channel);
        AppendTag(lines, ",device="u8, point.Device);
        AppendTag(lines, ",gw="u8, point.Gateway);
        AppendTag(lines, ",site="u8, point.Site);
        AppendTag(lines, ",station="u8, point.Station);
        lines.Write(" "u8);
        AppendNumber(lines, "value="u8, point.Value.Value);
        AppendNumber(lines, "raw="u8, point.Value.Raw);
        AppendNumber(lines, "lo="u8, point.Value.Low);
        AppendNumber(lines, "hi="u8, point.Value.High);
        lines.Write("qc="u8);
        Append(lines, (int)point.Value.Flag);
        lines.Write("i,seq="u8);
        Append(lines, point.Sequence);
        lines.Write("i"u8);
        AppendText(lines, ",ep=\""u8, point.Epoch);
        AppendText(lines, ",clk=\""u8, point.Clock.Token);
        AppendText(lines, ",cal=\""u8, point.Value.Calibration ?? "");
        AppendText(lines, ",why=\""u8, PointText.OfWhy(point.Value.Why));
        lines.Write(" "u8);
        Append(lines, point.TimeNs);
        lines.Write("\n"u8);
    }

    /// <summary>Appends the line of a day, with its line end.</summary>
    public static void Append(IBufferWriter<byte> lines, DayPoint day)
    {
        AppendTagText(lines, DayPoint.Measurement);
        AppendTagUnlessEmpty(lines, ",channel="u8, day.Channel);
        AppendTagUnlessEmpty(lines, ",device="u8, day.Device);
        AppendTagUnlessEmpty(lines, ",gw="u8, day.Gateway);
        AppendTagUnlessEmpty(lines, ",site="u8, day.Site);
        AppendTagUnlessEmpty(lines, ",station="u8, day.Station);
        var before = " "u8;
        foreach (var (name, count) in day.Fields)
        {
            lines.Write(before);
            Encoding.UTF8.GetBytes(name, lines);
            lines.Write("="u8);
            Append(lines, count);
            lines.Write("i"u8);
            before = ","u8;
        }

        lines.Write(" "u8);
        Append(lines, day.StartMs);
        lines.Write("000000\n"u8);
    }

    // A tag without a value is one that a line does not have.
    private static void AppendTagUnlessEmpty(IBufferWriter<byte> lines, ReadOnlySpan<byte> tag, string text)
    {
        if (text.Length > 0)
        {
            AppendTag(lines, tag, text);
        }
    }

    private static void AppendNumber(IBufferWriter<byte> lines, ReadOnlySpan<byte> field, double? value)
    {
        // A number that is no number has no form on a line and means missing.
        if (value is { } number && double.IsFinite(number))
        {
            lines.Write(field);
            number.TryFormat(lines.GetSpan(NumberLengthMax), out var length, "R", CultureInfo.InvariantCulture);
            lines.Advance(length);
            lines.Write(","u8);
        }
    }

    private static void Append(IBufferWriter<byte> lines, long number)
    {
        number.TryFormat(lines.GetSpan(NumberLengthMax), out var length, default, CultureInfo.InvariantCulture);
        lines.Advance(length);
    }

    private static void AppendText(IBufferWriter<byte> lines, ReadOnlySpan<byte> field, string text)
    {
        lines.Write(field);
        Encoding.UTF8.GetBytes(text.AsSpan().ContainsAny(TextSpecial) ? Escaped(text) : text, lines);
        lines.Write("\""u8);
    }

    private static void AppendTag(IBufferWriter<byte> lines, ReadOnlySpan<byte> tag, string text)
    {
        lines.Write(tag);
        AppendTagText(lines, text);
    }

    // Names hold nothing of this; escaping keeps that a matter of one place.
    private static void AppendTagText(IBufferWriter<byte> lines, string text) =>
        Encoding.UTF8.GetBytes(text.AsSpan().ContainsAny(TagSpecial) ? EscapedTag(text) : text, lines);

    private static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            // Line ends are legal within quotes, but a server's message about the line would then be torn.
            escaped.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' or '\r' => " ",
                _ => c,
            });
        }

        return escaped.ToString();
    }

    private static string EscapedTag(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            // A backslash has no escape in a tag and would swallow what follows it; control characters end the line.
            if (c is '\\' or '\n' or '\r' or '\t')
            {
                escaped.Append('_');
                continue;
            }

            if (c is ',' or '=' or ' ')
            {
                escaped.Append('\\');
            }

            escaped.Append(c);
        }

        return escaped.ToString();
    }
}
