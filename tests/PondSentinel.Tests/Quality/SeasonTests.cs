using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Tests.Quality;

/// <summary>A season of a pond's acidity, a value a minute, with what happens to probes, and a storm that is real: what the
/// defaults find, and what they call wrong that is not.</summary>
public sealed class SeasonTests
{
    private const int MinutesPerDay = 1440;
    private const int Days = 92;

    // Between two samples a good probe differs by so much.
    private const double Noise = 0.01;

    // Five sigma of what two samples of a good probe differ by, its resolution of 0.01 included.
    private const double StepMin = 5 * 0.0147;

    // How far two probes at one place may be apart.
    private const double Apart = 0.3;

    private readonly Random random = new(20260401);
    private readonly double[] truth;
    private readonly double[] read;

    public SeasonTests()
    {
        var slow = 0.0;
        truth = new double[Days * MinutesPerDay];
        for (var n = 0; n < truth.Length; n++)
        {
            slow = (slow * 0.9995) + (0.002 * Normal());
            truth[n] = 5 + slow + (0.15 * Math.Sin(2 * Math.PI * n / MinutesPerDay));
        }

        Storm(30 * MinutesPerDay);
        Storm(61 * MinutesPerDay);
        read = [.. truth.Select(value => Math.Round(value + (Noise * Normal()), 2))];
    }

    /// <summary>Steps of more than 5 sigma of what lies between two samples.</summary>
    [Fact]
    public void Steps_are_found_and_hardly_a_good_value_fails()
    {
        HashSet<int> steps = [];
        while (steps.Count < 400)
        {
            steps.Add(random.Next(2, read.Length - 2));
        }

        var offset = 0.0;
        for (var n = 0; n < read.Length; n++)
        {
            if (steps.Contains(n))
            {
                // Back and forth, so that the probe stays within what it can measure.
                offset = Math.Abs(offset) > 0 ? 0 : (random.Next(2) == 0 ? 1 : -1) * (StepMin + (1.5 * random.NextDouble()));
            }

            read[n] = Math.Round(read[n] + offset, 2);
        }

        var judged = Judge();

        var found = steps.Count(n => judged[n].Flag is QualityFlag.Suspect or QualityFlag.Fail);
        var falseFails = judged.Count(each => each.Flag == QualityFlag.Fail && !steps.Contains((int)each.Index) && !steps.Contains((int)each.Index + 1));
        Assert.True(found >= 0.99 * steps.Count, $"{found} of {steps.Count}");
        Assert.True(falseFails <= Days / 30, $"{falseFails} false");
    }

    [Fact]
    public void Good_season_with_two_storms_has_no_failed_value()
    {
        var judged = Judge();

        Assert.Equal(0, judged.Count(each => each.Flag == QualityFlag.Fail));
    }

    [Fact]
    public void Lone_spikes_are_found_and_no_neighbour_is_blamed()
    {
        var spikes = Enumerable.Range(1, 200).Select(n => n * 600).ToHashSet();
        foreach (var n in spikes)
        {
            read[n] += (random.Next(2) == 0 ? 1 : -1) * (1.5 + random.NextDouble());
        }

        var judged = Judge();

        Assert.All(spikes, n => Assert.Equal(QualityFlag.Fail, judged[n].Flags[QualityTest.Spike]));
        Assert.Equal(spikes.Count, judged.Count(each => each.Flags[QualityTest.Spike] == QualityFlag.Fail));
    }

    [Fact]
    public void Frozen_probe_is_suspect_after_six_hours_and_fails_after_a_day()
    {
        const int from = 10 * MinutesPerDay;
        Array.Fill(read, read[from], from, 2 * MinutesPerDay);

        var judged = Judge();

        Assert.Equal(QualityFlag.Good, judged[from + 359].Flags[QualityTest.FlatLine]);
        Assert.Equal(QualityFlag.Suspect, judged[from + 360].Flags[QualityTest.FlatLine]);
        Assert.Equal(QualityFlag.Fail, judged[from + MinutesPerDay].Flags[QualityTest.FlatLine]);
        Assert.Equal(QualityFlag.Good, judged[from + (2 * MinutesPerDay) + 5].Flags[QualityTest.FlatLine]);
    }

    /// <summary>Out of the water it reads what the air does to it: a step, then noise within the range of a pond. Only the step is
    /// found; that it stays wrong is for a second probe to tell.</summary>
    [Fact]
    public void Dropped_probe_is_found_by_its_step()
    {
        const int from = 20 * MinutesPerDay;
        for (var n = from; n < from + 300; n++)
        {
            read[n] = Math.Round(8.2 + (0.05 * Normal()), 2);
        }

        var judged = Judge();

        Assert.Equal(QualityFlag.Fail, judged[from].Flag);
        Assert.Equal(QualityFlag.Fail, judged[from + 300].Flag);
    }

    /// <summary>A second probe at the same place: its own noise, and 0.05 off.</summary>
    private double[] Second() => [.. truth.Select(value => Math.Round(value + 0.05 + (2 * Noise * Normal()), 2))];

    private HashSet<int> Disagreeing(double[] second)
    {
        var check = new AgreementCheck(Apart);
        return [.. Enumerable.Range(0, read.Length).Where(n => check.IsSuspect(read[n], second[n]))];
    }

