namespace PondSentinel.Simulator.Model;

/// <summary>Dust over the yard, as a function of simulated time. Pure.</summary>
/// <remarks>Above a threshold wind the ground gives dust with the square of the wind times its excess over the threshold:
/// the form of saltation laws (Gillette, from memory). The factor is an engineering choice.</remarks>
/// <param name="seed">The world.</param>
internal sealed class DustModel(ulong seed)
{
    // Lift-off from about 6 m/s, background of a quiet day 50 to 150 µg/m³: README.md, sources.
    private const double LiftOffMetresPerSecond = 6;
    private const double DustFactor = 0.85;
    private const double BackgroundMicrograms = 70;

    // Smoke and exhaust make half of the background; of lifted dust little is that fine.
    private const double FineShareOfBackground = 0.5;
    private const double FineShareOfDust = 0.12;

    private readonly Weather weather = new(seed);

    /// <summary>The air at a time.</summary>
    /// <param name="time">Simulated time.</param>
    public AirState At(TimeSpan time)
    {
        var wind = weather.WindSpeedMetresPerSecond(time);
        var dust = wind > LiftOffMetresPerSecond ? DustFactor * wind * wind * (wind - LiftOffMetresPerSecond) : 0;
        return new AirState(
            wind,
            BackgroundMicrograms + dust,
            (FineShareOfBackground * BackgroundMicrograms) + (FineShareOfDust * dust));
    }
}

/// <summary>The true air at a moment.</summary>
/// <param name="WindMetresPerSecond">Wind, m/s.</param>
/// <param name="Pm10MicrogramsPerCubicMetre">PM10, µg/m³.</param>
/// <param name="Pm25MicrogramsPerCubicMetre">PM2.5, µg/m³.</param>
internal readonly record struct AirState(
    double WindMetresPerSecond, double Pm10MicrogramsPerCubicMetre, double Pm25MicrogramsPerCubicMetre);
