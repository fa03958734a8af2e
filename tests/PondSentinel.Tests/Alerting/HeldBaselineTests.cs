using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Rules;

namespace PondSentinel.Tests.Alerting;

/// <summary>An alarm holds what was usual when it was raised: a leak that lasts neither ends its own alarm nor hides the next.</summary>
public sealed class HeldBaselineTests
{
    private static readonly DateTimeOffset Start = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly ThresholdRule Limit = new()
    {
        Side = LimitSide.Above, RaiseLimit = 3, ClearLimit = 2, HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.FromMinutes(30),
    };

    private static readonly Statistic Deviation = StatisticSection.On(Limit, new ChainStatistic
    {
        Parts =
        [
            new DeviationStatistic { Period = TimeSpan.FromDays(2), Scale = DeviationScale.Mad, MadMin = 1 },
            new CountStatistic { Least = 3, Of = 4, Side = LimitSide.Above },
        ],
    });

    [Fact]
    public void Leak_that_lasts_for_days_is_over_when_it_is_over()
    {
        // Usual for two days, 9 more for ten, usual again.
        var changes = Over(Deviation, day => day is >= 2 and < 12 ? 10 : 1, days: 20);

        Assert.Equal([true, false], changes.Select(change => change.IsRaised));
        Assert.InRange((changes[0].At - Start).TotalDays, 2, 2.1);
        Assert.InRange((changes[1].At - Start).TotalDays, 12, 12.1);
        Assert.False(changes[1].IsOutlasted);
    }

    // The hold of the first goes on, because no usual day was between: its end is one of the second, which is not long.
    [Fact]
    public void Leak_that_pauses_for_less_than_a_day_is_not_told_as_over_while_it_goes_on()
    {
        var changes = Over(Deviation, day => day is (>= 2 and < 31) or (>= 31.9 and < 45) ? 10 : 1, days: 46);

        Assert.Equal([(true, false), (false, false), (true, false), (false, true)], changes.Select(change => (change.IsRaised, change.IsOutlasted)));
        Assert.InRange((changes[3].At - Start).TotalDays, 33, 33.2);
    }

    // Versions until 2026-11-27 kept neither a last gap nor what an alarm holds.
    [Fact]
    public void Alarm_of_a_version_that_held_nothing_goes_on_until_it_is_over()
    {
        const int Head = 48;
        var statistic = StatisticSection.On(Limit, new DeviationStatistic { Period = TimeSpan.FromDays(2), Scale = DeviationScale.Mad, MadMin = 1 });
        var samples = Samples(day => day is >= 2 and < 12 ? 10 : 1, days: 14).ToList();
        var stepper = new RuleStepper(Limit, statistic, default, RuleState.Initial);
        List<AlertChange> changes = [];
        foreach (var sample in samples.Take(331))
        {
            stepper.Step(sample, changes);
        }

        var memory = stepper.State.Memory.ToArray();
        byte[] before = [.. memory[..Head], .. memory[(Head + sizeof(long))..^24]];
        stepper = new RuleStepper(Limit, statistic, default, new RuleState(stepper.Alert, before));
        foreach (var sample in samples.Skip(331))
        {
            stepper.Step(sample, changes);
        }

        changes.RemoveAll(change => !change.IsRaised && !change.IsCleared);
        Assert.Equal([(true, false), (false, false)], changes.Select(change => (change.IsRaised, change.IsOutlasted)));
        Assert.InRange((changes[1].At - Start).TotalDays, 12, 12.1);
    }

    [Fact]
    public void Second_leak_soon_after_a_long_one_is_seen()
    {
        var changes = Over(Deviation, day => day is (>= 2 and < 9) or (>= 9.5 and < 11) ? 10 : 1, days: 20);

        Assert.Equal([true, false, true, false], changes.Select(change => change.IsRaised));
        Assert.InRange((changes[2].At - Start).TotalDays, 9.5, 9.6);
        Assert.InRange((changes[3].At - Start).TotalDays, 11, 11.1);
    }

