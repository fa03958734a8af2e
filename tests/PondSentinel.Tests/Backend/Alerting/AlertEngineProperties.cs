using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>Whatever the order, grouping, resends and restarts: the alerts of one run in order.</summary>
public sealed class AlertEngineProperties
{
    private const string History =
        "SELECT rule, at_ms, from_phase, to_phase, value, since_ms, peak FROM alert_change ORDER BY rule, at_ms";

    // Raised stretches that are real: neither taken back nor pieces that grew together with another.
    private const string Episodes =
        "SELECT rule, since_ms, raised_ms, cleared_ms, peak, EXISTS (SELECT 1 FROM alert_bound_peak WHERE episode = id) FROM alert_episode WHERE standing <> 2 ORDER BY rule, since_ms";

    private static readonly RewindWindow Window = new(TimeSpan.FromHours(2), KeptMin: 20, KeptMax: 20_000);

    private static readonly Gen<Point[]> GenSeries =
        Gen.Select(Gen.Int[1, 200], Gen.Frequency((1, Gen.Int[0, 14]), (1, Gen.Int[15, 30])), Gen.Int[0, 9])
            .Array[1, 60]
            .Select(steps =>
            {
                var tenths = 0;
                return steps.Select(step => AlertBench.PointOf(
                    (tenths += step.Item1) / 10.0, step.Item2, step.Item3 <= 1 ? QualityFlag.Fail : QualityFlag.Good) is var point && step.Item3 == 1
                        ? point with { Value = point.Value with { Why = Why.OverRange } }
                        : point).ToArray();
            });

    // Against each value, and against what statistics make of them.
    private static readonly AlertRule[] Rules =
    [
        AlertBench.Ammonium,
        WithStatistic(new MeanStatistic { Period = TimeSpan.FromMinutes(30), Complete = 0.5 }),
        WithStatistic(new MeanStatistic { Period = TimeSpan.FromHours(1), IsByClock = true }),
        WithStatistic(new CountStatistic { Least = 2, Of = 3, Side = LimitSide.Above }),
        WithStatistic(new ChangeStatistic { Period = TimeSpan.FromMinutes(30) }) with
        {
            Threshold = AlertBench.Ammonium.Threshold with { RaiseLimit = 4, ClearLimit = 2, HoldRaise = TimeSpan.Zero },
        },
    ];

    // Beside them at the same channel, whose rules are one row.
    private static readonly AlertRule Beside = AlertBench.Ammonium with
    {
        Id = "nh4-worse", Threshold = AlertBench.Ammonium.Threshold with { RaiseLimit = 25, ClearLimit = 20, HoldRaise = TimeSpan.FromMinutes(5) },
    };

    [Fact]
    public void Any_order_within_the_lateness_and_any_grouping_and_restarts_end_in_the_same_alerts() =>
        Gen.Select(GenSeries, Gen.Int[0, 110], Gen.Int, Gen.Int[1, 7], Gen.Int[0, 4]).Sample(
            (series, disorderMinutes, seed, groupSize, which) =>
            {
                using var inOrder = new AlertBench(Window, Rules[which], Beside);
                foreach (var point in series)
                {
                    inOrder.Store([point]);
                }

                using var disturbed = new AlertBench(Window, Rules[which], Beside);
                var random = new Random(seed);
                var arriving = series
                    .OrderBy(point => point.TimeMs + random.Next((disorderMinutes * 60_000) + 1))
                    .ToList();
                foreach (var group in arriving.Chunk(groupSize))
                {
                    // The process dies, or the disk is full, before the commit: it comes again.
                    if (random.Next(4) == 0)
                    {
                        disturbed.StoreAndLose(group);
                    }

                    disturbed.Store(group);
                    if (random.Next(3) == 0)
                    {
                        disturbed.Restart();
                    }
                }

                AssertSame(inOrder, disturbed);
                GoOn(series, inOrder, disturbed);
                AssertSame(inOrder, disturbed);
                AssertToldRightly(inOrder, rules: 2);
                AssertToldRightly(disturbed, rules: 2);
            },
            iter: 150);

