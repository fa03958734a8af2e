using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>What a gateway has measured, revised and lost in two lives, and what must be known of it in the end.</summary>
/// <remarks>In each life the numbers from <see cref="Originals"/> on are revisions: every second one of the first life's records,
/// the others of the own life's. Every fourth record has two channels.</remarks>
internal sealed class GatewayHistory
{
    public const int Originals = 40;
    public const int RecordsPerEpoch = 60;

    private readonly HashSet<RecordId> gone = [];
    private readonly HashSet<RecordId> sent = [];

    public static IReadOnlyList<string> Epochs { get; } = ["aaaaaaaa", "bbbbbbbb"];

    public int GoneCount => gone.Count;

    private static IEnumerable<RecordId> All => Epochs.SelectMany(epoch => Numbers(new SequenceRange(0, RecordsPerEpoch - 1))
        .Select(number => new RecordId(epoch, number)));

    /// <summary>The record whose point a record brings: its own, or that of the one it revises.</summary>
    public static RecordId Subject(RecordId id) => id.Sequence < Originals
        ? id
        : new RecordId(id.Sequence % 2 == 0 ? Epochs[0] : id.Epoch, (id.Sequence - Originals) / 4 * 2);

    /// <summary>How observers are shown it.</summary>
    public static string Name(RecordId id) => $"{Subject(id).Epoch} {Subject(id).Sequence}{(id == Subject(id) ? "" : " revised")}";

    public bool IsGone(RecordId id) => gone.Contains(id);

    /// <summary>Whether a record is revised or revises.</summary>
    public static bool IsRevised(RecordId id) => id != Subject(id) || Revisions(id).Any();

    /// <summary>The gateway calls gone what it never sent: what it sent is under way and may still come.</summary>
    public void Lose(string epoch, SequenceRange range) =>
        gone.UnionWith(Numbers(range).Select(number => new RecordId(epoch, number)).Where(id => !sent.Contains(id)));

    public Batch BatchOf(string epoch, SequenceRange range)
    {
        var ids = Numbers(range).Select(number => new RecordId(epoch, number)).ToList();
        sent.UnionWith(ids);
        return IngestBench.BatchOf(
            range.First, range.Last, Joined(ids.Where(gone.Contains)), epoch, number => Record(new RecordId(epoch, number)));
    }

    /// <summary>The values that stand in the end.</summary>
    public IEnumerable<(RecordId Record, string Channel, double Value)> Standing() =>
        from subject in All
        where subject == Subject(subject)
        let newest = Revisions(subject).Where(id => !gone.Contains(id)).OrderBy(id => (id.Epoch != subject.Epoch, id.Sequence)).LastOrDefault()
        let standing = newest == default ? subject : newest
        where !gone.Contains(standing)
        from channel in Record(standing).Channels
        select (subject, channel.Channel, channel.Value!.Value);

    /// <summary>How often observers are shown each record's channels: what is outdone when it comes is not shown.</summary>
    public IEnumerable<(string What, int Least, int Most)> Shown() =>
        from subject in All
        where subject == Subject(subject)
        let channels = Record(subject).Channels.Count
        let revisions = Revisions(subject).Count(id => !gone.Contains(id))
        let own = gone.Contains(subject) ? 0 : channels
        from item in new[]
        {
            (Name(subject), revisions > 0 ? 0 : own, own),
            ($"{Name(subject)} revised", revisions > 0 ? channels : 0, revisions * channels),
        }
        select item;

    private static IEnumerable<RecordId> Revisions(RecordId subject) => All.Where(id => id != subject && Subject(id) == subject);

    private static DeviceRecord Record(RecordId id)
    {
        var subject = Subject(id);
        var life = Epochs.ToList().IndexOf(id.Epoch);

        // No two lives of a gateway measure at the same time.
        var begin = IngestBench.Start.AddDays(Epochs.ToList().IndexOf(subject.Epoch)).ToUnixTimeMilliseconds();
        var record = IngestBench.Record(
            id.Sequence, (life * 1_000) + id.Sequence, id == subject ? null : subject, begin + (subject.Sequence * 60_000));
        return subject.Sequence % 4 > 0
            ? record
            : record with
            {
                Channels =
                [
                    record.Channels[0],
                    record.Channels[0] with { Channel = "ph", Measurand = Measurand.Ph, Value = (life * 1_000) + id.Sequence + 0.5 },
                ],
            };
    }

    private static IEnumerable<long> Numbers(SequenceRange range)
    {
        for (var number = range.First; number <= range.Last; number++)
        {
            yield return number;
        }
    }

    private static List<GoneRange> Joined(IEnumerable<RecordId> lost)
    {
        List<GoneRange> joined = [];
        foreach (var (_, number) in lost)
        {
            if (joined is [.., var last] && last.Range.Last + 1 == number)
            {
                joined[^1] = last with { Range = last.Range with { Last = number } };
            }
            else
            {
                joined.Add(new GoneRange(new SequenceRange(number, number), LossCause.Full));
            }
        }

        return joined;
    }
}
