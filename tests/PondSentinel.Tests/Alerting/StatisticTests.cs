using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Alerting;

/// <summary>What the other statistics make of a channel, and what is true of all.</summary>
public sealed class StatisticTests
{
    private static readonly double[] Extreme = [1e100, -1e100, 1, -3, 0, 1e-100, -1e-250, 1e-300];

    // Ingest takes numbers up to 1e100. A worst that is infinite could be written nowhere.
    [Fact]
    public void Whatever_numbers_come_what_is_made_of_them_can_be_told()
    {
        DeviationStatistic deviation = new() { Period = TimeSpan.FromHours(1), Scale = DeviationScale.Percent };
        JointStatistic ratio = new()
        {
            Conditions = [], Against = new Comparison { Of = new ChannelSelector(Measurand.Pm10), Scale = ComparisonScale.Ratio, Within = TimeSpan.FromHours(1) },
        };
        Statistic[] statistics =
        [
            deviation, deviation with { Scale = DeviationScale.Mad, MadMin = 1e-300 }, new ChangeStatistic { Period = TimeSpan.FromMinutes(12) }, ratio,
            ratio with { Own = new CountStatistic { Least = 2, Of = 3, Side = LimitSide.Above } },
            ratio with { Own = new MeanStatistic { Period = TimeSpan.FromMinutes(12) } },
        ];
        var number = Gen.Int[0, Extreme.Length - 1].Select(i => Extreme[i]);
        Gen.Select(number, number, number, Gen.Bool).Array[100].Sample(
            drawn =>
            {
                var samples = drawn.Select((next, i) => new AlertSample(
                    DateTimeOffset.UnixEpoch.AddMinutes(i), next.Item1, Low: next.Item2, High: next.Item3, Origin: next.Item4 ? new SampleOrigin(7, 1) : default)).ToList();
                foreach (var statistic in statistics)
                {
                    var own = statistic is JointStatistic ? samples : samples.ConvertAll(sample => sample with { Origin = default });
                    Assert.All(
                        StatisticRun.Over(statistic, own).Where(made => made.Counts),
                        made => Assert.True(double.IsFinite(made.Top) && double.IsFinite(made.Bottom), $"{statistic.Text}: {made}"));
                }
            },
            iter: 100);
    }

    private static readonly DateTimeOffset Start = new(2026, 11, 2, 0, 0, 0, TimeSpan.Zero);

    private static readonly Statistic[] All =
    [
        new MeanStatistic { Period = TimeSpan.FromHours(1) },
        new MeanStatistic { Period = TimeSpan.FromHours(8), Complete = 0.5 },
        new MeanStatistic { Period = TimeSpan.FromHours(2), IsByClock = true, UtcOffset = TimeSpan.FromMinutes(330) },
        new DeviationStatistic { Period = TimeSpan.FromHours(4) },
        new DeviationStatistic { Period = TimeSpan.FromHours(24), Scale = DeviationScale.Percent },
        new DeviationStatistic { Period = TimeSpan.FromHours(3), Scale = DeviationScale.Mad, MadMin = 0.1 },
        new DirectionMeanStatistic { Period = TimeSpan.FromHours(1) },
        new ChangeStatistic { Period = TimeSpan.FromMinutes(30) },
        new TimeToStatistic { Level = 100, IsRising = true, Trend = TimeSpan.FromHours(1) },
        new CountStatistic { Least = 3, Of = 4, Side = LimitSide.Above },
        new CountStatistic { Least = 2, Of = 5, Side = LimitSide.Below },
    ];

    private static readonly Gen<AlertSample[]> GenSamples =
        Gen.Select(Gen.Frequency((20, Gen.Long[1, 600_000]), (1, Gen.Long[1, 200_000_000])), Gen.Double[-50, 150], Gen.Int[0, 14], Gen.Int[0, 9])
            .Array[0, 400]
            .Select(steps =>
            {
                var at = Start;
                return steps.Select(step =>
                {
                    at += TimeSpan.FromMilliseconds(step.Item1);
                    return new AlertSample(
                        at,
                        step.Item3 == 1 ? null : step.Item2,
                        step.Item3 switch { 0 => QualityFlag.Fail, 1 => QualityFlag.Missing, _ => QualityFlag.Good },
                        Low: step.Item4 == 0 ? step.Item2 - 1 : null,
                        High: step.Item4 == 0 ? step.Item2 + 1 : null,
                        Covered: step.Item4 == 0 ? TimeSpan.FromMinutes(5) : TimeSpan.Zero);
                }).ToArray();
            });

