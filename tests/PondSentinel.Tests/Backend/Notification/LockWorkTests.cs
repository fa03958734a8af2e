using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Notification.Planning;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>Whoever wants to write waits no longer where there is twice as much: what is done in one transaction is the same, and there are
/// more of them. Counted in rows, statements and steps of SQLite, never in time.</summary>
public sealed class LockWorkTests
{
    private const int Few = 1_100, Many = 2_200;

    private readonly ScriptedChannel shift = new("shift", ChannelPolicy.ForPeople with { MessagesPerHourMax = null, RepeatEvery = null });
    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople with { MessagesPerHourMax = null });

    [Theory]
    [InlineData(Few)]
    [InlineData(Many)]
    public void New_channel_is_told_of_what_fires_a_few_in_a_transaction_and_all_of_it_though_the_backend_dies_meanwhile(int count)
    {
        using var bench = new DeskBench(shift);
        bench.TellMany(count, _ => (NoticeKind.Firing, Severity.High));
        Settle(bench);
        var work = bench.Watch();
        bench.Restart(shift, mail);
        Assert.InRange(work.Most.Rows, 1, 510);

        // The process dies after the first few. What fires no more meanwhile is told as past, what begins is told once.
        GoOn(bench, mail);

        bench.Tell("many-7", NoticeKind.Cleared);
        bench.Tell("late", NoticeKind.Firing);
        Assert.True(work.Transactions.Count > count / 500);
        AssertBounded(work, rows: 1_010, steps: 4_000);
        bench.Advance(TimeSpan.FromMinutes(1));
        var told = mail.Taken.SelectMany(message => message.Notices).Select(notice => notice.Episode).ToList();
        Assert.Equal(count + 1, told.Count);
        Assert.Equal(told.Count, told.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData(Few)]
    [InlineData(Many)]
    public void Clock_that_is_set_back_is_followed_a_few_rows_in_a_transaction(int count)
    {
        using var bench = new DeskBench(shift, mail);
        var start = bench.Time.GetUtcNow();
        bench.Time.AdjustTime(start.AddDays(30));
        bench.TellMany(count, _ => (NoticeKind.Firing, Severity.High));
        Settle(bench);
        mail.Answer = _ => DeliveryResult.NotNow("dead");
        var silenced = bench.Time.GetUtcNow();
        Assert.Null(bench.Desk.Silence(new Silence { Site = "pond", From = silenced, Until = silenced.AddHours(2), By = "Li", Why = "" }).Refusal);
        bench.TellMany(count, _ => (NoticeKind.Firing, Severity.High));
        bench.Advance(TimeSpan.FromMinutes(1));
        bench.Time.AdjustTime(start);
        var work = bench.Watch();
        GoOn(bench, mail);

        AssertBounded(work, rows: 2_100, steps: 6_000);
        var now = bench.Time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var ahead in (string[])
        [
            $"SELECT 1 FROM notification WHERE made_ms > {now}", $"SELECT 1 FROM alarm WHERE max(opened_ms, changed_ms) > {now}",
            $"SELECT 1 FROM notification_told WHERE channel = 'mail' AND told_ms > {now}",
            $"SELECT 1 FROM notification_message WHERE channel = 'mail' AND done_ms > {now}",
            $"SELECT 1 FROM notification_delivery WHERE channel = 'mail' AND standing = 0 AND due_ms > {now + (2 * 3_600_000)}",
        ])
        {
            Assert.Empty(bench.Query(ahead, _ => ahead));
        }
    }

    [Theory]
    [InlineData(Few)]
    [InlineData(Many)]
    public void Alarm_that_comes_and_goes_thousands_of_times_costs_no_more_than_one_that_does_so_a_few_times(int count)
    {
        mail.Answer = _ => DeliveryResult.NotNow("dead");
        using var bench = new DeskBench(mail);
        var work = bench.Watch();
        for (var i = 0; i < count; i++)
        {
            bench.Tell($"f{i / 2}", i % 2 == 0 ? NoticeKind.Firing : NoticeKind.Cleared, Severity.Urgent, rule: "leak");
            if (i % 100 == 0)
            {
                Step(bench, mail);
            }
        }

        AssertBounded(work, rows: 100, steps: 100);
        Assert.InRange(bench.Waiting(mail), 1, 2 * DeliveryTable.ThreadMax);
        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(50));
        Assert.All(mail.Taken, message => Assert.DoesNotContain(message.Flapping, flap => flap.IsOver));
        bench.Advance(TimeSpan.FromHours(1));
        Assert.Equal((true, count / 2), (mail.Taken[^1].Flapping[0].IsOver, mail.Taken[^1].Flapping[0].Raises));
        AssertBounded(work, rows: 100, steps: 100);
        Assert.Equal(0, bench.Waiting(mail));
    }

    // As an earlier version has left them.
    [Theory]
    [InlineData(Few)]
    [InlineData(Many)]
    public void Thousands_of_notices_of_one_alarm_that_wait_are_thinned_a_few_in_a_transaction(int count)
    {
        using var bench = new DeskBench(mail);
        for (var i = 0; i < count; i++)
        {
            bench.Tell($"f{i / 2}", i % 2 == 0 ? NoticeKind.Firing : NoticeKind.Cleared, rule: "leak");
        }

        bench.Execute("UPDATE notification_delivery SET standing = 0, message = NULL");
        var work = bench.Watch();
        bench.Advance(TimeSpan.FromMinutes(1));
        AssertBounded(work, rows: 600, steps: 4_000);
        Assert.EndsWith($" Firing f{(count / 2) - 1}", Assert.Single(mail.Words), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Few)]
    [InlineData(Many)]
    public void Reminder_is_made_and_noted_in_a_few_statements_however_many_are_due(int count)
    {
        using var bench = new DeskBench(mail);
        bench.TellMany(count, _ => (NoticeKind.Firing, Severity.High));
        bench.Advance(TimeSpan.FromMinutes(1));
        mail.Taken.Clear();
        bench.Advance(TimeSpan.FromHours(3.9));
        var work = bench.Watch();
        bench.Advance(TimeSpan.FromHours(1));
        Assert.Equal(count / 100, mail.Taken.Count(message => message.Kind == MessageKind.Reminder));
        Assert.InRange(work.Most.Statements, 5, 80);
        AssertBounded(work, rows: 110, steps: 1_000);
    }

    [Theory]
    [InlineData(Few)]
    [InlineData(Many)]
    public async Task What_is_old_and_stays_is_not_looked_at_while_what_is_over_is_deleted(int count)
    {
        using var bench = new DeskBench(shift);
        bench.TellMany(count, _ => (NoticeKind.Firing, Severity.High));
        bench.TellMany(250, _ => (NoticeKind.Past, Severity.High));
        Settle(bench);
        bench.Time.Advance(TimeSpan.FromDays(100));
        var work = new LockWork();
        var pruning = new NotificationPruning(
            new NotificationRetention(), () => work.Watch(bench.Connect()), new TrueClock(), bench.Time, NullLogger<NotificationPruning>.Instance);
        var running = pruning.PruneAsync(TestContext.Current.CancellationToken);
        while (!running.IsCompleted)
        {
            bench.Time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Yield();
        }

        Assert.True(await running > 1_000);
        Assert.Equal(count, bench.Desk.Active().Count);
        AssertBounded(work, rows: NotificationPruning.RowsMax, steps: 300);
    }

    [Fact]
    public void Silence_that_ends_early_lets_go_a_few_in_a_transaction()
    {
        using var bench = new DeskBench(mail);
        Assert.Null(bench.Desk.Silence(new Silence { Site = "pond", From = default, Until = bench.Time.GetUtcNow().AddHours(2), By = "Li", Why = "" }).Refusal);
        bench.TellMany(Many, _ => (NoticeKind.Firing, Severity.High));
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(mail.Taken);
        var work = bench.Watch();
        Assert.Null(bench.Desk.Unsilence(bench.Desk.Silences()[0].Id, "Li").Refusal);
        GoOn(bench, mail);

        AssertBounded(work, rows: 700, steps: 6_000);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(Many, bench.Told);
    }

    private static void Settle(DeskBench bench)
    {
        bench.Run();
        bench.Advance(TimeSpan.FromMinutes(1));
    }

    // To the end, though the process dies twice meanwhile.
    private static void GoOn(DeskBench bench, ScriptedChannel channel)
    {
        var steps = 0;
        for (var step = Step(bench, channel); step.GoesOn; step = Step(bench, channel))
        {
            Assert.InRange(++steps, 1, 50);
            if (steps <= 2)
            {
                bench.Restart();
            }
        }
    }

    private static PlannedStep Step(DeskBench bench, ScriptedChannel channel)
    {
        TriedMessage? tried = null;
        using var connection = bench.Work is { } work ? work.Watch(bench.Connect()) : bench.Connect();
        return PlannedStep.Take(connection, channel, ref tried, bench.Time.GetUtcNow());
    }

    private static void AssertBounded(LockWork work, int rows, int steps)
    {
        Assert.NotEmpty(work.Transactions);
        Assert.InRange(work.Most.Rows, 1, rows);
        Assert.InRange(work.Most.Steps, 0, steps);
    }

    private sealed class TrueClock : IWallClock
    {
        public bool IsSynchronised => true;
    }
}
