using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Buffering;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Wire;
using static PondSentinel.Tests.Gateway.Calibration.CalibrationBench;

namespace PondSentinel.Tests.Gateway.Calibration;

/// <summary>Calibrations in the polls of a bus.</summary>
public sealed class CalibrationStepTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly TestClocks clocks = new();
    private readonly MemoryLog log = new();
    private readonly SimulatedCard card = new();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task Value_stands_beside_the_raw_number_from_the_moment_a_calibration_is_added()
    {
        var book = new CalibrationBook(CalibrationStore.Open(card), [Ph]);

        var values = await PollAsync(book, ScriptedSensor.Ph(7.2), poll =>
        {
            if (poll == 2)
            {
                book.Add(Record("c1", 0.2));
            }
        });

        Assert.Equal([(7.2, null, null), (7.0, 7.2, "c1"), (7.0, 7.2, "c1")], values.Select(value => (Math.Round(value.Value!.Value, 9), value.Raw, value.Calibration)));
        Assert.All(values, value => Assert.Equal((QualityFlag.Good, Why.None), (value.Flag, value.Why)));
    }

    [Fact]
    public async Task Bands_judge_the_value_and_not_the_raw_number()
    {
        var book = new CalibrationBook(CalibrationStore.Open(card), [Ph]);
        book.Add(Record("c1", 0.2));

        var value = (await PollAsync(book, ScriptedSensor.Ph(10.1)))[0];

        Assert.Equal((9.9, QualityFlag.Good), (Math.Round(value.Value!.Value, 9), value.Flag));
    }

    [Fact]
    public async Task Missing_value_names_the_calibration_so_that_no_batch_ends_at_it()
    {
        var book = new CalibrationBook(CalibrationStore.Open(card), [Ph]);
        book.Add(Record("c1"));

        var value = (await PollAsync(book, new Reading.Failed(SensorFault.Refused, "no data")))[0];

        Assert.Equal((null, null, "c1", QualityFlag.Missing), (value.Value, value.Raw, value.Calibration, value.Flag));
    }

    [Fact]
    public async Task Value_goes_out_as_it_is_and_doubted_where_the_record_cannot_be_read()
    {
        new CalibrationBook(CalibrationStore.Open(card), [Ph]).Add(Record("c1"));
        using (var file = card.Open("probe.ph.000001.c1.json"))
        {
            file.Write(40, "??"u8);
        }

        var value = (await PollAsync(new CalibrationBook(CalibrationStore.Open(card), [Ph]), ScriptedSensor.Ph(7.2)))[0];

        Assert.Equal((7.2, null, null), (value.Value, value.Raw, value.Calibration));
        Assert.Equal((QualityFlag.Suspect, Why.Uncalibrated), (value.Flag, value.Why));
    }

    [Fact]
    public async Task Calibration_that_the_instrument_holds_is_named_and_changes_nothing()
    {
        var book = new CalibrationBook(CalibrationStore.Open(card), [Ph]);
        book.Add((Draft("c9", NowMs, new StandardReading(7, 7)) with { IsHeldByInstrument = true }).Complete(Ph, [], _ => false));

        var value = (await PollAsync(book, ScriptedSensor.Ph(7.2)))[0];

        Assert.Equal((7.2, null, "c9", QualityFlag.Good), (value.Value, value.Raw, value.Calibration, value.Flag));
    }

    [Fact]
    public async Task What_a_driver_has_calibrated_is_left_as_it_is()
    {
        var book = new CalibrationBook(CalibrationStore.Open(card), [Ph]);
        book.Add(Record("c1"));

        var value = (await PollAsync(book, new Reading.Measured(
        [
            new OutputReading("ph", Measurement.Of(new PhValue(7.2)), null) { Raw = -11.5, Calibration = "c0" },
        ])))[0];

        Assert.Equal((7.2, -11.5, "c0"), (value.Value, value.Raw, value.Calibration));
    }

    private async Task<IReadOnlyList<ChannelValue>> PollAsync(CalibrationBook book, Reading reading, Action<int>? before = null)
    {
        var sensor = new ScriptedSensor(clocks, TimeSpan.FromMilliseconds(200), poll =>
        {
            before?.Invoke(poll);
            return reading;
        });
        var device = ScriptedSensor.Device("probe", Interval, sensor) with { Calibrations = book };

        // Without a synchronisation context all continuations run inside the clock's own step.
        SynchronizationContext.SetSynchronizationContext(null);
        using var stop = new CancellationTokenSource();
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        var running = new BusWorker([device], new RecordSink(log, "zudong", "9f3c01d2", witness: null), clock, clocks, NullLogger.Instance)
            .RunAsync(stop.Token);
        clocks.Run((Interval * 2) + TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(50));
        await stop.CancelAsync();
        await running;
        return [.. log.Records.Select(record => record.Channels[0])];
    }
}
