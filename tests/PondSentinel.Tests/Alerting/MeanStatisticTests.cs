using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;
using static PondSentinel.Tests.Repository.KnownAnswers;

namespace PondSentinel.Tests.Alerting;

/// <summary>Means of periods: known answers, what a value speaks for, and what is too incomplete to be a mean.</summary>
public sealed class MeanStatisticTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly MeanStatistic Day = new() { Period = TimeSpan.FromHours(24), IsByClock = true };

    public static TheoryData<string, double, bool, double, double, string, string> Rules => new()
    {
        { "us_exceed150", 0.75, true, 10, 150, "us_valid", "us_round10" },
        { "gb2012_exceed150", 0.83, false, 1, 150, "gb_valid", "gb_int" },
        { "gb2026_exceed120", 0.83, false, 1, 120, "gb_valid", "gb_int" },
        { "gb2031_exceed100", 0.83, false, 1, 100, "gb_valid", "gb_int" },
        { "eu50_exceed", 0.75, true, 1, 50, "us_valid", "" },
        { "who45_exceed", 0.75, true, 1, 45, "us_valid", "" },
    };

    // A broken meter of 64 bits: the sum would be infinite, and no mean would ring for as long as it is in the period.
    [Fact]
    public void Number_near_the_end_of_all_numbers_leaves_a_mean_that_a_limit_can_be_held_against()
    {
        var samples = Enumerable.Range(0, 25).Select(hour => new AlertSample(Start.AddHours(hour), hour == 5 ? 1.7e308 : 20)
        {
            Flag = hour == 5 ? QualityFlag.Fail : QualityFlag.Good, Why = hour == 5 ? Why.OverRange : Why.None, IsBound = hour == 5,
        });
        var day = Assert.Single(StatisticRun.Over(Day with { SilenceMax = TimeSpan.FromMinutes(90) }, samples));
        Assert.True(day is { Counts: true, Value: > 1e90, IsBound: true });
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Day_is_valid_rounded_and_over_the_limit_as_known(
        string exceeds, double complete, bool halfUp, double roundTo, double limit, string valid, string rounded)
    {
        var statistic = Day with { Complete = complete, RoundTo = roundTo, IsHalfUp = halfUp, SilenceMax = TimeSpan.FromMinutes(90) };
        var days = Rows("Alerting/vectors/pm10_24h.csv");
        Assert.Equal(9, days.Count);
        foreach (var day in days)
        {
            var hours = Enumerable.Range(0, 24).Select(hour => Number(day[$"h{hour:00}"])).ToList();
            var series = StatisticRun.Over(statistic, Hourly(hours));
            if (day[valid] != "1")
            {
                Assert.Empty(series);
                continue;
            }

            var mean = Assert.Single(series);
            Assert.Equal(Start.AddDays(1), mean.At);
            Assert.True(day[exceeds] == (mean.Value > limit ? "1" : "0"), $"{day["case"]}: {mean.Value}");
            if (rounded.Length > 0)
            {
                Assert.Equal(Number(day[rounded])!.Value, mean.Value!.Value, 9);
            }
        }
    }

    [Theory]
    [InlineData(0.75, "mean18")]
    [InlineData(0.83, "mean20")]
    public void Rolling_mean_of_24_hours_is_as_known(double complete, string column)
    {
        var rows = Rows("Alerting/vectors/pm10_rolling24.csv");
        var statistic = new MeanStatistic { Period = TimeSpan.FromHours(24), Complete = complete, SilenceMax = TimeSpan.FromMinutes(90) };
        var series = StatisticRun.Over(statistic, Hourly([.. rows.Select(row => Number(row["pm10"]))])).ToDictionary(mean => mean.At, mean => mean.Value!.Value);

        var known = rows.Where(row => row[column].Length > 0).ToDictionary(
            row => Start.AddHours(int.Parse(row["hour"], CultureInfo.InvariantCulture) + 1), row => Number(row[column])!.Value);
        Assert.NotEmpty(known);
        Assert.Equal(known.Keys, series.Keys.Order());
        Assert.All(known, pair => Assert.Equal(pair.Value, series[pair.Key], 5e-7));
    }

    [Fact]
    public void Thinned_records_give_the_mean_of_the_values_they_stand_for()
    {
        var random = new Random(1);
        var values = Enumerable.Range(1, 600).Select(i => (Minute: i, Value: random.NextDouble() * 100)).ToList();
        var hour = new MeanStatistic { Period = TimeSpan.FromHours(1), IsByClock = true };
        var plain = StatisticRun.Over(hour, values.Select(v => new AlertSample(Start.AddMinutes(v.Minute), v.Value)));
        var thinned = StatisticRun.Over(hour, values.Chunk(5).Select(five => new AlertSample(
            Start.AddMinutes(five[^1].Minute), five.Average(v => v.Value), Covered: TimeSpan.FromMinutes(5))));

        Assert.Equal(10, plain.Count);
        Assert.Equal(plain.Select(mean => mean.At), thinned.Select(mean => mean.At));
        Assert.All(plain.Zip(thinned), pair => Assert.Equal(pair.First.Value!.Value, pair.Second.Value!.Value, 9));
    }

    [Fact]
    public void Thinned_record_speaks_for_no_time_that_the_value_before_it_spoke_for()
    {
        var hour = new MeanStatistic { Period = TimeSpan.FromHours(1), IsByClock = true };
        var samples = Enumerable.Range(0, 31).Select(i => new AlertSample(Start.AddMinutes(i), 10))
            .Append(new AlertSample(Start.AddMinutes(60), 40, Covered: TimeSpan.FromMinutes(60)));

        Assert.Equal(25, Assert.Single(StatisticRun.Over(hour, samples)).Value!.Value, 9);

        // And a plain one for all of the longest time that is no silence.
        Assert.Equal(25, Assert.Single(StatisticRun.Over(hour, samples.SkipLast(1).Append(new AlertSample(Start.AddMinutes(60), 40)))).Value!.Value, 9);
    }

    [Theory]
    [InlineData(14, true)]
    [InlineData(15, true)]
    [InlineData(16, false)]
    public void Hour_needs_45_minutes_of_values(int missing, bool isMean)
    {
        var hour = new MeanStatistic { Period = TimeSpan.FromHours(1), IsByClock = true };
        var samples = Enumerable.Range(0, 121).Select(i => new AlertSample(Start.AddMinutes(i), i is > 70 && i <= 70 + missing ? null : 5));

        Assert.Equal(isMean ? 2 : 1, StatisticRun.Over(hour, samples).Count);
    }

    [Fact]
    public void Values_that_failed_or_were_taken_in_maintenance_cover_no_time()
    {
        var hour = new MeanStatistic { Period = TimeSpan.FromHours(1), IsByClock = true };
        var samples = Enumerable.Range(0, 61).Select(i => i % 2 == 0
            ? new AlertSample(Start.AddMinutes(i), 5)
            : new AlertSample(Start.AddMinutes(i), 900, i % 4 == 1 ? QualityFlag.Fail : QualityFlag.Suspect, i % 4 == 1 ? Why.Rate : Why.Maintenance));

        Assert.Empty(StatisticRun.Over(hour, samples));
    }

    [Fact]
    public void First_value_after_a_silence_speaks_for_as_long_as_those_before_it()
    {
        var hour = new MeanStatistic { Period = TimeSpan.FromHours(1), IsByClock = true };
        int[] minutes = [.. Enumerable.Range(0, 60), .. Enumerable.Range(180, 62)];
        var means = StatisticRun.Over(hour, minutes.Select(m => new AlertSample(Start.AddMinutes(m), m == 180 ? 1_000 : 10)));

        // Minute 180 ends the hour from 120 to 180, of which it covers a minute: no mean.
        Assert.Equal([Start.AddHours(1), Start.AddHours(4)], means.Select(mean => mean.At));
        Assert.All(means, mean => Assert.Equal(10, mean.Value!.Value, 9));
    }

    [Fact]
    public void Day_goes_by_the_clock_of_its_place()
    {
        var day = Day with { UtcOffset = TimeSpan.FromHours(8) };
        var means = StatisticRun.Over(day, Enumerable.Range(0, 3 * 1440).Select(i => new AlertSample(Start.AddMinutes(i), 50)));

        Assert.Equal([Start.AddHours(40), Start.AddHours(64)], means.Select(mean => mean.At));
    }

    [Fact]
    public void Silence_of_years_takes_no_longer_than_one_of_hours()
    {
        AlertSample[] samples = [.. Enumerable.Range(0, 100).Select(i => new AlertSample(Start.AddMinutes(i), 5)),
            .. Enumerable.Range(0, 100).Select(i => new AlertSample(Start.AddYears(70).AddMinutes(i), 7))];
        var means = StatisticRun.Over(new MeanStatistic { Period = TimeSpan.FromHours(1) }, samples);

        Assert.Equal(5, means[0].Value!.Value, 9);
        Assert.Equal(7, means[^1].Value!.Value, 9);
        Assert.All(means, mean => Assert.True(mean.Value is 5 or 7));
    }

    // An hourly mean stands at the end of its hour.
    private static IEnumerable<AlertSample> Hourly(IReadOnlyList<double?> hours) =>
        hours.Select((value, hour) => new AlertSample(Start.AddHours(hour + 1), value));
}