    [Fact]
    public void Interrupted_anywhere_it_makes_the_same_series_rising_in_time() =>
        Gen.Select(Gen.Int[0, All.Length - 1], GenSamples, Gen.Int[1, 50]).Sample(
            (which, samples, every) =>
            {
                var statistic = All[which];
                List<AlertSample> whole = [], pieces = [];
                var run = statistic.Begin([]);
                var piece = statistic.Begin([]);
                for (var i = 0; i < samples.Length; i++)
                {
                    run.Step(samples[i], whole);
                    piece.Step(samples[i], pieces);
                    piece = i % every == 0 ? statistic.Begin(piece.Memory.Span) : piece;
                }

                Assert.Equal(whole, pieces);
                Assert.Equal(whole.OrderBy(sample => sample.At), whole);
                Assert.Equal(whole.Count, whole.Select(sample => sample.At).Distinct().Count());
                Assert.All(whole, sample => Assert.True(double.IsFinite(sample.Value!.Value)));
            },
            iter: 300);

    [Fact]
    public void Memory_of_another_statistic_is_refused() => Assert.All(All, statistic =>
    {
        Assert.Throws<InvalidDataException>(() => statistic.Begin([1, 2, 3]));
        Assert.Throws<InvalidDataException>(() => statistic.Begin(new byte[13]));
    });

    // Read at any interval that a gateway can be set to, by a timer that is not exact, with a reading in twenty left out.
    [Fact]
    public void Channel_that_is_read_rarely_has_means_counts_and_deviations_all_the_same() =>
        Gen.Select(Gen.Int[5, 1_440], Gen.Double[0.95, 1.05].Array[60], Gen.Int[4, 24]).Sample(
            (minutes, jitter, missed) =>
            {
                var samples = jitter.Select((shift, i) => (i, At: Start.AddMinutes(minutes * (i + shift))))
                    .Where(value => value.i < 8 || value.i % 20 != missed % 20)
                    .Select(value => new AlertSample(value.At, value.i < 40 ? 2 : 100)).ToList();
                foreach (var statistic in new Statistic[]
                {
                    new MeanStatistic { Period = TimeSpan.FromHours(1) },
                    new DeviationStatistic { Period = TimeSpan.FromDays(14) },
                    new CountStatistic { Least = 3, Of = 4, Side = LimitSide.Above },
                })
                {
                    Assert.True(
                        StatisticRun.Over(statistic, samples).Any(value => value.Value > 90) || (statistic is DeviationStatistic && minutes < 300),
                        $"{statistic.Text} of a value each {minutes} min");
                }
            },
            iter: 200);

    [Theory]
    [InlineData(12, 24)]
    [InlineData(24, 24)]
    [InlineData(8, 12)]
    [InlineData(1, 1)]
    public void Deviation_of_a_value_that_speaks_for_long_is_from_the_period_before_it(int everyHours, int periodHours)
    {
        var samples = Enumerable.Range(0, 40).Select(i => new AlertSample(Start.AddHours(everyHours * i), i < 30 ? 2 : 100)).ToList();
        var series = StatisticRun.Over(new DeviationStatistic { Period = TimeSpan.FromHours(periodHours) }, samples);
        Assert.Equal([0.0, 98.0], series.Where(made => made.At == samples[29].At || made.At == samples[30].At).Select(made => made.Value!.Value));

        // After days without one nobody knows what was usual before.
        var late = samples.Take(30).Append(new AlertSample(samples[29].At.AddDays(20), 100));
        Assert.DoesNotContain(StatisticRun.Over(new DeviationStatistic { Period = TimeSpan.FromHours(periodHours) }, late), made => made.Value > 0);
    }

    // An update must not forget what a day of values has told.
    [Fact]
    public void Memory_of_before_the_gaps_were_kept_is_taken_up()
    {
        var samples = Enumerable.Range(0, 240).Select(i => new AlertSample(
            Start.AddMinutes(i), i % 7, i % 3 == 0 ? QualityFlag.Suspect : QualityFlag.Good)).ToList();
        void GoesOn(Statistic statistic, Func<byte[], byte[]> before)
        {
            List<AlertSample> series = [];
            var run = statistic.Begin([]);
            samples.Take(120).ToList().ForEach(sample => run.Step(sample, series));
            var old = statistic.Begin(before(run.Memory.ToArray()));
            samples.Skip(120).ToList().ForEach(sample => old.Step(sample, series));
            Assert.Equal(StatisticRun.Over(statistic, samples), series);
        }

        GoesOn(new MeanStatistic { Period = TimeSpan.FromHours(1) }, memory => [.. memory[..40], .. memory[48..]]);
        GoesOn(new FlaggedStatistic { Period = TimeSpan.FromHours(1) }, memory => memory[..^20]);
        GoesOn(new NoValueStatistic(), memory => memory[..16]);
        GoesOn(new CountStatistic { Least = 3, Of = 4, Side = LimitSide.Above }, memory => memory);
    }