    [Fact]
    public void Records_in_order_give_the_same_episodes_and_history_in_groups_of_any_size() =>
        Gen.Select(GenSeries, Gen.Int[1, 30]).Sample(
            (series, groupSize) =>
            {
                using var single = new AlertBench(Window, AlertBench.Ammonium);
                using var grouped = new AlertBench(Window, AlertBench.Ammonium);
                foreach (var point in series)
                {
                    single.Store([point]);
                }

                foreach (var group in series.Chunk(groupSize))
                {
                    grouped.Store(group);
                }

                Assert.Equal(single.Rows(History), grouped.Rows(History));
                Assert.Equal(single.Rows(Episodes), grouped.Rows(Episodes));
            },
            iter: 100);

    [Fact]
    public void Outage_of_any_length_that_arrives_oldest_first_after_live_values_ends_in_the_same_alerts() =>
        Gen.Select(GenSeries, Gen.Int[0, 59], Gen.Int[0, 59], Gen.Int[0, 10_000]).Sample(
            (series, a, b, extraMinutes) =>
            {
                // What comes after the outage is moved away by a day or a week.
                var (from, to) = (Math.Min(a, b) % series.Length, Math.Max(a, b) % series.Length);
                (from, to) = (Math.Min(from, to), Math.Max(from, to));
                var moved = series.Select((point, i) => i < to
                    ? point
                    : point with { TimeNs = point.TimeNs + (extraMinutes * 60_000_000_000L) }).ToArray();
                using var inOrder = new AlertBench(Window, AlertBench.Ammonium);
                using var outage = new AlertBench(Window, AlertBench.Ammonium);
                foreach (var point in moved)
                {
                    inOrder.Store([point]);
                }

                foreach (var point in moved[..from].Concat(moved[to..]).Concat(moved[from..to]))
                {
                    outage.Store([point]);
                }

                AssertSame(inOrder, outage);
                GoOn(moved, inOrder, outage);
                AssertSame(inOrder, outage);
                AssertToldRightly(outage, rules: 1);
            },
            iter: 100);

    private static void AssertSame(AlertBench expected, AlertBench actual)
    {
        Assert.Equal(expected.States(), actual.States());
        Assert.Equal(expected.Rows(History), actual.Rows(History));
    }

    // What late values make of a silence is told with the next value: that alone waits for it.
    private static void GoOn(Point[] series, params AlertBench[] benches)
    {
        var next = (series.Max(point => point.TimeMs) - AlertBench.Start.ToUnixTimeMilliseconds()) / 60_000.0;
        foreach (var bench in benches)
        {
            bench.Store((next + 1, 14));
        }
    }

    private static AlertRule WithStatistic(Statistic statistic) => AlertBench.Ammonium with
    {
        Statistic = statistic,
        Threshold = statistic.Judging(AlertBench.Ammonium.Threshold with { HoldRaise = TimeSpan.Zero }),
    };

    // Somebody who follows the messages knows at the end what is going on, and was never told the same thing twice.
    private static void AssertToldRightly(AlertBench bench, int rules)
    {
        var told = bench.Told;
        Assert.Equal(told.Count, told.Select(notice => notice.Id).Distinct().Count());
        HashSet<string> going = [];
        foreach (var notice in told)
        {
            Assert.True(
                notice.Phase switch
                {
                    NoticeKind.Firing => going.Add(notice.Episode),
                    NoticeKind.Cleared or NoticeKind.Withdrawn => going.Remove(notice.Episode),
                    _ => !going.Contains(notice.Episode),
                },
                $"{notice.Phase} of {notice.Episode} does not follow from what was told before");
        }

        Assert.Equal(rules, bench.Engine.Statuses.Count);
        Assert.Equal(bench.Engine.Statuses.Select(status => status.Episode).OfType<string>().Order(StringComparer.Ordinal), going.Order(StringComparer.Ordinal));
    }
}
