using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Tests.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Acquisition;

public sealed class BusWorkerTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly TestClocks clocks = new();
    private readonly MemoryLog log = new();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task Dead_device_does_not_starve_its_neighbours_and_becomes_a_slow_probe()
    {
        var dead = Sensor(TimeSpan.FromSeconds(1), _ => ScriptedSensor.Silent);
        var alive = Sensor(TimeSpan.FromMilliseconds(100), _ => ScriptedSensor.Ph(7));
        await RunAsync(
            TimeSpan.FromHours(1),
            ScriptedSensor.Device("dead", Interval, dead),
            ScriptedSensor.Device("alive", Interval, alive));

        // 360 slots and the first poll at once; every one of the neighbour's is there.
        Assert.InRange(log.Records.Count(record => record.Device == "alive"), 360, 361);
        Assert.InRange(Longest(log.Records.Where(record => record.Device == "alive")), 9.9, 14.0);

        // A few polls of three attempts until it counts as dead, then one poll a minute.
        var probes = log.Records.Where(record => record.Device == "dead").ToList();
        Assert.InRange(probes.Count, 55, 65);
        Assert.All(probes, record => Assert.Equal(
            (null, QualityFlag.Missing, Why.NoAnswer),
            (record.Channels[0].Value, record.Channels[0].Flag, record.Channels[0].Why)));
    }

    [Fact]
    public async Task Dead_device_that_comes_back_is_found_within_a_minute_and_polled_as_before()
    {
        var answers = false;
        var sensor = Sensor(TimeSpan.FromMilliseconds(100), _ => answers ? ScriptedSensor.Ph(7) : ScriptedSensor.Silent);
        using var stop = new CancellationTokenSource();
        var running = Start(stop.Token, ScriptedSensor.Device("probe", Interval, sensor));
        clocks.Run(TimeSpan.FromMinutes(10), Step);
        var before = log.Appended.Count;
        answers = true;
        clocks.Run(TimeSpan.FromMinutes(1) + Interval, Step);
        Assert.Equal(7, log.Records.Last().Channels[0].Value);
        var found = log.Appended.Count;
        clocks.Run(TimeSpan.FromMinutes(10), Step);

        Assert.InRange(log.Appended.Count - found, 59, 61);
        Assert.InRange(found - before, 1, 8);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Passing_interference_is_tried_again_and_leaves_a_value_at_the_time_of_the_good_attempt()
    {
        var sensor = Sensor(
            TimeSpan.FromMilliseconds(200),
            number => number < 3 ? new Reading.Failed(SensorFault.Garbled, "crc") : ScriptedSensor.Ph(7));
        await RunAsync(TimeSpan.FromSeconds(2), ScriptedSensor.Device("probe", Interval, sensor));

        var record = Assert.Single(log.Records);
        Assert.Equal(7, record.Channels[0].Value);
        Assert.Equal(3, sensor.Asked.Count);
        Assert.Equal(
            sensor.Asked[2].ToUnixTimeMilliseconds() + 100, record.Clock.WallMs);
        Assert.Empty(log.Events);
    }

    [Fact]
    public async Task Device_read_only_in_part_is_tried_again_where_the_poll_before_had_that_part_and_never_counts_as_dead()
    {
        var sensor = Sensor(
            TimeSpan.FromMilliseconds(200),
            number => number == 2
                ? ScriptedSensor.Ph(7)
                : new Reading.Measured([new OutputReading("ph", null, SensorFault.Garbled)]));
        await RunAsync(TimeSpan.FromMinutes(10) - Step, ScriptedSensor.Device("probe", Interval, sensor));

        Assert.Equal(7, log.Records.First().Channels[0].Value);
        Assert.Equal(60, log.Records.Count());
        Assert.Equal(2 + 3 + 58, sensor.Asked.Count);
    }

    [Fact]
    public async Task Device_that_is_never_there_is_asked_three_times_and_no_more()
    {
        var sensor = Sensor(TimeSpan.FromMilliseconds(200), _ => ScriptedSensor.Silent);
        await RunAsync(TimeSpan.FromSeconds(9), ScriptedSensor.Device("probe", TimeSpan.FromMinutes(1), sensor));

        Assert.Equal(3, sensor.Asked.Count);
        Assert.Single(log.Records);
    }

    [Fact]
    public async Task Retry_that_would_not_fit_into_half_of_the_shortest_interval_is_not_made()
    {
        var slow = Sensor(TimeSpan.FromSeconds(3), _ => ScriptedSensor.Silent);
        var quick = Sensor(TimeSpan.FromMilliseconds(10), _ => ScriptedSensor.Ph(7));
        await RunAsync(
            TimeSpan.FromSeconds(8),
            ScriptedSensor.Device("slow", TimeSpan.FromMinutes(1), slow),
            ScriptedSensor.Device("quick", Interval, quick));

        Assert.Single(slow.Asked);
    }

    [Theory]
    [InlineData(SensorFault.Refused)]
    [InlineData(SensorFault.DeviceFault)]
    [InlineData(SensorFault.BusDown)]
    public async Task Device_that_says_it_cannot_is_not_asked_again_before_its_next_slot_and_never_spared(SensorFault fault)
    {
        var sensor = Sensor(TimeSpan.FromMilliseconds(50), _ => new Reading.Failed(fault, "no"));
        await RunAsync(TimeSpan.FromMinutes(5) - Step, ScriptedSensor.Device("probe", Interval, sensor));

        Assert.Equal(30, sensor.Asked.Count);
        Assert.Equal(sensor.Asked.Count, log.Appended.Count);
    }

    [Fact]
    public async Task Driver_that_never_answers_is_cut_off_and_recorded_as_timed_out()
    {
        await RunAsync(TimeSpan.FromSeconds(6), ScriptedSensor.Device("probe", Interval, new MuteSensor()));

        Assert.Equal(Why.TimedOut, Assert.Single(log.Records).Channels[0].Why);
    }

    [Fact]
    public async Task Driver_that_throws_leaves_a_record_and_its_neighbours_in_peace()
    {
        var broken = Sensor(TimeSpan.FromMilliseconds(10), _ => throw new InvalidCastException("buffer"));
        var alive = Sensor(TimeSpan.FromMilliseconds(10), _ => ScriptedSensor.Ph(7));
        await RunAsync(
            TimeSpan.FromMinutes(1),
            ScriptedSensor.Device("broken", Interval, broken),
            ScriptedSensor.Device("alive", Interval, alive));

        Assert.InRange(log.Records.Count(record => record.Device == "alive"), 6, 7);
        Assert.Contains(log.Records, record => record.Device == "broken" && record.Channels[0].Why == Why.Garbled);
        Assert.Contains("InvalidCastException", Body(log.Events[0]).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Steps_of_the_wall_clock_cause_neither_burst_nor_gap_at_the_sensor()
    {
        var sensor = Sensor(TimeSpan.FromMilliseconds(10), _ => ScriptedSensor.Ph(7));
        using var stop = new CancellationTokenSource();
        List<TimeSpan> polls = [];
        var running = Start(stop.Token, ScriptedSensor.Device("probe", Interval, sensor));
        foreach (var stepMs in (int[])[-86_400_000, 4_000, -4_999, 31_536_000, 5_001, -1])
        {
            clocks.Run(TimeSpan.FromSeconds(35), Step);
            clocks.SetWall(TimeSpan.FromMilliseconds(stepMs));
        }

        clocks.Run(TimeSpan.FromSeconds(35), Step);
        await stop.CancelAsync();
        await running;

        var apart = log.Records.Zip(
            log.Records.Skip(1), (one, next) => (next.Clock.BootTime - one.Clock.BootTime).TotalSeconds);
        Assert.All(apart, seconds => Assert.InRange(seconds, 4.9, 15.1));
        Assert.InRange(log.Records.Last().Clock.WallMs % 10_000, 0, 100);
    }

    [Fact]
    public async Task Worker_stops_at_once_in_the_middle_of_a_poll_and_leaves_no_record_of_it()
    {
        var sensor = Sensor(TimeSpan.FromSeconds(2), _ => ScriptedSensor.Ph(7));
        using var stop = new CancellationTokenSource();
        var running = Start(stop.Token, ScriptedSensor.Device("probe", Interval, sensor));
        clocks.Advance(TimeSpan.FromSeconds(1));
        await stop.CancelAsync();

        await running.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Empty(log.Records);
    }

    [Fact]
    public async Task Trouble_is_told_when_it_begins_changes_and_ends_not_at_every_poll()
    {
        var sensor = Sensor(TimeSpan.FromMilliseconds(10), number => number switch
        {
            1 => ScriptedSensor.Ph(7),
            <= 4 => new Reading.Failed(SensorFault.BusDown, "/dev/ttyUSB0: No such file or directory"),
            <= 7 => new Reading.Failed(SensorFault.Refused, "exception 2"),
            _ => ScriptedSensor.Ph(7),
        });
        await RunAsync(TimeSpan.FromMinutes(2), ScriptedSensor.Device("probe", Interval, sensor));

        Assert.Equal(
            [
                """{"fault":"bus-down","detail":"/dev/ttyUSB0: No such file or directory","hint":"check that the adapter is plugged in and no other program uses it at rs485 address 1"}""",
                """{"fault":"refused","detail":"exception 2","hint":"check that the model and its firmware are those configured at rs485 address 1","was":"bus-down","lasted_s":30}""",
                """{"fault":null,"was":"refused","lasted_s":30}""",
            ],
            log.Events.Select(happening => System.Text.Encoding.UTF8.GetString(happening.Body.Span)));
        Assert.All(log.Events, happening => Assert.Equal(("fault", "probe"), (happening.Type, happening.Device)));
    }

    [Fact]
    public async Task End_of_a_trouble_is_told_with_what_the_device_says_of_it()
    {
        var sensor = Sensor(TimeSpan.FromMilliseconds(10), number => number == 1
            ? new Reading.Failed(SensorFault.Refused, "no data")
            : new Reading.Measured([new OutputReading("ph", new Measurement(Measurand.Ph, 7), null) { Detail = "brown-out" }]));
        await RunAsync(TimeSpan.FromMinutes(1), ScriptedSensor.Device("probe", Interval, sensor));

        Assert.Equal(
            """{"fault":null,"detail":"brown-out","was":"refused","lasted_s":10}""",
            System.Text.Encoding.UTF8.GetString(log.Events[^1].Body.Span));
        Assert.Equal(2, log.Events.Count);
    }

    [Fact]
    public async Task Device_that_flaps_has_six_events_an_hour_then_one_with_the_count()
    {
        var sensor = Sensor(
            TimeSpan.FromMilliseconds(10),
            number => number % 2 == 0 ? new Reading.Failed(SensorFault.Refused, "busy") : ScriptedSensor.Ph(7));
        await RunAsync(TimeSpan.FromMinutes(59), ScriptedSensor.Device("probe", Interval, sensor));
        Assert.Equal(6, log.Events.Count);

        log.Events.Clear();
        clocks.Advance(TimeSpan.FromMinutes(2));
        await RunAsync(TimeSpan.FromMinutes(62), ScriptedSensor.Device("probe", Interval, sensor));
        var counted = log.Events.Where(happening => Body(happening).TryGetProperty("count", out _)).ToList();
        Assert.InRange(Body(Assert.Single(counted)).GetProperty("count").GetInt32(), 340, 360);
    }

    private static JsonElement Body(PondSentinel.Gateway.Buffering.BufferedEvent happening) =>
        JsonElement.Parse(happening.Body.Span);

    private static double Longest(IEnumerable<PondSentinel.Gateway.Buffering.BufferedRecord> records)
    {
        var times = records.Select(record => record.Clock.BootTime).ToList();
        return times.Zip(times.Skip(1), (one, next) => (next - one).TotalSeconds).Max();
    }

    // Unlike Task.Delay it goes on inside the call that cancels it.
    private sealed class MuteSensor : ISensor
    {
        public async ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
        {
            var never = new TaskCompletionSource<Reading>();
            await using var registration = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
            return await never.Task;
        }
    }

    private ScriptedSensor Sensor(TimeSpan takes, Func<int, Reading> answer) => new(clocks, takes, answer);

    private async Task RunAsync(TimeSpan duration, params PolledDevice[] devices)
    {
        using var stop = new CancellationTokenSource();
        var running = Start(stop.Token, devices);
        clocks.Run(duration, Step);
        await stop.CancelAsync();
        await running;
    }

    // Without a synchronisation context all continuations run inside the clock's own step, so that the test is the only
    // thread and every run the same.
    private Task Start(CancellationToken stop, params PolledDevice[] devices)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        var sink = new RecordSink(log, "zudong", "9f3c01d2", witness: null);
        return new BusWorker(devices, sink, clock, clocks, NullLogger.Instance).RunAsync(stop);
    }
}
