using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>Who is told what, when and how often: README.md of the room, line by line.</summary>
public sealed class PlanningTests
{
    private static readonly ChannelPolicy People = ChannelPolicy.ForPeople;

    private readonly ScriptedChannel mail = new("mail", People);
    private readonly ScriptedChannel hook = new("hook", ChannelPolicy.ForMachines);

    [Fact]
    public void What_is_told_once_a_day_does_not_come_with_what_is_told_at_once_though_it_is_the_older_of_the_same()
    {
        var post = new ScriptedChannel("post", ChannelPolicy.ForPeople);
        using var bench = new DeskBench(post);
        bench.Time.SetUtcNow(new DateTimeOffset(bench.Time.GetUtcNow().Date.AddDays(1), TimeSpan.Zero).AddHours(8).AddSeconds(-10));
        bench.Tell("a", NoticeKind.Firing, Severity.Info, rule: "nh4");
        bench.Tell("b", NoticeKind.Firing, Severity.High, rule: "nh4");
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        bench.Run();
        Assert.Equal(["Alert: Firing b", "Digest: Firing a"], post.Words);
    }

    [Fact]
    public void Episode_that_goes_on_is_told_after_the_one_between_of_the_same_rule()
    {
        using var bench = new DeskBench(hook);
        hook.Answer = _ => DeliveryResult.NotNow("dead") with { IsAway = true };
        bench.Tell("before", NoticeKind.Firing);
        bench.Run();
        bench.Tell("a", NoticeKind.Firing, rule: "leak");
        bench.Tell("a", NoticeKind.Cleared, rule: "leak");
        bench.Tell("b", NoticeKind.Firing, rule: "leak");
        bench.Tell("b", NoticeKind.Cleared, rule: "leak");
        bench.Tell("a", NoticeKind.Firing, rule: "leak");
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["Alert: Firing before", "Alert: Past b", "Alert: Firing a"], hook.Words);
    }

    [Fact]
    public void Machine_gets_each_notice_at_once_and_people_those_of_a_site_in_one_message()
    {
        using var bench = new DeskBench(mail, hook);
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("b", NoticeKind.Firing, site: "other");
        bench.Advance(TimeSpan.FromSeconds(20));
        bench.Tell("c", NoticeKind.Firing);
        bench.Tell("d", NoticeKind.Firing, site: "other");
        bench.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(["Alert: Firing a", "Alert: Firing b", "Alert: Firing c", "Alert: Firing d"], hook.Words);
        Assert.Empty(mail.Words);

        bench.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["Alert: Firing a, Firing c", "Alert: Firing b, Firing d"], mail.Words);
        Assert.Equal(["pond", "other"], mail.Taken.Select(message => message.Site));
    }

    [Fact]
    public void What_is_over_before_it_was_told_is_told_as_past_and_pages_nobody()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromSeconds(10));
        bench.Tell("a", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromHours(10));

        Assert.Equal(["Alert: Past a"], mail.Words);
        Assert.Equal(Severity.Info, mail.Taken[0].Urgency);
        Assert.StartsWith("Late news: ", mail.Taken[0].Notices[0].Summary, StringComparison.Ordinal);
        Assert.Equal(31, mail.Taken[0].Notices[0].Value);
        Assert.Equal([DeliveryStanding.Merged, DeliveryStanding.Delivered], bench.Fates(mail, "a"));
    }

    [Fact]
    public void What_is_over_while_a_channel_is_dead_is_told_as_past_under_another_id()
    {
        using var bench = new DeskBench(hook);
        List<string> tried = [];
        hook.Answer = message =>
        {
            tried.Add(message.Id);
            return DeliveryResult.NotNow("dead");
        };
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Single(tried.Distinct());
        bench.Tell("a", NoticeKind.Cleared);
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(["Alert: Past a"], hook.Words);
        Assert.DoesNotContain(hook.Taken[0].Id, tried);
        Assert.Equal([8, 1], bench.Query("SELECT standing FROM notification_message ORDER BY number", reader => reader.GetInt32(0)));
        Assert.Equal([tried.Count, 1], bench.Query("SELECT attempts FROM notification_message ORDER BY number", reader => reader.GetInt32(0)));
    }

    [Fact]
    public void What_was_told_and_is_over_is_told_as_that()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        bench.Tell("a", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing a", "Alert: Cleared a"], mail.Words);
    }

    [Fact]
    public void What_was_taken_back_before_it_was_told_is_not_told()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("a", NoticeKind.Withdrawn);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(mail.Words);
        Assert.Equal([DeliveryStanding.Merged, DeliveryStanding.Merged], bench.Fates(mail, "a"));
    }

    [Fact]
    public void What_blinked_while_the_channel_was_dead_is_no_news_where_it_fires_again()
    {
        using var bench = new DeskBench(hook);
        bench.Tell("a", NoticeKind.Firing);
        bench.Run();
        hook.Answer = _ => DeliveryResult.NotNow("dead");
        bench.Tell("b", NoticeKind.Firing);
        bench.Run();
        bench.Tell("a", NoticeKind.Cleared);
        bench.Tell("a", NoticeKind.Firing);
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["Alert: Firing a", "Alert: Firing b"], hook.Words);
        Assert.Equal([DeliveryStanding.Delivered, DeliveryStanding.Merged, DeliveryStanding.Merged], bench.Fates(hook, "a"));
    }

    [Fact]
    public void Channel_hears_of_its_sites_and_of_what_is_severe_enough_for_it()
    {
        mail.Policy = mail.Policy with { Sites = ["pond"], SeverityMin = Severity.Medium };
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing, site: "other");
        bench.Tell("b", NoticeKind.Firing, Severity.Info);
        bench.Tell("c", NoticeKind.Firing, Severity.Medium);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing c"], mail.Words);
    }

    [Fact]
    public void What_nobody_acknowledges_is_told_again_and_again_until_it_is_over()
    {
        using var bench = new DeskBench(mail, hook);
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("info", NoticeKind.Firing, Severity.Info);
        bench.Advance(TimeSpan.FromHours(9));
        Assert.Equal(["Alert: Firing a", "Digest: Firing info", "Reminder: Firing a", "Reminder: Firing a"], mail.Words);
        Assert.Equal([1, 2], mail.Taken.Where(message => message.Kind == MessageKind.Reminder).Select(message => message.Reminder));

        bench.Tell("a", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromHours(9));
        Assert.Equal("Alert: Cleared a", mail.Words[^1]);
        Assert.Equal(3, hook.Words.Count);
    }

    [Fact]
    public void Reminder_that_waits_for_its_channel_is_not_sent_once_its_alarm_is_over()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        List<MessageKind> tried = [];
        mail.Answer = message =>
        {
            tried.Add(message.Kind);
            return DeliveryResult.NotNow("dead");
        };
        bench.Advance(TimeSpan.FromHours(4));
        Assert.Equal(MessageKind.Reminder, tried[^1]);
        bench.Tell("a", NoticeKind.Cleared);
        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["Alert: Firing a", "Alert: Cleared a"], mail.Words);
    }

    [Fact]
    public void End_that_waits_for_its_channel_is_the_same_message_though_a_silence_begins()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        HashSet<string> ids = [];
        mail.Answer = message => ids.Add(message.Id) ? DeliveryResult.NotNow("dead") : DeliveryResult.Delivered;
        bench.Tell("a", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromSeconds(40));
        bench.Desk.Silence(new() { Site = "pond", From = default, Until = bench.Time.GetUtcNow().AddHours(1), By = "Li", Why = "" });
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["Alert: Firing a", "Alert: Cleared a"], mail.Words);
        Assert.Single(ids);
    }

    [Fact]
    public void Acknowledged_alarm_is_not_told_again_and_its_end_is()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(bench.Desk.Acknowledge("a", "Li", "closing the valve").Refusal);
        bench.Advance(TimeSpan.FromHours(9));
        bench.Tell("a", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromHours(9));
        Assert.Equal(["Alert: Firing a", "Alert: Cleared a"], mail.Words);
        Assert.Equal(("Li", "closing the valve"), (mail.Taken[1].Acknowledged[0].By, mail.Taken[1].Acknowledged[0].Note));
    }

    [Fact]
    public void What_is_over_cannot_be_acknowledged()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("a", NoticeKind.Cleared);
        Assert.Contains("is over", bench.Desk.Acknowledge("a", "Li", "").Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void What_begins_anew_is_not_acknowledged()
    {
        mail.Policy = mail.Policy with { EscalateAfter = TimeSpan.FromMinutes(15), GroupFor = TimeSpan.Zero };
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing);
        bench.Desk.Acknowledge("a", "Li", "");
        bench.Tell("a", NoticeKind.Cleared);
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(["Escalation: Firing a"], mail.Words);
    }

    [Fact]
    public void What_becomes_graver_does_not_wait_anew_for_the_second_channel()
    {
        mail.Policy = mail.Policy with { EscalateAfter = TimeSpan.FromMinutes(15), GroupFor = TimeSpan.Zero };
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(14));
        bench.Tell("a", NoticeKind.Firing, Severity.Urgent);
        Assert.Empty(mail.Words);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Escalation: Firing a"], mail.Words);
        Assert.Equal(Severity.Urgent, Assert.Single(mail.Taken[0].Notices).Severity);
    }

    [Fact]
    public void Second_channel_hears_of_what_nobody_acknowledges_in_time_and_of_its_end()
    {
        mail.Policy = mail.Policy with { EscalateAfter = TimeSpan.FromMinutes(15) };
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("b", NoticeKind.Firing, Severity.Medium);
        bench.Tell("c", NoticeKind.Firing, Severity.Urgent);
        bench.Tell("d", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(14));
        bench.Desk.Acknowledge("c", "Li", "");
        bench.Tell("d", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromMinutes(2));
        bench.Tell("a", NoticeKind.Cleared);
        bench.Tell("c", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(["Escalation: Firing a", "Alert: Cleared a"], mail.Words);
        Assert.Empty(bench.Fates(mail, "b"));
        Assert.Equal([DeliveryStanding.NotEscalated, DeliveryStanding.NotEscalated], bench.Fates(mail, "c"));
        Assert.Equal([DeliveryStanding.NotEscalated, DeliveryStanding.NotEscalated], bench.Fates(mail, "d"));
    }

    [Fact]
    public void What_is_for_information_comes_once_a_day()
    {
        mail.Policy = mail.Policy with { DigestAt = new DigestTime(new TimeOnly(8, 0), TimeSpan.FromHours(8)) };
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing, Severity.Info);
        bench.Tell("b", NoticeKind.Firing, Severity.Info, site: "other");
        bench.Tell("b", NoticeKind.Cleared, Severity.Info, site: "other");
        bench.Advance(TimeSpan.FromHours(17.99));
        Assert.Empty(mail.Words);
        bench.Advance(TimeSpan.FromHours(0.01));
        Assert.Equal(["Digest: Firing a, Past b"], mail.Words);
        Assert.Null(mail.Taken[0].Site);
    }

    [Theory]
    [InlineData(8, 0, "2026-07-02T08:00:00Z", "2026-07-03T08:00:00Z")]
    [InlineData(8, 8, "2026-07-01T23:59:59Z", "2026-07-02T00:00:00Z")]
    [InlineData(20, -8, "2026-07-01T02:00:00Z", "2026-07-01T04:00:00Z")]
    public void Daily_message_goes_by_the_clock_of_its_readers_and_is_the_next_one(int hour, int offset, string instant, string next) => Assert.Equal(
        DateTimeOffset.Parse(next, CultureInfo.InvariantCulture),
        new DigestTime(new TimeOnly(hour, 0), TimeSpan.FromHours(offset)).After(DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture)));

    [Fact]
    public void What_is_too_much_is_gathered_into_the_next_message_and_counted()
    {
        mail.Policy = mail.Policy with { MessagesPerHourMax = 4, GroupFor = TimeSpan.Zero };
        using var bench = new DeskBench(mail);
        for (var i = 0; i < 6; i++)
        {
            bench.Tell($"m{i}", NoticeKind.Firing, Severity.Medium, site: $"s{i}");
            bench.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(3, mail.Taken.Count);
        bench.Tell("h", NoticeKind.Firing);
        bench.Run();
        Assert.Equal("Alert: Firing m3, Firing m4, Firing m5, Firing h", mail.Words[3]);
        Assert.Equal((3, null), (mail.Taken[3].HeldBack, mail.Taken[3].Site));

        bench.Tell("h2", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(53));
        Assert.Equal(4, mail.Taken.Count);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Alert: Firing h2", mail.Words[4]);
        Assert.Equal(1, mail.Taken[4].HeldBack);
    }

    [Fact]
    public void Messages_of_a_clock_that_stood_ahead_hold_none_back_once_it_is_set_right()
    {
        mail.Policy = mail.Policy with { MessagesPerHourMax = 4, GroupFor = TimeSpan.Zero };
        using var bench = new DeskBench(mail);
        bench.Time.AdjustTime(AlertBench.Start.AddDays(30));
        for (var i = 0; i < 4; i++)
        {
            bench.Tell($"m{i}", NoticeKind.Firing, site: $"s{i}");
            bench.Advance(TimeSpan.FromMinutes(1));
        }

        bench.Time.AdjustTime(AlertBench.Start);
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent);
        bench.Run();
        Assert.Equal("Alert: Firing leak", mail.Words[^1]);
    }

    [Fact]
    public void No_message_holds_more_than_a_hundred_notices_and_none_is_left_out()
    {
        using var bench = new DeskBench(mail);
        for (var i = 0; i < 250; i++)
        {
            bench.Tell($"a{i}", NoticeKind.Past);
        }

        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([100, 100, 50], mail.Taken.Select(message => message.Notices.Count));
        Assert.Equal(250, mail.Taken.SelectMany(message => message.Notices).DistinctBy(notice => notice.Id).Count());
    }
}
