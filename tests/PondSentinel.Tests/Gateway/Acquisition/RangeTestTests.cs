using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Acquisition;

public sealed class RangeTestTests
{
    private static readonly Band Fail = new(0, 14);
    private static readonly Band Suspect = new(4, 10);

    [Theory]
    [InlineData(7.0, QualityFlag.Good, Why.None)]
    [InlineData(4.0, QualityFlag.Good, Why.None)]
    [InlineData(10.0, QualityFlag.Good, Why.None)]
    [InlineData(3.999, QualityFlag.Suspect, Why.OutOfBounds)]
    [InlineData(10.001, QualityFlag.Suspect, Why.OutOfBounds)]
    [InlineData(0.0, QualityFlag.Suspect, Why.OutOfBounds)]
    [InlineData(14.0, QualityFlag.Suspect, Why.OutOfBounds)]
    [InlineData(-0.001, QualityFlag.Fail, Why.OutOfBounds)]
    [InlineData(14.001, QualityFlag.Fail, Why.OutOfBounds)]
    public void Value_is_flagged_by_the_bands_it_leaves_and_never_changed(double value, QualityFlag flag, Why why) =>
        Assert.Equal(Expected(value, flag, why), Judge(value, null, Fail, Suspect));

    [Fact]
    public void Value_without_limits_was_not_evaluated() =>
        Assert.Equal(Expected(99, QualityFlag.NotEvaluated, Why.None), Judge(99, null, null, null));

    [Fact]
    public void One_limit_is_enough_to_be_good()
    {
        Assert.Equal(QualityFlag.Good, Judge(7, null, Fail, null).Flag);
        Assert.Equal(QualityFlag.Good, Judge(7, null, null, Suspect).Flag);
    }

    [Theory]
    [InlineData(7.0, Why.OverRange)]
    [InlineData(12.0, Why.OverRange | Why.OutOfBounds)]
    [InlineData(260.0, Why.OverRange | Why.OutOfBounds)]
    public void Over_range_fails_and_keeps_the_number(double value, Why why) =>
        Assert.Equal(Expected(value, QualityFlag.Fail, why), Judge(value, SensorFault.OverRange, Fail, Suspect));

    [Fact]
    public void Value_that_the_device_doubts_is_suspect_without_limits_too() =>
        Assert.Equal(
            Expected(7, QualityFlag.Suspect, Why.DeviceFault), Judge(7, SensorFault.DeviceFault, null, null));

    [Theory]
    [InlineData(SensorFault.NoAnswer, Why.NoAnswer)]
    [InlineData(SensorFault.TimedOut, Why.TimedOut)]
    [InlineData(SensorFault.Refused, Why.Refused)]
    [InlineData(SensorFault.Garbled, Why.Garbled)]
    [InlineData(SensorFault.BusDown, Why.BusDown)]
    public void Failed_poll_leaves_every_channel_missing_with_the_reason(SensorFault fault, Why why)
    {
        var values = RangeTest.Judge(
            [Channel("ph", "ph"), Channel("t", "temperature")], new Reading.Failed(fault, "detail"));

        Assert.Equal(["ph", "t"], values.Select(value => value.Channel));
        Assert.All(values, value => Assert.Equal((null, QualityFlag.Missing, why), (value.Value, value.Flag, value.Why)));
    }

    [Fact]
    public void Output_that_gave_no_number_is_missing_with_its_own_reason() =>
        Assert.Equal(
            Expected(null, QualityFlag.Missing, Why.DeviceFault),
            Judge(new OutputReading("ph", null, SensorFault.DeviceFault)));

    [Fact]
    public void Output_that_did_not_come_is_missing() =>
        Assert.Equal(
            Expected(null, QualityFlag.Missing, Why.Refused),
            Judge(new OutputReading("temperature", new Measurement(Measurand.Ph, 7), null)));

    [Theory]
    [InlineData(Measurand.WaterTemperature, 7.0)]
    [InlineData(Measurand.Ph, double.NaN)]
    [InlineData(Measurand.Ph, double.PositiveInfinity)]
    public void Number_that_is_none_of_the_channels_is_never_stored_under_its_name(Measurand measurand, double value) =>
        Assert.Equal(
            Expected(null, QualityFlag.Missing, Why.Garbled),
            Judge(new OutputReading("ph", new Measurement(measurand, value), null)));

    private static ChannelValue Expected(double? value, QualityFlag flag, Why why) =>
        new() { Channel = "ph", Measurand = Measurand.Ph, Value = value, Flag = flag, Why = why };

    private static ChannelValue Judge(double value, SensorFault? fault, Band? fail, Band? suspect) =>
        Assert.Single(RangeTest.Judge(
            [Channel("ph", "ph", fail, suspect)],
            new Reading.Measured([new OutputReading("ph", new Measurement(Measurand.Ph, value), fault)])));

    private static ChannelValue Judge(OutputReading output) =>
        Assert.Single(RangeTest.Judge([Channel("ph", "ph")], new Reading.Measured([output])));

    private static PolledChannel Channel(string id, string output, Band? fail = null, Band? suspect = null) =>
        new(new ChannelOptions { Id = id, Output = output, Fail = fail, Suspect = suspect }, Measurand.Ph);
}