    [Fact]
    public void Outage_is_no_interval_and_what_follows_it_speaks_for_as_long_as_before()
    {
        // A value a minute for an hour, 5 h of nothing, one value, again 3 h of nothing.
        var minutes = Enumerable.Range(0, 60).Append(360).Append(540).Concat(Enumerable.Range(541, 60)).ToList();
        var means = StatisticRun.Over(
            new MeanStatistic { Period = TimeSpan.FromHours(1) }, minutes.Select(minute => new AlertSample(Start.AddMinutes(minute), 5)));

        Assert.DoesNotContain(means, mean => mean.At > Start.AddMinutes(75) && mean.At < Start.AddMinutes(580));
        Assert.Contains(means, mean => mean.At >= Start.AddMinutes(585));
    }

    [Fact]
    public void Rolling_mean_of_whole_minutes_is_that_of_the_values_within() =>
        Gen.Double[0, 100].Array[240].Sample(
            values =>
            {
                var means = StatisticRun.Over(new MeanStatistic { Period = TimeSpan.FromHours(1) }, ByMinute(values));
                Assert.NotEmpty(means);
                foreach (var mean in means.Where(mean => mean.At >= Start.AddHours(1)))
                {
                    var end = (int)(mean.At - Start).TotalMinutes;
                    Assert.Equal(values[(end - 59)..(end + 1)].Average(), mean.Value!.Value, tolerance: 1e-9);
                }
            },
            iter: 50);

    [Fact]
    public void Deviation_is_from_the_median_of_the_hours_before_and_half_of_them_may_be_wrong()
    {
        var day = new DeviationStatistic { Period = TimeSpan.FromHours(24) };
        var samples = ByMinute([.. Enumerable.Range(0, 40 * 60).Select(i => i < 24 * 60 ? 7.0 : 5.5)]);
        var deviations = StatisticRun.Over(day, samples);

        // No baseline before half of the hours are there.
        Assert.Equal(Start.AddHours(12), deviations[0].At);
        Assert.All(deviations.Where(sample => sample.At < Start.AddHours(24)), sample => Assert.Equal(0, sample.Value!.Value, 9));
        Assert.All(
            deviations.Where(sample => sample.At >= Start.AddHours(24) && sample.At < Start.AddHours(35)),
            sample => Assert.Equal(-1.5, sample.Value!.Value, 9));
    }

    [Fact]
    public void Median_of_as_many_above_as_below_lies_between_them()
    {
        var values = Enumerable.Range(-1, (24 * 60) + 1).Select(i => Math.Max(i, 0) / 60 % 2 == 0 ? 45.0 : 55).Append(60);
        Assert.Equal(10, StatisticRun.Over(new DeviationStatistic { Period = TimeSpan.FromHours(24) }, ByMinute([.. values]))[^1].Value!.Value, 6);
    }

    [Theory]
    [InlineData(DeviationScale.Percent, 20)]
    [InlineData(DeviationScale.Mad, 4)]
    public void Deviation_counts_in_percent_and_in_MAD(DeviationScale scale, double expected)
    {
        // Hours of 45, 50 and 55, up to their ends: the median is 50, the MAD 5 (a third of them lies at 0).
        double[] levels = [45, 50, 55];
        var statistic = new DeviationStatistic { Period = TimeSpan.FromHours(24), Scale = scale, MadMin = 2.5 };
        var values = Enumerable.Range(-1, (24 * 60) + 1).Select(i => levels[Math.Max(i, 0) / 60 % 3]).Append(60);

        Assert.Equal(expected, StatisticRun.Over(statistic, ByMinute([.. values]))[^1].Value!.Value * (scale == DeviationScale.Mad ? 2 : 1), 6);
    }

    [Fact]
    public void Change_is_against_the_mean_one_period_before()
    {
        var changes = StatisticRun.Over(new ChangeStatistic { Period = TimeSpan.FromHours(1) }, ByMinute([.. Enumerable.Range(0, 240).Select(i => i * 0.1)]));

        Assert.All(changes.Where(change => change.At > Start.AddHours(2)), change => Assert.InRange(change.Value!.Value, 5.65, 6.25));
    }

