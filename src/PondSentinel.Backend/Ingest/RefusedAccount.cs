using Microsoft.Data.Sqlite;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>How the numbers of a gateway's refused messages of a day stand now.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Messages">How many messages.</param>
/// <param name="Unreadable">How many of them do not even tell their numbers, or lines that are no messages.</param>
/// <param name="Standings">How many records and events stand how: the cause of their refusal or loss, or <c>stored</c>.</param>
internal sealed record RefusedAccount(string Gateway, int Messages, int Unreadable, IReadOnlyDictionary<string, long> Standings)
{
    private const string Stored = "stored", Open = "open";

    /// <summary>Records and events that are refused still.</summary>
    public long StillRefused => Standings.Where(part => part.Key is not (Stored or Open)).Sum(part => part.Value);

    /// <summary>Takes account of a day.</summary>
    /// <param name="transaction">The state database.</param>
    /// <param name="file">The day's file.</param>
    /// <returns>By gateway; what is no message is of <c>?</c>.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<RefusedAccount> Of(SqliteTransaction transaction, string file)
    {
        SortedDictionary<string, (int Messages, int Unreadable, SortedDictionary<string, long> Standings)> gateways = new(StringComparer.Ordinal);
        foreach (var message in BatchArchive.Read(file))
        {
            var isMessage = Topic.TryParse(message?.Topic ?? "", out var topic);
            var gateway = isMessage ? topic.Gateway : "?";
            (int Messages, int Unreadable, SortedDictionary<string, long> Standings) known = gateways.TryGetValue(gateway, out var before)
                ? before
                : (0, 0, new SortedDictionary<string, long>(StringComparer.Ordinal));
            var run = isMessage ? RefusedFolder.RunOf(message!, topic) : null;
            foreach (var (token, count) in run is var (epoch, range) ? Standing(transaction, topic, epoch, range) : [])
            {
                known.Standings[token] = known.Standings.GetValueOrDefault(token) + count;
            }

            gateways[gateway] = (known.Messages + 1, known.Unreadable + (run is null ? 1 : 0), known.Standings);
        }

        return [.. gateways.Select(pair => new RefusedAccount(pair.Key, pair.Value.Messages, pair.Value.Unreadable, pair.Value.Standings))];
    }

    private static IEnumerable<(string Token, long Count)> Standing(SqliteTransaction transaction, Topic topic, string epoch, SequenceRange range)
    {
        var tables = new IngestTables(transaction);
        var row = tables.Find(topic.Gateway, epoch);
        var sequence = topic.Kind == TopicKind.Event ? Sequence.Events : Sequence.Records;
        List<SequenceRange> settled = row is null ? [] : tables.Settled(row.Id, sequence, range);
        var open = Ranges.Without(range, settled).Sum(Count);
        if (open > 0)
        {
            yield return (Open, open);
        }

        List<(SequenceRange Range, Standing Standing)> others = row is null ? []
            : sequence == Sequence.Events
                ? new EventBook(transaction, tables).StandingOf(row, range.First) is { } refused ? [(range, refused)] : []
                : [.. tables.Exceptions(row.Id, range).Select(item => (item.Range, item.Standing))];
        foreach (var (part, standing) in others)
        {
            yield return (standing.Token, Count(new SequenceRange(Math.Max(part.First, range.First), Math.Min(part.Last, range.Last))));
        }

        if (Count(range) - open - others.Sum(part => Count(new SequenceRange(Math.Max(part.Range.First, range.First), Math.Min(part.Range.Last, range.Last)))) is > 0 and var stored)
        {
            yield return (Stored, stored);
        }
    }

    private static long Count(SequenceRange range) => range.Last - range.First + 1;
}