    [Fact]
    public void Leak_of_any_size_and_length_rings_to_its_end_and_so_does_the_next() =>
        Gen.Select(Gen.Int[0, 2], Gen.Double[1.6, 30], Gen.Double[0.3, 30.5], Gen.Double[1.3, 12], Gen.Double[0.3, 30.5], Gen.Int[0, 999]).Sample(
            (which, times, first, gap, second, seed) =>
            {
                var period = TimeSpan.FromDays(which switch { 0 => 1, 1 => 7, _ => 14 });
                var statistic = StatisticSection.On(Limit, new DeviationStatistic { Period = period, Scale = which == 1 ? DeviationScale.Unit : DeviationScale.Mad, MadMin = 1 });
                var (begin, end) = (16, 16 + first);
                var (again, over) = (end + gap, end + gap + second);
                var noise = new Random(seed);
                var changes = Over(
                    statistic,
                    day => 20 + ((day >= begin && day < end) || (day >= again && day < over) ? Limit.RaiseLimit * times : 0) + (0.6 * noise.NextDouble()),
                    (int)over + 17);

                Assert.Equal([true, false, true, false], changes.Select(change => change.IsRaised));
                double[] edges = [begin, end, again, over];
                Assert.All(
                    edges.Zip(changes),
                    pair => Assert.InRange((pair.Second.At - Start).TotalDays, pair.First, pair.First + 0.1));
            },
            iter: 40);

    // No alarm may come of it for ever.
    [Fact]
    public void Level_about_the_limit_becomes_usual_too() => Gen.Select(Gen.Double[0.6, 1.3], Gen.Int[0, 999]).Sample(
        (times, seed) =>
        {
            var noise = new Random(seed);
            var changes = Over(
                StatisticSection.On(Limit, new DeviationStatistic { Period = TimeSpan.FromDays(7) }),
                day => (day < 16 ? 0 : Limit.RaiseLimit * times) + (2 * noise.NextDouble()) - 1,
                days: 150);

            Assert.DoesNotContain(changes, change => change.IsRaised && (change.At - Start).TotalDays > 100);
            if (times > 1.1)
            {
                Assert.Contains(changes, change => change.IsRaised);
            }
        },
        iter: 20);

    [Fact]
    public void What_has_lasted_for_31_days_is_usual()
    {
        var changes = Over(Deviation, day => day < 2 ? 1 : 10, days: 40);

        Assert.Equal([true, false], changes.Select(change => change.IsRaised));
        Assert.InRange((changes[1].At - changes[0].At).TotalDays, 31, 31.1);
        Assert.True(changes[1].IsOutlasted);
    }

    [Fact]
    public void Without_an_alarm_the_usual_follows_what_is()
    {
        var run = Deviation.Begin([]);
        List<AlertSample> series = [];
        foreach (var sample in Samples(day => day < 2 ? 1 : 10, days: 5))
        {
            run.Step(sample, series);
        }

        Assert.Equal(0, series[^1].Value);
    }

    // What a condition holds for usual is held with it: else the second leak finds conductivity as usual.
    [Fact]
    public void Condition_holds_what_is_usual_while_the_alarm_is_on()
    {
        var conductivity = StatisticSection.Watching(ValueRange.Above(5), new DeviationStatistic { Period = TimeSpan.FromDays(1), Scale = DeviationScale.Percent });
        var joint = new JointStatistic
        {
            Conditions =
            [
                new Condition
                {
                    Of = new ChannelSelector(Measurand.Conductivity) { Device = "ec" }, Statistic = conductivity, Range = ValueRange.Above(5),
                    Within = TimeSpan.FromMinutes(30),
                },
            ],
        };
        var stepper = new RuleStepper(Limit, joint, default, RuleState.Initial);
        List<AlertChange> changes = [];
        foreach (var sample in Samples(day => day is (>= 2 and < 5) or (>= 5.2 and < 6) ? 10 : 1, days: 8))
        {
            stepper.Step(sample with { Value = sample.Value > 1 ? 90 : 60, Origin = new SampleOrigin(2, 7) }, changes);
            stepper.Step(sample, changes);
        }

        Assert.Equal([true, false, true, false], changes.Where(change => change.IsRaised || change.IsCleared).Select(change => change.IsRaised));
    }

    [Fact]
    public void Interrupted_anywhere_an_alarm_is_the_same() =>
        Gen.Select(Gen.Double[0, 12].Array[5, 60], Gen.Int[1, 90]).Sample(
            (levels, every) =>
            {
                List<AlertChange> whole = [], pieces = [];
                var statistic = StatisticSection.On(Limit, new DeviationStatistic { Period = TimeSpan.FromHours(2) });
                var stepper = new RuleStepper(Limit, statistic, default, RuleState.Initial);
                var piece = new RuleStepper(Limit, statistic, default, RuleState.Initial);
                for (var i = 0; i < 30 * levels.Length; i++)
                {
                    var sample = new AlertSample(Start.AddMinutes(5 * i), levels[i / 30]);
                    stepper.Step(sample, whole);
                    piece.Step(sample, pieces);
                    piece = i % every == 0 ? new RuleStepper(Limit, statistic, default, piece.State) : piece;
                }

                Assert.Equal(whole, pieces);
                Assert.Equal(stepper.State.Memory.ToArray(), piece.State.Memory.ToArray());
            },
            iter: 200);

