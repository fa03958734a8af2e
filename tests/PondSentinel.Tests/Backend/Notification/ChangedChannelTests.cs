using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>Channels come, go, lead elsewhere, and refuse.</summary>
public sealed class ChangedChannelTests
{
    private readonly ScriptedChannel hook = new("hook", ChannelPolicy.ForMachines);
    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople with { SeverityMin = Severity.Medium });

    [Fact]
    public void New_channel_is_told_in_one_message_of_what_fires_and_not_of_the_past()
    {
        using var bench = new DeskBench(hook);
        bench.Tell("over", NoticeKind.Firing);
        bench.Tell("over", NoticeKind.Cleared);
        bench.Tell("leak", NoticeKind.Firing);
        bench.Tell("slow", NoticeKind.Firing, Severity.Medium);
        bench.Tell("info", NoticeKind.Firing, Severity.Info);
        bench.Run();
        bench.Restart(hook, mail);
        bench.Restart(hook, mail);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing leak, Firing slow"], mail.Words);
        Assert.Equal(4, hook.Words.Count);

        bench.Tell("leak", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Alert: Cleared leak", mail.Words[^1]);
    }

    [Fact]
    public void Channel_that_is_to_hear_of_more_is_told_of_what_fires_and_not_of_what_it_had()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("had", NoticeKind.Firing);
        bench.Tell("over", NoticeKind.Firing, Severity.Info);
        bench.Tell("over", NoticeKind.Cleared, Severity.Info);
        bench.Tell("leak", NoticeKind.Firing, Severity.Info);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing had"], mail.Words);
        mail.Policy = mail.Policy with { SeverityMin = Severity.Info, DigestAt = null };
        bench.Restart();
        bench.Restart();
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing had", "Alert: Firing leak"], mail.Words);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_becomes_graver_while_it_fires_is_another_page_and_the_first_for_who_hears_of_that_only(bool holdsFlapping)
    {
        mail.Policy = mail.Policy with { HoldsFlapping = holdsFlapping };
        hook.Policy = hook.Policy with { SeverityMin = Severity.Urgent };
        using var bench = new DeskBench(mail, hook);
        bench.Tell("leak", NoticeKind.Firing, Severity.Medium);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(bench.Desk.Acknowledge("leak", "Li", "").Refusal);
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent);
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing leak", "Alert: Firing leak"], mail.Words);
        Assert.Equal(["Alert: Firing leak"], hook.Words);
        Assert.Null(Assert.Single(bench.Desk.Active()).Acknowledged);
        bench.Tell("leak", NoticeKind.Firing, Severity.Medium);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(2, mail.Taken.Count);
    }

    [Fact]
    public void Channel_that_was_away_is_new()
    {
        using var bench = new DeskBench(hook, mail);
        bench.Tell("leak", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        bench.Restart(hook);
        bench.Restart(hook, mail);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing leak", "Alert: Firing leak"], mail.Words);
        Assert.Single(hook.Words);
    }

    [Fact]
    public void Channel_that_is_taken_out_takes_along_nothing_that_is_under_way_to_another()
    {
        using var bench = new DeskBench(hook, mail);
        hook.Answer = _ => DeliveryResult.NotNow("dead");
        bench.Tell("leak", NoticeKind.Firing);
        bench.Run();
        bench.Restart(hook);
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["Alert: Firing leak"], hook.Words);
    }

    [Fact]
    public void What_waits_under_the_name_of_an_earlier_version_waits_for_the_same_channel()
    {
        var earlier = new ScriptedChannel("webhook a.test 12345678", ChannelPolicy.ForMachines);
        using var bench = new DeskBench(earlier);
        bench.Tell("told", NoticeKind.Firing);
        bench.Run();
        earlier.Answer = _ => DeliveryResult.NotNow("dead");
        bench.Tell("waits", NoticeKind.Firing);
        bench.Run();
        bench.Execute("DROP TABLE notification_channel");
        hook.FormerName = earlier.Name;
        bench.Restart(hook);
        bench.Advance(TimeSpan.FromMinutes(1));
        bench.Tell("told", NoticeKind.Cleared);
        bench.Run();
        Assert.Equal(["Alert: Firing waits", "Alert: Cleared told"], hook.Words);
    }

    [Fact]
    public void One_notice_that_is_refused_for_good_costs_none_of_the_others()
    {
        mail.Policy = mail.Policy with { MessagesPerHourMax = null };
        using var bench = new DeskBench(mail);
        var asked = 0;
        mail.Answer = message =>
        {
            asked++;
            return message.Notices.Any(notice => notice.Episode == "a41") ? DeliveryResult.Refused("400") : DeliveryResult.Delivered;
        };
        for (var i = 0; i < 100; i++)
        {
            bench.Tell($"a{i}", NoticeKind.Firing);
        }

        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(
            Enumerable.Range(0, 100).Where(i => i != 41).Select(i => $"a{i}"),
            mail.Taken.SelectMany(message => message.Notices).Select(notice => notice.Episode).OrderBy(name => int.Parse(name[1..], null)));
        Assert.Equal([DeliveryStanding.Refused], bench.Fates(mail, "a41"));
        Assert.InRange(asked, 2, 40);

        bench.TellMany(100, _ => (NoticeKind.Firing, Severity.High));
        bench.Advance(TimeSpan.FromMinutes(1));
        bench.TellMany(100, _ => (NoticeKind.Firing, Severity.High));
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(100, mail.Taken[^1].Notices.Count);
    }

    [Fact]
    public void Beginning_that_a_receiver_refused_among_others_was_not_told()
    {
        mail.Policy = mail.Policy with { GroupFor = TimeSpan.FromSeconds(10) };
        using var bench = new DeskBench(mail);
        mail.Answer = message => DeliveryResult.Delivered with { RefusedNotices = [.. message.Notices.Where(notice => notice.Id == "a.1").Select(notice => notice.Id)] };
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("b", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        bench.Tell("a", NoticeKind.Cleared);
        bench.Tell("b", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing a, Firing b", "Alert: Past a, Cleared b"], mail.Words);
        Assert.Equal([DeliveryStanding.Refused, DeliveryStanding.Delivered], bench.Fates(mail, "a"));
    }

    [Fact]
    public void Reminder_that_is_refused_for_good_waits_for_the_next_like_one_that_is_taken()
    {
        using var bench = new DeskBench(mail);
        var asked = 0;
        mail.Answer = message =>
        {
            asked++;
            return message.Kind == MessageKind.Reminder ? DeliveryResult.Refused("400") : DeliveryResult.Delivered;
        };
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("b", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromHours(5));
        Assert.InRange(asked, 3, 6);
    }

    [Fact]
    public void Reminders_of_more_than_a_message_holds_reach_all()
    {
        using var bench = new DeskBench(mail);
        bench.TellMany(150, _ => (NoticeKind.Firing, Severity.High));
        bench.Advance(TimeSpan.FromHours(4.2));
        Assert.Equal(
            150, mail.Taken.Where(message => message.Kind == MessageKind.Reminder).SelectMany(message => message.Notices).DistinctBy(notice => notice.Episode).Count());
        Assert.Equal(2, mail.Taken.Count(message => message.Kind == MessageKind.Reminder));
    }
}
