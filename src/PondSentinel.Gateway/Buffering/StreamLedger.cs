using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>What became of each number of a stream: of the records, or of the events.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class StreamLedger
{
    /// <summary>Most epochs kept that are settled and gone as a whole.</summary>
    public const int OverMax = 64;

    private readonly List<EpochLedger> epochs = [];
    private readonly Dictionary<string, EpochLedger> byName = new(StringComparer.Ordinal);
    private readonly Dictionary<LossCause, long> lost = EpochLedger.Causes.ToDictionary(cause => cause, _ => 0L);

    /// <summary>The epochs, oldest first.</summary>
    public IReadOnlyList<EpochLedger> Epochs => epochs;

    /// <summary>How many were lost, by cause, since the buffer was created.</summary>
    public IReadOnlyDictionary<LossCause, long> Lost => lost;

    /// <summary>Finds an epoch.</summary>
    /// <param name="epoch">The epoch.</param>
    public EpochLedger? Find(string epoch) => byName.GetValueOrDefault(epoch);

    /// <summary>Adds an epoch as the newest.</summary>
    /// <param name="epoch">The epoch.</param>
    public void Add(EpochLedger epoch) => Add(epoch, before: null);

    /// <summary>Adds an epoch that was begun after another.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="before">The other; null where the epoch is the newest.</param>
    public void Add(EpochLedger epoch, EpochLedger? before)
    {
        epochs.Insert(before is null ? epochs.Count : epochs.IndexOf(before) + 1, epoch);
        byName.Add(epoch.Epoch, epoch);
    }

    /// <summary>Finds an epoch of an earlier process, or adds it as the newest.</summary>
    /// <param name="epoch">The epoch.</param>
    public EpochLedger Known(string epoch)
    {
        if (Find(epoch) is { } known)
        {
            return known;
        }

        var added = new EpochLedger(epoch, site: "", isOwn: false);
        Add(added);
        return added;
    }

    /// <summary>Declares numbers gone and counts what is lost by it.</summary>
    /// <param name="epoch">Their epoch.</param>
    /// <param name="range">The numbers.</param>
    /// <param name="cause">Why.</param>
    public void Lose(EpochLedger epoch, SequenceRange range, LossCause cause) => Count(cause, epoch.Lose(range, cause));

    /// <summary>Declares numbers gone that a thinned record on the card stands for.</summary>
    /// <param name="epoch">Their epoch.</param>
    /// <param name="numbers">The numbers.</param>
    public void Thin(EpochLedger epoch, IEnumerable<long> numbers) => Count(LossCause.Thin, epoch.Thin(numbers));

    /// <summary>Declares thinned records gone, and with them what they stand for. What the backend was told of that stands:
    /// it stays counted as thinned, as does all that a record stands for which the backend has. The rest is lost for another
    /// cause now.</summary>
    /// <param name="epoch">Their epoch.</param>
    /// <param name="records">The numbers of the records, each with those that it stands for.</param>
    /// <param name="cause">Why.</param>
    public void GiveUpThinned(
        EpochLedger epoch, IReadOnlyCollection<(long Number, IReadOnlyList<long> Replaced)> records, LossCause cause)
    {
        foreach (var (own, replaced) in records)
        {
            foreach (var number in replaced.Where(epoch.EndThin).Where(number => !epoch.Settled.Contains(number)))
            {
                lost[LossCause.Thin]--;
                if (epoch.Settled.Contains(own))
                {
                    Lose(epoch, new SequenceRange(number, number), LossCause.Thin);
                }
            }
        }

        // Each number by itself would be an interval, and intervals are few.
        foreach (var range in NumberRanges.Of(records.SelectMany(record => record.Replaced.Append(record.Number)).Order()))
        {
            Lose(epoch, range, cause);
        }
    }

    /// <summary>How many were lost for a cause and are not told by thinned records on the card: what the ledger has to
    /// keep.</summary>
    /// <param name="cause">The cause.</param>
    public long LostForGood(LossCause cause) =>
        lost[cause] - (cause == LossCause.Thin ? epochs.Sum(epoch => epoch.ThinnedCount) : 0);

    /// <summary>Takes over what was counted before this process.</summary>
    /// <param name="cause">The cause.</param>
    /// <param name="count">How many.</param>
    public void CountBefore(LossCause cause, long count) => lost[cause] = count;

    /// <summary>Forgets the oldest of the epochs that are over. The newest are kept although nobody asks for them: a backend
    /// that comes back from an old backup takes its receipts back, and has to be told what is gone of them.</summary>
    /// <param name="isOnCard">Whether any bytes of an epoch are left, which would be taken for new without the ledger.</param>
    public void Prune(Predicate<EpochLedger> isOnCard)
    {
        var over = epochs.Where(epoch => epoch.IsOver && !isOnCard(epoch)).SkipLast(OverMax).ToHashSet();
        epochs.RemoveAll(over.Contains);
        foreach (var epoch in over)
        {
            byName.Remove(epoch.Epoch);
        }
    }

    // Only somebody who writes to the card makes it more than the ledger can say.
    private void Count(LossCause cause, long count) => lost[cause] = Math.Min(SequenceRange.SequenceMax, lost[cause] + count);
}
