using PondSentinel.Calibration;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Simulator.Devices;
using PondSentinel.Tests.Sensors;
using PondSentinel.Tests.Simulator.Devices.Twins;

namespace PondSentinel.Tests.Gateway.Calibration;

/// <summary>Instruments that hold their calibration, by the recipes of their makers, against their twins.</summary>
public sealed class InstrumentCalibrationTests
{
    private const double SlopeShare = 0.97;
    private const double TooMuch = 0.08;

    private double inWater = 7;

    [Fact]
    public async Task Circuit_is_told_of_three_buffers_and_says_how_good_its_electrode_is()
    {
        // The electrode is a little flat and off.
        using var bench = new TwinBench("atlas-ezo-ph", LineKind.I2c, celsius: 25, sense: () => _ => 7 + ((inWater - 7) * SlopeShare) + TooMuch);
        var record = await CalibrateAsync(bench, "ph", [7.00, 4.01, 10.01]);

        Assert.Equal([], record.Reasons);
        Assert.Equal(CalibrationKind.Instrument, record.Kind);
        Assert.Equal([97.0, 97.0], record.SlopePercent);
        Assert.Equal(-TooMuch * 59.16, record.Offset!.Value, 0.01);
        Assert.Equal([7.08, 4.10, 9.92], record.AsFound.Select(reading => Math.Round(reading.Raw, 2)));
        Assert.Equal([7.00, 4.01, 10.01], record.AsLeft.Select(reading => Math.Round(reading.Raw, 2)));
        Assert.Equal("L1", record.AsLeft[0].Lot);

        // It measures right from now on.
        inWater = 5.5;
        Assert.Equal(5.5, Assert.IsType<Reading.Measured>(await bench.Sensor.ReadAsync(TestContext.Current.CancellationToken)).Outputs[0].Measurement!.Value.Value, 0.002);
    }

    [Fact]
    public async Task Worn_electrode_is_calibrated_and_refused()
    {
        using var bench = new TwinBench("atlas-ezo-ph", LineKind.I2c, celsius: 25, sense: () => _ => 7 + ((inWater - 7) * 0.85));
        var record = await CalibrateAsync(bench, "ph", [7.00, 4.00, 10.00]);

        Assert.Contains(record.Reasons, reason => reason.Contains("slope 85 %", StringComparison.Ordinal));
        Assert.Null(record.DueMs);
    }

    [Fact]
    public async Task Circuit_that_was_told_of_fewer_buffers_says_so()
    {
        using var bench = new TwinBench("atlas-ezo-ph", LineKind.I2c, celsius: 25, sense: () => _ => inWater);
        var sensor = (ICalibratingSensor)bench.Sensor;
        var turn = new LoneTurn(bench.Time);
        Assert.Null(await sensor.CalibrateAsync(sensor.Standards[0], 25, turn, TestContext.Current.CancellationToken));

        var held = await sensor.AskCalibrationAsync(3, turn, TestContext.Current.CancellationToken);

        Assert.Equal(["the circuit holds 1 of 3 standards: begin again with the first"], held.Objections);
        Assert.Equal(
            SensorFault.Refused,
            (await sensor.CalibrateAsync(sensor.Standards[0] with { Value = 9.18 }, 25, turn, TestContext.Current.CancellationToken))!.Fault);
    }

    [Fact]
    public async Task Probe_is_told_of_its_buffers_in_order_and_its_status_is_read_back()
    {
        using var bench = new TwinBench("yosemitech-y532", LineKind.Serial, sense: () => measurand => measurand == Measurand.Ph ? inWater : 20);
        var record = await CalibrateAsync(bench, "ph", [4.00, 6.86, 9.18]);

        Assert.Equal([], record.Reasons);
        Assert.Equal([4.00, 6.86, 9.18], record.AsLeft.Select(reading => Math.Round(reading.Raw, 2)));
        Assert.Equal(["buffer pH 4.00", "buffer pH 6.86", "buffer pH 9.18"], record.AsLeft.Select(reading => reading.Name));
    }

