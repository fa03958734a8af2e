using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Derivation;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Derivation;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Derivation;

/// <summary>Virtual devices beside those that they compute from, each polled by the worker of its bus.</summary>
public sealed class DerivedDeviceTests : IAsyncDisposable
{
    private const int Crest = 10;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly TestClocks clocks = new();
    private readonly MemoryLog log = new();
    private readonly LatestNumbers latest;

    public DerivedDeviceTests() => latest = new LatestNumbers(clocks);

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task Records_of_their_own_are_half_an_interval_behind_and_computed_from_what_is_fresh()
    {
        await RunAsync(number => ScriptedSensor.Ph(4 + (number % 5)), 10 * Minute);

        var (measured, derived) = (Of("probe"), Of("dam"));
        Assert.Equal(measured.Count, derived.Count);
        foreach (var record in derived)
        {
            var before = measured.Last(other => other.Clock.WallMs < record.Clock.WallMs);
            Assert.InRange(record.Clock.WallMs - before.Clock.WallMs, 29_000, 30_000);
            Assert.Equal(
                ("pond-a", "freeboard", Measurand.Freeboard, Crest - before.Channels[0].Value, QualityFlag.Good),
                (record.Station, record.Channels[0].Channel, record.Channels[0].Measurand, record.Channels[0].Value, record.Channels[0].Flag));
        }
    }

    [Fact]
    public async Task Probe_that_falls_silent_leaves_nothing_to_compute_from_whether_it_is_asked_or_spared()
    {
        await RunAsync(number => number < 5 ? ScriptedSensor.Ph(7) : ScriptedSensor.Silent, 30 * Minute);

        var silent = Of("probe").First(record => record.Channels[0].Value is null).Clock.WallMs;
        var derived = Of("dam");
        Assert.InRange(derived.Count, 29, 31);
        Assert.All(derived, record => Assert.Equal(
            record.Clock.WallMs < silent ? (3.0, QualityFlag.Good, Why.None) : (null, QualityFlag.Missing, Why.NoAnswer),
            (record.Channels[0].Value, record.Channels[0].Flag, record.Channels[0].Why)));
    }

    [Fact]
    public async Task Flag_and_reasons_of_what_it_is_computed_from_are_handed_on()
    {
        await RunAsync(_ => ScriptedSensor.Ph(3), 3 * Minute);

        Assert.All(Of("dam"), record => Assert.Equal(
            (7.0, QualityFlag.Suspect, Why.OutOfBounds), (record.Channels[0].Value, record.Channels[0].Flag, record.Channels[0].Why)));
    }

    [Theory]
    [InlineData(QualityFlag.Good, QualityFlag.Good)]
    [InlineData(QualityFlag.NotEvaluated, QualityFlag.NotEvaluated)]
    [InlineData(QualityFlag.Suspect, QualityFlag.Suspect)]
    [InlineData(QualityFlag.Fail, QualityFlag.Fail)]
    public async Task Input_holds_for_two_intervals_of_its_device_and_no_longer(QualityFlag flag, QualityFlag expected)
    {
        var sensor = Sensor();
        latest.Note("probe", Minute, [new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = 7, Flag = flag, Why = Why.Maintenance }]);
        clocks.Advance(2 * Minute);
        Assert.Equal((3.0, (expected, Why.Maintenance)), await ReadAsync(sensor));

