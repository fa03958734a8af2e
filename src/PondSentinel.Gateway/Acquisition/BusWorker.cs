using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>Polls the devices of one bus, one after the other: whoever has been due longest comes first.</summary>
/// <remarks>A device that is dead costs its neighbours at most one failed poll per interval, and after a few of them one
/// per <see cref="PollPipeline.ProbeInterval"/>; so does one that answers only a part of what it is asked. Retries have half of
/// the shortest interval on the bus, so that no device loses its slot to another's second chance. A device that warms up or settles does so off the bus: the others are asked
/// meanwhile, and it goes on when it has been due longest. On the grid of the wall clock each device is due when those before it
/// would be done, so that on a full bus nobody waits so long that it loses a slot.</remarks>
internal sealed class BusWorker
{
    // Three attempts, the supply off and on, an errand: each has its own limit, and all of them together are far below this.
    private static readonly TimeSpan TurnMax = TimeSpan.FromMinutes(5);

    private readonly RecordSink sink;
    private readonly GatewayClock clock;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Func<string, Why>? attended;
    private readonly BusRescue? rescue;
    private readonly BusErrands? errands;
    private readonly WatchedLoop? loop;

    // Devices that come and go: done by the worker itself between two polls, so that nobody else ever looks at its pollers.
    private readonly BusErrands changes = new();
    private readonly List<DevicePoller> pollers = [];

    /// <summary>Makes the worker of a bus; all its devices are due at once, but for those that have a phase of their own.</summary>
    /// <param name="devices">The devices, at least one.</param>
    /// <param name="sink">Where records go.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="time">For waiting.</param>
    /// <param name="log">The journal.</param>
    /// <param name="attended">Whether somebody works at a device now: maintenance, calibrating, both or none; null where nobody ever
    /// does.</param>
    /// <param name="loop">Told of each turn, whatever the devices say; null where nobody watches.</param>
    public BusWorker(
        IReadOnlyList<PolledDevice> devices,
        RecordSink sink,
        GatewayClock clock,
        TimeProvider time,
        ILogger log,
        Func<string, Why>? attended = null,
        WatchedLoop? loop = null)
    {
        (this.sink, this.clock, this.time, this.log, this.attended, this.loop) = (sink, clock, time, log, attended, loop);
        errands = devices[0].Errands;
        rescue = devices[0].Care is { } care
            ? new BusRescue(devices[0].Options.Bus, devices.Count, care, LosePower, sink, clock, log)
            : null;
        Take(devices);
    }

    /// <summary>Lets devices go, between two polls: a poll of theirs that waits off the bus ends and leaves no record. Those that stay
    /// notice nothing of it.</summary>
    /// <param name="devices">Which; at least one stays.</param>
    /// <param name="cancellationToken">The worker ends.</param>
    public Task RemoveAsync(IReadOnlySet<string> devices, CancellationToken cancellationToken) => changes.RunAsync(
        "",
        async _ =>
        {
            foreach (var poller in pollers.Where(poller => devices.Contains(poller.Device)))
            {
                await poller.EndAsync();
            }

            pollers.RemoveAll(poller => devices.Contains(poller.Device));
            errands?.Refuse(devices);
            ShareTheLine();
            return true;
        },
        cancellationToken);

    /// <summary>Takes devices on, between two polls. They are due at once; those that were there keep the times at which they are due.
    /// </summary>
    /// <param name="devices">Which; none of them is there.</param>
    /// <param name="cancellationToken">The worker ends.</param>
    public Task AddAsync(IReadOnlyList<PolledDevice> devices, CancellationToken cancellationToken) => changes.RunAsync(
        "",
        _ =>
        {
            Take(devices);
            return ValueTask.FromResult(true);
        },
        cancellationToken);

    private void Take(IReadOnlyList<PolledDevice> devices)
    {
        errands?.Serve(devices.Select(device => device.Options.Id));
        var now = clock.BootTime;
        var before = TimeSpan.FromTicks(pollers.Sum(poller => poller.LineTime.Ticks));
        foreach (var device in devices)
        {
            var behind = before < device.Options.Interval / 2 ? before : device.Options.Interval / 2;
            before += device.LineTime;
            pollers.Add(new DevicePoller(
                device,
                new PollPipeline(device, TimeSpan.Zero, clock, time),
                new PollSchedule(device.Options.Interval, now + device.Phase, device.Phase + behind),
                new FaultReport(device.Options.Id, device.Where, device.Line, shared: false, sink, log),
                sink,
                clock,
                time,
                attended));
        }

        ShareTheLine();
    }

    // Retries have half of the shortest interval on the bus.
    private void ShareTheLine()
    {
        var budget = pollers.Min(poller => poller.Interval) / 2;
        pollers.ForEach(poller => poller.Neighbour(pollers.Count > 1, budget));
        rescue?.Follow([.. pollers.Select(poller => poller.Device)]);
    }

    private bool IsInThePoll(string device) => pollers.Any(poller => poller.Device == device && poller.IsWaiting);

    // Whether nothing came meanwhile that is to be done at once.
    private async Task<bool> IsWaitOverAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(wait, time, over.Token);
        if (await (errands is null ? Task.WhenAny(delay, changes.Come) : Task.WhenAny(delay, changes.Come, errands.Come)) == delay)
        {
            await delay;
            return true;
        }

        await over.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return false;
    }

    private void LosePower()
    {
        foreach (var poller in pollers)
        {
            poller.LosePower();
        }
    }

    /// <summary>Polls until told to stop.</summary>
    /// <param name="cancellationToken">Tells it. Ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (true)
            {
                loop?.Turn(TurnMax);
                if ((changes.Take(static _ => false) ?? errands?.Take(IsInThePoll)) is { } errand)
                {
                    await errand.DoAsync(new LoneTurn(time));
                    continue;
                }

                var next = pollers.MinBy(poller => poller.Due)!;
                var wait = next.Due - clock.BootTime;
                if (wait > TimeSpan.Zero)
                {
                    loop?.Turn(wait);
                    if (!await IsWaitOverAsync(wait, cancellationToken))
                    {
                        continue;
                    }

                    loop?.Turn(TurnMax);
                }

                cancellationToken.ThrowIfCancellationRequested();
                if (await next.PollAsync(end.Token) is { } reading && rescue is not null)
                {
                    await rescue.NoteAsync(next.Device, reading, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            loop?.End();

            // Whatever ended this: nobody will give the bus back to those that wait off it, nor do what is asked for.
            await end.CancelAsync();
            errands?.Refuse(pollers.Select(poller => poller.Device));
            foreach (var poller in pollers)
            {
                await poller.EndAsync();
            }
        }
    }
}
