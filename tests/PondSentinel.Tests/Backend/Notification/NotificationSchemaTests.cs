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
