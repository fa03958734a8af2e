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

    // Upstream is read once an hour; half an hour after its reading it has not fallen silent.
    [Fact]
    public void Channel_that_is_read_rarely_is_compared_with_until_its_next_reading_and_no_longer()
    {
        var joint = new JointStatistic
        {
            Against = new Comparison { Of = new ChannelSelector(Measurand.Ph), Within = TimeSpan.FromMinutes(30) }, Conditions = [],
        };
        var others = Enumerable.Range(0, 6).Select(hour => new AlertSample(Start.AddMinutes((60 * hour) + (hour % 2)), 1, Origin: new(900, 1)));
        var own = Enumerable.Range(0, 100).Select(i => new AlertSample(Start.AddMinutes((5 * i) + 2), 3));
        List<AlertSample> series = [];
        ReadOnlyMemory<byte> memory = default;
        foreach (var sample in others.Concat(own).OrderBy(sample => sample.At))
        {
            var run = joint.Begin(memory.Span);
            run.Step(sample, series);
            memory = run.Memory;
        }

        var compared = series.Where(value => value.Value == 2).Select(value => (value.At - Start).TotalMinutes).ToList();
        Assert.Equal(Enumerable.Range(24, 55).Select(i => (5.0 * i) + 2), compared.Where(minute => minute > 120));
        Assert.DoesNotContain(compared, minute => minute is > 30 and < 60);
    }

    [Fact]
    public void Ratio_to_nothing_is_one_to_the_floor_where_there_is_one()
    {
        var bare = Whole.Against!;
        Assert.Null(bare.Compared(new AlertSample(Start, 8), 0).Value);
        Assert.Equal(40, (bare with { Floor = 0.2 }).Compared(new AlertSample(Start, 8), -0.1).Value);
        Assert.Equal(4, (bare with { Floor = 0.2 }).Compared(new AlertSample(Start, 8), 2).Value);
        Assert.DoesNotContain("Floor", bare.ToString(), StringComparison.Ordinal);
        Assert.Contains("Floor = 0.2", (bare with { Floor = 0.2 }).ToString(), StringComparison.Ordinal);
    }

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

    [Theory]
    [InlineData(5, 5, 5, true)]
    [InlineData(5, 5, 6, false)]
    [InlineData(315, 45, 0, true)]
    [InlineData(315, 45, 45, true)]
    [InlineData(315, 45, 180, false)]
    public void Range_has_its_ends_and_goes_through_north_only_where_it_is_said_to(double from, double to, double value, bool holds) =>
        Assert.Equal(holds, new ValueRange(from, to, IsOpen: false).Holds(value));

    [Theory]
    [InlineData(30, QualityFlag.Good, Why.None, 3.0)]
    [InlineData(31, QualityFlag.Good, Why.None, null)]
    [InlineData(30, QualityFlag.Fail, Why.OverRange, null)]
    public void Other_channel_is_compared_with_while_it_is_fresh_and_known(int minutes, QualityFlag flag, Why why, double? difference)
    {
        var joint = new JointStatistic
        {
            Against = new Comparison { Of = new ChannelSelector(Measurand.AmmoniumNitrogen), Within = TimeSpan.FromMinutes(30) },
            Conditions = [],
        };
        var compared = Assert.Single(StatisticRun.Over(joint, [new AlertSample(Start, 2, flag, why, Origin: new(7, 1)), new AlertSample(Start.AddMinutes(minutes), 5)]));
        Assert.Equal(difference, compared.Value);
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
