using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>What became of each number of a stream: of the records, or of the events.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class StreamLedger
{
    /// <summary>Most epochs kept that are settled and gone as a whole.</summary>
    public const int OverMax = 64;

    private readonly List<EpochLedger> epochs = [];
    private readonly Dictionary<LossCause, long> lost = Enum.GetValues<LossCause>().ToDictionary(cause => cause, _ => 0L);

    /// <summary>The epochs, oldest first.</summary>
    public IReadOnlyList<EpochLedger> Epochs => epochs;

    /// <summary>How many were lost, by cause, since the buffer was created.</summary>
    public IReadOnlyDictionary<LossCause, long> Lost => lost;

    /// <summary>Finds an epoch.</summary>
    /// <param name="epoch">The epoch.</param>
    public EpochLedger? Find(string epoch) =>
        epochs.Find(ledger => string.Equals(ledger.Epoch, epoch, StringComparison.Ordinal));

    /// <summary>Adds an epoch as the newest.</summary>
    /// <param name="epoch">The epoch.</param>
    public void Add(EpochLedger epoch) => epochs.Add(epoch);

    /// <summary>Adds an epoch that was begun after another.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="before">The other; null where the epoch is the newest.</param>
    public void Add(EpochLedger epoch, EpochLedger? before) =>
        epochs.Insert(before is null ? epochs.Count : epochs.IndexOf(before) + 1, epoch);

    /// <summary>Declares numbers gone and counts what is lost by it.</summary>
    /// <param name="epoch">Their epoch.</param>
    /// <param name="range">The numbers.</param>
    /// <param name="cause">Why.</param>
    public void Lose(EpochLedger epoch, SequenceRange range, LossCause cause) => lost[cause] += epoch.Lose(range, cause);

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
    }
}
