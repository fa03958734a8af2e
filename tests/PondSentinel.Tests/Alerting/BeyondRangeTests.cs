using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Alerting;

/// <summary>What a probe cannot measure is at least so bad: it raises and holds, and never clears.</summary>
public sealed class BeyondRangeTests
{
    private static readonly DateTimeOffset Start = new(2026, 7, 1, 6, 0, 0, TimeSpan.Zero);

    private static readonly ThresholdRule Rule = new()
    {
        Side = LimitSide.Above,
        RaiseLimit = 15,
        ClearLimit = 12,
        HoldRaise = TimeSpan.Zero,
        HoldClear = TimeSpan.Zero,
    };

    [Theory]
    [InlineData(Why.OverRange, true)]
    [InlineData(Why.OverRange | Why.OutOfBounds, true)]
    [InlineData(Why.OverRange | Why.OutOfWindow, true)]
    [InlineData(Why.OutOfBounds, false)]
    [InlineData(Why.Spike, false)]
    [InlineData(Why.OverRange | Why.Spike, false)]
    [InlineData(Why.OverRange | Why.Rate, true)]
    [InlineData(Why.OverRange | Why.Flat, false)]
    [InlineData(Why.OverRange | Why.Implausible, false)]
    [InlineData(Why.OverRange | Why.Disagrees, false)]
    [InlineData(Why.OverRange | Why.Maintenance, false)]
    [InlineData(Why.OverRange | Why.Calibrating, false)]
    [InlineData(Why.OverRange | Why.Extrapolated, false)]
    public void Failed_value_counts_where_all_that_is_wrong_is_that_there_is_more(Why why, bool counts) =>
        Assert.Equal(counts ? 1 : 0, Changes(Rule, Measurand.AmmoniumNitrogen, (0, 2, Why.None), (1, 2000, why)).Count);

    [Theory]
    [InlineData(Measurand.Ph, 14, false)]
    [InlineData(Measurand.Ph, 0.001, false)]
    [InlineData(Measurand.Ph, 0.1, false)]
    [InlineData(Measurand.Ph, 13.9, false)]
    [InlineData(Measurand.Ph, 1.8, true)]
    [InlineData(Measurand.Ph, 12.4, true)]
    [InlineData(Measurand.Conductivity, 0, false)]
    [InlineData(Measurand.SpecificConductance, 0.01, false)]
    [InlineData(Measurand.Conductivity, 1, true)]
    [InlineData(Measurand.Conductivity, 210_000, true)]
    [InlineData(Measurand.AmmoniumNitrogen, 2_000, true)]
    [InlineData(Measurand.AmmoniumNitrogen, 20_000, true)]
    [InlineData(Measurand.AmmoniumNitrogen, 3_000_000, false)]
    [InlineData(Measurand.Pm10, 1_500, true)]
    [InlineData(Measurand.Pm10, 65_535, false)]
    [InlineData(Measurand.WaterLevel, -3, true)]
    [InlineData(Measurand.WaterTemperature, 126, false)]
    [InlineData(Measurand.UnionizedAmmoniaNitrogen, 500, false)]
    [InlineData(Measurand.Freeboard, 90, true)]
    public void Number_that_a_probe_without_water_or_cable_shows_is_none(Measurand measurand, double value, bool counts) =>
        Assert.Equal(counts, BeyondRange.Judged(new AlertSample(Start, value, QualityFlag.Fail, Why.OverRange), measurand).IsBound);

    [Fact]
    public void Only_what_was_measured_clears()
    {
        var changes = Changes(
            Rule, Measurand.AmmoniumNitrogen, (0, 100, Why.OverRange), (1, 5, Why.OverRange), (2, 14, Why.OverRange), (3, 5, Why.None));

        Assert.Equal([(0, true), (3, false)], changes.Select(change => ((int)(change.At - Start).TotalMinutes, change.IsRaised)));
        Assert.Equal((QualityFlag.Fail, Why.OverRange), (changes[0].Flag, changes[0].Why));
    }