    [Fact]
    public void Two_good_probes_agree_through_a_season_and_its_storms() => Assert.Empty(Disagreeing(Second()));

    /// <summary>Out of the water the probe is doubted for as long as it is, and not before or after.</summary>
    [Fact]
    public void Dropped_probe_is_doubted_beside_a_second_one_for_as_long_as_it_hangs_there()
    {
        const int from = 20 * MinutesPerDay;
        for (var n = from; n < from + 300; n++)
        {
            read[n] = Math.Round(8.2 + (0.05 * Normal()), 2);
        }

        Assert.Equal([.. Enumerable.Range(from, 300)], Disagreeing(Second()).Order());
    }

    /// <summary>0.02 a day: no test of its own past finds it; the second probe does when it has come to what they may be apart.
    /// </summary>
    [Fact]
    public void Drift_is_found_beside_a_second_probe_within_three_weeks_and_by_nothing_else()
    {
        const int from = 5 * MinutesPerDay;
        for (var n = from; n < read.Length; n++)
        {
            read[n] = Math.Round(read[n] + (0.02 * (n - from) / MinutesPerDay), 2);
        }

        var doubted = Disagreeing(Second());

        Assert.InRange(doubted.Min(), from + (12 * MinutesPerDay), from + (21 * MinutesPerDay));
        Assert.True(doubted.Count(n => n >= from + (25 * MinutesPerDay)) >= 0.99 * (read.Length - from - (25 * MinutesPerDay)));
        Assert.Equal(0, Judge().Count(each => each.Flag == QualityFlag.Fail));
    }

    /// <summary>A film grows over the membrane: in four weeks the probe follows a fifth of what the water does, and lags by hours.
    /// Its day's course of 0.3 is gone, which the test for an attenuated signal sees.</summary>
    [Fact]
    public void Fouling_is_found_by_the_signal_that_is_lost()
    {
        const int from = 5 * MinutesPerDay;
        var followed = read[from];
        for (var n = from; n < read.Length; n++)
        {
            var grown = Math.Min(1, (n - from) / (28.0 * MinutesPerDay));
            followed += (truth[n] - followed) / (1 + (grown * 1200));
            read[n] = Math.Round(followed + (Noise * Normal()), 2);
        }

        var tests = DefaultTests.Of(Measurand.Ph) with
        {
            AttenuatedSignal = new()
            {
                Method = SpreadMethod.StandardDeviation, Suspect = 0.04, Period = TimeSpan.FromHours(24), PeriodMin = TimeSpan.FromHours(23),
            },
        };
        var found = JudgedSeries.Of(JudgedSeries.Minutes(read), tests)
            .Where(each => each.Flags[QualityTest.AttenuatedSignal] == QualityFlag.Suspect).Select(each => (int)each.Index).ToList();

        Assert.InRange(found.Min(), from + (7 * MinutesPerDay), from + (40 * MinutesPerDay));
        double[] good = [.. truth.Select(value => Math.Round(value + (Noise * Normal()), 2))];
        Assert.DoesNotContain(
            JudgedSeries.Of(JudgedSeries.Minutes(good), tests), each => each.Flags[QualityTest.AttenuatedSignal] == QualityFlag.Suspect);
    }

    /// <summary>A dam breaks: 1.5 in two minutes, and it stays. Alone the probe fails for its speed; two that see it are believed
    /// enough for an alarm.</summary>
    [Fact]
    public void Leap_of_the_water_itself_fails_nobody_where_two_probes_see_it()
    {
        const int at = 40 * MinutesPerDay;
        for (var n = at; n < read.Length; n++)
        {
            truth[n] -= n == at ? 0.75 : 1.5;
            read[n] -= n == at ? 0.75 : 1.5;
        }

        var second = Second();
        var alone = new ChannelJudge(DefaultTests.Of(Measurand.Ph), TimeSpan.FromMinutes(1));
        var borneOut = new ChannelJudge(DefaultTests.Of(Measurand.Ph), TimeSpan.FromMinutes(1), Apart);
        List<QualityFlag> flagsAlone = [];
        List<QualityFlag> flagsBorneOut = [];
        for (var n = at - 10; n < at + 10; n++)
        {
            var sample = new QualitySample(n * 60_000L, read[n], null);
            flagsAlone.Add(alone.Judge(sample, QualityFlag.Good, Why.None).Flag);
            flagsBorneOut.Add(borneOut.Judge(sample, QualityFlag.Good, Why.None, second[n]).Flag);
        }

        Assert.Equal(2, flagsAlone.Count(flag => flag == QualityFlag.Fail));
        Assert.Equal(2, flagsBorneOut.Count(flag => flag == QualityFlag.Suspect));
        Assert.DoesNotContain(QualityFlag.Fail, flagsBorneOut);
    }

    private List<JudgedSample> Judge() => JudgedSeries.Of(JudgedSeries.Minutes(read), DefaultTests.Of(Measurand.Ph));

    // Rain takes the pond down by 0.6 in 3 h and it comes back in two days.
    private void Storm(int from)
    {
        for (var n = from; n < Math.Min(truth.Length, from + (3 * MinutesPerDay)); n++)
        {
            var minutes = n - from;
            truth[n] -= 0.6 * (minutes < 180 ? minutes / 180.0 : Math.Exp(-(minutes - 180) / 900.0));
        }
    }

    // Box and Muller.
    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
