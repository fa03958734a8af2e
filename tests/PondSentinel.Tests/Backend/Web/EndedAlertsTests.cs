using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Web;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Web;

public sealed class EndedAlertsTests : IDisposable
{
    private static readonly AlertSubject Subject = AlertSubject.Of(AlertBench.PointOf(0, 1));
    private readonly SqliteConnection connection = new("Data Source=:memory:");
    private readonly FakeTimeProvider time = new(AlertBench.Start);
    private readonly EndedAlerts ended;

    public EndedAlertsTests()
    {
        connection.Open();
        InTables(tables => tables.Create());
        ended = new EndedAlerts(connection, time);
    }

    public void Dispose() => ended.Dispose();

    [Fact]
    public void Only_what_people_were_told_of_and_is_over_is_told_the_latest_first()
    {
        Keep("early", hoursAgo: 5, EpisodeStanding.Over);
        Keep("late", hoursAgo: 1, EpisodeStanding.Over);
        Keep("taken back", hoursAgo: 2, EpisodeStanding.Withdrawn);
        Keep("never told", hoursAgo: 2, EpisodeStanding.Silent);
        Keep("going on", hoursAgo: null, EpisodeStanding.Firing);
        Keep("long ago", hoursAgo: 25, EpisodeStanding.Over);

        Assert.Equal(["late", "early"], ended.Latest.Select(episode => episode.Rule));
    }

    [Fact]
    public void List_follows_changes_and_the_clock()
    {
        Keep("first", hoursAgo: 23, EpisodeStanding.Over);
        Assert.Single(ended.Latest);

        Keep("second", hoursAgo: 1, EpisodeStanding.Over);
        ended.Changed([], []);
        Assert.Equal(["second", "first"], ended.Latest.Select(episode => episode.Rule));
        time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(["second"], ended.Latest.Select(episode => episode.Rule));
    }

    /// <summary>No rule of the configuration says what it was.</summary>
    [Fact]
    public void Alarm_of_a_gateway_that_is_over_is_told_with_its_limit_on_the_page_too()
    {
        using var bench = new AlertBench(AlertBench.Start);
        bench.Time.SetUtcNow(AlertBench.Start.AddMinutes(4));
        bench.Alarm(4, 20, before: 4);
        bench.Time.SetUtcNow(AlertBench.Start.AddMinutes(10));
        bench.Alarm(10, 5, before: 10, peak: 22, raised: false, isPeakBound: true);
        using var list = new EndedAlerts(bench.Copy(), time);

        var episode = Assert.Single(list.Latest);

        Assert.Equal(("gw-leak", 22.0, 15.0), (episode.Rule, episode.Peak, episode.Alarm!.Threshold.RaiseLimit));
        var live = new LiveView(time);
        live.Open(connection);
        var view = Assert.Single(new SnapshotMaker("b1", [], live, () => [], () => list.Latest, time).Make().Ended);
        Assert.Equal(("gw-leak", "15", "at least 22.0", "The pond leaks", "urgent"), (view.Rule, view.Limit, view.Peak, view.Text, view.Severity));
    }

    [Fact]
    public void Incident_of_a_gateway_and_a_rule_is_one_line_from_its_first_beginning_to_its_last_end()
    {
        using var bench = new AlertBench(AlertBench.Start, AlertBench.Ammonium with { Severity = PondSentinel.Alerting.Severity.Urgent });
        for (var minute = 0; minute <= 12; minute++)
        {
            bench.Time.SetUtcNow(AlertBench.Start.AddMinutes(minute));
            bench.Store((minute, 20));
        }

        bench.Alarm(12, 26, before: 10);
        bench.Time.SetUtcNow(AlertBench.Start.AddMinutes(20));
        bench.Alarm(20, 5, before: 18, peak: 26, raised: false);
        using (var open = new EndedAlerts(bench.Copy(), time))
        {
            Assert.Empty(open.Latest);
        }

        for (var minute = 20; minute <= 35; minute++)
        {
            bench.Time.SetUtcNow(AlertBench.Start.AddMinutes(minute));
            bench.Store((minute, 5));
        }

        Assert.Equal(["firing", "cleared"], bench.Told.Select(notice => notice.Phase.ToString().ToLowerInvariant()));
        using var list = new EndedAlerts(bench.Copy(), time);
        var episode = Assert.Single(list.Latest);
        Assert.Equal(("nh4-high", AlertBench.Start, 26.0), (episode.Rule, episode.Since, episode.Peak));
    }

    private void Keep(string rule, double? hoursAgo, EpisodeStanding standing) => InTables(tables => tables.Save(
        rule,
        tables.Subject(Subject, "").Id,
        new Episode
        {
            Id = rule,
            Since = AlertBench.Start.AddHours(-30),
            Raised = AlertBench.Start.AddHours(-29),
            Cleared = hoursAgo is { } hours ? AlertBench.Start.AddHours(-hours) : null,
            Peak = 20,
            Standing = standing,
        }));

    private void InTables(Action<AlertTables> act)
    {
        using var transaction = connection.BeginTransaction();
        act(new AlertTables(transaction));
        transaction.Commit();
    }
}
