using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Alerting;

public sealed class ThresholdRuleTests
{
    private static readonly DateTimeOffset Start = new(2026, 7, 1, 6, 0, 0, TimeSpan.Zero);

    private static readonly ThresholdRule Rule = new()
    {
        Side = LimitSide.Above,
        RaiseLimit = 15.0,
        ClearLimit = 12.0,
        HoldRaise = TimeSpan.FromMinutes(10),
        HoldClear = TimeSpan.FromMinutes(10),
        SilenceMax = TimeSpan.FromMinutes(30),
    };

    [Fact]
    public void Short_spike_is_pending_and_never_announced() =>
        Assert.Equal(
            [(1, AlertPhase.Pending), (10, AlertPhase.Normal)],
            Replay(Rule, (0, 5.0), (1, 90.0), (9, 90.0), (10, 5.0)));

    [Fact]
    public void Condition_that_lasts_is_announced_once_at_the_end_of_the_hold() =>
        Assert.Equal(
            [(1, AlertPhase.Pending), (11, AlertPhase.Firing)],
            Replay(Rule, (0, 5.0), (1, 16.0), (11, 16.0), (12, 16.0), (60, 90.0)));

    [Fact]
    public void Value_between_the_limits_neither_raises_nor_clears() =>
        Assert.Equal(
            [(0, AlertPhase.Pending), (10, AlertPhase.Firing)],
            Replay(Rule, (0, 16.0), (10, 16.0), (20, 13.0), (90, 13.0)));

    [Fact]
    public void Redelivered_and_older_values_change_nothing() =>
        Assert.Equal(
            [(0, AlertPhase.Pending), (10, AlertPhase.Firing), (20, AlertPhase.Clearing), (30, AlertPhase.Normal)],
            Replay(
                Rule, (0, 16.0), (10, 16.0), (0, 1.0), (10, 1.0), (5, 1.0), (20, 1.0), (20, 99.0), (25, 1.0), (24, 99.0), (30, 1.0)));

    [Fact]
    public void Relapse_while_clearing_goes_on_firing_and_the_hold_begins_anew() =>
        Assert.Equal(
            [
                (0, AlertPhase.Pending), (10, AlertPhase.Firing), (20, AlertPhase.Clearing), (25, AlertPhase.Firing),
                (30, AlertPhase.Clearing), (40, AlertPhase.Normal),
            ],
            Replay(Rule, (0, 16.0), (10, 16.0), (20, 1.0), (25, 13.0), (30, 1.0), (39, 1.0), (40, 1.0)));

    [Fact]
    public void Unchecked_value_alone_raises_nothing_without_a_hold_and_the_next_one_does()
    {
        var atOnce = Rule with { HoldRaise = TimeSpan.Zero };
        AlertPhase[] Phases(params ReadOnlySpan<(double Value, QualityFlag Flag)> values)
        {
            var state = AlertState.Initial;
            List<AlertPhase> phases = [];
            foreach (var (value, flag) in values)
            {
                (state, _) = atOnce.Step(state, new AlertSample(Start.AddMinutes(phases.Count), value, flag));
                phases.Add(state.Phase);
            }

            return [.. phases];
        }

        Assert.Equal([AlertPhase.Pending, AlertPhase.Normal], Phases((50, QualityFlag.NotEvaluated), (5, QualityFlag.NotEvaluated)));
        Assert.Equal([AlertPhase.Pending, AlertPhase.Firing], Phases((50, QualityFlag.NotEvaluated), (50, QualityFlag.NotEvaluated)));
        Assert.Equal([AlertPhase.Firing], Phases((50, QualityFlag.Good)));
    }

    // An air bubble every nine minutes is no proof that a leak is over: the hold of ten would never end.
    [Fact]
    public void Spike_on_the_good_side_ends_neither_a_hold_nor_an_alert_and_what_is_not_doubted_does()
    {
        AlertPhase After(int minutes, Func<int, bool> isBubble, Why doubt)
        {
            var state = AlertState.Initial;
            for (var minute = 0; minute <= minutes; minute++)
            {
                var sample = isBubble(minute)
                    ? new AlertSample(Start.AddMinutes(minute), 1.5, QualityFlag.Suspect, doubt)
                    : new AlertSample(Start.AddMinutes(minute), 60);
                (state, _) = Rule.Step(state, sample);
            }

            return state.Phase;
        }

        Assert.Equal(AlertPhase.Firing, After(11, minute => minute % 9 == 8, Why.Spike));
        Assert.Equal(AlertPhase.Pending, After(1_000, minute => minute % 9 == 8, Why.Rate));
        Assert.Equal(AlertPhase.Firing, After(40, minute => minute == 40, Why.Spike));
        Assert.Equal(AlertPhase.Clearing, After(40, minute => minute == 40, Why.Rate));
        Assert.Equal(AlertPhase.Normal, After(40, minute => minute != 0, Why.Rate));
    }

