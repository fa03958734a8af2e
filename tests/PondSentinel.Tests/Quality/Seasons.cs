using PondSentinel.Measurements;

namespace PondSentinel.Tests.Quality;

/// <summary>Makes seasons of channels, a value a minute, with storms and gusts that are real.</summary>
internal sealed class Seasons
{
    public const int MinutesPerDay = 1440;
    public const int Days = 92;

    private readonly Random random = new(20260401);

    public Season Make(string name) => name switch
    {
        // A pond of 150 mg/L that rain thins to a half in three hours; an electrode with 1 % of noise.
        "ammonium" => Of(Measurand.AmmoniumNitrogen, 0.1, 150, share: 0.01, least: 0.1, daily: 0.05, (at, minutes) => -0.5 * at * Rain(minutes, 180)),

        // A stream of half a milligram, by an analyser that shows hundredths.
        "ammonium of a stream" => Of(Measurand.AmmoniumNitrogen, 0.01, 0.5, share: 0.01, least: 0.01, daily: 0.05, (at, minutes) => -0.5 * at * Rain(minutes, 180)),

        // A stream of 8 NTU to which rain brings 600 in half an hour, in gusts; a probe with 2 % of noise.
        "turbidity" => Of(Measurand.TurbidityNtu, 0.01, 8, share: 0.02, least: 0.05, daily: 0.1, (_, minutes) => 600 * Rain(minutes, 30) * Gust(minutes)),

        // One of a spring: half an NTU, and hardly any noise.
        "clear stream" => Of(Measurand.TurbidityNtu, 0.01, 0.5, share: 0.01, least: 0.005, daily: 0.04, (_, minutes) => 600 * Rain(minutes, 30) * Gust(minutes)),

        // 40 µg/m³; wind over a dry heap brings 1,500 within minutes, for a day.
        "dust" => Of(Measurand.Pm10, 0.1, 40, share: 0.05, least: 0.3, daily: 0.3, (_, minutes) => 1500 * Rain(minutes, 4) * Math.Abs(Normal())),

        // A pond of leachate that rain thins to a half: 1200 µS/cm, three in a thousand of noise.
        "conductivity" => Of(Measurand.Conductivity, 1, 1200, share: 0.003, least: 1, daily: 0.05, (at, minutes) => -0.5 * at * Rain(minutes, 180)),

        // After rain: two to three, for weeks.
        "clean air" => Of(Measurand.Pm10, 0.1, 2.5, share: 0.03, least: 0.05, daily: 0.05, (_, _) => 0),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such season."),
    };

    private Season Of(
        Measurand measurand, double resolution, double usual, double share, double least, double daily, Func<double, int, double> storm)
    {
        var truth = new double[Days * MinutesPerDay];
        var isStorm = new bool[truth.Length];
        var slow = 0.0;
        for (var n = 0; n < truth.Length; n++)
        {
            slow = (slow * 0.9995) + (0.0005 * Normal());
            truth[n] = usual * (1 + slow + (daily * Math.Sin(2 * Math.PI * n / MinutesPerDay)));
        }

        foreach (var from in new[] { 30 * MinutesPerDay, 61 * MinutesPerDay })
        {
            for (var n = from; n < from + (3 * MinutesPerDay); n++)
            {
                truth[n] += storm(truth[n], n - from);
                isStorm[n] = true;
            }
        }

        var season = new Season(measurand, resolution, share, least, truth, isStorm, new bool[truth.Length]);
        season.Read = Second(season);
        return season;
    }

    // What a good probe reads.
    public double[] Second(Season season) =>
        [.. season.Truth.Select(value => Math.Round((value + (season.Sigma(value) * Normal())) / season.Resolution) * season.Resolution)];

    // Back and forth, so that the probe stays within what it can measure; none in a storm, whose own steps are as large.
    public HashSet<int> Step(Season season, int count, double sigmas, double least = 0)
    {
        HashSet<int> steps = [];
        while (steps.Count < count)
        {
            var n = random.Next(2, season.Read.Length - 2);
            if (!season.IsStorm[n])
            {
                steps.Add(n);
            }
        }

        var offset = 0.0;
        for (var n = 0; n < season.Read.Length; n++)
        {
            if (steps.Contains(n))
            {
                var step = sigmas * Math.Sqrt(2) * season.Sigma(season.Truth[n]);
                offset = offset > 0 ? 0 : Math.Max(step, least) + (0.6 * season.Truth[n] * random.NextDouble());
            }

            season.Read[n] += offset;
            season.IsOff[n] = offset > 0;
        }

        return steps;
    }

    // Rises to 1 in some minutes, and is gone after two days.
    private static double Rain(int minutes, int rising) => minutes < rising ? (double)minutes / rising : Math.Exp(-(minutes - rising) / 900.0);

    private static double Gust(int minutes) => 1 + (0.2 * Math.Sin(minutes / 3.0));

    // Box and Muller.
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

/// <summary>A season of a channel.</summary>
internal sealed record Season(
    Measurand Measurand, double Resolution, double NoiseShare, double NoiseLeast, double[] Truth, bool[] IsStorm, bool[] IsOff)
{
    public double[] Read { get; set; } = [];

    public double Sigma(double value) => Math.Max(NoiseLeast, NoiseShare * value);
}