    [Fact]
    public void Worst_is_known_as_a_bound_from_the_first_value_beyond_until_the_alert_is_over()
    {
        var changes = Changes(
            Rule, Measurand.AmmoniumNitrogen,
            (0, 100, Why.OverRange), (1, 120, Why.None), (2, 5, Why.None), (3, 30, Why.None), (4, 40, Why.OverRange), (5, 5, Why.None), (6, 30, Why.None), (7, 5, Why.None));

        Assert.Equal(
            [(0, 100, true), (2, 120, true), (3, 30, false), (5, 40, true), (6, 30, false), (7, 30, false)],
            changes.Select(change => ((int)(change.At - Start).TotalMinutes, (int)change.Peak, change.IsPeakBound)));
    }

    [Fact]
    public void Limit_below_goes_by_what_is_beyond_the_other_end()
    {
        var below = Rule with { Side = LimitSide.Below, RaiseLimit = 6, ClearLimit = 6.2 };

        Assert.Single(Changes(below, Measurand.Ph, (0, 7, Why.None), (1, 12.5, Why.OverRange), (2, 1.5, Why.OverRange)));
    }

    [Fact]
    public void Mean_with_what_is_beyond_is_a_least_until_its_hours_have_gone()
    {
        var mean = new MeanStatistic { Period = TimeSpan.FromHours(1) };
        var samples = Enumerable.Range(0, 180).Select(minute => Sample(minute, minute is > 60 and <= 65 ? 400 : 2, minute is > 60 and <= 65));
        var made = StatisticRun.Over(mean, samples);

        var least = made.Where(value => value.IsBound).ToList();
        Assert.Equal((65, 120), (Minute(least[0]), Minute(least[^1])));
        Assert.Equal(12, least.Count);
        Assert.All(least, value => Assert.Equal(((5 * 400) + (55 * 2)) / 60.0, value.Value!.Value, 9));
        Assert.All(made.Where(value => !value.IsBound), value => Assert.Equal(2, value.Value!.Value, 9));
    }

    [Fact]
    public void Mean_says_how_much_of_its_period_has_values()
    {
        var mean = new MeanStatistic { Period = TimeSpan.FromHours(1), SilenceMax = TimeSpan.FromMinutes(5) };
        var samples = Enumerable.Range(0, 121).Where(minute => minute is < 66 or > 75).Select(minute => Sample(minute, 2));

        var made = StatisticRun.Over(mean, samples).ToDictionary(Minute, value => value.Complete!.Value);
        Assert.Equal(1, made[60], 9);
        Assert.Equal(50.0 / 60, made[90], 9);
    }

    [Fact]
    public void What_is_usual_is_not_learned_from_it()
    {
        var deviation = new DeviationStatistic { Period = TimeSpan.FromHours(2) };
        var samples = Enumerable.Range(0, 240).Select(minute => Sample(minute, minute > 120 ? 400 : 2, minute > 120));

        var bounds = StatisticRun.Over(deviation, samples).Where(value => value.IsBound).ToList();
        Assert.NotEmpty(bounds);
        Assert.All(bounds, value => Assert.Equal(398, value.Value!.Value, 9));
    }

    [Fact]
    public void Third_worst_of_four_is_a_least_where_it_may_be_worse()
    {
        var count = new CountStatistic { Least = 3, Of = 4, Side = LimitSide.Above };
        AlertSample[] rising = [Sample(0, 2), Sample(1, 100, true), Sample(2, 100, true), Sample(3, 100, true), Sample(4, 2), Sample(5, 2), Sample(6, 2)];

        Assert.Equal(
            [(100, true), (100, true), (2, false), (2, false)],
            StatisticRun.Over(count, rising).Select(value => ((int)value.Value!.Value, value.IsBound)));

        // What is beyond is worse than the third worst, which is known.
        var known = Assert.Single(StatisticRun.Over(count, [Sample(0, 2), Sample(1, 2), Sample(2, 2), Sample(3, 100, true)]));
        Assert.Equal((2.0, false, QualityFlag.Suspect), (known.Value!.Value, known.IsBound, known.Flag));
    }