    // A mean of a day comes once a day: a hold of ten minutes would else wait for a second one.
    [Fact]
    public void Hold_that_is_shorter_than_what_a_value_speaks_for_is_over_with_the_first()
    {
        var day = Rule.ForValuesEvery(TimeSpan.FromDays(1));
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(2)), (day.HoldRaise, day.HoldClear, day.SilenceMax));
        Assert.Equal([(1_440, AlertPhase.Firing), (2_880, AlertPhase.Normal)], Replay(day, (0, 5.0), (1_440, 16.0), (2_880, 5.0)));
        var days = (Rule with { HoldRaise = TimeSpan.FromDays(1) }).ForValuesEvery(TimeSpan.FromDays(1));
        Assert.Equal([(1_440, AlertPhase.Pending), (2_880, AlertPhase.Firing)], Replay(days, (0, 5.0), (1_440, 16.0), (2_880, 16.0)));
        Assert.Same(Rule, Rule.ForValuesEvery(TimeSpan.Zero));
    }

    [Fact]
    public void Value_exactly_at_a_limit_has_not_crossed_it() =>
        Assert.Equal(
            [(1, AlertPhase.Firing), (3, AlertPhase.Normal)],
            Replay(
                Rule with { HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.Zero },
                (0, 15.0), (1, double.BitIncrement(15.0)), (2, 12.0), (3, double.BitDecrement(12.0))));

    [Fact]
    public void Limit_below_is_the_mirror_image()
    {
        var acid = Rule with { Side = LimitSide.Below, RaiseLimit = 6.0, ClearLimit = 6.2 };
        Assert.Equal(
            [(0, AlertPhase.Pending), (10, AlertPhase.Firing), (20, AlertPhase.Clearing), (30, AlertPhase.Normal)],
            Replay(acid, (0, 5.9), (10, 4.0), (15, 6.1), (20, 6.3), (30, 6.3)));
    }

    [Fact]
    public void One_long_silence_completes_no_hold() =>
        Assert.Equal([(0, AlertPhase.Pending)], Replay(Rule, (0, 16.0), (600, 16.0)));

    [Fact]
    public void Probe_read_less_often_than_the_silence_allows_raises_at_the_third_value_in_a_row() =>
        Assert.Equal(
            [(0, AlertPhase.Pending), (120, AlertPhase.Firing), (240, AlertPhase.Clearing), (360, AlertPhase.Normal)],
            Replay(Rule, (0, 16.0), (60, 16.0), (120, 16.0), (180, 16.0), (240, 1.0), (300, 1.0), (360, 1.0)));

    [Fact]
    public void Silence_that_is_no_longer_than_allowed_counts_in_full() =>
        Assert.Equal(
            [(0, AlertPhase.Pending), (40, AlertPhase.Firing), (41, AlertPhase.Clearing), (81, AlertPhase.Normal)],
            Replay(
                Rule with { HoldRaise = TimeSpan.FromMinutes(40), HoldClear = TimeSpan.FromMinutes(40) },
                (0, 16.0), (30, 16.0), (40, 16.0), (41, 1.0), (71, 1.0), (81, 1.0)));

    [Fact]
    public void Value_after_a_silence_counts_on_from_what_was_held_before() =>
        Assert.Equal(
            [(0, AlertPhase.Pending), (605, AlertPhase.Firing)],
            Replay(Rule, (0, 16.0), (600, 16.0), (604, 16.0), (605, 16.0)));

    [Theory]
    [InlineData(QualityFlag.Fail, Why.None)]
    [InlineData(QualityFlag.Missing, Why.None)]
    [InlineData(QualityFlag.Good, Why.Maintenance)]
    [InlineData(QualityFlag.Suspect, Why.Calibrating | Why.Spike)]
    public void Value_that_is_no_evidence_neither_raises_nor_clears(QualityFlag flag, Why why)
    {
        var now = Rule with { HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.Zero };
        var (state, change) = now.Step(AlertState.Initial, new AlertSample(Start, 99, flag, why));
        Assert.Null(change);
        Assert.Equal(AlertState.Initial, state);

        var (firing, _) = now.Step(state, new AlertSample(Start, 99));
        (state, change) = now.Step(firing, new AlertSample(Start.AddMinutes(1), 0, flag, why));
        Assert.Null(change);
        Assert.Equal(firing, state);
    }

    [Theory]
    [InlineData(QualityFlag.Good)]
    [InlineData(QualityFlag.Suspect)]
    public void Doubtful_value_still_raises(QualityFlag flag)
    {
        var (_, change) = (Rule with { HoldRaise = TimeSpan.Zero }).Step(AlertState.Initial, new AlertSample(Start, 99, flag));
        Assert.True(change?.IsRaised);
    }

    [Fact]
    public void Missing_value_is_no_evidence()
    {
        var (state, change) = Rule.Step(AlertState.Initial, new AlertSample(Start, null, QualityFlag.Good));
        Assert.Null(change);
        Assert.Equal(AlertState.Initial, state);
    }

    [Fact]
    public void Thinned_record_is_judged_by_its_worst_value()
    {
        var now = Rule with { HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.Zero };
        var (firing, raised) = now.Step(AlertState.Initial, Thinned(10, mean: 5, low: 1, high: 16, minutes: 10));
        Assert.True(raised?.IsRaised);
        Assert.Equal(16, raised?.Value);

        var (_, cleared) = now.Step(firing, Thinned(20, mean: 5, low: 1, high: 12.5, minutes: 10));
        Assert.Null(cleared);
    }

    [Fact]
    public void Thinned_record_that_exceeds_throughout_completes_the_hold_and_dates_the_beginning()
    {
        var (_, change) = Rule.Step(
            AlertState.Normal(Start.AddMinutes(-1)), Thinned(12, mean: 20, low: 16, high: 30, minutes: 10));
        Assert.True(change?.IsRaised);
        Assert.Equal(Start.AddMinutes(2), change?.Since);
    }

    [Fact]
    public void Thinned_record_speaks_for_no_time_before_the_value_before_it()
    {
        var (state, _) = Rule.Step(AlertState.Normal(Start.AddMinutes(5)), Thinned(12, mean: 20, low: 16, high: 30, minutes: 10));
        Assert.Equal((AlertPhase.Pending, TimeSpan.FromMinutes(7), Start.AddMinutes(5)), (state.Phase, state.Held, state.Since));
    }

    [Fact]
    public void Thinned_record_that_exceeds_in_part_is_one_exceedance_at_its_end()
    {
        var (state, change) = Rule.Step(AlertState.Initial, Thinned(60, mean: 14, low: 2, high: 90, minutes: 60));
        Assert.Equal(AlertPhase.Pending, change?.To);
        Assert.Equal(TimeSpan.Zero, state.Held);
        Assert.Equal(Start.AddMinutes(60), state.Since);
    }

    [Fact]
    public void Change_tells_when_the_exceedance_began_and_its_worst_value()
    {
        List<AlertChange> changes = [];
        var state = AlertState.Initial;
        foreach (var (minute, value) in new[] { (0, 16.0), (5, 44.0), (10, 20.0), (20, 31.0), (30, 1.0), (40, 1.0) })
        {
            (state, var change) = Rule.Step(state, new AlertSample(Start.AddMinutes(minute), value));
            if (change is { } c)
            {
                changes.Add(c);
            }
        }

        var over = changes[^1];
        Assert.True(over.IsCleared);
        Assert.Equal((Start, 44.0, 1.0), (over.Since, over.Peak, over.Value));
    }

    private static AlertSample Thinned(int minute, double mean, double low, double high, int minutes) =>
        new(Start.AddMinutes(minute), mean, Low: low, High: high, Covered: TimeSpan.FromMinutes(minutes));

    private static List<(int Minute, AlertPhase Phase)> Replay(
        ThresholdRule rule, params ReadOnlySpan<(int Minute, double Value)> samples)
    {
        List<(int Minute, AlertPhase Phase)> changes = [];
        var state = AlertState.Initial;
        foreach (var (minute, value) in samples)
        {
            (state, var change) = rule.Step(state, new AlertSample(Start.AddMinutes(minute), value));
            if (change is { } c)
            {
                Assert.Equal(state.Phase, c.To);
                changes.Add((minute, c.To));
            }
        }

        return changes;
    }
}
