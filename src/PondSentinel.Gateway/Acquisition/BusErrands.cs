using System.Collections.Concurrent;
using PondSentinel.Gateway.Control;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>What is to be done on a bus beside polling: a command to a device, between two of its polls. Thread-safe.</summary>
/// <remarks>The worker of the bus does it, so nobody talks over anybody. An errand holds the bus from beginning to end; it is short.
/// One for a device that nobody polls any more is refused: nobody would ever do it.</remarks>
internal sealed class BusErrands
{
    private readonly Lock gate = new();
    private readonly ConcurrentQueue<BusErrand> waiting = new();
    private readonly HashSet<string> gone = new(StringComparer.Ordinal);
    private TaskCompletionSource come = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when there is something to do.</summary>
    public Task Come => Volatile.Read(ref come).Task;

    /// <summary>Has something done, as soon as the device is not in the middle of a poll.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="work">What is done, with the bus held.</param>
    /// <param name="cancellationToken">Gives up where it has not begun; what has begun has the token of the work itself.</param>
    /// <exception cref="ControlRefusedException">The device is gone, or goes before it was done.</exception>
    public async Task<T> RunAsync<T>(string device, Func<IBusTurn, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var errand = new BusErrand(device, DoAsync, () => done.TrySetException(Gone(device)));
        lock (gate)
        {
            if (gone.Contains(device))
            {
                throw Gone(device);
            }

            waiting.Enqueue(errand);
        }

        Volatile.Read(ref come).TrySetResult();
        return await done.Task.WaitAsync(cancellationToken);

        async Task DoAsync(IBusTurn turn)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                done.TrySetCanceled(cancellationToken);
                return;
            }

            try
            {
                done.TrySetResult(await work(turn));
            }
#pragma warning disable CA1031 // What an errand does wrong is its giver's trouble and must not end the polling.
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.TrySetException(e);
            }
        }
    }

    /// <summary>Takes errands for devices that are polled from now on.</summary>
    /// <param name="devices">Which.</param>
    public void Serve(IEnumerable<string> devices)
    {
        lock (gate)
        {
            gone.ExceptWith(devices);
        }
    }

    /// <summary>Refuses the errands that wait for devices which are polled no more, and those that come. Called by the worker of the bus
    /// alone, between two errands.</summary>
    /// <param name="devices">Which.</param>
    public void Refuse(IEnumerable<string> devices)
    {
        lock (gate)
        {
            gone.UnionWith(devices);
            for (var left = waiting.Count; left > 0 && waiting.TryDequeue(out var errand); left--)
            {
                if (gone.Contains(errand.Device))
                {
                    errand.Refuse();
                }
                else
                {
                    waiting.Enqueue(errand);
                }
            }
        }
    }

    /// <summary>Takes the next errand that can be done now.</summary>
    /// <param name="isBusy">Whether a device is in the middle of a poll.</param>
    /// <returns>The errand; null where there is none that can.</returns>
    public BusErrand? Take(Func<string, bool> isBusy)
    {
        // Before the queue is looked at, so that what comes meanwhile is not slept over.
        if (Come.IsCompleted)
        {
            Volatile.Write(ref come, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        for (var left = waiting.Count; left > 0 && waiting.TryDequeue(out var errand); left--)
        {
            if (!isBusy(errand.Device))
            {
                if (!waiting.IsEmpty)
                {
                    Volatile.Read(ref come).TrySetResult();
                }

                return errand;
            }

            waiting.Enqueue(errand);
        }

        return null;
    }

    private static ControlRefusedException Gone(string device) =>
        new($"{device} is asked no more: its settings changed, or the gateway stops; look with pond-gateway status, then try again");
}

/// <summary>Something to be done on a bus.</summary>
/// <param name="Device">The device it is for.</param>
/// <param name="DoAsync">Does it; never throws.</param>
/// <param name="Refuse">Ends it where nobody will do it.</param>
internal sealed record BusErrand(string Device, Func<IBusTurn, Task> DoAsync, Action Refuse);