        clocks.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((null, (QualityFlag.Missing, Why.NoAnswer)), await ReadAsync(sensor));
    }

    [Fact]
    public async Task Older_value_is_never_taken_where_the_newest_is_missing()
    {
        var sensor = Sensor();
        latest.Note("probe", Minute, [new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = 7, Flag = QualityFlag.Good }]);
        latest.Note("probe", Minute, [new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = null, Flag = QualityFlag.Missing, Why = Why.Garbled }]);

        Assert.Equal((null, (QualityFlag.Missing, Why.Garbled)), await ReadAsync(sensor));
    }

    [Fact]
    public async Task Result_has_no_more_digits_than_are_worth_their_bytes()
    {
        latest.Note("probe", Minute, [new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = 1 / 3.0, Flag = QualityFlag.Good }]);

        Assert.Equal((9.66667, (QualityFlag.Good, Why.None)), await ReadAsync(Sensor()));
    }

    // Whether a value is a spike is known with the one after it, when what was computed from it has been told for long.
    [Theory]
    [InlineData(60)]
    [InlineData(30)]
    public async Task Record_is_revised_when_what_it_was_computed_from_is(int everySeconds)
    {
        await RunAsync(
            number => ScriptedSensor.Ph(number == 5 ? 9 : 7), 12 * Minute,
            new ChannelTests { Spike = new() { Suspect = new Threshold(1) } }, TimeSpan.FromSeconds(everySeconds));

        var spike = Assert.Single(Of("probe"), record => record.Revises is not null);
        var revised = Of("dam").Where(record => record.Revises is not null).ToList();
        Assert.Equal(60 / everySeconds, revised.Count);
        Assert.All(revised, record =>
        {
            var told = Of("dam").Single(other => other.Revises is null && other.Clock == record.Clock);
            Assert.InRange((record.Clock.WallMs - spike.Clock.WallMs) / 1000, 0, 61);
            Assert.Equal((1.0, QualityFlag.Good, Why.None), (told.Channels[0].Value, told.Channels[0].Flag, told.Channels[0].Why));
            Assert.Equal((1.0, QualityFlag.Suspect, Why.Spike), (record.Channels[0].Value, record.Channels[0].Flag, record.Channels[0].Why));
            Assert.Equal(log.Appended.ToList().FindIndex(appended => appended.Record == told), record.Revises!.Value.Sequence);
        });

        // Once, and nobody else's.
        Assert.Equal(revised.Count, revised.Select(record => record.Revises).Distinct().Count());
        Assert.DoesNotContain(Of("dam"), record => record.Revises is null && record.Channels[0].Flag != QualityFlag.Good);
    }

    [Fact]
    public void What_looks_back_is_doubted_for_its_period_where_an_input_of_before_is_revised()
    {
        var run = new DerivedRun(new FormulaSetting(
            FormulaBook.Find("rain-depth")!, [Measurand.RainTotal], [], Minute, 10 * Minute));
        JudgedValue Step(int minute) => run.Step(minute * 60_000, [new JudgedValue(minute, QualityFlag.Good)]);
        var before = Enumerable.Range(0, 13).Select(Step).ToList();
        Assert.Equal(new JudgedValue(10, QualityFlag.Good), before[12]);

        Assert.Equal(
            new JudgedValue(10, QualityFlag.Suspect, Why.Spike), run.Again(12 * 60_000, before[12], [new JudgedValue(12, QualityFlag.Fail, Why.Spike)]));
        Assert.Equal(new JudgedValue(10, QualityFlag.Suspect, Why.Spike), Step(13));
        Assert.Equal(
            [QualityFlag.Suspect, QualityFlag.Good], new[] { Enumerable.Range(14, 9).Select(Step).ToList()[^1].Flag, Step(23).Flag });
    }

    private static DerivedSettings Settings { get; } = new(
        [new DerivedChannelOptions("freeboard", FormulaBook.Find("freeboard")!, ["probe.ph"], [Crest], TimeSpan.Zero)],
        new Dictionary<string, Measurand> { ["probe.ph"] = Measurand.WaterLevel });

    private static async Task<(double? Value, (QualityFlag, Why)? Inherited)> ReadAsync(DerivedSensor sensor)
    {
        var measured = Assert.IsType<Reading.Measured>(await sensor.ReadAsync(TestContext.Current.CancellationToken));
        var output = Assert.Single(measured.Outputs);
        return (output.Measurement?.Value, output.Inherited);
    }

    private DerivedSensor Sensor() => new(Settings, [], Minute, latest, clocks);

    private List<BufferedRecord> Of(string device) => [.. log.Records.Where(record => record.Device == device)];

    private async Task RunAsync(Func<int, Reading> answer, TimeSpan duration, ChannelTests? tests = null, TimeSpan? every = null)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        var sink = new RecordSink(log, "zudong", "9f3c01d2", witness: null);
        var probe = ScriptedSensor.Device("probe", Minute, new ScriptedSensor(clocks, 3 * Step, answer)) with { Latest = latest };
        var judged = probe.Channels[0].Options with { Tests = tests ?? ChannelTests.None };
        probe = probe with { Options = probe.Options with { Channels = [judged] }, Channels = [probe.Channels[0] with { Options = judged }] };
        var dam = DerivedDevice.Assemble(
            new DeviceOptions
            {
                Id = "dam",
                Station = "pond-a",
                Bus = DerivedDevice.Name,
                Model = DerivedDevice.Name,
                Interval = every ?? Minute,
                Settings = Settings,
                Channels = [new ChannelOptions { Id = "freeboard", Output = "freeboard" }],
            },
            Settings,
            latest,
            clocks);
        using var stop = new CancellationTokenSource();
        Task[] running = [.. new[] { probe, dam }.Select(device => new BusWorker([device], sink, clock, clocks, NullLogger.Instance).RunAsync(stop.Token))];
        clocks.Run(duration, Step);
        await stop.CancelAsync();
        await Task.WhenAll(running);
    }
}
