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
