using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Tests.Quality;

/// <summary>Seasons of ammonium, turbidity and dust, a value a minute, with what happens to probes, and storms and gusts that are real: what
/// the defaults find, and what they call wrong that is not. That of pH: <see cref="SeasonTests"/>.</summary>
public sealed class OtherSeasonsTests
{
    private const int MinutesPerDay = Seasons.MinutesPerDay;
    private const int Days = Seasons.Days;
    private const int Steps = 400;

    private readonly Seasons seasons = new();

    /// <summary>All of them.</summary>
    public static TheoryData<string> Names => ["ammonium", "ammonium of a stream", "turbidity", "clear stream", "dust", "clean air"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Good_season_with_storms_has_no_failed_value(string name)
    {
        var season = seasons.Make(name);

        Assert.Equal(0, Judge(season).Count(each => each.Flag == QualityFlag.Fail));
    }

    /// <summary>No more than a suspect value in a hundred: people who see that a good probe is always doubted look no more.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Good_season_is_hardly_doubted(string name)
    {
        var season = seasons.Make(name);

        Assert.InRange(Judge(season).Count(each => each.Flag == QualityFlag.Suspect), 0, season.Read.Length / 100);
    }

    /// <summary>From 5 sigma of what two samples of a good probe differ by.</summary>
    [Fact]
    public void Steps_of_ammonium_are_found_and_hardly_a_good_value_fails()
    {
        var season = seasons.Make("ammonium");
        var steps = seasons.Step(season, Steps, sigmas: 5);

        var judged = Judge(season);

        var found = steps.Count(n => judged[n].Flag is QualityFlag.Suspect or QualityFlag.Fail);
        var falseFails = judged.Count(each => each.Flag == QualityFlag.Fail && !steps.Contains((int)each.Index) && !steps.Contains((int)each.Index + 1));
        Assert.True(found >= 0.99 * steps.Count, $"{found} of {steps.Count}");
        Assert.True(falseFails <= Days / 30, $"{falseFails} false");
    }

    /// <summary>Rain and gusts step like that, so no step fails. What is found of those of 5 sigma and more, and how many good values a
    /// month are doubted for it, by what is asked: the curve that the defaults were chosen from.</summary>
    [Theory]
    [InlineData("turbidity", 3, 0.99, 250)]
    [InlineData("turbidity", 4, 0.99, 20)]
    [InlineData("turbidity", 5, 0.96, 5)]
    [InlineData("turbidity", 8, 0.80, 2)]
    [InlineData("dust", 3, 0.99, 400)]
    [InlineData("dust", 3.5, 0.99, 130)]
    [InlineData("dust", 5, 0.93, 5)]
    [InlineData("dust", 8, 0.65, 1)]
    public void Steps_of_what_can_step_are_suspect_and_the_more_is_asked_the_fewer(string name, double suspect, double foundMin, double falseMax)
    {
        var season = seasons.Make(name);
        var tests = DefaultTests.Of(season.Measurand);
        tests = tests with { Step = tests.Step! with { Suspect = suspect } };
        var doubted = JudgedSeries.Of(JudgedSeries.Minutes(season.Read), tests)
            .Count(each => each.Flags[QualityTest.Step] == QualityFlag.Suspect && !season.IsStorm[each.Index]);
        var steps = seasons.Step(season, Steps, sigmas: 5);

        var judged = JudgedSeries.Of(JudgedSeries.Minutes(season.Read), tests);

        var found = (double)steps.Count(n => judged[n].Flags[QualityTest.Step] == QualityFlag.Suspect) / Steps;
        Assert.Equal(0, judged.Count(each => each.Flag == QualityFlag.Fail));
        Assert.True(found >= foundMin, $"{found} found");
        Assert.True(doubted * 30.0 / Days <= falseMax, $"{doubted * 30.0 / Days} a month");
    }

    /// <summary>By the defaults.</summary>
    [Theory]
    [InlineData("turbidity")]
    [InlineData("dust")]
    public void Steps_of_what_can_step_are_found_and_fail_nothing(string name)
    {
        var season = seasons.Make(name);
        var steps = seasons.Step(season, Steps, sigmas: 5);

        var judged = Judge(season);

        Assert.Equal(0, judged.Count(each => each.Flag == QualityFlag.Fail));
        Assert.InRange(steps.Count(n => judged[n].Flag == QualityFlag.Suspect), 0.99 * Steps, Steps);
    }

    /// <summary>The front of a storm is doubted, and what follows is what is usual then.</summary>
    [Theory]
    [InlineData("turbidity", 30)]
    [InlineData("clear stream", 40)]
    [InlineData("dust", 400)]
    public void Storm_is_suspect_at_its_front_and_nothing_of_it_fails(string name, int most)
    {
        var season = seasons.Make(name);

        var judged = Judge(season);

        Assert.InRange(judged.Count(each => each.Flag == QualityFlag.Suspect && season.IsStorm[each.Index]), 4, 2 * most);
        Assert.DoesNotContain(judged, each => each.Flag == QualityFlag.Fail);
    }

    /// <summary>It stays wrong after its step, which only a second probe tells.</summary>
    [Theory]
    [InlineData("turbidity", 15)]
    [InlineData("dust", 30)]
    public void What_has_stepped_is_doubted_beside_a_second_probe_for_as_long_as_it_is_off(string name, double apart)
    {
        var season = seasons.Make(name);
        var second = seasons.Second(season);
        seasons.Step(season, Steps, sigmas: 5, least: 1.5 * apart);

        var check = new AgreementCheck(apart);
        var off = Enumerable.Range(0, season.Read.Length).Where(n => season.IsOff[n] && !season.IsStorm[n]).ToList();
        Assert.True(off.Count(n => check.IsSuspect(season.Read[n], second[n])) >= 0.99 * off.Count);
    }

    /// <summary>Nobody knows yet what is usual, or what came between.</summary>
    [Fact]
    public void Step_is_not_evaluated_before_half_of_the_samples_are_there_nor_over_a_gap()
    {
        var tests = new ChannelTests { Step = new() { Suspect = 4, Floor = 0.1, Samples = 8 } };
        double[] values = [1, 2, 1, 2, 1, 2, 30, double.NaN, 1, 2, 30];

        var judged = JudgedSeries.Of(JudgedSeries.Minutes(values), tests);

        Assert.Equal([2, 2, 2, 2, 2, 1, 3, 9, 2, 1, 3], judged.Select(each => (int)each.Flags[QualityTest.Step]!));
        QualitySample[] late = [.. JudgedSeries.Minutes(values).Select((sample, n) => sample with { TimeMs = sample.TimeMs + (n < 6 ? 0 : 120_000) })];
        Assert.Equal(QualityFlag.NotEvaluated, JudgedSeries.Of(late, tests)[6].Flags[QualityTest.Step]);
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
        var season = seasons.Make(name);

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
        var season = seasons.Make(name);
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
        var season = seasons.Make("ammonium");
        for (var n = from; n < from + 300; n++)
        {
            season.Read[n] = 3000 * (1 + (0.05 * seasons.Normal()));
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
        var season = seasons.Make(name);
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
}
