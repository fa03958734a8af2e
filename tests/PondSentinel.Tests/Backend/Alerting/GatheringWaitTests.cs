using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>Downstream is compared with an upstream whose gateway lets its values gather: nobody is called for what rises in both, and nobody
/// hears late of a leak by more than is promised.</summary>
public sealed class GatheringWaitTests : IDisposable
{
    // From then on water brings more, in both streams or below the pond alone.
    private const int Rise = 12;

    private static readonly GatewayName Upstream = new("pond", "gz-08");

    private AlertBench bench = new(AlertBench.Start, JointRules.Leak);

    public void Dispose() => bench.Dispose();

    [Fact]
    public void What_rises_in_both_streams_is_no_page_where_the_other_gateway_gathers()
    {
        Live(untilMinute: 40, gathersMinutes: 5, up: minute => minute < Rise ? 2 : 38);
        Assert.Empty(bench.Told);
    }

    [Fact]
    public void What_bars_is_waited_for_too()
    {
        Begin(JointRules.With(new JointStatistic { Conditions = [JointRules.NotRegional] }));
        Live(untilMinute: 40, gathersMinutes: 5, up: minute => minute < Rise ? 2 : 38);
        Assert.Empty(bench.Told);
    }

    [Fact]
    public void Leak_is_told_with_the_batch_that_confirms_it()
    {
        Live(untilMinute: 14, gathersMinutes: 5, up: _ => 2);
        Assert.Empty(bench.Told);
        Assert.Equal(AlertPhase.Firing, Assert.Single(bench.Engine.Statuses).Phase);
        Live(fromMinute: 15, untilMinute: 15, gathersMinutes: 5, up: _ => 2);
        Assert.Equal((NoticeKind.Firing, At(Rise), At(Rise)), (Assert.Single(bench.Told).Phase, bench.Told[0].Since, bench.Told[0].Time));
        Live(fromMinute: 16, untilMinute: 60, gathersMinutes: 5, up: _ => 2);
        Assert.Single(bench.Told);
    }

    /// <summary>The newest of upstream is of minute 10 and the next of minute 11, so they are overdue half a minute after minute 16.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Leak_is_told_when_the_batch_is_overdue_also_where_nothing_comes_any_more(bool isDownstreamThere)
    {
        Live(untilMinute: Rise, gathersMinutes: 5, up: _ => 2);
        for (var minute = Rise + 1; minute <= 16; minute++)
        {
            bench.Wait(minutes: 1);
            bench.Store(isDownstreamThere ? [AlertBench.PointOf(minute, 40)] : []);
            Assert.Empty(bench.Told);
        }

        bench.Wait(minutes: 1);
        Assert.Equal(NoticeKind.Firing, Assert.Single(bench.Told).Phase);
    }

    [Fact]
    public void Leak_is_told_where_the_gateway_that_gathers_has_died_and_nothing_can_be_compared_when_the_wait_ends()
    {
        var against = JointRules.Upstream with { Within = TimeSpan.FromMinutes(2) };
        Begin(JointRules.With(new JointStatistic { Against = against, Conditions = [] }) with
        {
            Threshold = JointRules.Leak.Threshold with { SilenceMax = TimeSpan.FromMinutes(3) },
        });
        Live(untilMinute: Rise, gathersMinutes: 5, up: _ => 2);
        for (var minute = Rise + 1; minute <= 30; minute++)
        {
            bench.Wait(minutes: 1);
            bench.Store([AlertBench.PointOf(minute, 40)]);
        }

        Assert.Equal(NoticeKind.Firing, Assert.Single(bench.Told).Phase);
    }

    [Fact]
    public void Leak_that_is_over_before_the_batch_comes_is_told_as_past()
    {
        Begin(JointRules.Leak with { Threshold = JointRules.Leak.Threshold with { HoldClear = TimeSpan.Zero } });
        Live(untilMinute: 30, gathersMinutes: 5, up: _ => 2, down: minute => minute is >= Rise and < Rise + 2 ? 40 : 2);
        Assert.Equal((NoticeKind.Past, At(Rise), At(Rise + 2)), (Assert.Single(bench.Told).Phase, bench.Told[0].Since, bench.Told[0].Until));
    }

    [Theory]
    [InlineData(0, Severity.High, "gz-08", true)]
    [InlineData(5, Severity.Urgent, "gz-08", true)]
    [InlineData(15, Severity.High, "gz-08", true)]
    [InlineData(5, Severity.High, "gz-07", true)]
    [InlineData(5, Severity.High, "gz-08", false)]
    public void Nobody_waits_for_who_sends_at_once_takes_too_long_or_is_late_nor_where_it_is_urgent(
        int gathersMinutes, Severity severity, string upstream, bool isMissing)
    {
        Begin(JointRules.Leak with { Severity = severity });
        Say(upstream, gathersMinutes);
        Live(untilMinute: Rise - 2, gathersMinutes: 0, up: _ => 2, upstream: upstream);
        for (var minute = Rise - 1; minute <= Rise; minute++)
        {
            bench.Wait(minutes: 1);
            bench.Store([AlertBench.PointOf(minute, minute < Rise ? 2 : 40), Conductivity(minute), .. isMissing ? [] : new[] { Up(minute - 0.5, 2, upstream) }]);
        }

        Assert.Equal(NoticeKind.Firing, Assert.Single(bench.Told).Phase);
    }

