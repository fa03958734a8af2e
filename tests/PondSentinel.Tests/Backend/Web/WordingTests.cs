using PondSentinel.Backend.Web;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Web;

public sealed class WordingTests
{
    [Theory]
    [InlineData(Measurand.Ph, 6.8983, "6.90")]
    [InlineData(Measurand.WaterTemperature, -0.04, "0.0")]
    [InlineData(Measurand.WaterTemperature, -0.06, "-0.1")]
    [InlineData(Measurand.AmmoniumNitrogen, 0.20227, "0.20")]
    [InlineData(Measurand.AmmoniumNitrogen, 9.999, "10.00")]
    [InlineData(Measurand.AmmoniumNitrogen, 28.8627, "28.9")]
    [InlineData(Measurand.AmmoniumNitrogen, 1234.5, "1234")]
    [InlineData(Measurand.TurbidityNtu, 6.1504, "6.15")]
    [InlineData(Measurand.Pm10, 69.4, "69")]
    public void Number_has_as_many_digits_as_mean_something(Measurand measurand, double value, string expected) =>
        Assert.Equal(expected, Wording.Number(measurand, value));

    [Fact]
    public void Every_flag_reason_loss_and_clock_has_words()
    {
        Assert.All(Enum.GetValues<QualityFlag>(), flag => Assert.NotEqual("unknown", Wording.Flag(flag)));
        Assert.All(
            Enum.GetValues<Why>().Where(why => why != Why.None),
            why => Assert.NotEmpty(Wording.ReasonsOf(why)));
        Assert.All(Enum.GetValues<LossCause>(), cause => Assert.NotEqual(cause.ToString(), Wording.Loss(cause)));
        Assert.All(Enum.GetValues<ClockSource>(), source => Assert.NotEqual(source.ToString(), Wording.Clock(source)));
    }
}
