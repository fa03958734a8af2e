namespace PondSentinel.Gateway.Acquisition;

/// <summary>The workers of all buses. Buses come and go while it runs; the others notice nothing of it.</summary>
/// <remarks>Changes are made one after the other, by whoever reloads the settings.</remarks>
/// <param name="make">Makes the worker of a bus for its devices.</param>
internal sealed class BusFleet(Func<string, IReadOnlyList<PolledDevice>, BusWorker> make)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Running> buses = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool isOver;

    /// <summary>Polls until told to stop.</summary>
    /// <param name="devices">All devices at first.</param>
    /// <param name="cancellationToken">Tells it; ends the task without an exception.</param>
    public async Task RunAsync(IEnumerable<PolledDevice> devices, CancellationToken cancellationToken)
    {
        foreach (var bus in devices.GroupBy(device => device.Options.Bus, StringComparer.Ordinal))
        {
            Start(bus.Key, [.. bus]);
        }

        try
        {
            // A worker ends only where it is told to; where one fails, that is a bug and ends all.
            await broken.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            List<string> left;
            lock (gate)
            {
                isOver = true;
                left = [.. buses.Keys];
            }

            await Task.WhenAll(left.Select(StopAsync));
        }
    }

    /// <summary>Lets devices go; a bus that has none left rests.</summary>
    /// <param name="gone">Which.</param>
    public async Task RemoveAsync(IReadOnlyCollection<PolledDevice> gone)
    {
        foreach (var bus in gone.GroupBy(device => device.Options.Bus, StringComparer.Ordinal))
        {
            var names = bus.Select(device => device.Options.Id).ToHashSet(StringComparer.Ordinal);
            if (Of(bus.Key) is not { } running)
            {
                continue;
            }

            running.Devices.ExceptWith(names);
            if (running.Devices.Count == 0)
            {
                await StopAsync(bus.Key);
            }
            else
            {
                await running.Worker.RemoveAsync(names, running.Stopped);
            }
        }
    }

    /// <summary>Takes devices on.</summary>
    /// <param name="added">Which.</param>
    public async Task AddAsync(IReadOnlyCollection<PolledDevice> added)
    {
        foreach (var bus in added.GroupBy(device => device.Options.Bus, StringComparer.Ordinal))
        {
            if (Of(bus.Key) is { } running)
            {
                running.Devices.UnionWith(bus.Select(device => device.Options.Id));
                await running.Worker.AddAsync([.. bus], running.Stopped);
            }
            else
            {
                Start(bus.Key, [.. bus]);
            }
        }
    }

    private Running? Of(string bus)
    {
        lock (gate)
        {
            return buses.GetValueOrDefault(bus);
        }
    }

    private void Start(string bus, IReadOnlyList<PolledDevice> devices)
    {
        lock (gate)
        {
            if (isOver)
            {
                return;
            }

            var running = new Running(make(bus, devices), [.. devices.Select(device => device.Options.Id)]);
            buses.Add(bus, running);
            running.Ended = WatchAsync(running);
        }
    }

    private async Task WatchAsync(Running running)
    {
        try
        {
            await running.Worker.RunAsync(running.Stopped);
        }
#pragma warning disable CA1031 // Handed on: whoever waits for the fleet throws it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            broken.TrySetException(e);
        }
    }

    private async Task StopAsync(string bus)
    {
        Running? running;
        lock (gate)
        {
            if (!buses.Remove(bus, out running))
            {
                return;
            }
        }

        using (running)
        {
            await running.EndAsync();
        }
    }

    private sealed class Running : IDisposable
    {
        private readonly CancellationTokenSource stop = new();

        public Running(BusWorker worker, HashSet<string> devices) => (Worker, Devices, Stopped) = (worker, devices, stop.Token);

        public BusWorker Worker { get; }

        public HashSet<string> Devices { get; }

        public CancellationToken Stopped { get; }

        public Task Ended { get; set; } = Task.CompletedTask;

        public async Task EndAsync()
        {
            await stop.CancelAsync();
            await Ended;
        }

        public void Dispose() => stop.Dispose();
    }
}
