using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Guiding;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Tests.Gateway.Calibration;

namespace PondSentinel.Tests.Gateway.Guiding;

/// <summary>What is meant by the arguments of <c>calibrate</c>.</summary>
public sealed class CalibrateCommandTests
{
    private static readonly CalibratedChannel[] Channels =
    [
        CalibrationBench.Ph,
        CalibrationBench.Ph with { Device = "two", Id = "ph" },
        CalibrationBench.Ph with { Device = "two", Id = "t", Output = new SensorOutput("t", Measurand.WaterTemperature) },
        CalibrationBench.Ph with { Device = "vane", Id = "dir", Output = new SensorOutput("dir", Measurand.WindDirection) },
    ];

    [Theory]
    [InlineData("probe", null, "probe.ph")]
    [InlineData("probe.ph", null, "probe.ph")]
    [InlineData("two", "ph", "two.ph")]
    [InlineData("two.ph", null, "two.ph")]
    public void Device_with_one_channel_needs_no_more(string device, string? channel, string meant) =>
        Assert.Equal(meant, Of(device, channel, null).Options!.Channel.Name);

    [Theory]
    [InlineData("two", null, null, "two has several channels: say --channel with one of ph, t")]
    [InlineData("vane", null, null, "there is nothing to calibrate at vane")]
    [InlineData("prob", null, null, "there is nothing to calibrate at prob")]
    [InlineData("two", "t", null, "no standards are usual for Water temperature: say --standards")]
    [InlineData("probe", null, "4,four", "--standards takes 1 to 3 different numbers")]
    [InlineData("probe", null, "4,4", "--standards takes 1 to 3 different numbers")]
    [InlineData("probe", null, "1,4,7,10", "--standards takes 1 to 3 different numbers")]
    [InlineData("probe", null, "", "--standards takes 1 to 3 different numbers")]
    public void Misuse_says_what_to_write(string device, string? channel, string? standards, string begins) =>
        Assert.StartsWith(begins, Of(device, channel, standards).Misuse, StringComparison.Ordinal);

    [Fact]
    public void Numbers_and_texts_have_their_bounds()
    {
        Assert.Equal([6.86, 4], Of("probe", null, "6.86,4").Options!.Standards);
        Assert.StartsWith("--points", Of("probe", null, null, options => options with { Points = 0 }).Misuse, StringComparison.Ordinal);
        Assert.StartsWith("--points", Of("probe", null, null, options => options with { Points = 4 }).Misuse, StringComparison.Ordinal);
        Assert.StartsWith("--temp", Of("probe", null, null, options => options with { Celsius = double.NaN }).Misuse, StringComparison.Ordinal);
        Assert.StartsWith("--lot", Of("probe", null, null, options => options with { Lot = "a\nb" }).Misuse, StringComparison.Ordinal);
        Assert.StartsWith("--who", Of("probe", null, null, options => options with { Who = new string('x', 65) }).Misuse, StringComparison.Ordinal);
    }

    private static (GuideOptions? Options, string? Misuse) Of(
        string device, string? channel, string? standards, Func<GuideOptions, GuideOptions>? with = null) =>
        CalibrateCommand.Meant(Channels, device, channel, standards, meant => with is null ? new GuideOptions(meant, "Li") : with(new GuideOptions(meant, "Li")));
}
