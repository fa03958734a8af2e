using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Tests.Quality;

/// <summary>Seasons of ammonium, turbidity and dust, a value a minute, with what happens to probes, and storms and gusts that are real: what
/// the defaults find, and what they call wrong that is not. That of pH: <see cref="SeasonTests"/>.</summary>
public sealed class OtherSeasonsTests
{
    private const int MinutesPerDay = 1440;
    private const int Days = 92;
    private const int Steps = 400;

    private readonly Random random = new(20260401);

    /// <summary>All of them.</summary>
    public static TheoryData<string> Names => ["ammonium", "ammonium of a stream", "turbidity", "clear stream", "dust", "clean air"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Good_season_with_storms_has_no_failed_value(string name)
    {
        var season = Make(name);

        Assert.Equal(0, Judge(season).Count(each => each.Flag == QualityFlag.Fail));
    }

    /// <summary>No more than a suspect value in a hundred: people who see that a good probe is always doubted look no more.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Good_season_is_hardly_doubted(string name)
    {
        var season = Make(name);

        Assert.InRange(Judge(season).Count(each => each.Flag == QualityFlag.Suspect), 0, season.Read.Length / 100);
    }

    /// <summary>From 5 sigma of what two samples of a good probe differ by.</summary>
    [Fact]
    public void Steps_of_ammonium_are_found_and_hardly_a_good_value_fails()
    {
        var season = Make("ammonium");
        var steps = Step(season, sigmas: 5);

        var judged = Judge(season);

        var found = steps.Count(n => judged[n].Flag is QualityFlag.Suspect or QualityFlag.Fail);
        var falseFails = judged.Count(each => each.Flag == QualityFlag.Fail && !steps.Contains((int)each.Index) && !steps.Contains((int)each.Index + 1));
        Assert.True(found >= 0.99 * steps.Count, $"{found} of {steps.Count}");
        Assert.True(falseFails <= Days / 30, $"{falseFails} false");
    }

    /// <summary>Rain and gusts step like that, so the defaults have no test for it, and no step fails that is real. A second probe tells.
    /// </summary>
    [Theory]
    [InlineData("turbidity", 15)]
    [InlineData("dust", 30)]
    public void Steps_of_what_can_step_are_found_beside_a_second_probe_and_fail_nothing(string name, double apart)
    {
        var season = Make(name);
        var second = Second(season);
        var steps = Step(season, sigmas: 5, least: 1.5 * apart);

        Assert.Equal(0, Judge(season).Count(each => each.Flag == QualityFlag.Fail));

        var check = new AgreementCheck(apart);
        var found = steps.Where(n => season.IsOff[n]).ToList();
        Assert.True(found.Count(n => check.IsSuspect(season.Read[n], second[n])) >= 0.99 * found.Count);
    }

    [Theory]
    [InlineData("ammonium", 6, 24)]
    [InlineData("ammonium of a stream", 6, 24)]
    [InlineData("turbidity", 6, 24)]
    [InlineData("clear stream", 6, 24)]
    [InlineData("dust", 3, 12)]
    [InlineData("clean air", 3, 12)]
    public void Frozen_probe_is_suspect_after_hours_and_fails_after_more(string name, int suspectHours, int failHours)
    {
        const int from = 10 * MinutesPerDay;
        var season = Make(name);

        // Its last digit goes on to move.
        for (var n = from; n < from + (2 * MinutesPerDay); n++)
        {
            season.Read[n] = season.Read[from] + (n % 7 == 0 ? season.Resolution : 0);
        }

        var judged = Judge(season);

        Assert.Equal(QualityFlag.Good, judged[from + (suspectHours * 60) - 30].Flags[QualityTest.FlatLine]);
        Assert.Equal(QualityFlag.Suspect, judged[from + (suspectHours * 60)].Flags[QualityTest.FlatLine]);
        Assert.Equal(QualityFlag.Fail, judged[from + (failHours * 60)].Flags[QualityTest.FlatLine]);
        Assert.NotEqual(QualityFlag.Fail, judged[from + (2 * MinutesPerDay) + 30].Flags[QualityTest.FlatLine]);
    }

    /// <summary>A share of nothing is nothing, so a dead probe that shows 0 needs the floor, or a test that takes equal for flat.</summary>
    [Theory]
    [InlineData("ammonium")]
    [InlineData("ammonium of a stream")]
    [InlineData("turbidity")]
    [InlineData("dust")]
    public void Probe_that_is_dead_at_zero_is_frozen_too(string name)
    {
        const int from = 10 * MinutesPerDay;
        var season = Make(name);
        Array.Fill(season.Read, 0, from, 2 * MinutesPerDay);

        Assert.Equal(QualityFlag.Fail, Judge(season)[from + MinutesPerDay].Flags[QualityTest.FlatLine]);
    }

    [Fact]
    public void Share_without_a_floor_finds_equal_values_flat()
    {
        var tests = new ChannelTests { FlatLine = new() { Suspect = TimeSpan.FromMinutes(3), Tolerance = Threshold.OfValue(0.5) } };

        var judged = JudgedSeries.Of(JudgedSeries.Minutes([0, 1, 0, 0, 0, 0, 1e-9, 0]), tests);

        Assert.Equal([1, 1, 1, 1, 1, 3, 1, 1], judged.Select(each => (int)each.Flags[QualityTest.FlatLine]!));
    }

    /// <summary>In air the potential runs away: what it shows is above what is usual, and the way there is a step.</summary>
    [Fact]
    public void Dropped_electrode_is_suspect_for_as_long_as_it_hangs_there()
    {
        const int from = 20 * MinutesPerDay;
        var season = Make("ammonium");
        for (var n = from; n < from + 300; n++)
        {
            season.Read[n] = 3000 * (1 + (0.05 * Normal()));
        }

        var judged = Judge(season);

        Assert.All(Enumerable.Range(from, 300), n => Assert.NotEqual(QualityFlag.Good, judged[n].Flag));
        Assert.Equal(QualityFlag.Suspect, judged[from + 300].Flag);
        Assert.Equal(QualityFlag.Good, judged[from + 310].Flag);
    }

    /// <summary>Bubbles and leaves: one sample, far from both its neighbours. Nobody's neighbour is blamed.</summary>
    [Theory]
    [InlineData("ammonium", 1.6)]
    [InlineData("turbidity", 100)]
    public void Lone_spikes_fail_and_no_neighbour_is_blamed(string name, double times)
    {
        var season = Make(name);
        var spikes = Enumerable.Range(1, 200).Select(n => n * 600).Where(n => season.Truth[n] * (times - 1) is > 600 or < 300 && !season.IsStorm[n]).ToHashSet();
        foreach (var n in spikes)
        {
            season.Read[n] *= 1 + times;
        }

        var judged = Judge(season);

        Assert.All(spikes, n => Assert.Equal(QualityFlag.Fail, judged[n].Flags[QualityTest.Spike]));
        Assert.Equal(spikes.Count, judged.Count(each => each.Flags[QualityTest.Spike] == QualityFlag.Fail));
    }

    private static List<JudgedSample> Judge(Season season) => JudgedSeries.Of(JudgedSeries.Minutes(season.Read), DefaultTests.Of(season.Measurand));

    private Season Make(string name) => name switch
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
    private double[] Second(Season season) =>
        [.. season.Truth.Select(value => Math.Round((value + (season.Sigma(value) * Normal())) / season.Resolution) * season.Resolution)];

    // Back and forth, so that the probe stays within what it can measure; none in a storm, whose own steps are as large.
    private HashSet<int> Step(Season season, double sigmas, double least = 0)
    {
        HashSet<int> steps = [];
        while (steps.Count < Steps)
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
    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private sealed record Season(
        Measurand Measurand, double Resolution, double NoiseShare, double NoiseLeast, double[] Truth, bool[] IsStorm, bool[] IsOff)
    {
        public double[] Read { get; set; } = [];

        public double Sigma(double value) => Math.Max(NoiseLeast, NoiseShare * value);
    }
}
