using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Ingest;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>Once a value was beyond its probe, the worst of the alarm is a least, wherever it is told and however long afterwards.</summary>
public sealed class BoundPeakTests
{
    private static readonly AlertRule Below = AlertBench.Ammonium with
    {
        Id = "low",
        Threshold = AlertBench.Ammonium.Threshold with { Side = LimitSide.Below, RaiseLimit = 2, ClearLimit = 3 },
    };

    [Fact]
    public void Over_the_alarm_is_told_with_the_least_that_its_worst_was()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        bench.Store([Beyond(0, 100), Beyond(5, 400), Beyond(10, 300)]);
        Assert.Equal((300.0, true, 400.0, true), Numbers(bench.Told[0]));
        using (var retained = JsonDocument.Parse(Assert.Single(bench.Engine.Retained).Payload))
        {
            Assert.True(retained.RootElement.GetProperty("peakBound").GetBoolean());
        }

        // What is measured later does not say that it was not more before.
        bench.Store((15, 450), (20, 5), (30, 5));

        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
        Assert.Equal((5.0, false, 450.0, true), Numbers(bench.Told[1]));
        Assert.EndsWith(", at worst at least 450", bench.Told[1].Summary, StringComparison.Ordinal);
        Assert.EndsWith("最严重值 至少 450", bench.Told[1].SummaryZh, StringComparison.Ordinal);
        Assert.Contains("\"peak\":450,\"peakBound\":true,", bench.Told[1].ToJson(), StringComparison.Ordinal);
        Assert.Equal(bench.Told[1].ToJson(), AlertNotice.FromJson(bench.Told[1].ToJson()).ToJson());
        using var after = JsonDocument.Parse(Assert.Single(bench.Engine.Retained).Payload);
        Assert.False(after.RootElement.TryGetProperty("peakBound", out _));
    }

    [Fact]
    public void Next_alarm_that_was_measured_all_through_is_told_as_measured()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        bench.Store([Beyond(0, 100), Beyond(10, 100)]);
        bench.Store((20, 5), (30, 5), (40, 20), (50, 21), (60, 5), (70, 5));

        Assert.Equal([true, true, null], bench.Told.Select(notice => notice.PeakBound));
        Assert.Contains(", at worst 21.0; it is over", bench.Told[2].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Below_a_limit_it_is_a_most()
    {
        using var bench = new AlertBench(Below);
        bench.Store([Beyond(0, 0.5), Beyond(10, 0.5)]);
        bench.Store((20, 5), (30, 5));

        Assert.EndsWith(", at worst at most 0.50", bench.Told[1].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Late_news_of_what_is_over_says_so_too_though_its_worst_was_not_what_raised_it()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        bench.Store((60, 5), (61, 5));
        bench.Store([AlertBench.PointOf(0, 20), AlertBench.PointOf(10, 20), Beyond(12, 400), AlertBench.PointOf(20, 5), AlertBench.PointOf(35, 5)]);

        var past = Assert.Single(bench.Told);
        Assert.Equal(NoticeKind.Past, past.Phase);
        Assert.Equal((400.0, true, 400.0, true), Numbers(past));
        Assert.Contains(", at worst at least 400;", past.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_is_told_late_and_who_is_told_that_it_is_withdrawn_get_no_measured_number_either()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        bench.Store([Beyond(0, 100), Beyond(10, 100)]);
        bench.Store((20, 5), (30, 5));

        Assert.Equal((100.0, true, 100.0, true), Numbers(bench.Told[1].ToldLate()));
        Assert.Equal((100.0, true, 100.0, true), Numbers(AlertNotice.Withdrawing(bench.Told[0], 2, AlertBench.Start)));
        Assert.Equal((5.0, false, 100.0, true), Numbers((bench.Told[1] with { PeakBound = null }).InIncident("i", 2, bench.Told[0])));
    }

    [Fact]
    public async Task Store_and_list_of_what_is_over_have_it_and_lose_it_where_a_better_record_was_a_number()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        var store = new FakeStore();
        bench.Store([Beyond(0, 100), Beyond(10, 100)]);
        bench.Store((20, 5), (30, 5));
        await bench.WriteHistoryAsync(store);
        Assert.Equal((100.0, true), (Assert.Single(store.Episodes).Value.Peak, store.Episodes.Values.Single().IsPeakBound));
        Assert.Equal((100.0, true), Ended(bench));

        // The verdict of the second look: the probe could measure it after all.
        bench.Store([AlertBench.PointOf(0, 90) with { IsRevision = true }, AlertBench.PointOf(10, 95) with { IsRevision = true }]);
        await bench.WriteHistoryAsync(store);
        Assert.Equal((95.0, false), (store.Episodes.Values.Single().Peak, store.Episodes.Values.Single().IsPeakBound));
        Assert.Equal((95.0, false), Ended(bench));
    }

    [Fact]
    public void Database_of_before_keeps_every_open_alarm_and_what_people_were_told_of_it()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        bench.Store([Beyond(0, 100), AlertBench.OtherOf(0, 20, "other"), AlertBench.OtherOf(0, 21, "third")]);
        bench.Store([Beyond(10, 100), AlertBench.OtherOf(10, 20, "other"), AlertBench.OtherOf(10, 21, "third")]);
        Assert.Equal(3, bench.Told.Count);
        var before = bench.Rows("SELECT id, rule, subject, since_ms, raised_ms, peak, standing, notices FROM alert_episode ORDER BY id");
        bench.ForgetBounds();
        bench.Execute("UPDATE alert_episode SET last_notice = 'damaged' WHERE peak = 21");

        bench.Restart();

        Assert.Equal(before, bench.Rows("SELECT id, rule, subject, since_ms, raised_ms, peak, standing, notices FROM alert_episode ORDER BY id"));
        Assert.Equal(3, bench.Engine.Statuses.Count(status => status.Phase == AlertPhase.Firing && status.Episode is not null));
        Assert.Equal([("stream", true), ("other", false), ("third", false)], bench.Engine.Statuses.Select(status => (status.Subject.Station, status.IsPeakBound)));
        bench.Store([AlertBench.PointOf(20, 5), AlertBench.OtherOf(20, 5, "other"), AlertBench.OtherOf(20, 5, "third")]);
        bench.Store([AlertBench.PointOf(30, 5), AlertBench.OtherOf(30, 5, "other"), AlertBench.OtherOf(30, 5, "third")]);
        Assert.Equal(
            [("stream", true), ("other", null), ("third", null)],
            bench.Told.Skip(3).Select(notice => (notice.Station, notice.Phase == NoticeKind.Cleared ? notice.PeakBound : false)));
    }

    // Somebody may go back: it writes rows of the columns that it knows.
    [Fact]
    public void Version_of_before_can_go_on_with_the_tables()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        bench.Store([AlertBench.PointOf(0, 20), AlertBench.PointOf(10, 20)]);
        bench.Execute("INSERT OR REPLACE INTO alert_episode SELECT id, rule, subject, since_ms, raised_ms, cleared_ms, peak, standing, notices, last_notice FROM alert_episode");
        Assert.Single(bench.Rows("SELECT hex(states) FROM alert_standing WHERE kind = 0 AND hex(states) LIKE '01%'"));
    }

    private static (double, bool, double, bool) Numbers(AlertNotice notice) => (notice.Value, notice.Bound == true, notice.Peak, notice.PeakBound == true);

    private static (double, bool) Ended(AlertBench bench)
    {
        using var copy = bench.Copy();
        using var transaction = copy.BeginTransaction();
        var ended = Assert.Single(new AlertTables(transaction).Ended(AlertBench.Start, 5));
        return (ended.Peak, ended.IsPeakBound);
    }

    private static Point Beyond(double minute, double value)
    {
        var point = AlertBench.PointOf(minute, value, QualityFlag.Fail);
        return point with { Value = point.Value with { Why = Why.OverRange } };
    }
}
