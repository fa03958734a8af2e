using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Derivation;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Derivation;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
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

    private static DerivedSettings Settings { get; } = new(
        [new DerivedChannelOptions("freeboard", FormulaBook.Find("freeboard")!, ["probe.ph"], [Crest], TimeSpan.Zero)],
        new Dictionary<string, Measurand> { ["probe.ph"] = Measurand.WaterLevel });

    private static async Task<(double? Value, (QualityFlag, Why)? Inherited)> ReadAsync(DerivedSensor sensor)
    {
        var measured = Assert.IsType<Reading.Measured>(await sensor.ReadAsync(TestContext.Current.CancellationToken));
        var output = Assert.Single(measured.Outputs);
        return (output.Measurement?.Value, output.Inherited);
    }

    private DerivedSensor Sensor() => new(Settings, Minute, latest, clocks);

    private List<BufferedRecord> Of(string device) => [.. log.Records.Where(record => record.Device == device)];

    private async Task RunAsync(Func<int, Reading> answer, TimeSpan duration)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        var sink = new RecordSink(log, "zudong", "9f3c01d2", witness: null);
        var probe = ScriptedSensor.Device("probe", Minute, new ScriptedSensor(clocks, 3 * Step, answer)) with { Latest = latest };
        var dam = DerivedDevice.Assemble(
            new DeviceOptions
            {
                Id = "dam",
                Station = "pond-a",
                Bus = DerivedDevice.Name,
                Model = DerivedDevice.Name,
                Interval = Minute,
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
