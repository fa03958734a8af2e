using System.Globalization;

namespace PondSentinel.Backend.Completeness;

/// <summary>How many polls had each fate.</summary>
internal sealed class FateCounts
{
    private readonly long[] counts = new long[Fates.Count];

    /// <summary>How many polls had a fate.</summary>
    public long this[Fate fate] => counts[fate.Index];

    /// <summary>All of them.</summary>
    public long Sum => counts.Aggregate(0L, Plus);

    /// <summary>Those with a value or something that stands for one.</summary>
    public long Complete => Fates.All.Where(fate => fate.IsComplete).Aggregate(0L, (sum, fate) => Plus(sum, this[fate]));

    /// <summary>The fates that occurred, in the order in which they are told.</summary>
    public IEnumerable<(Fate Fate, long Count)> Present =>
        Fates.All.Select(fate => (fate, this[fate])).Where(item => item.Item2 != 0);

    /// <summary>Counts polls.</summary>
    public void Add(Fate fate, long count = 1) => counts[fate.Index] = Plus(counts[fate.Index], count);

    /// <summary>Counts as many as others did.</summary>
    public void Add(FateCounts others)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Plus(counts[i], others.counts[i]);
        }
    }

    /// <summary>Adds counts. A gateway may call any number lost, in as many epochs as it likes: what is too many for a count stays
    /// at the most that one can be.</summary>
    public static long Plus(long left, long right) => right > long.MaxValue - left ? long.MaxValue : left + right;

    /// <summary>As a text that a person with a database shell can read, for example <c>good=1420 power=20</c>.</summary>
    public override string ToString() => string.Join(
        ' ', Present.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Fate.Token}={item.Count}")));

    /// <summary>Reads such a text.</summary>
    /// <exception cref="InvalidDataException">It is none; the message says what is wrong.</exception>
    public static FateCounts Parse(string text)
    {
        FateCounts counts = new();
        foreach (var part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('=') is not [var token, var number]
                || !Fates.TryParse(token, out var fate)
                || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                throw new InvalidDataException($"\"{part}\" in the ledger is no fate with its count");
            }

            counts.Add(fate, count);
        }

        return counts;
    }
}
