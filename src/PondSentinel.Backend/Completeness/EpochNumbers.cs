using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Completeness;

/// <summary>What ingest has settled of a gateway's numbers, as the ledger asks for it. Reads each epoch once.</summary>
internal sealed class EpochNumbers(SqliteTransaction transaction, string gateway)
{
    private readonly IngestTables tables = new(transaction);
    private readonly Dictionary<string, (List<SequenceRange> Settled, List<FateRange> Others)> known = new(StringComparer.Ordinal);

    // In memory 50 bytes each.
    private const int OthersMax = 1_000_000;

    /// <summary>The highest settled number of an epoch; -1 where there is none.</summary>
    public long Last(string epoch) => tables.Find(gateway, epoch) is { } row ? tables.Highest(row.Id, Sequence.Records) : -1;

    /// <summary>The numbers of a range that are no stored record, with their fates, rising. What is not settled is waited for.
    /// </summary>
    public IReadOnlyList<FateRange> Missing(string epoch, SequenceRange range)
    {
        var (settled, others) = Of(epoch);
        List<FateRange> missing =
        [
            .. Ranges.Without(range, From(settled, range, item => item)).Select(part => new FateRange(part, Fate.Waiting)),
        ];
        foreach (var (part, fate) in From(others, range, item => item.Range))
        {
            if (part.First > range.Last)
            {
                break;
            }

            missing.Add(new FateRange(
                new SequenceRange(Math.Max(part.First, range.First), Math.Min(part.Last, range.Last)), fate));
        }

        missing.Sort((left, right) => left.Range.First.CompareTo(right.Range.First));
        return missing;
    }

    // The items from the first on that reaches into the range.
    private static IEnumerable<T> From<T>(List<T> items, SequenceRange range, Func<T, SequenceRange> rangeOf)
    {
        var (low, high) = (0, items.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = rangeOf(items[middle]).Last < range.First ? (middle + 1, high) : (low, middle);
        }

        for (var at = low; at < items.Count; at++)
        {
            yield return items[at];
        }
    }

    private (List<SequenceRange> Settled, List<FateRange> Others) Of(string epoch)
    {
        if (!known.TryGetValue(epoch, out var numbers))
        {
            numbers = tables.Find(gateway, epoch) is { } row ? (tables.Settled(row.Id, Sequence.Records), Others(row.Id)) : ([], []);
            known[epoch] = numbers;
        }

        return numbers;
    }

    private List<FateRange> Others(long epoch)
    {
        var others = transaction.Query(
            "SELECT first, last, standing FROM ingest_exception WHERE epoch = $epoch ORDER BY first LIMIT $most",
            reader => new FateRange(
                new SequenceRange(reader.GetInt64(0), reader.GetInt64(1)), Fates.OfStanding((Standing)reader.GetInt64(2))),
            ("$epoch", epoch), ("$most", OthersMax + 1));
        return others.Count <= OthersMax ? others : throw new InvalidDataException(
            $"more than {OthersMax} ranges of an epoch were lost or refused; find out why");
    }
}
