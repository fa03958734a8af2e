using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>The numbers of records that cannot wait: a value out of its <c>urgent</c> band, or a flag that changed. Thread-safe.
/// </summary>
/// <remarks>Of this process alone, whose records all have one epoch; bounded, so that an outage cannot fill the memory. The
/// oldest are forgotten first: they go out with what is newer.</remarks>
internal sealed class UrgentRecords
{
    private const int NumbersMax = 1024;

    private readonly Lock gate = new();
    private readonly Queue<long> numbers = [];
    private TaskCompletionSource noted = new();
    private string? epoch;

    /// <summary>Completes when the next one is noted.</summary>
    public Task Next
    {
        get
        {
            lock (gate)
            {
                return noted.Task;
            }
        }
    }

    /// <summary>Notes one.</summary>
    /// <param name="record">Its number, higher than those before.</param>
    public void Note(RecordId record)
    {
        TaskCompletionSource woken;
        lock (gate)
        {
            epoch = record.Epoch;
            numbers.Enqueue(record.Sequence);
            if (numbers.Count > NumbersMax)
            {
                numbers.Dequeue();
            }

            woken = noted;
            noted = new TaskCompletionSource();
        }

        // The uplink goes on in its own time: whoever appends does not wait for it.
        _ = Task.Run(woken.SetResult);
    }

    /// <summary>The first of an epoch from a number on; null where there is none.</summary>
    /// <param name="ofEpoch">The epoch.</param>
    /// <param name="from">The number.</param>
    public long? From(string ofEpoch, long from)
    {
        lock (gate)
        {
            return epoch == ofEpoch ? numbers.Where(number => number >= from).Select(number => (long?)number).FirstOrDefault() : null;
        }
    }

    /// <summary>Notes that the broker has taken records.</summary>
    /// <param name="ofEpoch">Their epoch.</param>
    /// <param name="range">Their numbers.</param>
    public void NoteTaken(string ofEpoch, SequenceRange range)
    {
        lock (gate)
        {
            if (epoch == ofEpoch && numbers.Any(range.Contains))
            {
                var left = numbers.Where(number => !range.Contains(number)).ToList();
                numbers.Clear();
                left.ForEach(numbers.Enqueue);
            }
        }
    }
}
