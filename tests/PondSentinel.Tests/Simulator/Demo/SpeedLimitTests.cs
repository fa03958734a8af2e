using PondSentinel.Gateway.Configuration;
using PondSentinel.Simulator.Demo;
using PondSentinel.Simulator.Devices;

namespace PondSentinel.Tests.Simulator.Demo;

public sealed class SpeedLimitTests
{
    [Fact]
    public void Highest_speed_leaves_a_fifth_of_the_busiest_line_for_retries()
    {
        Assert.Equal(160, SpeedLimit.Highest([new BusLoad("a", 1, 0.001), new BusLoad("b", 2, 0.005)]));
        Assert.Equal(159, SpeedLimit.Highest([new BusLoad("b", 2, 0.00502)]));
    }

    [Fact]
    public void Highest_speed_never_asks_a_device_more_often_than_the_gateway_does() =>
        Assert.Equal(600, SpeedLimit.Highest([new BusLoad("a", 1, 1e-6)]));

    [Fact]
    public void Too_high_a_speed_is_refused_with_the_line_and_the_highest()
    {
        var error = Assert.Throws<DemoObstacleException>(
            () => SpeedLimit.Check(161, [new BusLoad("a", 1, 0.001), new BusLoad("b", 2, 0.005)]));
        Assert.Equal(
            "--speed 161 is more than the probes' lines can carry: at 9600 baud line b allows at most --speed 160.",
            error.Message);
        SpeedLimit.Check(160, [new BusLoad("b", 2, 0.005)]);
    }

    [Fact]
    public void Highest_speed_of_the_virtual_site_is_one_that_the_gateway_accepts_without_a_warning()
    {
        var highest = SpeedLimit.Highest(SpeedLimit.LoadsAtRealTime());
        Assert.InRange(highest, 200, 300);
        var loaded = GatewayConfigurationFile.Read("demo", SiteConfiguration.Text(highest, "/lines", "/buffer", 1883));
        Assert.Empty(loaded.Problems);
        Assert.Empty(loaded.Warnings);
        Assert.InRange(loaded.Loads.Max(load => load.Share), 0.75, 0.8);
    }
}
