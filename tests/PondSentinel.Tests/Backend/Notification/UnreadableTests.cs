using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Backend.Notification.Webhook;
using PondSentinel.Backend.Notification.Wording;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>A later version has written what this one cannot read, or a disk has damaged it: nobody misses an alarm for that, and nothing else
/// waits for it.</summary>
public sealed class UnreadableTests
{
    private const string OfLaterVersion = """replace(body, '"phase":"', '"phase":"later-')""";
    private const string Damaged = "substr(body, 1, 40)";

    private readonly ScriptedChannel hook = new("hook", ChannelPolicy.ForMachines);
    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople);

    [Theory]
    [InlineData(OfLaterVersion, "form")]
    [InlineData(Damaged, "damage")]
    [InlineData("""replace(body, '"rule":"rule-leak"', '"rule":null')""", "form")]
    [InlineData("'null'", "form")]
    public void Alarm_is_told_by_what_is_known_of_it_and_holds_up_no_other(string damage, string cause)
    {
        using var bench = new DeskBench(hook, mail);
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent);
        bench.Execute($"UPDATE notification SET body = {damage} WHERE episode = 'leak'");
        bench.Tell("other", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));

        foreach (var channel in (ScriptedChannel[])[hook, mail])
        {
            Assert.Equal(2, channel.Taken.Count);
            var unreadable = Assert.Single(channel.Taken, message => message.Unreadable.Count > 0);
            Assert.Equal(
                new UnreadableNotice("rule-leak", NoticeKind.Firing, Severity.Urgent, "pond", "stream", "stream-nh4", "nh4n"),
                Assert.Single(unreadable.Unreadable));
            Assert.Equal(Severity.Urgent, AlertMessage.FromJson(unreadable.ToJson()).Urgency);
            Assert.Contains("Alert: Firing other", channel.Words);
            Assert.Equal([DeliveryStanding.Unreadable], bench.Fates(channel, "leak"));
        }

        Assert.Equal([(cause, 1L)], Counts(bench));
        bench.Tell("leak", NoticeKind.Cleared, Severity.Urgent);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Alert: Cleared leak", hook.Words[^1]);
        Assert.Equal("Alert: Cleared leak", mail.Words[^1]);
    }

    [Fact]
    public void End_that_cannot_be_read_is_told_and_what_begins_again_is_no_secret()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("leak", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        bench.Tell("leak", NoticeKind.Cleared);
        bench.Execute($"UPDATE notification SET body = {Damaged} WHERE phase = 1");
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(NoticeKind.Cleared, Assert.Single(mail.Taken[^1].Unreadable).Phase);
        bench.Tell("leak", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Alert: Firing leak", mail.Words[^1]);
    }

    [Fact]
    public void Who_may_have_taken_a_message_that_cannot_be_read_any_more_hears_of_the_end()
    {
        using var bench = new DeskBench(hook);
        hook.Answer = _ => DeliveryResult.Unknown("no answer");
        bench.Tell("leak", NoticeKind.Firing);
        bench.Run();
        bench.Execute($"UPDATE notification_message SET body = {Damaged}");
        bench.Tell("leak", NoticeKind.Cleared);
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["Alert: Cleared leak"], hook.Words);
    }

    [Fact]
    public void Reminder_of_what_cannot_be_read_any_more_comes_at_its_time_and_no_oftener()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent);
        bench.Tell("other", NoticeKind.Firing, Severity.Urgent);
        bench.Advance(TimeSpan.FromMinutes(1));
        bench.Execute($"UPDATE notification SET body = {Damaged} WHERE episode = 'leak'");
        bench.Advance(TimeSpan.FromHours(9));
        Assert.Equal(2, mail.Taken.Count(message => message.Unreadable.Count > 0));
        Assert.Equal(2, mail.Taken.Count(message => message.Kind == MessageKind.Reminder));
        Assert.Equal(5, mail.Taken.Count);
    }

    [Fact]
    public void What_cannot_be_read_and_does_not_press_waits_for_the_limit_of_messages()
    {
        using var bench = new DeskBench(mail);
        mail.Policy = mail.Policy with { MessagesPerHourMax = 4 };
        for (var i = 0; i < 3; i++)
        {
            bench.Tell($"a{i}", NoticeKind.Firing, Severity.Medium, site: $"s{i}");
        }

        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(3, mail.Taken.Count);
        bench.Execute("INSERT INTO notification_unreadable(channel, number, cause, at_ms) SELECT 'mail', min(number), 'damage', 0 FROM notification");
        bench.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(3, mail.Taken.Count);
        bench.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal("rule-a0", Assert.Single(mail.Taken[^1].Unreadable).Rule);
    }

    [Fact]
    public void Thousand_that_cannot_be_read_are_told_in_few_messages_and_the_leak_comes_first()
    {
        using var bench = new DeskBench(hook);
        bench.TellMany(1_000, i => (NoticeKind.Firing, i == 777 ? Severity.Urgent : Severity.Medium));
        bench.Execute($"UPDATE notification SET body = {Damaged}");
        bench.Tell("well", NoticeKind.Firing, Severity.Info);
        for (var i = 0; i < 100; i++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            bench.Run();
        }

        Assert.Equal("Alert: Firing well", Assert.Single(hook.Words, word => word.Contains("well", StringComparison.Ordinal)));
        Assert.Equal(1_000, hook.Taken.Sum(message => message.Unreadable.Count));
        Assert.Equal("rule-many-777", hook.Taken[0].Unreadable[0].Rule);
        Assert.Equal(51, hook.Taken.Count);
    }

    [Fact]
    public void Words_name_the_alarm_in_both_languages_and_machines_get_a_body_of_their_own()
    {
        var message = Message();
        foreach (var text in MessageText.Of(message, new Voice([Language.English, Language.Chinese], TimeSpan.Zero)))
        {
            Assert.Contains("leak", text.Subject, StringComparison.Ordinal);
            Assert.Equal(2, text.Intro.Count);
            Assert.Contains("pond/stream", text.Intro[0], StringComparison.Ordinal);
            Assert.Contains("pond-backend alarms list", text.Intro[1], StringComparison.Ordinal);
        }

        var body = Assert.Single(new NoticeForm().BodiesOf(message));
        var json = JsonElement.Parse(body.Json);
        Assert.Equal(("unreadable", "urgent", "m1"), (json.GetProperty("kind").GetString(), json.GetProperty("severity").GetString(), body.Key));
    }

    [Fact]
    public void New_channel_and_what_people_look_at_do_without_the_text()
    {
        using var bench = new DeskBench(hook);
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent);
        bench.Run();
        bench.Execute($"UPDATE notification SET body = {Damaged}");
        bench.Restart(hook, mail);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("rule-leak", Assert.Single(mail.Taken[0].Unreadable).Rule);
        var notice = Assert.Single(bench.Desk.Account("leak")!.Notices);
        Assert.Equal((NoticeKind.Firing, null), (notice.Phase, notice.Notice));
        using var connection = bench.Connect();
        Assert.Empty(ToldAlarms.Firing(connection, "hook"));
        Assert.Equal(1, StateCountsOf(connection)["damage"]);
    }

    [Fact]
    public void Old_database_with_a_notice_that_cannot_be_read_opens()
    {
        using var bench = new DeskBench(hook);
        bench.Tell("leak", NoticeKind.Firing);
        bench.Execute($"UPDATE notification SET body = {Damaged}, alarm = NULL; DELETE FROM alarm");
        bench.Restart();
        bench.Restart();
        bench.Run();
        Assert.Equal([("damage", 1L)], Counts(bench));
        Assert.Equal(0, bench.Waiting(hook));
    }

    [Fact]
    public void Engine_goes_on_where_what_it_told_cannot_be_read()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        bench.Store((0, 20), (10, 20));
        bench.Execute($"UPDATE alert_episode SET last_notice = {Damaged.Replace("body", "last_notice", StringComparison.Ordinal)}");
        bench.Restart();

        // A late value shows that it was none: whoever holds it open hears of that.
        bench.Store((5, 1));
        Assert.Equal([NoticeKind.Firing, NoticeKind.Withdrawn], bench.Told.Select(notice => notice.Phase));
        Assert.Equal(bench.Told[0].Episode, bench.Told[1].Episode);
    }

    [Fact]
    public async Task Database_that_is_locked_when_something_cannot_be_read_ends_nothing()
    {
        using var bench = new DeskBench(hook);
        bench.Tell("leak", NoticeKind.Firing);
        bench.Execute($"UPDATE notification SET body = {Damaged}");
        var (opened, taken) = (0, new TaskCompletionSource());
        hook.Answer = message =>
        {
            taken.TrySetResult();
            return DeliveryResult.Delivered;
        };
        var time = new FakeTimeProvider(bench.Time.GetUtcNow().AddMinutes(1));

        // Each of the first opens fails in another way; none of them may end a loop.
        SqliteConnection Open() => Interlocked.Increment(ref opened) switch
        {
            < 5 => throw new SqliteException("database is locked", 5),
            < 8 => throw new IOException("disk"),
            < 12 => throw new InvalidCastException("nobody foresaw this"),
            _ => bench.Connect(),
        };
        var outbox = new NotificationOutbox([hook], Open, time, NullLogger<NotificationOutbox>.Instance);
        using var stop = new CancellationTokenSource();
        var running = new NotificationDispatch(outbox, [hook], time, NullLogger<NotificationDispatch>.Instance).RunAsync(stop.Token);
        for (var i = 0; i < 20_000 && !taken.Task.IsCompleted; i++)
        {
            Assert.False(running.IsCompleted);
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Assert.True(taken.Task.IsCompleted);
        await stop.CancelAsync();
        await running;
    }

    private static AlertMessage Message() => new()
    {
        Id = "m1",
        Kind = MessageKind.Alert,
        Site = "pond",
        Notices = [],
        MadeAt = AlertBench.Start,
        Unreadable = [new UnreadableNotice("leak", NoticeKind.Firing, Severity.Urgent, "pond", "stream", "nh4", "nh4n")],
    };

    private static List<(string, long)> Counts(DeskBench bench) => bench.Query(
        "SELECT cause, count(DISTINCT number) FROM notification_unreadable GROUP BY cause", reader => (reader.GetString(0), reader.GetInt64(1)));

    private static Dictionary<string, long> StateCountsOf(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        return new UnreadableTable(transaction).Count();
    }
}
