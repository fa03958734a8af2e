using System.Globalization;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Simulator.Devices;

namespace PondSentinel.Simulator.Demo;

/// <summary>How fast the demo can be: sampling goes faster with it, and the baud rate does not. Pure.</summary>
internal static class SpeedLimit
{
    // Of the line's time; the rest is for retries. More is also what the gateway warns of.
    private const double ShareMax = 0.8;

    // The gateway polls no device more often.
    private static readonly TimeSpan IntervalMin = TimeSpan.FromMilliseconds(100);

    /// <summary>How busy the virtual site's lines are at speed 1.</summary>
    public static IReadOnlyList<BusLoad> LoadsAtRealTime() =>
        GatewayConfigurationFile.Read("demo", SiteConfiguration.Text(speed: 1, "/lines", "/buffer", 1883)).Loads;

    /// <summary>The highest speed.</summary>
    /// <param name="loadsAtRealTime">How busy the lines are at speed 1.</param>
    public static double Highest(IReadOnlyList<BusLoad> loadsAtRealTime)
    {
        // In whole milliseconds, as the gateway's settings have it.
        var busiest = loadsAtRealTime.Max(load => load.Share);
        var shortest = Math.Ceiling(SiteLayout.SamplingInterval.TotalMilliseconds * busiest / ShareMax);
        return Math.Floor(SiteLayout.SamplingInterval.TotalMilliseconds / Math.Max(IntervalMin.TotalMilliseconds, shortest));
    }

    /// <summary>Refuses a speed that the lines cannot keep.</summary>
    /// <param name="speed">The speed asked for.</param>
    /// <param name="loadsAtRealTime">How busy the lines are at speed 1.</param>
    /// <exception cref="DemoObstacleException">It is too high.</exception>
    public static void Check(double speed, IReadOnlyList<BusLoad> loadsAtRealTime)
    {
        var highest = Highest(loadsAtRealTime);
        if (speed > highest)
        {
            var busiest = loadsAtRealTime.MaxBy(load => load.Share)!;
            throw new DemoObstacleException(string.Create(
                CultureInfo.InvariantCulture,
                $"--speed {speed} is more than the probes' lines can carry: at {SiteLayout.Baud} baud line {busiest.Bus} allows at most --speed {highest}."));
        }
    }
}
