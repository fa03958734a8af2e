using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>A rule and the gateway's own alarm for the same channel are one page in all, but only where people hear of that one.</summary>
public sealed class HeldIncidentTests
{
    private static readonly AlertRule Rule = AlertBench.Ammonium with { Id = "nh4-high", Severity = Severity.Urgent };

    [Fact]
    public void Where_nothing_is_held_back_it_is_one_page()
    {
        using var bench = new EngineDeskBench(Rule);
        RiseByTheRule(bench);
        Assert.Single(bench.Run(22));
        bench.Alarm(25, value: 40, peak: 40);
        Assert.Empty(bench.Run(60));
    }

    [Fact]
    public void Silence_of_a_rule_does_not_mute_the_gateways_alarm()
    {
        using var bench = new EngineDeskBench(Rule);
        bench.SilenceRule("nh4-high", 600);
        RiseByTheRule(bench);
        Assert.Empty(bench.Run(22));
        bench.Alarm(25, value: 40, peak: 40);
        Assert.Equal((NoticeKind.Firing, "gw-leak"), PhaseAndRule(Assert.Single(bench.Run(26))));

        // What the silence held back is told when it is over.
        Assert.Equal((NoticeKind.Firing, "nh4-high"), PhaseAndRule(bench.Run(602)[^1]));
    }

    [Fact]
    public void Silence_of_the_gateways_alarm_does_not_mute_the_rule()
    {
        using var bench = new EngineDeskBench(Rule);
        bench.SilenceRule("gw-leak", 600);
        bench.Alarm(0, value: 40, peak: 40);
        Assert.Empty(bench.Run(2));
        RiseByTheRule(bench);
        Assert.Equal((NoticeKind.Firing, "nh4-high"), PhaseAndRule(Assert.Single(bench.Run(26))));
    }

    [Fact]
    public void What_is_silenced_and_begins_second_keeps_the_first_from_being_over_for_nobody()
    {
        using var bench = new EngineDeskBench(Rule);
        bench.SilenceRule("gw-leak", 6000);
        RiseByTheRule(bench);
        Assert.Single(bench.Run(22));
        bench.Alarm(25, value: 40, peak: 40);
        for (var minute = 26; minute <= 50; minute++)
        {
            bench.Store((minute, 1));
        }

        Assert.Equal((NoticeKind.Cleared, "nh4-high"), PhaseAndRule(Assert.Single(bench.Run(52))));
        Assert.Empty(bench.Run(2000));
    }

    [Fact]
    public void Silence_of_the_place_holds_back_both_and_they_are_one_page_when_it_ends()
    {
        using var bench = new EngineDeskBench(Rule);
        bench.Silence(60);
        RiseByTheRule(bench);
        bench.Alarm(25, value: 40, peak: 40);
        Assert.Empty(bench.Run(59));
        Assert.Equal((NoticeKind.Firing, "nh4-high"), PhaseAndRule(Assert.Single(bench.Run(62))));
    }

    [Fact]
    public void Alarm_that_another_explains_does_not_mute_the_gateways()
    {
        var quiet = Rule with { Quiet = new QuietRule(["storm"], QuietPlace.Site) };
        var storm = AlertBench.Ammonium with { Id = "storm", Station = "spring", Severity = Severity.Urgent };
        using var bench = new EngineDeskBench(ChannelPolicy.ForPeople.Under([quiet, storm]), quiet, storm);
        for (var minute = 0; minute <= 20; minute++)
        {
            bench.Store([AlertBench.OtherOf(minute, 40, "spring")]);
        }

        Assert.Equal((NoticeKind.Firing, "storm"), PhaseAndRule(Assert.Single(bench.Run(22))));
        for (var minute = 22; minute <= 40; minute++)
        {
            bench.Store([AlertBench.PointOf(minute, 40)]);
        }

        Assert.Empty(bench.Run(42));
        bench.Alarm(45, value: 40, peak: 40);
        Assert.Equal((NoticeKind.Firing, "gw-leak"), PhaseAndRule(Assert.Single(bench.Run(47))));
    }

    private static void RiseByTheRule(EngineDeskBench bench)
    {
        for (var minute = 3; minute <= 20; minute++)
        {
            bench.Store((minute, 40));
        }
    }

    private static (NoticeKind Phase, string Rule) PhaseAndRule(AlertMessage message) =>
        (Assert.Single(message.Notices).Phase, message.Notices[0].Rule);
}
