using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>An end that rests on a silence within a backlog is told with the next value: until then the page says what people know, and nothing
/// of it is folded away.</summary>
public sealed class HeldBackEndTests
{
    [Theory]
    [InlineData(20)]
    [InlineData(400)]
    public void End_that_waits_for_the_next_value_is_shown_as_one_that_goes_on_and_told_as_over(int live)
    {
        using var bench = new AlertBench(new RewindWindow(TimeSpan.FromMinutes(30), KeptMin: 50, KeptMax: 20_000), AlertBench.Ammonium);
        bench.Store([.. Enumerable.Range(0, 20).Select(minute => AlertBench.PointOf(minute, 20))]);
        Assert.Equal(NoticeKind.Firing, Assert.Single(bench.Told).Phase);

        // Half of the hold by values before the outage, half by the outage: what was measured in it may still come.
        bench.Store(
        [
            AlertBench.PointOf(18.5, 25), .. Enumerable.Range(20, 6).Select(minute => AlertBench.PointOf(minute, 1)),
            .. Enumerable.Range(500, live).Select(minute => AlertBench.PointOf(minute, 1)),
        ]);
        Assert.Single(bench.Told);
        var status = Assert.Single(bench.Engine.Statuses);
        Assert.Equal((AlertPhase.Clearing, AlertBench.Start, 25.0, bench.Told[0].Episode), (status.Phase, status.Since, status.Peak, status.Episode));
        Assert.Equal(status, Assert.Single(bench.Restart().Statuses));

        bench.Store((500 + live, 1));
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
        status = Assert.Single(bench.Engine.Statuses);
        Assert.Equal((AlertPhase.Normal, null, null), (status.Phase, status.Since, status.Episode));
        Assert.InRange(int.Parse(bench.Rows("SELECT kept FROM alert_subject")[0], provider: null), 47, 320);
    }

    // It would be withdrawn, as if it had never been.
    [Fact]
    public void End_that_waits_while_the_clock_is_set_back_is_told_as_over_by_values_of_now()
    {
        using var bench = new AlertBench(AlertBench.Start.AddMinutes(530), AlertBench.Ammonium);
        bench.Store([.. Enumerable.Range(0, 20).Select(minute => AlertBench.PointOf(minute, 20))]);
        bench.Store(
        [
            AlertBench.PointOf(18.5, 25), .. Enumerable.Range(20, 6).Select(minute => AlertBench.PointOf(minute, 1)),
            .. Enumerable.Range(500, 30).Select(minute => AlertBench.PointOf(minute, 1)),
        ]);
        Assert.Single(bench.Told);
        bench.Time.Step(TimeSpan.FromDays(-2));
        for (var minute = 530; minute < 550; minute++)
        {
            bench.Store((minute - (2 * 1_440), 1));
            bench.Wait(1);
        }

        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
    }
}
