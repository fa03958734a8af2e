using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Health;

namespace PondSentinel.Tests.Gateway.Health;

/// <summary>The light at a box without staff.</summary>
public sealed class FaultLightTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("pond-light-");

    [Fact]
    public void Light_blinks_while_there_is_a_fault_and_is_dark_afterwards()
    {
        var folder = root.CreateSubdirectory("sys/class/leds/ACT").FullName;
        File.WriteAllText(Path.Combine(folder, "trigger"), "mmc0");
        File.WriteAllText(Path.Combine(folder, "brightness"), "1");
        var light = new FaultLight("ACT", NullLogger.Instance, root.FullName);

        light.Show(true);
        Assert.Equal("timer", File.ReadAllText(Path.Combine(folder, "trigger")));
        light.Show(false);
        Assert.Equal("none", File.ReadAllText(Path.Combine(folder, "trigger")));
        Assert.Equal("0", File.ReadAllText(Path.Combine(folder, "brightness")));
    }

    [Fact]
    public void Light_that_is_not_there_stops_nobody() =>
        new FaultLight("none-such", NullLogger.Instance, root.FullName).Show(true);

    public void Dispose() => root.Delete(recursive: true);
}
