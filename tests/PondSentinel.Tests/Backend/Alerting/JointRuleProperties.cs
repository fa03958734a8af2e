using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>Rules that look at several channels: whatever the order, grouping, resends and restarts, the alerts of one run over all values
/// in order.</summary>
public sealed class JointRuleProperties
{
    private const string History = "SELECT at_ms, from_phase, to_phase, value, since_ms, peak FROM alert_change ORDER BY at_ms";

    private static readonly RewindWindow Window = new(TimeSpan.FromHours(2), KeptMin: 20, KeptMax: 20_000);

    private static readonly AlertRule[] Rules =
    [
        JointRules.Leak,
        JointRules.With(new JointStatistic { Conditions = [JointRules.Conductive, JointRules.NotRegional] }),
        JointRules.With(JointRules.Leak.Joint! with
        {
            Own = new ChainStatistic
            {
                Parts =
                [
                    new ChangeStatistic { Period = TimeSpan.FromMinutes(60), SilenceMax = TimeSpan.FromHours(2) },
                    new CountStatistic { Least = 2, Of = 3, Side = LimitSide.Above },
                ],
            },
            Conditions = [JointRules.Conductive with { Statistic = new MeanStatistic { Period = TimeSpan.FromMinutes(12), Complete = 0.1 } }],
        }) with { Threshold = JointRules.Leak.Threshold with { RaiseLimit = 5, ClearLimit = 4 } },
        JointRules.Leak with { Threshold = JointRules.Leak.Threshold with { HoldRaise = TimeSpan.FromMinutes(20) } },
    ];

    // The channel itself, one upstream of another gateway, a second there, and conductivity. The first value is the channel's own.
    private static readonly Gen<Point[]> GenSeries =
        Gen.Select(Gen.Int[0, 200], Gen.Int[0, 30], Gen.Int[0, 3], Gen.Int[0, 9]).Array[1, 80].Select(steps =>
        {
            var tenths = 0;
            return steps.Select((step, i) => PointOf(i == 0 ? 0 : step.Item3, (tenths += step.Item1) / 10.0, step.Item2, step.Item4 == 0))
                .DistinctBy(point => (point.TimeNs, point.Station, point.Device)).ToArray();
        });

    [Fact]
    public void Any_order_and_grouping_duplicates_and_restarts_end_in_the_same_alerts() =>
        Gen.Select(GenSeries, Gen.Int[0, 110], Gen.Int, Gen.Int[1, 7], Gen.Int[0, 3]).Sample(
            (series, disorderMinutes, seed, groupSize, which) =>
            {
                var batch = Batch(Rules[which], series);
                using var inOrder = new AlertBench(Window, Rules[which]);
                foreach (var together in series.GroupBy(point => point.TimeMs))
                {
                    inOrder.Store([.. together]);
                }

                using var disturbed = new AlertBench(Window, Rules[which]);
                disturbed.Store([series[0]]);
                var random = new Random(seed);
                var arriving = series.Concat(series.Where(_ => random.Next(4) == 0))
                    .OrderBy(point => point.TimeMs + random.Next((disorderMinutes * 60_000) + 1))
                    .ToList();
                foreach (var group in arriving.Chunk(groupSize))
                {
                    // A resend comes in a transaction of its own: ingest drops what is twice in one.
                    disturbed.Store([.. group.DistinctBy(point => (point.TimeNs, point.Station, point.Device))]);
                    if (random.Next(3) == 0)
                    {
                        disturbed.Restart();
                    }
                }

                Assert.Equal(batch, inOrder.Rows(History));
                Assert.Equal(batch, disturbed.Rows(History));
                Assert.Equal(inOrder.States().Select(state => state with { Subject = 0 }), disturbed.States().Select(state => state with { Subject = 0 }));
            },
            iter: 300);

    private static Point PointOf(int channel, double minute, double value, bool isFailed)
    {
        var point = channel switch
        {
            0 => AlertBench.PointOf(minute, value),
            1 => AlertBench.OtherOf(minute, value / 2, "spring", gateway: "gz-08"),
            2 => AlertBench.OtherOf(minute, value / 2, "spring", gateway: "gz-08", device: "second"),
            _ => AlertBench.OtherOf(minute, value * 10, "stream", Measurand.Conductivity),
        };
        return isFailed ? point with { Value = point.Value with { Flag = QualityFlag.Fail } } : point;
    }

    // The rule alone, over all values in order of time.
    private static List<string> Batch(AlertRule rule, Point[] series)
    {
        var watched = AlertSubject.Of(series[0]);
        var samples = series.Select(point =>
        {
            var channel = AlertSubject.Of(point);
            var origin = channel == watched ? default : new SampleOrigin(channel.Source, rule.InputsOf(watched, channel));
            return (point.TimeNs, new AlertSample(
                DateTimeOffset.FromUnixTimeMilliseconds(point.TimeMs), point.Value.Value, point.Value.Flag, Origin: origin));
        });
        return
        [
            .. RuleRun.Over(rule, RuleState.Initial, [.. SampleTables.InOrder([.. samples]).Select(sample => sample.Sample)]).Changes.Select(change =>
                FormattableString.Invariant(
                    $"{change.At.ToUnixTimeMilliseconds()}|{(int)change.From}|{(int)change.To}|{change.Value}|{change.Since.ToUnixTimeMilliseconds()}|{change.Peak}")),
        ];
    }
}
