using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>The backend's clock stood a month ahead and is set right: nothing that was timed by it waits for that month.</summary>
public sealed class ClockAheadTests : IDisposable
{
    private static readonly DateTimeOffset Ahead = AlertBench.Start.AddDays(30);

    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople);
    private readonly ScriptedChannel hook = new("hook", ChannelPolicy.ForMachines with { GroupFor = TimeSpan.FromMinutes(5) });
    private readonly ScriptedChannel second = new("second", ChannelPolicy.ForPeople with { EscalateAfter = TimeSpan.FromMinutes(15) });
    private readonly DeskBench bench;

    public ClockAheadTests()
    {
        bench = new DeskBench(mail, hook, second);
        bench.Time.AdjustTime(Ahead);
    }

    public void Dispose() => bench.Dispose();

    [Fact]
    public void What_waits_comes_as_long_after_the_clock_is_right_as_it_would_have()
    {
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent);
        bench.Run();
        SetRight();
        bench.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(["Alert: Firing leak"], mail.Words);
        Assert.Empty(hook.Words);
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Single(hook.Words);
        Assert.Empty(second.Words);
        bench.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(["Escalation: Firing leak"], second.Words);
    }

    [Fact]
    public void Reminder_comes_after_its_time()
    {
        bench.Tell("leak", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        SetRight();
        bench.Advance(TimeSpan.FromHours(4.1));
        Assert.Equal(["Alert: Firing leak", "Reminder: Firing leak"], mail.Words);
    }

    [Fact]
    public void Silence_lasts_as_long_as_it_was_wanted()
    {
        Assert.Null(bench.Desk.Silence(new Silence { Site = "pond", From = Ahead, Until = Ahead.AddHours(2), By = "Li", Why = "" }).Refusal);
        bench.Tell("leak", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        SetRight();
        bench.Advance(TimeSpan.FromHours(1.9));
        Assert.Empty(mail.Words);
        bench.Advance(TimeSpan.FromHours(0.2));
        Assert.Equal(["Alert: Firing leak"], mail.Words);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(30)]
    public void What_was_told_before_the_clock_stood_ahead_is_held_no_longer_than_it_was_to_be(int daysAhead)
    {
        bench.Time.AdjustTime(AlertBench.Start.AddMinutes(-1));
        bench.Tell("leak", NoticeKind.Firing);
        var ahead = AlertBench.Start.AddDays(daysAhead);
        bench.Time.AdjustTime(ahead);
        Assert.Null(bench.Desk.Silence(new Silence { Site = "pond", From = ahead, Until = ahead.AddHours(2), By = "Li", Why = "" }).Refusal);
        bench.Advance(TimeSpan.FromMinutes(1));
        SetRight();
        bench.Advance(TimeSpan.FromHours(2.1));
        Assert.Equal(["Alert: Firing leak"], mail.Words);
    }

    [Fact]
    public void What_is_held_for_longer_than_anything_may_be_is_looked_at()
    {
        SetRight();
        bench.Tell("leak", NoticeKind.Firing);
        bench.Execute($"UPDATE notification_delivery SET due_ms = {AlertBench.Start.AddDays(7).AddMinutes(1).ToUnixTimeMilliseconds()} WHERE channel = 'mail'");
        bench.Run();
        Assert.Equal(["Alert: Firing leak"], mail.Words);
    }

    [Fact]
    public void What_came_and_went_stands_still_after_an_hour()
    {
        for (var i = 0; i < 5; i++)
        {
            bench.Tell($"a{i}", NoticeKind.Firing, rule: "leak");
            bench.Advance(TimeSpan.FromMinutes(2));
            bench.Tell($"a{i}", NoticeKind.Cleared, rule: "leak");
            bench.Advance(TimeSpan.FromMinutes(2));
        }

        var before = mail.Taken.Count;
        SetRight();
        bench.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(before, mail.Taken.Count);
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.True(mail.Taken[^1].Flapping[0].IsOver);
        bench.Tell("b", NoticeKind.Firing, rule: "leak");
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Alert: Firing b", mail.Words[^1]);
    }

    [Fact]
    public void What_came_and_went_slowly_stands_still_as_long_after_it_as_it_was_to_and_is_told_once()
    {
        for (var i = 0; i < 5; i++)
        {
            bench.Tell($"a{i}", NoticeKind.Firing, rule: "leak");
            bench.Advance(TimeSpan.FromMinutes(10));
            bench.Tell($"a{i}", NoticeKind.Cleared, rule: "leak");
            bench.Advance(TimeSpan.FromMinutes(80));
        }

        // Something comes before anybody has looked at the clock: nothing may stay ahead of it.
        var before = mail.Taken.Count;
        mail.Policy = mail.Policy with { RepeatEvery = null };
        SetRight();
        for (var i = 5; i < 8; i++)
        {
            bench.Tell($"a{i}", NoticeKind.Firing, rule: "leak");
            bench.Advance(TimeSpan.FromMinutes(10));
            bench.Tell($"a{i}", NoticeKind.Cleared, rule: "leak");
            bench.Advance(TimeSpan.FromMinutes(80));
        }

        Assert.Equal(before, mail.Taken.Count);
        bench.Advance(TimeSpan.FromMinutes(39));
        Assert.Equal(before, mail.Taken.Count);
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("Alert: Cleared a7", mail.Words[^1]);
        Assert.True(mail.Taken[^1].Flapping[0].IsOver);
    }

    // Else it would count in the hour in which that time comes.
    [Fact]
    public void What_was_sent_by_that_clock_never_counts_for_the_limit()
    {
        mail.Answer = _ => DeliveryResult.Unknown("lost");
        for (var i = 0; i < 12; i++)
        {
            bench.Tell($"lost{i}", NoticeKind.Firing, Severity.Medium, site: $"s{i}");
            bench.Advance(TimeSpan.FromSeconds(40));
        }

        mail.Answer = _ => DeliveryResult.Delivered;
        for (var i = 0; i < 12; i++)
        {
            bench.Tell($"told{i}", NoticeKind.Firing, Severity.High, site: $"t{i}");
            bench.Advance(TimeSpan.FromSeconds(40));
        }

        SetRight();
        bench.Run();
        var ahead = Ahead.AddDays(-1).ToUnixTimeMilliseconds();
        Assert.Empty(bench.Query($"SELECT 1 FROM notification_unknown WHERE at_ms > {ahead} AND channel = 'mail'", reader => reader.GetInt32(0)));
        Assert.Empty(bench.Query($"SELECT 1 FROM notification_message WHERE done_ms > {ahead} AND channel = 'mail'", reader => reader.GetInt32(0)));
    }

    private void SetRight() => bench.Time.AdjustTime(AlertBench.Start);
}
