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
                offset = Math.Abs(offset) > 0 ? 0 : (random.Next(2) == 0 ? 1 : -1) * (0.15 + (1.5 * random.NextDouble()));
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