    [Fact]
    public void Time_to_a_level_is_that_of_the_trend()
    {
        var rising = ByMinute([.. Enumerable.Range(0, 181).Select(i => 1_000 + (i * 2.0))]);
        var to = new TimeToStatistic { Level = 1_600, IsRising = true, Trend = TimeSpan.FromHours(1) };

        Assert.Equal((1_600 - 1_360) / 120.0, StatisticRun.Over(to, rising)[^1].Value!.Value, 6);
        Assert.Equal(TimeToStatistic.HoursMax, StatisticRun.Over(to with { IsRising = false, Level = 500 }, rising)[^1].Value);
        Assert.Equal(0, StatisticRun.Over(to with { Level = 1_100 }, rising)[^1].Value);
        Assert.Equal("h", to.UnitOf(Measurand.WaterLevel.Unit));

        // What stands right at the level has reached it, whatever the trend.
        Assert.Equal(0, StatisticRun.Over(to with { Level = 1_000, IsRising = false }, ByMinute([1_000]))[^1].Value);
    }

    [Theory]
    [InlineData(15, true)]
    [InlineData(20, false)]
    public void Trend_needs_three_quarters_of_its_twelfths(int missing, bool isTold)
    {
        var to = new TimeToStatistic { Level = 1_600, IsRising = true, Trend = TimeSpan.FromHours(1), SilenceMax = TimeSpan.FromMinutes(1) };
        var samples = ByMinute([.. Enumerable.Range(0, 61).Select(i => 1_000 + (i * 2.0))]).Where((_, minute) => minute < 20 || minute > 20 + missing);

        Assert.Equal(isTold, StatisticRun.Over(to, samples).Exists(value => value.At == Start.AddMinutes(60)));
    }

    [Theory]
    [InlineData(30, 2)]
    [InlineData(31, 1)]
    public void Count_goes_on_over_a_silence_that_is_allowed_and_begins_anew_after_a_longer_one(int minutes, int expected)
    {
        var count = new CountStatistic { Least = 1, Of = 2, Side = LimitSide.Above };
        AlertSample[] samples = [.. new[] { 0, minutes, 2 * minutes }.Select(minute => new AlertSample(Start.AddMinutes(minute), 5))];

        Assert.Equal(expected, StatisticRun.Over(count, samples).Count);
    }

    [Fact]
    public void At_least_n_of_the_last_m_values_are_over_a_limit_where_the_statistic_is() =>
        Gen.Select(Gen.Double[0, 30].Array[1, 40], Gen.Int[1, 6], Gen.Int[1, 6], Gen.Bool).Sample(
            (values, a, b, above) =>
            {
                var statistic = new CountStatistic { Least = Math.Min(a, b), Of = Math.Max(a, b), Side = above ? LimitSide.Above : LimitSide.Below };
                var series = StatisticRun.Over(statistic, ByMinute(values));
                Assert.Equal(Math.Max(0, values.Length - statistic.Of + 1), series.Count);
                for (var i = 0; i < series.Count; i++)
                {
                    var over = values[i..(i + statistic.Of)].Count(value => above ? value > 15 : value < 15);
                    Assert.Equal(over >= statistic.Least, above ? series[i].Value > 15 : series[i].Value < 15);
                }
            },
            iter: 200);

    [Fact]
    public void Limit_that_is_no_longer_in_force_ends_its_alert_and_one_that_is_not_yet_raises_none()
    {
        var threshold = new ThresholdRule { Side = LimitSide.Above, RaiseLimit = 10, ClearLimit = 9, HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.FromHours(1) };
        var stepper = new RuleStepper(threshold, null, new Validity(Start.AddMinutes(10), Start.AddMinutes(20)), RuleState.Initial);
        List<AlertChange> changes = [];
        foreach (var sample in ByMinute([.. Enumerable.Repeat(12.0, 60)]))
        {
            stepper.Step(sample, changes);
        }

        Assert.Equal([(Start.AddMinutes(10), AlertPhase.Firing), (Start.AddMinutes(20), AlertPhase.Normal)], changes.Select(change => (change.At, change.To)));

        // A value that has failed says nothing, also not that it is over.
        stepper = new RuleStepper(threshold, null, new Validity(null, Start.AddMinutes(1)), RuleState.Initial);
        changes.Clear();
        foreach (var sample in (AlertSample[])[new(Start, 12), new(Start.AddMinutes(1), 12, QualityFlag.Fail), new(Start.AddMinutes(2), 12)])
        {
            stepper.Step(sample, changes);
        }

        Assert.Equal([Start, Start.AddMinutes(2)], changes.Select(change => change.At));
    }

    private static AlertSample[] ByMinute(double[] values) =>
        [.. values.Select((value, minute) => new AlertSample(Start.AddMinutes(minute), value))];
}