    [Fact]
    public async Task Probe_that_stands_in_another_buffer_says_so_and_the_calibration_is_refused()
    {
        using var bench = new TwinBench("yosemitech-y532", LineKind.Serial, sense: () => measurand => measurand == Measurand.Ph ? 6.86 : 20);
        var record = await CalibrateAsync(bench, "ph", [4.00, 6.86, 9.18]);

        Assert.Contains(record.Reasons, reason => reason.StartsWith("status 01: the reading matches none of the standards", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Probe_that_does_not_answer_leaves_nothing_noted()
    {
        using var bench = new TwinBench("yosemitech-y532", LineKind.Serial, sense: () => _ => inWater);
        bench.Faults.Switch(FaultKind.Mute);
        var errands = new BusErrands();
        using var stop = new CancellationTokenSource();
        var working = WorkAsync(errands, bench.Time, stop.Token);
        var calibration = new InstrumentCalibration((ICalibratingSensor)bench.Sensor, Channel("ph"), errands, bench.Time);

        var failed = await calibration.TakeAsync(calibration.Standards[0], 25, lot: null, _ => { }, TestContext.Current.CancellationToken);

        Assert.Equal(SensorFault.NoAnswer, failed!.Fault);
        Assert.Empty(calibration.Left);
        await stop.CancelAsync();
        await working;
    }

    /// <summary>To ask again changes nothing in an instrument; to tell again might.</summary>
    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task Lost_answers_are_asked_for_again_so_many_times_and_nothing_is_told_twice(int lost, bool isDone)
    {
        var sensor = new Forgetful { LostOfEach = lost };
        var time = new HastyTime();
        var errands = new BusErrands();
        using var stop = new CancellationTokenSource();
        var working = WorkAsync(errands, time, stop.Token);
        var calibration = new InstrumentCalibration(sensor, Channel("ph"), errands, time);

        var failed = await calibration.TakeAsync(sensor.Standards[0], 25, lot: null, _ => { }, TestContext.Current.CancellationToken);
        var held = await calibration.AskAsync(TestContext.Current.CancellationToken);

        Assert.Equal((isDone, isDone), (failed is null, !held.IsUnanswered));
        Assert.Equal(isDone ? 1 : 0, sensor.Told);
        await stop.CancelAsync();
        await working;
    }

    [Theory]
    [InlineData(LineKind.I2c)]
    [InlineData(LineKind.Serial)]
    public async Task Circuit_that_does_not_answer_is_not_taken_for_one_that_holds_nothing(LineKind kind)
    {
        using var bench = new TwinBench("atlas-ezo-ph", kind, celsius: 25, sense: () => _ => inWater);
        bench.Faults.Switch(FaultKind.Mute);

        Assert.True((await ((ICalibratingSensor)bench.Sensor).AskCalibrationAsync(3, new LoneTurn(bench.Time), TestContext.Current.CancellationToken)).IsUnanswered);
    }

    // So many answers are lost of each question, but not of what it is told.
    private sealed class Forgetful : ICalibratingSensor
    {
        private int readings;
        private int questions;

        public required int LostOfEach { get; init; }

        public int Told { get; private set; }

        public IReadOnlyList<HeldStandard> Standards { get; } = [new HeldStandard("buffer pH 7.00", "ph", 7, TimeSpan.Zero)];

        public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) => ValueTask.FromResult<Reading>(
            ++readings % (LostOfEach + 1) == 0
                ? new Reading.Measured([new OutputReading("ph", new Measurement(Measurand.Ph, 7), null)])
                : new Reading.Failed(SensorFault.NoAnswer, "nothing came"));

        public ValueTask<Reading.Failed?> CalibrateAsync(HeldStandard standard, double celsius, IBusTurn turn, CancellationToken cancellationToken)
        {
            Told++;
            return ValueTask.FromResult<Reading.Failed?>(null);
        }

        public ValueTask<HeldCalibration> AskCalibrationAsync(int toldOf, IBusTurn turn, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new HeldCalibration { IsUnanswered = ++questions <= LostOfEach });
    }

    private static CalibratedChannel Channel(string output) =>
        CalibrationBench.Ph with { Device = "dut", Id = output, Output = new SensorOutput(output, Measurand.Ph) };

    // Who does what is to be done on a bus, here without any polls.
    private static async Task WorkAsync(BusErrands errands, TimeProvider time, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await errands.Come.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (errands.Take(_ => false) is { } errand)
            {
                await errand.DoAsync(new LoneTurn(time));
            }
        }
    }

    private async Task<CalibrationRecord> CalibrateAsync(TwinBench bench, string output, double[] values)
    {
        var errands = new BusErrands();
        using var stop = new CancellationTokenSource();
        var working = WorkAsync(errands, bench.Time, stop.Token);
        var channel = Channel(output);
        var calibration = new InstrumentCalibration((ICalibratingSensor)bench.Sensor, channel, errands, bench.Time);
        Assert.Equal(values.Length, calibration.Standards.Count);
        foreach (var (standard, value) in calibration.Standards.Zip(values))
        {
            inWater = value;
            Assert.Null(await calibration.TakeAsync(standard with { Value = value }, 25, "L1", _ => { }, TestContext.Current.CancellationToken));
        }

        var draft = calibration.Draft("Li", 25, CalibrationBench.NowMs, await calibration.AskAsync(TestContext.Current.CancellationToken));
        await stop.CancelAsync();
        await working;
        return draft.Complete(channel, [], _ => false);
    }
}
