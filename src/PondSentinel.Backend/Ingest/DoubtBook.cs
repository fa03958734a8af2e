using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Numbers that came once in a message that cannot be read. A gateway makes its messages anew each time, so what only
/// the way has spoilt comes whole the next time; what comes unreadable again may be settled as refused.</summary>
/// <remarks>Kept in memory: after a restart each has another chance. Used by one at a time.</remarks>
/// <param name="time">The clock.</param>
internal sealed class DoubtBook(TimeProvider time)
{
    /// <summary>What comes again sooner is the broker's redelivery of the same bytes, or their twin on the way. A gateway waits
    /// for 5 min.</summary>
    public static readonly TimeSpan SecondComing = TimeSpan.FromMinutes(1);

    // Beyond it the oldest of the gateway are forgotten, and beyond that many gateways all: each costs one coming more.
    private const int DoubtsMax = 256;
    private const int GatewaysMax = 1_000;

    private readonly Dictionary<string, List<Doubt>> doubts = new(StringComparer.Ordinal);

    /// <summary>Notes numbers that came in a message that cannot be read.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="sequence">Which of the epoch's sequences.</param>
    /// <param name="range">The numbers.</param>
    /// <returns>Those of them for which it was not the first time; disjoint, rising.</returns>
    public List<SequenceRange> Note(string gateway, string epoch, Sequence sequence, SequenceRange range)
    {
        if (!doubts.TryGetValue(gateway, out var own))
        {
            if (doubts.Count >= GatewaysMax)
            {
                doubts.Clear();
            }

            doubts[gateway] = own = [];
        }

        var now = time.GetTimestamp();
        List<SequenceRange> repeated = [];
        foreach (var doubt in own.Where(doubt => doubt.Epoch == epoch && doubt.Sequence == sequence
            && doubt.Range.First <= range.Last && doubt.Range.Last >= range.First
            && time.GetElapsedTime(doubt.At, now) >= SecondComing).OrderBy(doubt => doubt.Range.First))
        {
            var first = Math.Max(doubt.Range.First, repeated is [.., var before] ? before.Last + 1 : range.First);
            var last = Math.Min(doubt.Range.Last, range.Last);
            if (first <= last)
            {
                repeated.Add(new SequenceRange(first, last));
            }
        }

        if (!own.Exists(doubt => doubt.Epoch == epoch && doubt.Sequence == sequence && doubt.Range == range))
        {
            own.Add(new Doubt(epoch, sequence, range, now));
            if (own.Count > DoubtsMax)
            {
                own.RemoveAt(0);
            }
        }

        return repeated;
    }

    private readonly record struct Doubt(string Epoch, Sequence Sequence, SequenceRange Range, long At);
}
