using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Completeness;

/// <summary>What ingest has settled of a gateway's numbers, as the ledger asks for it. Reads each epoch once.</summary>
internal sealed class EpochNumbers(SqliteTransaction transaction, string gateway)
{
    private readonly IngestTables tables = new(transaction);
    private readonly Dictionary<string, (List<SequenceRange> Settled, List<FateRange> Others)> known = new(StringComparer.Ordinal);

    /// <summary>The highest settled number of an epoch; -1 where there is none.</summary>
    public long Last(string epoch) => Of(epoch).Settled is [.., var last] ? last.Last : -1;

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
            numbers = tables.Find(gateway, epoch) is { } row
                ? (tables.Settled(row.Id, Sequence.Records),
                    [
                        .. tables.Exceptions(row.Id, new SequenceRange(0, SequenceRange.SequenceMax))
                            .Select(item => new FateRange(item.Range, Fates.OfStanding(item.Standing))),
                    ])
                : ([], []);
            known[epoch] = numbers;
        }

        return numbers;
    }
}
