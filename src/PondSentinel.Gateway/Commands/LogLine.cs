using System.Globalization;
using System.Text;
using System.Text.Json;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary>A line of the gateway's journal, as it is shown.</summary>
/// <param name="Ms">When it was said, UTC ms since 1970.</param>
/// <param name="Level"><c>info</c>, <c>warn</c> or <c>error</c>.</param>
/// <param name="Text">What it says, hostile: a probe may have put anything into it.</param>
internal sealed record LogLine(long Ms, string Level, string Text)
{
    private const int MicrosecondsPerMs = 1000;

    // RFC 5424, table 2.
    private const int PriorityOfErrors = 3;
    private const int PriorityOfWarnings = 4;

    /// <summary>Reads a line of the running gateway's answer.</summary>
    /// <param name="line">The line.</param>
    public static LogLine Of(JsonElement line) => new(
        line.GetProperty("t").GetInt64(), line.GetProperty("level").GetString()!, line.GetProperty("text").GetString()!);

    /// <summary>Reads a line of <c>journalctl -o json</c> (systemd.journal-fields(7)).</summary>
    /// <param name="line">The line.</param>
    /// <returns>Null where it is none.</returns>
    public static LogLine? OfJournal(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var top = document.RootElement;
            if (top.ValueKind != JsonValueKind.Object || Number(top, "__REALTIME_TIMESTAMP") is not { } microseconds)
            {
                return null;
            }

            var level = Number(top, "PRIORITY") switch
            {
                <= PriorityOfErrors => "error",
                PriorityOfWarnings => "warn",
                _ => "info",
            };
            return new LogLine(microseconds / MicrosecondsPerMs, level, top.TryGetProperty("MESSAGE", out var text) ? Said(text) : "");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Prints it.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="json">Whether as JSON.</param>
    public void Print(TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonLine.Of(writer =>
            {
                writer.WriteNumber("t", Ms);
                writer.WriteString("level", Level);
                writer.WriteString("text", Text);
            }));
        }
        else
        {
            output.WritePlain($"{IsoTime.Text(Ms)} {Level,-5} {Text}");
        }
    }

    private static long? Number(JsonElement top, string name) =>
        top.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            && long.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    // What is no text, journald gives as the numbers of its bytes.
    private static string Said(JsonElement text) => text.ValueKind switch
    {
        JsonValueKind.String => text.GetString()!,
        JsonValueKind.Array => Encoding.UTF8.GetString([.. text.EnumerateArray().Select(each => each.ValueKind == JsonValueKind.Number && each.TryGetByte(out var octet) ? octet : (byte)'?')]),
        _ => "",
    };
}
