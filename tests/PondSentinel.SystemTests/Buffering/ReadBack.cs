using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Buffering;
using PondSentinel.SystemTests.Site;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Buffering;

/// <summary>All that a buffer gives back when it is opened again.</summary>
internal sealed class ReadBack
{
    private const int RunRecordsMax = 500;

    private readonly Dictionary<(string Epoch, long Sequence), StoredRecord> held = [];
    private readonly List<(string Epoch, GoneRange Range)> gone = [];
    private readonly List<string> wrong = [];
    private IReadOnlyList<HeldEpoch> inventory = [];

    /// <summary>The records, by their numbers.</summary>
    public IReadOnlyDictionary<(string Epoch, long Sequence), StoredRecord> Held => held;

    /// <summary>The others.</summary>
    public IReadOnlyList<(string Epoch, GoneRange Range)> Gone => gone;

    /// <summary>Numbers that are neither, and what else is wrong without looking at any record.</summary>
    public IReadOnlyList<string> Wrong => wrong;

    /// <summary>The epochs.</summary>
    public IEnumerable<string> Epochs => inventory.Select(epoch => epoch.Epoch);

    /// <summary>Opens a buffer of which nothing has been settled yet, reads it, and shows that it goes on.</summary>
    /// <param name="folder">The buffer's folder.</param>
    /// <param name="bytesMax">Its bound.</param>
    public static async Task<ReadBack> OfAsync(string folder, long bytesMax)
    {
        var back = new ReadBack();
        var options = new BufferOptions { Folder = folder, BytesMax = bytesMax, FreeSpaceFloor = 0 };
        await using var log = SegmentedLog.Open(options, TimeProvider.System, NullLogger.Instance);
        back.inventory = log.Inventory;
        await back.ReadAsync(log);
        await back.GoOnAsync(log);
        return back;
    }

    /// <summary>Which records are not there.</summary>
    /// <param name="claimed">The records.</param>
    public IReadOnlyList<string> Lost(IEnumerable<WitnessedRecord> claimed) =>
    [
        .. from record in claimed
           where !held.ContainsKey((record.Epoch, record.Sequence))
           select $"{record.Epoch} {record.Sequence} was claimed and is {CauseOf(record) ?? "not there"}",
    ];

    /// <summary>Which records are there and not as they were.</summary>
    /// <param name="known">The records as they were.</param>
    public IReadOnlyList<string> Altered(IEnumerable<WitnessedRecord> known) =>
    [
        .. from record in known
           let stored = held.GetValueOrDefault((record.Epoch, record.Sequence))
           where stored is not null && !Same(record, stored)
           select $"{record.Epoch} {record.Sequence} is {Values(stored)}, not {string.Join(' ', record.Values)}",
    ];

    /// <summary>Which records are there and were never appended.</summary>
    /// <param name="known">All that were.</param>
    public IReadOnlyList<string> Unknown(IEnumerable<WitnessedRecord> known)
    {
        var numbers = known.Select(record => (record.Epoch, record.Sequence)).ToHashSet();
        return [.. held.Keys.Where(key => !numbers.Contains(key)).Select(key => $"{key} was never appended")];
    }

    /// <summary>Why a record is gone; null where it is not.</summary>
    /// <param name="record">The record.</param>
    public string? CauseOf(WitnessedRecord record) => gone
        .Where(entry => entry.Epoch == record.Epoch && entry.Range.Range.Contains(record.Sequence))
        .Select(entry => entry.Range.Cause.Token)
        .FirstOrDefault();

    private static bool Same(WitnessedRecord claimed, StoredRecord stored) =>
        claimed.Device == stored.Record.Device
        && claimed.TimeMs == stored.TimeMs
        && SampleRecord.IsWhole(stored.Record)
        && stored.Record.Channels.Count == claimed.Values.Count
        && stored.Record.Channels.All(channel =>
            claimed.Values.TryGetValue(channel.Channel, out var value)
            && (stored.CoveredMs is null ? value == channel.Value : IsWithin(channel, value)));

    // A thinned record speaks for others too.
    private static bool IsWithin(ChannelValue thinned, double? value) =>
        value is null || (value >= thinned.Low && value <= thinned.High);

    private static string Values(StoredRecord stored) =>
        string.Join(' ', stored.Record.Channels.Select(channel => $"[{channel.Channel}, {channel.Value:R}]"))
            + (SampleRecord.IsWhole(stored.Record) ? "" : " with a part of its text missing");

    private async Task ReadAsync(SegmentedLog log)
    {
        try
        {
            while (true)
            {
                // Whatever can be handed out is handed out before the wait, which is over already.
                var run = await log.NextAsync(Lane.Backlog, RunRecordsMax, new CancellationToken(canceled: true));
                log.MarkSent(run.Epoch, run.Range);
                foreach (var record in run.Records)
                {
                    held[(run.Epoch, record.Sequence)] = record;
                }

                gone.AddRange(run.Gone.Select(range => (run.Epoch, range)));
            }
        }
        catch (OperationCanceledException)
        {
            // There is no more.
        }

        foreach (var epoch in inventory)
        {
            var count = held.Keys.LongCount(key => key.Epoch == epoch.Epoch)
                + gone.Where(entry => entry.Epoch == epoch.Epoch).Sum(entry => entry.Range.Range.Count);
            if (count != epoch.Last + 1)
            {
                wrong.Add($"{epoch.Epoch} goes to {epoch.Last}, and {count} of its numbers are held or gone");
            }
        }
    }

    private async Task GoOnAsync(SegmentedLog log)
    {
        var ticket = log.Append(SampleRecord.Of(0));
        log.CommitNow();
        await ticket.Durable;
        if (inventory.Any(epoch => epoch.Epoch == ticket.Id.Epoch))
        {
            wrong.Add($"{ticket.Id.Epoch} was begun a second time");
        }
    }
}
