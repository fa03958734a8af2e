using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>More alarms than anybody can be told of at once.</summary>
public sealed class FloodTests
{
    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople with { DigestAt = null });
    private readonly ScriptedChannel hook = new("hook", ChannelPolicy.ForMachines);

    [Fact]
    public void What_presses_most_is_told_first_however_many_wait_before_it()
    {
        using var bench = new DeskBench(mail);
        for (var i = 0; i < 600; i++)
        {
            bench.Tell($"a{i}", NoticeKind.Firing, Severity.Medium);
        }

        bench.Tell("high", NoticeKind.Firing);
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent, site: "other");
        bench.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("leak", mail.Taken[0].Notices[0].Episode);
        Assert.Contains(mail.Taken[1].Notices, notice => notice.Episode == "high");
    }

    [Fact]
    public void What_presses_and_is_gathered_with_others_is_among_the_hundred()
    {
        using var bench = new DeskBench(mail);
        for (var i = 0; i < 150; i++)
        {
            bench.Tell($"a{i}", NoticeKind.Firing, Severity.Medium);
        }

        bench.Advance(TimeSpan.FromSeconds(25));
        bench.Tell("high", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(100, mail.Taken[0].Notices.Count);
        Assert.Contains(mail.Taken[0].Notices, notice => notice.Episode == "high");
    }

    [Fact]
    public void Machine_that_was_away_hears_of_what_fires_first()
    {
        using var bench = new DeskBench(hook);
        hook.Answer = _ => DeliveryResult.NotNow("away");
        for (var i = 0; i < 20; i++)
        {
            bench.Tell($"past{i}", NoticeKind.Past, Severity.Urgent);
        }

        bench.Tell("info", NoticeKind.Firing, Severity.Info);
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent);
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Run();
        Assert.Equal(["Alert: Firing leak", "Alert: Firing info", "Alert: Past past0"], hook.Words.Take(3));
    }

    [Fact]
    public void What_is_too_much_is_shed_from_the_least_severe_on_and_counted()
    {
        using var bench = new DeskBench(mail);
        mail.Answer = _ => DeliveryResult.NotNow("dead");
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent, site: "other");
        bench.Tell("blink", NoticeKind.Firing, Severity.Info, site: "other");
        bench.Tell("blink", NoticeKind.Cleared, Severity.Info, site: "other");
        bench.Tell("info", NoticeKind.Firing, Severity.Info, site: "other");
        bench.TellMany(NotificationOutbox.WaitingMax + 50, number => (NoticeKind.Firing, Severity.Medium));
        Assert.InRange(bench.Waiting(mail), NotificationOutbox.WaitingMax - 100, NotificationOutbox.WaitingMax);
        Assert.Equal([DeliveryStanding.Dropped, DeliveryStanding.Dropped], bench.Fates(mail, "blink"));
        Assert.Equal([DeliveryStanding.Dropped], bench.Fates(mail, "info"));
        Assert.Equal([DeliveryStanding.Waiting], bench.Fates(mail, "leak"));

        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(2));
        var dropped = mail.Taken[0].Dropped;
        Assert.Equal(NotificationOutbox.WaitingMax + 54 - bench.Told - bench.Waiting(mail), dropped);
        Assert.Equal("leak", mail.Taken[0].Notices[0].Episode);
        Assert.All(mail.Taken.Skip(1), message => Assert.Equal(0, message.Dropped));
    }
}
