using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Profiles;

namespace PondSentinel.Tests.Sensors.Profiles;

public sealed class ProfileBurstTests
{
    [Theory]
    [InlineData(Reducer.Median, new[] { 7.1, 7.0, 1000 }, 7.1)]
    [InlineData(Reducer.Median, new[] { 7.1, 7.2, 7.4, 7.3 }, 7.25)]
    [InlineData(Reducer.Mean, new[] { 7.1, 7.2, 7.3, 7.2 }, 7.2)]
    [InlineData(Reducer.Mean, new[] { 1.0, 1, 2 }, 1.33)]
    [InlineData(Reducer.Mean, new[] { 1e-6, 3e-6 }, 2e-6)]
    public void Value_is_the_middle_or_the_mean_of_all(Reducer reducer, double[] numbers, double expected) =>
        Assert.Equal(expected, Of(Measurand.Ph, reducer, [.. numbers.Select(number => Value(Measurand.Ph, number))]).Measurement!.Value.Value);

    [Theory]
    [InlineData(new[] { 350.0, 10 }, 0)]
    [InlineData(new[] { 80.0, 100, 90 }, 90)]
    [InlineData(new[] { 300.0, 20 }, 340)]
    public void Direction_is_that_of_the_vectors(double[] numbers, double expected) =>
        Assert.Equal(
            expected,
            Of(Measurand.WindDirection, Reducer.Median, [.. numbers.Select(number => Value(Measurand.WindDirection, number))])
                .Measurement!.Value.Value);

    [Fact]
    public void Half_of_the_readings_are_enough_and_fewer_are_the_fault_of_the_last()
    {
        var good = Value(Measurand.Ph, 7);
        var none = new Reading.Measured([new OutputReading("x", null, SensorFault.DeviceFault)]);
        var noise = new Reading.Failed(SensorFault.Garbled, "noise");

        Assert.Equal((7.0, null), Result(Of(Measurand.Ph, Reducer.Median, [good, noise, none, good])));
        Assert.Equal((null, SensorFault.DeviceFault), Result(Of(Measurand.Ph, Reducer.Median, [good, none, none, none])));
        Assert.Equal(noise, Run(4, good, noise, noise, noise));
    }

    [Theory]
    [InlineData(SensorFault.BusDown, 2)]
    [InlineData(SensorFault.DeviceFault, 2)]
    [InlineData(SensorFault.WrongDevice, 2)]
    [InlineData(SensorFault.TimedOut, 7)]
    public void What_time_does_not_heal_ends_a_burst_at_once(SensorFault fault, int expected)
    {
        var burst = new ProfileBurst(Profile(Measurand.Ph), Sequence(Reducer.Median, 10));
        burst.Add(Value(Measurand.Ph, 7));
        while (burst.Result is null)
        {
            burst.Add(new Reading.Failed(fault, "why"));
        }

        Assert.Equal((expected, new Reading.Failed(fault, "why")), (burst.Count, burst.Result));
    }

    [Fact]
    public void First_reading_that_fails_ends_a_burst()
    {
        var burst = new ProfileBurst(Profile(Measurand.Ph), Sequence(Reducer.Median, 10));

        burst.Add(new Reading.Failed(SensorFault.NoAnswer, "why"));

        Assert.NotNull(burst.Result);
    }

    [Fact]
    public void Range_is_that_of_the_result_and_a_doubt_of_one_is_a_doubt_of_all()
    {
        Reading.Measured Over(double value) =>
            new([new OutputReading("x", new Measurement(Measurand.Ph, value), SensorFault.OverRange)]);
        var doubted = new Reading.Measured(
            [new OutputReading("x", new Measurement(Measurand.Ph, 7), SensorFault.NotReady) { Detail = "cold" }]);

        Assert.Equal((7.0, null), Result(Of(Measurand.Ph, Reducer.Median, [Value(Measurand.Ph, 7), Over(15), Value(Measurand.Ph, 6)])));
        Assert.Equal((15.0, SensorFault.OverRange), Result(Of(Measurand.Ph, Reducer.Median, [Over(15), Over(15), Value(Measurand.Ph, 6)])));
        Assert.Equal((7.0, SensorFault.NotReady), Result(Of(Measurand.Ph, Reducer.Median, [Value(Measurand.Ph, 7), doubted, doubted])));
    }

    private static (double? Value, SensorFault? Fault) Result(OutputReading output) => (output.Measurement?.Value, output.Fault);

    private static OutputReading Of(Measurand measurand, Reducer reducer, params Reading[] readings)
    {
        var burst = new ProfileBurst(Profile(measurand), Sequence(reducer, readings.Length));
        foreach (var reading in readings)
        {
            burst.Add(reading);
        }

        return Assert.Single(Assert.IsType<Reading.Measured>(burst.Result).Outputs);
    }

    private static Reading? Run(int count, params Reading[] readings)
    {
        var burst = new ProfileBurst(Profile(Measurand.Ph), Sequence(Reducer.Median, count));
        foreach (var reading in readings)
        {
            burst.Add(reading);
        }

        return burst.Result;
    }

    private static Reading.Measured Value(Measurand measurand, double value) =>
        new([new OutputReading("x", new Measurement(measurand, value), null)]);

    private static ProfileSequence Sequence(Reducer reducer, int burst) => new() { Burst = burst, Reducer = reducer };

    private static DeviceProfile Profile(Measurand measurand) => SensorCatalogue.Profiles[0] with
    {
        Reads =
        [
            SensorCatalogue.Profiles[0].Reads[0] with
            {
                Outputs =
                [
                    new ProfileOutput
                    {
                        Output = new SensorOutput("x", measurand) { Range = new Band(0, measurand == Measurand.Ph ? 14 : 360) },
                        Number = new RegisterNumber(NumberType.F32, 0, ByteOrder.ABCD),
                    },
                ],
            },
        ],
    };
}
