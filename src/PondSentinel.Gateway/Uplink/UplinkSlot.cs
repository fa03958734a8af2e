namespace PondSentinel.Gateway.Uplink;

/// <summary>The one uplink that a gateway has, or none: where its settings change another takes its place. Thread-safe.</summary>
/// <remarks>The one before says goodbye first. What it had sent and nobody has settled is sent again by the next, as after a restart.
/// </remarks>
/// <param name="make">Makes an uplink; it begins when it is run.</param>
/// <param name="first">The settings at first; null for none.</param>
/// <param name="tally">What is counted of all of them.</param>
/// <param name="time">For waiting where there is none.</param>
internal sealed class UplinkSlot(Func<UplinkOptions, LinkKeeper> make, UplinkOptions? first, UplinkTally tally, TimeProvider time) : IDisposable
{
    private readonly Lock gate = new();
    private UplinkOptions? options = first;
    private CancellationTokenSource change = new();
    private TaskCompletionSource taken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is counted; null where there is no uplink.</summary>
    public UplinkTally? Tally
    {
        get
        {
            lock (gate)
            {
                return options is null ? null : tally;
            }
        }
    }

    /// <summary>Works until told to stop.</summary>
    /// <param name="stop">Tells it; ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            UplinkOptions? now;
            CancellationTokenSource changed;
            lock (gate)
            {
                (now, changed) = (options, change);
                taken.TrySetResult();
            }

            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, changed.Token);
            if (now is null)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            else
            {
                await make(now).RunAsync(end.Token);
            }
        }
    }

    /// <summary>Has another take the place, or none.</summary>
    /// <param name="other">Its settings; null for none.</param>
    /// <param name="cancellationToken">The gateway stops.</param>
    /// <returns>Completes when the one before is over: whatever link comes up from then on is that of the new one.</returns>
    public async Task ChangeAsync(UplinkOptions? other, CancellationToken cancellationToken)
    {
        CancellationTokenSource old;
        Task begun;
        lock (gate)
        {
            (old, change, options) = (change, new CancellationTokenSource(), other);
            taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            begun = taken.Task;
        }

        await old.CancelAsync();
        await begun.WaitAsync(cancellationToken);
        old.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => change.Dispose();
}
