using System.Globalization;
using PondSentinel.Gateway.Buffering.Viewing;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway buffer verify</c>: reads every record and event and checks its checksum.</summary>
internal static class BufferVerify
{
    // A process that uses the buffer may be in the middle of a write, or take a segment away while it is read.
    private const int LooksMax = 3;

    /// <summary>Reads everything and says what came of it.</summary>
    /// <param name="look">Looks at the buffer.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="asJson">Whether as JSON.</param>
    /// <param name="output">Where to.</param>
    /// <returns>The exit code.</returns>
    public static int Write(Func<BufferView> look, string folder, bool asJson, TextWriter output)
    {
        Count count;
        var looks = 0;
        do
        {
            count = Read(look());
        }
        while (count.IsDamaged && ++looks < LooksMax);

        if (asJson)
        {
            output.WriteLine(JsonLine.Of(json =>
            {
                json.WriteString("folder", folder);
                json.WriteNumber("records", count.Records);
                json.WriteNumber("events", count.Events);
                json.WriteNumber("gone", count.Gone);
                json.WriteNumber("unreadable", count.Unreadable);
                JsonLine.Texts(json, "wrong", count.Findings);
            }));
        }
        else
        {
            output.WritePlain(string.Create(
                CultureInfo.InvariantCulture,
                $"{folder}: {count.Records} records and {count.Events} events are whole, {count.Gone} numbers are gone and accounted for"));
            if (count.Unreadable > 0)
            {
                output.WritePlain(string.Create(
                    CultureInfo.InvariantCulture,
                    $"wrong: {count.Unreadable} more cannot be read; pond-gateway accounts for them when it comes to them"));
            }

            foreach (var line in count.Findings)
            {
                output.WritePlain($"wrong: {line}");
            }
        }

        return count.IsDamaged || count.Findings.Count > 0 ? ExitCode.Wrong : 0;
    }

    private static Count Read(BufferView view)
    {
        long records = 0;
        long events = 0;
        long gone = 0;
        foreach (var item in view.Items())
        {
            switch (item)
            {
                case ViewedItem.Record:
                    records++;
                    break;
                case ViewedItem.Event:
                    events++;
                    break;
                default:
                    gone = Math.Min(SequenceRange.SequenceMax, gone + item.Range.Count);
                    break;
            }
        }

        return new Count(records, events, gone - view.Unreadable, view.Unreadable, view.Findings.Count > 0, [.. BufferStat.Findings(view)]);
    }

    private sealed record Count(
        long Records, long Events, long Gone, long Unreadable, bool HasFindings, IReadOnlyList<string> Findings)
    {
        public bool IsDamaged => HasFindings || Unreadable > 0;
    }
}