    [Fact]
    public void Restart_ends_the_wait()
    {
        Live(untilMinute: Rise, gathersMinutes: 5, up: _ => 2);
        bench.Restart();
        Assert.Empty(bench.Told);
        bench.Wait(minutes: 1);
        Assert.Single(bench.Told);
    }

    /// <summary>Whatever comes when: what people know at the end is what they know where nobody waits, but for what those took back; and after
    /// the time only that waits which waits there too, because late values may show that it is over.</summary>
    [Fact]
    public void Wait_hides_nothing() =>
        Gen.Select(Gen.Int[0, 12], Gen.Int[0, 3], Gen.Select(Gen.Int[0, 40], Gen.Int[0, 40]).Array[1, 9]).Sample(
            (gathersMinutes, late, levels) =>
            {
                using var waiting = new AlertBench(AlertBench.Start, JointRules.Leak);
                using var plain = new AlertBench(AlertBench.Start, JointRules.Leak);
                waiting.Health(Upstream, health => health with { Link = new LinkHealth(0, 0, gathersMinutes * 60) });
                var interval = Math.Max(gathersMinutes, 1);
                for (var minute = 0; minute < levels.Length * 8; minute++)
                {
                    List<Point> points = [AlertBench.PointOf(minute, levels[minute / 8].Item1), Conductivity(minute)];
                    var end = minute - late;
                    points.AddRange(end >= 0 && end % interval == 0
                        ? Enumerable.Range(0, interval).Select(back => end - back).Where(at => at >= 0).Select(at => Up(at, levels[at / 8].Item2))
                        : []);
                    waiting.Store(points);
                    plain.Store(points);
                    waiting.Wait(minutes: 1);
                    plain.Wait(minutes: 1);
                    var old = (waiting.Time.GetUtcNow() - GatheringWait.WaitMax).AddMinutes(-1).ToUnixTimeMilliseconds();
                    Assert.Subset(
                        plain.Rows("SELECT since_ms FROM alert_episode WHERE standing = 4").ToHashSet(),
                        waiting.Rows(FormattableString.Invariant($"SELECT since_ms FROM alert_episode WHERE standing = 4 AND raised_ms < {old}")).ToHashSet());
                }

                waiting.Wait(minutes: 10);
                plain.Wait(minutes: 10);
                const string Known = "SELECT since_ms, cleared_ms, peak FROM alert_episode WHERE standing IN (0, 1) ORDER BY since_ms";
                Assert.Equal(plain.Rows(Known), waiting.Rows(Known));
                Assert.True(waiting.Told.Count(IsWithdrawn) <= plain.Told.Count(IsWithdrawn));
            },
            iter: 40);

    private static bool IsWithdrawn(AlertNotice notice) => notice.Phase == NoticeKind.Withdrawn;

    private static DateTimeOffset At(double minute) => AlertBench.Start.AddMinutes(minute);

    private static Point Up(double minute, double value, string gateway = "gz-08") => AlertBench.OtherOf(minute, value, "spring", gateway: gateway);

    private static Point Conductivity(int minute) => AlertBench.OtherOf(minute, 400, "stream", Measurand.Conductivity);

    private void Begin(AlertRule rule)
    {
        bench.Dispose();
        bench = new AlertBench(AlertBench.Start, rule);
    }

    private void Say(string gateway, int gathersMinutes) =>
        bench.Health(Upstream with { Gateway = gateway }, health => health with { Link = new LinkHealth(0, 0, gathersMinutes * 60) });

    // Each minute's values as they come: those of upstream at the end of each interval.
    private void Live(int untilMinute, int gathersMinutes, Func<int, double> up, int fromMinute = 0, Func<int, double>? down = null, string upstream = "gz-08")
    {
        for (var minute = fromMinute; minute <= untilMinute; minute++)
        {
            if (minute > 0)
            {
                bench.Wait(minutes: 1);
            }

            if (gathersMinutes > 0)
            {
                Say(upstream, gathersMinutes);
            }

            var interval = Math.Max(gathersMinutes, 1);
            bench.Store(
            [
                AlertBench.PointOf(minute, down?.Invoke(minute) ?? (minute < Rise ? 2 : 40)), Conductivity(minute),
                .. minute % interval == 0 ? Enumerable.Range(0, interval).Select(back => minute - back).Where(at => at >= 0).Select(at => Up(at, up(at), upstream)) : [],
            ]);
        }
    }
}
