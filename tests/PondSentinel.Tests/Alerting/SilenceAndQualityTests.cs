using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Alerting;

/// <summary>What is missing, what is doubted, and what a day comes to.</summary>
public sealed class SilenceAndQualityTests
{
    private static readonly DateTimeOffset Start = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly NoValueStatistic NoValue = new();
    private static readonly FlaggedStatistic Flagged = new() { Period = TimeSpan.FromHours(1) };
    private static readonly ProjectedMeanStatistic Projected = new() { Period = TimeSpan.FromHours(24), From = 18 };

    [Fact]
    public void Time_without_a_value_grows_with_each_record_that_has_none_and_is_nothing_at_a_value() => Assert.Equal(
        [0, 1, 3, 4, 0, 0],
        Minutes(StatisticRun.Over(NoValue, [At(0, 5), Missing(1), At(3, 5, QualityFlag.Fail), Missing(4), At(5, 5, QualityFlag.Suspect), At(6, 5)])));

    [Fact]
    public void Time_in_maintenance_and_time_in_which_nothing_was_asked_do_not_count() => Assert.Equal(
        [0, 10, 1, 1, 2],
        Minutes(StatisticRun.Over(NoValue, [At(0, 5), Missing(10), At(15, 5) with { Why = Why.Maintenance }, Missing(16), Missing(600), Missing(601)])));

    // Beyond its range on the good side it raises nothing, and nobody would hear that it is blind.
    [Fact]
    public void Probe_beyond_its_range_gives_no_value() => Assert.Equal(
        [0, 1, 31],
        Minutes(StatisticRun.Over(
            NoValue, [At(0, 5), .. new[] { 1, 31 }.Select(minute => At(minute, -900, QualityFlag.Fail) with { Why = Why.OverRange, IsBound = true })])));

    [Fact]
    public void Tick_says_how_long_nothing_came_and_is_no_record() => Assert.Equal(
        [0, 2, 33, 34, 3],
        Minutes(StatisticRun.Over(NoValue, [At(0, 5), Missing(2), Tick(35, 31), Tick(36, 32), Missing(3)])));

    [Fact]
    public void Tick_of_who_did_not_know_of_a_value_counts_from_that_value() => Assert.Equal(
        [0, 0, 5], Minutes(StatisticRun.Over(NoValue, [At(0, 5), At(30, 5), Tick(35, 31)])));

    [Fact]
    public void Other_statistics_and_plain_limits_do_not_see_ticks()
    {
        var rule = new ThresholdRule { Side = LimitSide.Above, RaiseLimit = 1, ClearLimit = 1, HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.Zero };
        foreach (var statistic in new Statistic?[] { null, Flagged, new ChainStatistic { Parts = [Flagged, Flagged] } })
        {
            var stepper = new RuleStepper(rule, statistic, default, RuleState.Initial);
            stepper.Step(Tick(5, 5), []);
            Assert.Equal(DateTimeOffset.MinValue.Year, stepper.State.LastAt.Year);
        }
    }