    [Fact]
    public void Mean_takes_no_number_that_only_another_probe_bears_out()
    {
        var hour = new MeanStatistic { Period = TimeSpan.FromHours(1), IsByClock = true };
        var samples = Enumerable.Range(0, 61).Select(minute => minute is 30 or 31
            ? new AlertSample(Start.AddMinutes(minute), 900, QualityFlag.Fail, Why.Spike, IsBound: true)
            : Sample(minute, 2));
        Assert.Equal((2.0, false), (Assert.Single(StatisticRun.Over(hour, samples)).Value!.Value, StatisticRun.Over(hour, samples)[0].IsBound));
    }

    [Fact]
    public void Statistic_remembers_it() => Gen.Select(
        Gen.Int[0, 4], Gen.Int[1, 200], Gen.Select(Gen.Int[0, 200], Gen.Bool).Array[1, 200]).Sample((kind, cut, values) =>
        {
            Statistic statistic = kind switch
            {
                0 => new MeanStatistic { Period = TimeSpan.FromMinutes(20) },
                1 => new CountStatistic { Least = 2, Of = 5, Side = LimitSide.Above },
                2 => new ProjectedMeanStatistic { Period = TimeSpan.FromHours(2), From = 1 },
                3 => new ChangeStatistic { Period = TimeSpan.FromMinutes(20) },
                _ => new DeviationStatistic { Period = TimeSpan.FromHours(1) },
            };
            var samples = values.Select((value, i) => Sample(i, value.Item1, value.Item2)).ToList();
            List<AlertSample> made = [];
            var run = statistic.Begin([]);
            for (var i = 0; i < samples.Count; i++)
            {
                if (i % cut == 0)
                {
                    run = statistic.Begin(run.Memory.Span);
                }

                run.Step(samples[i], made);
            }

            Assert.Equal(StatisticRun.Over(statistic, samples), made);
        });

    // A limit on what is truly there, and one on what a probe with an end tells of it: whatever the second says, the first says too, but
    // that what is beyond clears nothing.
    [Fact]
    public void Probe_with_an_end_raises_nothing_that_is_not_there_and_misses_nothing_above_its_end() =>
        Gen.Select(Gen.Int[16, 60], Gen.Int[0, 90].Array[1, 120]).Sample((end, truth) =>
        {
            var whole = Changes(Rule, Measurand.AmmoniumNitrogen, [.. truth.Select((value, i) => (i, (double)value, Why.None))]);
            var told = Changes(
                Rule,
                Measurand.AmmoniumNitrogen,
                [.. truth.Select((value, i) => (i, (double)Math.Min(value, end), value >= end ? Why.OverRange : Why.None))]);
            Assert.Equal(
                whole.Select(change => (change.At, change.From, change.To)), told.Select(change => (change.At, change.From, change.To)));
        });

    private static AlertSample Sample(int minute, double value, bool isBeyond = false) => BeyondRange.Judged(
        new AlertSample(Start.AddMinutes(minute), value, isBeyond ? QualityFlag.Fail : QualityFlag.Good, isBeyond ? Why.OverRange : Why.None),
        Measurand.AmmoniumNitrogen);

    private static int Minute(AlertSample sample) => (int)(sample.At - Start).TotalMinutes;

    private static List<AlertChange> Changes(ThresholdRule rule, Measurand measurand, params ReadOnlySpan<(int Minute, double Value, Why Why)> values)
    {
        List<AlertChange> changes = [];
        var stepper = new RuleStepper(rule, null, default, RuleState.Initial);
        foreach (var (minute, value, why) in values)
        {
            var flag = why == Why.None ? QualityFlag.Good : QualityFlag.Fail;
            stepper.Step(BeyondRange.Judged(new AlertSample(Start.AddMinutes(minute), value, flag, why), measurand), changes);
        }

        return changes;
    }
}
