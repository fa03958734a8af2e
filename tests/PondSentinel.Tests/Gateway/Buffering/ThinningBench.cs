using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>Logs that are filled with records of one probe, whose values are known by their numbers.</summary>
internal sealed class ThinningBench(long bytesMax = 64 * 1024)
{
    private readonly FakeTimeProvider time = new();
    private readonly Dictionary<RecordId, (double Value, Task Durable)> appended = [];
    private int seconds;

    public SimulatedCard Card { get; } = new();

    /// <summary>Whether what was durable may be gone for no other cause than thinning. A segment that was set aside takes
    /// room, for which others have to go.</summary>
    public bool IsSpared { get; init; }

    public BufferOptions Options { get; } = new() { BytesMax = bytesMax, FreeSpaceFloor = 0 };

    public SegmentedLog Open() => SegmentedLog.Open(Options, time, NullLogger.Instance, Card, isByHand: true);

    public SegmentedLog CutPower(int seed = 1)
    {
        Card.CutPower(new Random(seed));
        return Open();
    }

    public long BytesOf(string prefix) =>
        Card.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Sum(name => (long)Card.Bytes(name).Length);

    /// <summary>Appends records with a spike here and there, and commits every 20.</summary>
    public void Fill(SegmentedLog log, int count, int secondsApart = 1, Func<long, double>? value = null)
    {
        for (var i = 1; i <= count; i++)
        {
            var record = BufferBench.Record(seconds += secondsApart);
            var expected = value?.Invoke(appended.Count) ?? (appended.Count % 17 == 5 ? 500 + appended.Count : appended.Count % 11);
            var ticket = log.Append(record with { Channels = [record.Channels[0] with { Value = expected }] });
            appended.Add(ticket.Id, (expected, ticket.Durable));
            if (i % 20 == 0 || i == count)
            {
                log.CommitNow();
            }
        }
    }

    /// <summary>The backend says what it has of an earlier process: ten in twenty.</summary>
    public SegmentedLog ReopenAndSettleSome(SegmentedLog log, long upTo, out List<RecordId> settled)
    {
        var epoch = log.Epoch!;
        List<SequenceRange> gaps = [];
        for (var first = 0L; first + 9 <= upTo; first += 20)
        {
            gaps.Add(new SequenceRange(first, first + 9));
        }

        settled =
        [
            .. Enumerable.Range(0, (int)upTo + 1)
                .Where(number => !gaps.Exists(gap => gap.Contains(number)))
                .Select(number => new RecordId(epoch, number)),
        ];
        Card.Kill();
        var again = Open();
        Assert.Equal(ReceiptOutcome.Applied, again.Apply(BufferBench.Receipt(epoch, upTo, gaps: gaps)));
        return again;
    }

    /// <summary>Takes all that there is. Whole records are as they were; every number that is gone as thinned lies between
    /// the lowest and the highest of the record that stands for it; nothing durable is missing; the sums close.</summary>
    public List<RecordRun> CheckedDrain(SegmentedLog log, params IReadOnlyCollection<RecordId> settled)
    {
        var isRoomMissed = Card.Names.Any(name => name.EndsWith(".bad", StringComparison.Ordinal));
        var status = log.Status;
        var runs = BufferBench.Drain(log);
        var found = new HashSet<RecordId>(settled);
        foreach (var epoch in runs.GroupBy(run => run.Epoch))
        {
            var records = epoch.SelectMany(run => run.Records).ToList();
            foreach (var record in records)
            {
                Check(epoch.Key, record);
                found.Add(new RecordId(epoch.Key, record.Sequence));
            }

            foreach (var gone in epoch.SelectMany(run => run.Gone))
            {
                for (var number = gone.Range.First; number <= gone.Range.Last; number++)
                {
                    var id = new RecordId(epoch.Key, number);
                    found.Add(id);
                    Assert.False(
                        IsSpared && !isRoomMissed && gone.Cause != LossCause.Thin && appended[id].Durable.IsCompletedSuccessfully,
                        $"{id} was durable and is gone as {gone.Cause}");
                    if (gone.Cause == LossCause.Thin)
                    {
                        var standing = records.First(record => record.Sequence > number);
                        Assert.InRange(number, standing.Sequence - (standing.CoveredMs!.Value / 1000), standing.Sequence);
                    }
                }
            }
        }

        Assert.All(
            appended.Where(record => record.Value.Durable.IsCompletedSuccessfully),
            record => Assert.True(found.Contains(record.Key), $"{record.Key} was durable and has vanished"));
        Assert.Equal(log.Inventory.Sum(held => held.Last + 1) - settled.Count, status.Unsettled + status.Lost.Values.Sum());
        return runs;
    }

    // Numbers are seconds apart, so the time covered tells which records a thinned one stands for.
    private void Check(string epoch, StoredRecord record)
    {
        var channel = Assert.Single(record.Record.Channels);
        if (record.CoveredMs is not { } covered)
        {
            Assert.Equal(appended[new RecordId(epoch, record.Sequence)].Value, channel.Value);
            return;
        }

        var values = Enumerable.Range(0, (int)(covered / 1000) + 1)
            .Select(back => appended[new RecordId(epoch, record.Sequence - back)].Value).ToList();
        Assert.InRange(channel.Count!.Value, 2, values.Count);
        Assert.True(channel.Count < values.Count || (values.Min() == channel.Low && values.Max() == channel.High));
        Assert.InRange(channel.Value!.Value, channel.Low!.Value, channel.High!.Value);
    }
}
