using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Backend.Storage;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification;

public sealed class NotificationSchemaTests
{
    // As the first version made them.
    private const string Old = """
        CREATE TABLE IF NOT EXISTS notification(
          number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, made_ms INTEGER NOT NULL,
          body TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS notification_delivery(
          channel TEXT NOT NULL, number INTEGER NOT NULL, standing INTEGER NOT NULL, done_ms INTEGER,
          PRIMARY KEY(channel, number)) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS notification_waiting ON notification_delivery(channel, number) WHERE standing = 0;
        """;

    // The command line beside a backend that has not begun anew since the update.
    [Fact]
    public void Tables_of_an_earlier_version_are_not_taken_for_those_of_this_one()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        using var transaction = connection.BeginTransaction();
        Assert.False(NotificationSchema.IsThere(transaction));
        NotificationSchema.Create(transaction);
        Assert.True(NotificationSchema.IsThere(transaction));
        transaction.Execute("ALTER TABLE alarm DROP COLUMN paused_ms");
        Assert.False(NotificationSchema.IsThere(transaction));
    }

    [Fact]
    public void Database_of_the_first_version_loses_nothing_and_tells_nothing_twice()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        using (var transaction = connection.BeginTransaction())
        {
            transaction.Execute(Old);
            Add(transaction, 1, Notice("over", 1, NoticeKind.Firing), DeliveryStanding.Delivered);
            Add(transaction, 2, Notice("over", 2, NoticeKind.Cleared), DeliveryStanding.Delivered);
            Add(transaction, 3, Notice("told", 1, NoticeKind.Firing), DeliveryStanding.Delivered);
            Add(transaction, 4, Notice("waiting", 1, NoticeKind.Firing), DeliveryStanding.Waiting);
            Add(transaction, 5, Notice("told", 2, NoticeKind.Cleared), DeliveryStanding.Waiting);
            transaction.Commit();
        }

        var channel = new ScriptedChannel("hook", ChannelPolicy.ForMachines);
        for (var start = 0; start < 2; start++)
        {
            using var transaction = connection.BeginTransaction();
            AlertSchema.Create(transaction);
            new NotificationOutbox([channel], () => connection, new FakeTimeProvider(AlertBench.Start), NullLogger<NotificationOutbox>.Instance)
                .Create(transaction);
            transaction.Commit();
        }

        TriedMessage? tried = null;
        while (PlannedStep.Take(connection, channel, ref tried, AlertBench.Start.AddDays(1)).Message is { } kept)
        {
            tried = new TriedMessage(kept, channel.Try(kept.Message), DeskBench.TryAgain);
        }

        Assert.Equal(["Alert: Firing waiting", "Alert: Cleared told"], channel.Words);
        using var read = connection.BeginTransaction();
        Assert.Equal(["waiting"], new AlarmTable(read).Active().Select(alarm => alarm.Id));
    }

    // As alarms were before what comes and goes slowly was held too.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_comes_and_goes_in_a_database_of_before_goes_on_and_stands_still_after_an_hour(bool goesOn)
    {
        var mail = new ScriptedChannel("mail", ChannelPolicy.ForPeople);
        using var bench = new DeskBench(mail);
        for (var i = 1; i <= 5; i++)
        {
            bench.Tell($"e{i}", NoticeKind.Firing, rule: "pump");
            bench.Advance(TimeSpan.FromMinutes(2));
            bench.Tell($"e{i}", NoticeKind.Cleared, rule: "pump");
            bench.Advance(TimeSpan.FromMinutes(2));
        }

        bench.Execute(
            """
            DROP INDEX alarm_settles;
            ALTER TABLE alarm DROP COLUMN found_ms;
            ALTER TABLE alarm DROP COLUMN still_ms;
            ALTER TABLE alarm DROP COLUMN fired_ms;
            ALTER TABLE alarm DROP COLUMN paused_ms;
            CREATE INDEX alarm_flapping ON alarm(changed_ms) WHERE flaps_since_ms IS NOT NULL AND flaps_until_ms IS NULL;
            """);
        bench.Restart();
        if (goesOn)
        {
            bench.Tell("e6", NoticeKind.Firing, rule: "pump");
            bench.Advance(TimeSpan.FromMinutes(2));
            bench.Tell("e6", NoticeKind.Cleared, rule: "pump");
            bench.Advance(TimeSpan.FromMinutes(2));
            bench.Restart();
        }

        bench.Advance(TimeSpan.FromMinutes(57));
        Assert.Equal(7, mail.Taken.Count);
        Assert.Equal((goesOn ? 6 : 5, true), Assert.Single(bench.Desk.Active().Select(alarm => (alarm.Raises, alarm.IsFlapping))));
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(goesOn ? "Alert: Cleared e6" : "Alert: Cleared e5", mail.Words[7]);
        Assert.True(mail.Taken[7].Flapping[0].IsOver);
        Assert.Empty(bench.Query("SELECT 1 FROM sqlite_master WHERE name = 'alarm_flapping'", reader => reader.GetInt32(0)));
    }

    private static void Add(SqliteTransaction transaction, long number, AlertNotice notice, DeliveryStanding standing)
    {
        transaction.Execute(
            "INSERT INTO notification VALUES ($number, $id, $made, $body)",
            ("$number", number), ("$id", notice.Id), ("$made", AlertBench.Start.ToUnixTimeMilliseconds() + number), ("$body", notice.ToJson()));
        transaction.Execute(
            "INSERT INTO notification_delivery VALUES ('hook', $number, $standing, $done)",
            ("$number", number), ("$standing", (int)standing), ("$done", standing == DeliveryStanding.Waiting ? null : 1L));
    }

    private static AlertNotice Notice(string episode, int number, NoticeKind phase) =>
        SomeNotice.Of(episode, phase, number) with { Rule = episode };
}