    // Its alarm is raised by another channel hours after its newest value, and holds what that was judged by.
    [Fact]
    public void Condition_of_a_probe_that_is_read_twice_a_day_holds_what_was_usual_before_wherever_it_is_interrupted()
    {
        var joint = new JointStatistic
        {
            Conditions =
            [
                new Condition
                {
                    Of = new ChannelSelector(Measurand.Conductivity) { Device = "ec" },
                    Statistic = StatisticSection.Watching(ValueRange.Above(5), new DeviationStatistic { Period = TimeSpan.FromDays(1) }),
                    Range = ValueRange.Above(5), Within = TimeSpan.FromHours(13),
                },
            ],
        };
        var (whole, piece) = (new RuleStepper(Limit, joint, default, RuleState.Initial), new RuleStepper(Limit, joint, default, RuleState.Initial));
        List<AlertChange> changes = [], pieces = [];
        for (var hour = 0; hour < 200; hour++)
        {
            List<AlertSample> samples = [new AlertSample(Start.AddHours(hour), hour is >= 122 and < 160 ? 10 : 1)];
            if (hour % 12 == 0)
            {
                samples.Insert(0, new AlertSample(Start.AddHours(hour), hour is >= 120 and < 156 ? 90 : 60) { Origin = new SampleOrigin(2, 7) });
            }

            foreach (var sample in samples)
            {
                whole.Step(sample, changes);
                piece.Step(sample, pieces);
                piece = new RuleStepper(Limit, joint, default, piece.State);
                Assert.Equal(whole.State.Memory.ToArray(), piece.State.Memory.ToArray());
            }
        }

        Assert.Equal(changes, pieces);
        Assert.Equal((true, Start.AddHours(122)), (changes[0].IsRaised, changes[0].At));
    }

    // Read at any interval that a gateway can be set to, whatever the period: the hours before such a value are the value itself. Interrupted
    // after each.
    [Fact]
    public void Leak_at_a_probe_that_is_read_rarely_rings_with_its_first_value_to_its_end_and_so_does_the_next() =>
        Gen.Select(Gen.OneOf(Gen.Int[61, 1_440], Gen.Int[1, 4].Select(times => times * 360)), Gen.Int[0, 3], Gen.Double[0.97, 1.03].Array[120]).Sample(
            (minutes, which, jitter) =>
            {
                var period = TimeSpan.FromHours(which switch { 0 => 6, 1 => 24, 2 => 168, _ => 336 });
                var statistic = StatisticSection.On(Limit, new DeviationStatistic { Period = period });
                var usual = Math.Max(4, (int)Math.Ceiling(period.TotalMinutes / minutes) + 3);
                var (end, again) = (usual + 6, usual + 6 + usual);
                var stepper = new RuleStepper(Limit, statistic, default, RuleState.Initial);
                List<AlertChange> changes = [];
                for (var i = 0; i < again + 6; i++)
                {
                    var level = (i >= usual && i < end) || i >= again ? 10 : 1;
                    stepper.Step(new AlertSample(Start.AddMinutes(minutes * (i + jitter[i % jitter.Length])), level), changes);
                    stepper = new RuleStepper(Limit, statistic, default, stepper.State);
                    Assert.Equal(level > 1, stepper.Alert.Phase == AlertPhase.Firing);
                }

                Assert.DoesNotContain(changes, change => change.IsOutlasted);
            },
            iter: 100);

    private static List<AlertChange> Over(Statistic statistic, Func<double, double> level, int days)
    {
        var stepper = new RuleStepper(Limit, statistic, default, RuleState.Initial);
        List<AlertChange> changes = [];
        foreach (var sample in Samples(level, days))
        {
            stepper.Step(sample, changes);
        }

        return changes.FindAll(change => change.IsRaised || change.IsCleared);
    }

    private static IEnumerable<AlertSample> Samples(Func<double, double> level, int days) =>
        Enumerable.Range(0, days * 144).Select(i => new AlertSample(Start.AddMinutes(10 * i), level(i / 144.0)));
}
