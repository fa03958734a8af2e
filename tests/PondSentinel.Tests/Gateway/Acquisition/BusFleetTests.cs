using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Sensors;
using PondSentinel.Tests.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Acquisition;

/// <summary>Devices come and go while the workers of the buses run.</summary>
public sealed class BusFleetTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly TestClocks clocks = new();
    private readonly MemoryLog log = new();
    private readonly CancellationTokenSource stop = new();

    public async ValueTask DisposeAsync()
    {
        stop.Dispose();
        await log.DisposeAsync();
    }

    [Fact]
    public async Task Device_that_stays_has_the_records_that_it_would_have_had_alone_whatever_comes_and_goes_beside_it()
    {
        var undisturbed = await RecordsOfStayerAsync([]);
        Assert.Equal(30, undisturbed.Count);

        await Gen.Int[0, 2].Array[1, 12].SampleAsync(
            async changes => Assert.Equal(undisturbed, await RecordsOfStayerAsync(changes)), iter: 30, threads: 1);
    }

    [Fact]
    public async Task Device_that_goes_while_it_warms_up_off_the_bus_leaves_no_record_and_holds_up_nobody()
    {
        var warming = new WarmingSensor();
        var running = Start(Device("stays", Ph), Device("warms", warming), out var fleet, out var devices);
        clocks.Run(Step * 4, Step);
        Assert.True(warming.IsWaiting);

        await DoAsync(fleet.RemoveAsync([devices[1]]));
        Assert.False(warming.IsWaiting);
        clocks.Run(TimeSpan.FromMinutes(1), Step);
        await EndAsync(running);

        Assert.DoesNotContain(log.Records, record => record.Device == "warms");
        Assert.InRange(log.Records.Count(record => record.Device == "stays"), 6, 7);
    }

    [Fact]
    public async Task Bus_whose_last_device_goes_rests_and_works_again_with_the_next()
    {
        var running = Start(Device("first", Ph), null, out var fleet, out var devices);
        clocks.Run(Interval, Step);
        await DoAsync(fleet.RemoveAsync(devices));
        var rested = log.Appended.Count;
        clocks.Run(Interval * 3, Step);
        Assert.Equal(rested, log.Appended.Count);

        await DoAsync(fleet.AddAsync([Device("second", Ph)]));
        clocks.Run(Interval * 3, Step);
        await EndAsync(running);
        Assert.InRange(log.Records.Count(record => record.Device == "second"), 3, 4);
    }

    [Fact]
    public async Task Change_that_comes_when_all_ends_is_no_failure()
    {
        var running = Start(Device("first", Ph), null, out var fleet, out var devices);
        await EndAsync(running);

        await DoAsync(fleet.RemoveAsync(devices));
        await DoAsync(fleet.AddAsync([Device("late", Ph)]));
        Assert.Single(log.Records.Select(record => record.Device).Distinct());
    }

    private ScriptedSensor Ph => new(clocks, TimeSpan.FromMilliseconds(100), _ => ScriptedSensor.Ph(7));

    // A tenth of the values of the one that stays leap, so that its judges have something to remember.
    private static async Task<List<string>> RecordsOfStayerAsync(int[] changes)
    {
        var (clocks, log) = (new TestClocks(), new MemoryLog());
        using var stop = new CancellationTokenSource();
        var stayer = Device("stays", new ScriptedSensor(clocks, TimeSpan.FromMilliseconds(100), number => ScriptedSensor.Ph(number % 10 == 4 ? 9.5 : 7)));
        stayer = stayer with
        {
            Channels = [.. stayer.Channels.Select(channel => channel with { Options = channel.Options with { Tests = new ChannelTests { Spike = new() { Suspect = new Threshold(1) } } } })],
        };
        SynchronizationContext.SetSynchronizationContext(null);
        var fleet = Fleet(clocks, log);
        var running = fleet.RunAsync([stayer], stop.Token);
        var beside = new Queue<PolledDevice>();
        for (var i = 0; i < 15; i++)
        {
            clocks.Run(Interval * 2, Step);
            switch (i < changes.Length ? changes[i] : -1)
            {
                case 0:
                    beside.Enqueue(Device($"guest-{i}", new ScriptedSensor(clocks, TimeSpan.FromMilliseconds(100), _ => ScriptedSensor.Silent)));
                    await DoAsync(fleet.AddAsync([beside.Last()]));
                    break;
                case 1 when beside.TryDequeue(out var gone):
                    await DoAsync(fleet.RemoveAsync([gone]));
                    break;
            }
        }

        await stop.CancelAsync();
        await running;
        return
        [
            .. log.Records.Where(record => record.Device == "stays" && record.Revises is null)
                .Select(record => $"{record.Clock.WallMs / 10_000}: {record.Channels[0].Value} {record.Channels[0].Flag} {record.Channels[0].Why}")
                .Take(30),
        ];
    }

    private static BusFleet Fleet(TestClocks clocks, MemoryLog log)
    {
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        var sink = new RecordSink(log, "zudong", "9f3c01d2", witness: null);
        return new BusFleet((_, devices) => new BusWorker(devices, sink, clock, clocks, NullLogger.Instance));
    }

    private Task Start(PolledDevice first, PolledDevice? second, out BusFleet fleet, out IReadOnlyList<PolledDevice> devices)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        devices = second is null ? [first] : [first, second];
        fleet = Fleet(clocks, log);
        return fleet.RunAsync(devices, stop.Token);
    }

    private async Task EndAsync(Task running)
    {
        await stop.CancelAsync();
        await running;
    }

    // A change is made by the worker itself, between two polls.
    private static async Task DoAsync(Task change)
    {
        await change.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
        SynchronizationContext.SetSynchronizationContext(null);
    }

    private static PolledDevice Device(string id, ISensor sensor) => ScriptedSensor.Device(id, Interval, sensor);

    private sealed class WarmingSensor : IPausingSensor
    {
        public bool IsWaiting { get; private set; }

        public async ValueTask<Reading> ReadAsync(IBusTurn turn, CancellationToken cancellationToken)
        {
            IsWaiting = true;
            try
            {
                await turn.PauseAsync(TimeSpan.FromMinutes(5), cancellationToken);
                return ScriptedSensor.Ph(7);
            }
            finally
            {
                IsWaiting = false;
            }
        }

        public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("It pauses.");
    }
}
