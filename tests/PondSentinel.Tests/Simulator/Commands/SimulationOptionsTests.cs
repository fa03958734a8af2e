using PondSentinel.Simulator.Commands;

namespace PondSentinel.Tests.Simulator.Commands;

public sealed class SimulationOptionsTests
{
    [Theory]
    [InlineData("90m", 90)]
    [InlineData("6h", 360)]
    [InlineData("5h45m", 345)]
    [InlineData("5.75h", 345)]
    [InlineData("1d2h3m", 1563)]
    [InlineData("60000ms1m", 2)]
    public void Simulated_time_may_have_several_parts(string text, double minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), SimulationOptions.SimulatedTime(text));

    [Theory]
    [InlineData("")]
    [InlineData("h")]
    [InlineData("5")]
    [InlineData("5h45")]
    [InlineData("5h 45")]
    [InlineData("-5h")]
    [InlineData("0s")]
    [InlineData("5hm")]
    [InlineData("5x")]
    [InlineData("1e9d")]
    [InlineData("99999999999999999999d")]
    [InlineData("36600d1s")]
    public void What_is_no_simulated_time_is_none(string text) => Assert.Null(SimulationOptions.SimulatedTime(text));
}
