using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Alerting;

public sealed class JointStatisticTests
{
    private static readonly DateTimeOffset Start = new(2026, 7, 1, 6, 0, 0, TimeSpan.Zero);

    private static readonly JointStatistic Whole = new()
    {
        Own = new ChainStatistic
        {
            Parts =
            [
                new DeviationStatistic { Period = TimeSpan.FromHours(1), Scale = DeviationScale.Percent },
                new CountStatistic { Least = 2, Of = 3, Side = LimitSide.Above },
            ],
        },
        Against = new Comparison { Of = new ChannelSelector(Measurand.Ph), Scale = ComparisonScale.Ratio, Within = TimeSpan.FromMinutes(30) },
        Conditions =
        [
            new Condition
            {
                Of = new ChannelSelector(Measurand.Conductivity),
                Statistic = new MeanStatistic { Period = TimeSpan.FromMinutes(12) },
                Range = ValueRange.Above(3),
                Within = TimeSpan.FromMinutes(30),
            },
        ],
    };

    [Fact]
    public void Interrupted_at_any_value_it_makes_the_same_series()
    {
        var samples = Enumerable.Range(0, 400).Select(i => new AlertSample(
            Start.AddSeconds(20 * i), i % 4 is 1 or 2 ? i / 60 % 6 : 1 + ((i * 7) % 13), Origin: (i % 4) switch { 0 => new(900 + (i % 8), 1), 1 => new(300, 2), 2 => new(301, 3), _ => default })).ToList();
        var whole = StatisticRun.Over(Whole, samples);
        Assert.Contains(whole, value => value.IsBarred);
        Assert.Contains(whole, value => !value.IsBarred);

        List<AlertSample> pieces = [];
        ReadOnlyMemory<byte> memory = default;
        foreach (var sample in samples)
        {
            var run = Whole.Begin(memory.Span);
            run.Step(sample, pieces);
            memory = run.Memory;
        }

        Assert.Equal(whole, pieces);
    }

    [Theory]
    [InlineData("FFFFFFFF")]
    [InlineData("00000000 09000000")]
    [InlineData("00000000 09000000 0000000000000000 0000000000000000 0000000000000000 00000000")]
    [InlineData("05000000 00")]
    public void Memory_of_another_statistic_is_refused(string hex)
    {
        var memory = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.Throws<InvalidDataException>(() => (Whole with { Own = null }).Begin(memory));
        Assert.Throws<InvalidDataException>(() => Whole.Own!.Begin([.. memory, 1]));
    }

    [Fact]
    public void Barred_value_neither_raises_nor_waits_and_clears_all_the_same()
    {
        var rule = new ThresholdRule
        {
            Side = LimitSide.Above, RaiseLimit = 10, ClearLimit = 8, HoldRaise = TimeSpan.FromMinutes(2), HoldClear = TimeSpan.Zero,
        };
        var state = AlertState.Initial;
        List<AlertPhase> phases = [];
        foreach (var (value, isBarred) in new[] { (20.0, false), (20.0, true), (20.0, false), (20.0, false), (20.0, false), (20.0, true), (5.0, true) })
        {
            (state, _) = rule.Step(state, new AlertSample(Start.AddMinutes(phases.Count), value, IsBarred: isBarred));
            phases.Add(state.Phase);
        }

        Assert.Equal(
            [AlertPhase.Pending, AlertPhase.Normal, AlertPhase.Pending, AlertPhase.Pending, AlertPhase.Firing, AlertPhase.Firing, AlertPhase.Normal],
            phases);
    }
}
