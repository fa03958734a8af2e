using System.Buffers;
using System.Globalization;
using System.Text;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Storage;

/// <summary>Points as lines for InfluxDB. README.md of this folder tells the form.</summary>
/// <remarks>
/// <c>why</c> and <c>cal</c> are always written, empty where there are none: InfluxDB keeps a field of an earlier point of
/// the same key where the new one lacks it, and a revision must be able to take a reason back.
/// </remarks>
internal static class LineProtocol
{
    private static readonly SearchValues<char> TagSpecial = SearchValues.Create(",= \\\n\r\t");

    /// <summary>A line that every server takes, if it takes any.</summary>
    /// <param name="now">Its time; of a time that every retention keeps.</param>
    public static string Probe(DateTimeOffset now) => string.Create(
        CultureInfo.InvariantCulture, $"pondsentinel_probe ok=1i {now.ToUnixTimeMilliseconds()}000000\n");

    /// <summary>Appends one line, with its line end.</summary>
    public static void Append(StringBuilder lines, Point point)
    {
        AppendTagText(lines, point.Measurand.WireName);
        AppendTag(lines, "channel", point.Channel);
        AppendTag(lines, "device", point.Device);
        AppendTag(lines, "gw", point.Gateway);
        AppendTag(lines, "site", point.Site);
        AppendTag(lines, "station", point.Station);
        lines.Append(' ');
        AppendNumber(lines, "value", point.Value.Value);
        AppendNumber(lines, "raw", point.Value.Raw);
        AppendNumber(lines, "lo", point.Value.Low);
        AppendNumber(lines, "hi", point.Value.High);
        lines.Append(CultureInfo.InvariantCulture, $"qc={(int)point.Value.Flag}i,seq={point.Sequence}i");
        AppendText(lines, "ep", point.Epoch);
        AppendText(lines, "clk", point.Clock.Token);
        AppendText(lines, "cal", point.Value.Calibration ?? "");
        AppendText(lines, "why", PointText.OfWhy(point.Value.Why));
        lines.Append(CultureInfo.InvariantCulture, $" {point.TimeNs}\n");
    }

    private static void AppendNumber(StringBuilder lines, string field, double? value)
    {
        // A number that is no number has no form on a line and means missing.
        if (value is { } number && double.IsFinite(number))
        {
            lines.Append(field).Append('=').Append(CultureInfo.InvariantCulture, $"{number:R}").Append(',');
        }
    }

    private static void AppendText(StringBuilder lines, string field, string text)
    {
        lines.Append(',').Append(field).Append("=\"");
        foreach (var c in text)
        {
            // Line ends are legal within quotes, but a server's message about the line would then be torn.
            lines.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' or '\r' => " ",
                _ => c,
            });
        }

        lines.Append('"');
    }

    private static void AppendTag(StringBuilder lines, string tag, string text)
    {
        lines.Append(',').Append(tag).Append('=');
        AppendTagText(lines, text);
    }

    // Names hold nothing of this; escaping keeps that a matter of one place.
    private static void AppendTagText(StringBuilder lines, string text)
    {
        if (!text.AsSpan().ContainsAny(TagSpecial))
        {
            lines.Append(text);
            return;
        }

        foreach (var c in text)
        {
            // A backslash has no escape in a tag and would swallow what follows it; control characters end the line.
            if (c is '\\' or '\n' or '\r' or '\t')
            {
                lines.Append('_');
                continue;
            }

            if (c is ',' or '=' or ' ')
            {
                lines.Append('\\');
            }

            lines.Append(c);
        }
    }
}