    [Fact]
    public void Doubtful_share_counts_only_the_reasons_that_are_asked_for()
    {
        var samples = Enumerable.Range(0, 60).Select(minute => At(minute, 5, minute % 2 == 0 ? QualityFlag.Suspect : QualityFlag.Good) with
        {
            Why = minute % 4 == 0 ? Why.Flat : minute % 4 == 2 ? Why.Spike : Why.None,
        }).ToList();

        Assert.Equal(50, StatisticRun.Over(Flagged, samples)[^1].Value);
        Assert.Equal(25, StatisticRun.Over(Flagged with { Reasons = Why.Flat }, samples)[^1].Value);

        // Half of the twelfths are enough, and less are not.
        Assert.Single(StatisticRun.Over(Flagged, samples.Take(26)));
        Assert.Empty(StatisticRun.Over(Flagged, samples.Take(25)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(15)]
    [InlineData(20)]
    [InlineData(31)]
    [InlineData(60)]
    [InlineData(240)]
    [InlineData(1_440)]
    public void Doubtful_share_is_known_of_channels_that_are_read_rarely_too(int minutes)
    {
        var samples = Enumerable.Range(0, 100).Select(i => At((i * minutes) + (i % 3 * 0.02 * minutes), 5, i < 50 ? QualityFlag.Good : QualityFlag.Suspect)).ToList();
        var series = StatisticRun.Over(Flagged, samples);
        Assert.Contains(series, value => value.Value == 0);
        Assert.Contains(series, value => value.Value > 75 && value.At < samples[50].At + TimeSpan.FromMinutes(Math.Max(61, 8.5 * minutes)));
    }

    [Fact]
    public void Time_without_a_value_counts_for_a_probe_that_is_asked_once_an_hour_from_the_second_failed_reading_on() => Assert.Equal(
        [0, 0, 0, 0, 60, 120, 0, 0],
        StatisticRun.Over(NoValue, [At(0, 5), At(60, 5), At(121, 5), Missing(181), Missing(241), Missing(301), At(360, 5), Missing(420)])
            .Select(value => Math.Round(value.Value!.Value, 3)));

    [Fact]
    public void What_is_missing_or_taken_in_maintenance_is_no_doubtful_value()
    {
        var samples = Enumerable.Range(0, 60).Select(minute => minute % 3 == 0 ? Missing(minute)
            : At(minute, 5, QualityFlag.Suspect) with { Why = minute % 3 == 1 ? Why.Maintenance : Why.None });
        Assert.Equal(100, StatisticRun.Over(Flagged, samples)[^1].Value);

        var good = samples.Select(sample => sample.IsMaintained || sample.Value is null ? sample : sample with { Flag = QualityFlag.Good });
        Assert.Equal(0, StatisticRun.Over(Flagged, good)[^1].Value);
    }

    [Fact]
    public void Projection_is_the_mean_of_the_day_where_its_rest_is_as_the_last_hour_and_may_raise_from_its_hour_on()
    {
        var series = StatisticRun.Over(Projected, Enumerable.Range(1, 26 * 60).Select(minute => At(minute, minute <= 18 * 60 ? 100 : 300)));

        Assert.Equal([.. Enumerable.Range(1, 26).Select(hour => Start.AddHours(hour))], series.Select(value => value.At));
        Assert.Equal(100, series[17].Value!.Value, 9);
        Assert.Equal(((18 * 100) + (6 * 300)) / 24.0, series[18].Value!.Value, 9);
        Assert.Equal(300, series[23].Value!.Value, 9);
        Assert.Equal(
            Enumerable.Range(1, 26).Select(hour => hour is < 18 or > 23), series.Select(value => value.IsBarred));
    }

    [Fact]
    public void Projection_leaves_out_hours_that_are_not_valid()
    {
        var series = StatisticRun.Over(
            Projected, Enumerable.Range(1, 22 * 60).Select(minute => minute is > 60 and <= 180 ? Missing(minute) : At(minute, minute <= 60 ? 500 : 100)));

        Assert.Equal((500 + (19 * 100) + (2 * 100)) / 22.0, series[^1].Value!.Value, 9);
        Assert.False(series[^1].IsBarred);
        Assert.True(series.Find(value => value.At == Start.AddHours(19)).IsBarred);
    }

    [Fact]
    public void Interrupted_at_any_value_they_make_the_same_series() =>
        Gen.Select(Gen.Int[1, 90], Gen.Int[0, 20], Gen.Int[0, 2]).Array[1, 120].Sample(steps =>
        {
            var minute = 0;
            var samples = steps.Select(step => At(
                minute += step.Item1, step.Item3 == 0 ? null : step.Item2, step.Item3 switch { 0 => QualityFlag.Missing, 1 => QualityFlag.Suspect, _ => QualityFlag.Good })).ToList();
            foreach (var statistic in new Statistic[] { NoValue, Flagged, Projected })
            {
                List<AlertSample> pieces = [];
                ReadOnlyMemory<byte> memory = default;
                foreach (var sample in samples)
                {
                    var run = statistic.Begin(memory.Span);
                    run.Step(sample, pieces);
                    memory = run.Memory;
                }

                Assert.Equal(StatisticRun.Over(statistic, samples), pieces);
            }
        });

    [Fact]
    public void Memory_of_another_statistic_is_refused()
    {
        foreach (var statistic in new Statistic[] { NoValue, Flagged, Projected })
        {
            Assert.Throws<InvalidDataException>(() => statistic.Begin(new byte[5]));
        }
    }

    private static IEnumerable<double> Minutes(IEnumerable<AlertSample> series) => series.Select(value => Math.Round(value.Value!.Value, 6));

    private static AlertSample At(double minute, double? value, QualityFlag flag = QualityFlag.Good) => new(Start.AddMinutes(minute), value, flag);

    private static AlertSample Missing(double minute) => At(minute, null, QualityFlag.Missing);

    private static AlertSample Tick(double minute, double silent) => Missing(minute) with
    {
        Covered = TimeSpan.FromMinutes(silent), Origin = new SampleOrigin(SampleOrigin.Tick, 0),
    };
}
