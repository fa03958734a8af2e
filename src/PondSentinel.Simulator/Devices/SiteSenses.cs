using PondSentinel.Simulator.Model;

namespace PondSentinel.Simulator.Devices;

/// <summary>What the devices sense: the true water and air with the small noise of a sensor.</summary>
/// <remarks>The noise, too, is a function of seed, device and simulated time: it holds for one simulated second, so how
/// often a device is asked changes nothing. Thread-safe.</remarks>
/// <param name="seed">The world.</param>
/// <param name="clock">The simulated clock.</param>
internal sealed class SiteSenses(ulong seed, SiteClock clock)
{
    // Standard deviations. The makers give accuracies (pH 0.1, ammonium 5 %), not repeatability: choices well below.
    private const double PhNoise = 0.01;
    private const double CelsiusNoise = 0.03;
    private const double NitrogenNoiseShare = 0.01;
    private const double NitrogenNoise = 0.01;
    private const double PotassiumMilligramsPerLitre = 2;
    private const double TurbidityNoiseShare = 0.03;
    private const double DustNoiseShare = 0.03;

    private readonly WaterModel water = new(seed);
    private readonly DustModel dust = new(seed);

    /// <summary>The water at a device now.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="station">Where it measures: above or below the pond.</param>
    public ProbeWater Water(string device, string station) => Water(device, station, clock.Now);

    /// <summary>The water at a device.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="station">Where it measures: above or below the pond.</param>
    /// <param name="time">Simulated time.</param>
    public ProbeWater Water(string device, string station, TimeSpan time)
    {
        var state = water.At(time);
        var here = station == SiteLayout.Upstream ? state.Above : state.Below;
        double Noise(ulong channel) => NoiseOf(device, channel, time);
        var nitrogen = here.NitrogenMilligramsPerLitre;
        return new ProbeWater(
            (float)(here.Ph + (PhNoise * Noise(1))),
            (float)(here.Celsius + (CelsiusNoise * Noise(2))),
            (float)Math.Max(0, (nitrogen * (1 + (NitrogenNoiseShare * Noise(3)))) + (NitrogenNoise * Noise(4))),
            (float)(PotassiumMilligramsPerLitre * (1 + (NitrogenNoiseShare * Noise(5)))),
            (float)(here.TurbidityNtu * (1 + (TurbidityNoiseShare * Noise(6)))));
    }

    /// <summary>The air at a device now: PM2.5 and PM10, µg/m³.</summary>
    /// <param name="device">Its name.</param>
    public (double Pm25, double Pm10) Air(string device) => Air(device, clock.Now);

    /// <summary>The air at a device: PM2.5 and PM10, µg/m³.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="time">Simulated time.</param>
    public (double Pm25, double Pm10) Air(string device, TimeSpan time)
    {
        var air = dust.At(time);
        return (
            air.Pm25MicrogramsPerCubicMetre * (1 + (DustNoiseShare * NoiseOf(device, 7, time))),
            air.Pm10MicrogramsPerCubicMetre * (1 + (DustNoiseShare * NoiseOf(device, 8, time))));
    }

    private double NoiseOf(string device, ulong channel, TimeSpan time) =>
        Chance.Noise(seed, Chance.Of(device) ^ channel, (long)Math.Floor(time.TotalSeconds));
}
