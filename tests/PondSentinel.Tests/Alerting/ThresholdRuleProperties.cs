using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Alerting;

/// <summary>What holds for every rule and every series of values.</summary>
public sealed class ThresholdRuleProperties
{
    private static readonly DateTimeOffset Start = new(2026, 7, 1, 6, 0, 0, TimeSpan.Zero);

    private static readonly Gen<ThresholdRule> GenRule =
        from raise in Gen.Int[5, 20]
        from gap in Gen.Int[0, 5]
        from holdRaise in Gen.Int[0, 20]
        from holdClear in Gen.Int[0, 20]
        from silence in Gen.Int[1, 40]
        select new ThresholdRule
        {
            Side = LimitSide.Above,
            RaiseLimit = raise,
            ClearLimit = raise - gap,
            HoldRaise = TimeSpan.FromMinutes(holdRaise),
            HoldClear = TimeSpan.FromMinutes(holdClear),
            SilenceMax = TimeSpan.FromMinutes(silence),
        };

    private static readonly Gen<QualityFlag> GenFlag = Gen.Frequency(
        (8, Gen.Const(QualityFlag.Good)), (1, Gen.Const(QualityFlag.Fail)), (1, Gen.Const(QualityFlag.Suspect)));

    private static readonly Gen<AlertSample[]> GenSeries =
        Gen.Select(Gen.Int[1, 90_000], Gen.Frequency((3, Gen.Int[0, 30]), (1, Gen.Int[19, 30])), GenFlag)
            .Array[0, 120]
            .Select(steps =>
            {
                var at = Start;
                return steps.Select(step => new AlertSample(at = at.AddSeconds(step.Item1 / 100), step.Item2, step.Item3))
                    .DistinctBy(sample => sample.At).ToArray();
            });

    [Fact]
    public void Resending_any_values_at_any_place_gives_the_same_changes() =>
        Gen.Select(GenRule, GenSeries, Gen.Int[0, 200].Array[0, 50]).Sample((rule, series, resent) =>
        {
            List<AlertSample> disturbed = [.. series];
            foreach (var place in resent)
            {
                if (series.Length > 0)
                {
                    // A resend can only bring what has been brought before.
                    var original = disturbed[place % disturbed.Count];
                    disturbed.Insert(disturbed.IndexOf(original) + 1 + (place % (disturbed.Count - disturbed.IndexOf(original))), original);
                }
            }

            Assert.Equal(Changes(rule, series), Changes(rule, disturbed));
        });

    [Fact]
    public void Alerts_follow_each_other_no_faster_than_the_holds() =>
        Gen.Select(GenRule, GenSeries).Sample((rule, series) =>
        {
            var told = Changes(rule, series).Where(change => change.IsRaised || change.IsCleared).ToList();
            for (var i = 1; i < told.Count; i++)
            {
                Assert.NotEqual(told[i - 1].IsRaised, told[i].IsRaised);
                var hold = told[i].IsRaised ? rule.HoldRaise : rule.HoldClear;
                Assert.True(told[i].At - told[i - 1].At >= hold, $"{told[i - 1]} then {told[i]} within {hold}");
            }
        });

    [Fact]
    public void Exceedance_that_lasts_the_hold_is_announced_exactly_once_and_no_earlier() =>
        Gen.Select(GenRule, Gen.Int[1, 60_000].Array[0, 60], Gen.Int[1, 100]).Sample((rule, steps, above) =>
        {
            // The steps are never longer than the silence that counts in full.
            var at = Start;
            List<AlertSample> series = [new(Start, rule.ClearLimit)];
            foreach (var step in steps)
            {
                var ms = step % (long)rule.SilenceMax.TotalMilliseconds;
                series.Add(new AlertSample(at = at.AddMilliseconds(ms + 1), rule.RaiseLimit + above));
            }

            var exceeding = series.Skip(1).ToList();
            var expected = exceeding.Where(sample => sample.At - exceeding[0].At >= rule.HoldRaise).Take(1)
                .Select(sample => (sample.At, exceeding[0].At));
            Assert.Equal(
                expected,
                Changes(rule, series).Where(change => change.IsRaised).Select(change => (change.At, change.Since)));
        });

    [Fact]
    public void Rule_below_is_the_rule_above_of_the_negated_values() =>
        Gen.Select(GenRule, GenSeries).Sample((rule, series) =>
        {
            var mirrored = rule with
            {
                Side = LimitSide.Below,
                RaiseLimit = -rule.RaiseLimit,
                ClearLimit = -rule.ClearLimit,
            };
            var negated = series.Select(sample => sample with { Value = -sample.Value });
            Assert.Equal(
                Changes(rule, series),
                Changes(mirrored, negated).Select(change => change with { Value = -change.Value, Peak = -change.Peak }));
        });

    [Fact]
    public void Thinning_a_steady_stretch_loses_no_alert_and_invents_none() =>
        Gen.Select(GenRule, Gen.Select(Gen.Bool, Gen.Int[1, 8]).Array[1, 40]).Sample((rule, stretches) =>
        {
            List<AlertSample> all = [];
            List<AlertSample> thinned = [];
            var at = Start;
            foreach (var (high, count) in stretches)
            {
                var first = at;
                for (var i = 0; i < count; i++)
                {
                    all.Add(new AlertSample(at, high ? 40 : -40));
                    at = at.AddMinutes(1);
                }

                var last = all[^1];
                thinned.Add(last with { Low = last.Value, High = last.Value, Covered = last.At - first });
            }

            var ends = thinned.Select(sample => sample.At).ToHashSet();
            Assert.Equal(PhasesAt(rule, all, ends), PhasesAt(rule, thinned, ends));
        });

    private static List<AlertPhase> PhasesAt(
        ThresholdRule rule, IEnumerable<AlertSample> series, HashSet<DateTimeOffset> times)
    {
        List<AlertPhase> phases = [];
        var state = AlertState.Initial;
        foreach (var sample in series)
        {
            (state, _) = rule.Step(state, sample);
            if (times.Contains(sample.At))
            {
                phases.Add(state.Phase);
            }
        }

        return phases;
    }

    private static List<AlertChange> Changes(ThresholdRule rule, IEnumerable<AlertSample> series)
    {
        List<AlertChange> changes = [];
        var state = AlertState.Initial;
        foreach (var sample in series)
        {
            (state, var change) = rule.Step(state, sample);
            if (change is { } c)
            {
                changes.Add(c);
            }
        }

        return changes;
    }
}
