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
public sealed class BusFleetTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void Device_that_stays_has_the_records_that_it_would_have_had_alone_whatever_comes_and_goes_beside_it()
    {
        var undisturbed = RecordsOfStayer([]);
        Assert.Equal(30, undisturbed.Count);
        Assert.Contains(undisturbed, record => record.Contains("Spike", StringComparison.Ordinal));

        Gen.Int[0, 2].Array[1, 12].Sample(changes => Assert.Equal(undisturbed, RecordsOfStayer(changes)), iter: 40, threads: 1);
    }

    [Fact]
    public void Device_that_goes_while_it_warms_up_off_the_bus_leaves_no_record_and_holds_up_nobody()
    {
        using var bench = new Bench();
        var warming = new WarmingSensor();
        var warms = Device("warms", warming);
        bench.Start(Device("stays", bench.Ph()), warms);
        bench.Run(Step * 8);
        Assert.True(warming.IsWaiting);

        bench.Remove(warms);
        Assert.False(warming.IsWaiting);
        bench.Run(TimeSpan.FromMinutes(1));
        bench.End();

        Assert.DoesNotContain(bench.Log.Records, record => record.Device == "warms");
        Assert.InRange(bench.Log.Records.Count(record => record.Device == "stays"), 6, 7);
    }

    [Fact]
    public void Bus_whose_last_device_goes_rests_and_works_again_with_the_next()
    {
        using var bench = new Bench();
        var first = Device("first", bench.Ph());
        bench.Start(first);
        bench.Run(Interval - TimeSpan.FromSeconds(1));
        bench.Remove(first, isLast: true);
        var rested = bench.Log.Appended.Count;
        bench.Run(Interval * 3);
        Assert.Equal(rested, bench.Log.Appended.Count);

        bench.Add(Device("second", bench.Ph()));
        bench.Run(Interval * 3);
        bench.End();
        Assert.InRange(bench.Log.Records.Count(record => record.Device == "second"), 3, 4);
    }

    [Fact]
    public async Task Change_that_comes_when_all_ends_is_no_failure()
    {
        using var bench = new Bench();
        var first = Device("first", bench.Ph());
        bench.Start(first);
        bench.Run(Interval);
        bench.End();

        bench.Remove(first, isLast: true);
        await bench.Fleet.AddAsync([Device("late", bench.Ph())]);
        bench.Run(Interval);
        Assert.DoesNotContain(bench.Log.Records, record => record.Device == "late");
    }

    // Some of the values of the one that stays leap, so that its tests have something to remember.
    private static List<string> RecordsOfStayer(int[] changes)
    {
        using var bench = new Bench();
        var stayer = Device("stays", bench.Sensor(number => ScriptedSensor.Ph(number % 10 == 4 ? 9.5 : 7)));
        stayer = stayer with
        {
            Channels = [.. stayer.Channels.Select(channel => channel with { Options = channel.Options with { Tests = new ChannelTests { Spike = new() { Suspect = new Threshold(1) } } } })],
        };
        bench.Start(stayer);
        bench.Run(TimeSpan.FromSeconds(3));
        var beside = new Queue<PolledDevice>();
        for (var i = 0; i < 15; i++)
        {
            bench.Run(Interval * 2);
            switch (i < changes.Length ? changes[i] : -1)
            {
                case 0:
                    var guest = Device($"guest-{i}", bench.Sensor(_ => ScriptedSensor.Silent));
                    beside.Enqueue(guest);
                    bench.Add(guest);
                    break;
                case 1 when beside.TryDequeue(out var gone):
                    bench.Remove(gone);
                    break;
            }
        }

        bench.End();
        return
        [
            .. bench.Log.Records.Where(record => record.Device == "stays")
                .Select(record => $"{record.Clock.WallMs / 10_000}: {record.Channels[0].Value} {record.Channels[0].Flag} {record.Channels[0].Why} {record.Revises is not null}")
                .Take(30),
        ];
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

    private sealed class Bench : IDisposable
    {
        private static readonly TimeSpan Takes = TimeSpan.FromMilliseconds(100);
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        private readonly TestClocks clocks = new();
        private readonly CancellationTokenSource stop = new();
        private readonly SynchronizationContext? outer = SynchronizationContext.Current;
        private readonly Elsewhere elsewhere = new();
        private Task running = Task.CompletedTask;

        public Bench()
        {
            // Without it all continuations run inside the clock's own step.
            SynchronizationContext.SetSynchronizationContext(null);
            elsewhere.Follow();
            var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
            var sink = new RecordSink(Log, "zudong", "9f3c01d2", witness: null);
            Fleet = new BusFleet((_, devices) => new BusWorker(devices, sink, clock, clocks, NullLogger.Instance));
        }

        public MemoryLog Log { get; } = new();

        public BusFleet Fleet { get; }

        public ScriptedSensor Sensor(Func<int, Reading> answer) => new(clocks, Takes, answer);

        public ScriptedSensor Ph() => Sensor(_ => ScriptedSensor.Ph(7));

        public void Start(params PolledDevice[] devices) => running = Fleet.RunAsync(devices, stop.Token);

        public void Run(TimeSpan duration) => clocks.Run(duration, Step);

        public void Add(PolledDevice device) => Do(() => Fleet.AddAsync([device]), wait => wait == Takes);

        public void Remove(PolledDevice device, bool isLast = false) => Do(() => Fleet.RemoveAsync([device]), isLast ? null : _ => true);

        public void End()
        {
            stop.Cancel();
            Wait(() => running.IsCompleted);
            running.GetAwaiter().GetResult();
        }

        public void Dispose()
        {
            SynchronizationContext.SetSynchronizationContext(outer);
            stop.Dispose();
        }

        // The worker makes the change on a thread of its own: time stands still until it has begun to wait again, and has left that
        // thread. Between the two it would be overtaken by the clock.
        private void Do(Func<Task> change, Func<TimeSpan, bool>? settles)
        {
            using var settled = new ManualResetEventSlim(settles is null);
            clocks.WaitBegun = wait =>
            {
                if (settles?.Invoke(wait) == true)
                {
                    settled.Set();
                }
            };
            var made = change();
            Wait(() => made.IsCompleted && settled.IsSet && elsewhere.IsIdle);
            clocks.WaitBegun = null;
            made.GetAwaiter().GetResult();
        }

        private static void Wait(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Patience), "It does not happen.");
    }

    // Counts the threads on which the flow of a test goes on beside its own.
    private sealed class Elsewhere
    {
        private static readonly AsyncLocal<Elsewhere?> Flow = new(change =>
        {
            if (change.ThreadContextChanged)
            {
                change.PreviousValue?.Count(-1);
                change.CurrentValue?.Count(1);
            }
        });

        private int threads;

        public bool IsIdle => Volatile.Read(ref threads) == 0;

        public void Follow() => Flow.Value = this;

        private void Count(int by) => Interlocked.Add(ref threads, by);
    }
}
