using PondSentinel.Gateway.Time;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>The turns of one poll on its bus. The poll leaves the bus while it waits; the worker asks others meanwhile and gives
/// the bus back when the wait is over. One of the two runs at a time. Not thread-safe.</summary>
/// <param name="clock">For the times of waits and of the measuring.</param>
/// <param name="time">For the limit of a turn.</param>
internal sealed class BusTurn(GatewayClock clock, TimeProvider time) : IBusTurn, IDisposable
{
    /// <summary>How long a poll may hold the bus at once, in case a driver does not keep its own limits. It is asked to end: a call
    /// of the kernel that blocks, on I2C and 1-Wire, is not cut off by it.</summary>
    public static readonly TimeSpan HeldMax = TimeSpan.FromSeconds(5);

    // Both run their continuations at once, so that poll and worker stay one flow.
    private TaskCompletionSource left = new();
    private TaskCompletionSource given = new();
    private CancellationTokenSource? limit;
    private CancellationToken ended;

    /// <summary>Ends when the poll has left the bus.</summary>
    public Task Left => left.Task;

    /// <summary>When a poll that waits wants the bus back, on the boot-time clock.</summary>
    public TimeSpan WantedAt { get; private set; }

    /// <summary>When the measuring of the present attempt began; null where it did not say.</summary>
    public ClockReading? MeasuringSince { get; private set; }

    /// <summary>Begins an attempt.</summary>
    /// <param name="poll">Ends the poll.</param>
    /// <returns>Ends it when it holds the bus for too long.</returns>
    public CancellationToken BeginAttempt(CancellationToken poll)
    {
        ended = poll;
        limit?.Dispose();
        limit = new CancellationTokenSource(HeldMax, time);
        MeasuringSince = null;
        return limit.Token;
    }

    /// <summary>Gives the bus back to a poll that waits.</summary>
    public void Give()
    {
        left = new TaskCompletionSource();
        limit?.CancelAfter(HeldMax);
        given.SetResult();
    }

    /// <inheritdoc/>
    public async ValueTask PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        WantedAt = clock.BootTime + (pause > TimeSpan.Zero ? pause : TimeSpan.Zero);
        limit?.CancelAfter(Timeout.InfiniteTimeSpan);

        // An attempt that is over must not leave the bus: it would come back to it beside another.
        cancellationToken.ThrowIfCancellationRequested();
        given = new TaskCompletionSource();
        var back = given.Task.WaitAsync(ended);
        left.SetResult();
        await back;

        // The limit may have run out in the moment in which it was lifted. The attempt ends here, on the bus: off it, its retry
        // would run beside another device.
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public void BeginMeasuring() => MeasuringSince = clock.Now();

    /// <inheritdoc/>
    public void Dispose() => limit?.Dispose();
}
