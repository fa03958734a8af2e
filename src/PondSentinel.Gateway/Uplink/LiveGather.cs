using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Holds live records back until their batch is worth sending: one batch in each interval, and at once where one of
/// them cannot wait. Used by one lane.</summary>
/// <param name="thrift">How long an interval is.</param>
/// <param name="urgent">Which cannot wait.</param>
/// <param name="time">The clock.</param>
internal sealed class LiveGather(Thrift thrift, UrgentRecords urgent, TimeProvider time)
{
    // How soon a change of the interval is noticed.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);

    private long? closed;
    private bool isClosing;

    /// <summary>Whether a run may go now.</summary>
    /// <param name="run">What waits in the lane.</param>
    public bool IsDue(RecordRun run)
    {
        if (thrift.IsSpent)
        {
            // It alone: see FirstUrgent.
            return FirstUrgent(run) == run.Range.First;
        }

        isClosing |= Left <= TimeSpan.Zero || urgent.From(run.Epoch, run.Range.First) is not null;
        return isClosing;
    }

    /// <summary>The first of a run, or after it, that cannot wait; null where all can.</summary>
    /// <param name="run">What waits in the lane.</param>
    public long? FirstUrgent(RecordRun run) => urgent.From(run.Epoch, run.Range.First);

    /// <summary>Waits until a run may go, or something has changed that it depends on.</summary>
    /// <param name="urgentNoted">Completes where something came that cannot wait; taken before <see cref="IsDue"/> was asked.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public async Task WaitAsync(Task urgentNoted, CancellationToken cancellationToken)
    {
        var left = thrift.IsSpent || Left > LookInterval ? LookInterval : Left;
        if (left > TimeSpan.Zero)
        {
            await urgentNoted.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Notes that the broker has taken a message.</summary>
    /// <param name="hasMore">Whether the lane had more than went into it.</param>
    public void NoteTaken(bool hasMore)
    {
        if (!hasMore)
        {
            isClosing = false;
            closed = time.GetTimestamp();
        }
    }

    private TimeSpan Left => closed is { } at ? thrift.BatchInterval - time.GetElapsedTime(at) : TimeSpan.Zero;
}
