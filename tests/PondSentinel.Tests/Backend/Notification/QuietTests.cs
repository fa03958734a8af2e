using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>A storm over the whole site: its alarm explains those of the ponds.</summary>
public sealed class QuietTests
{
    private static readonly AlertRule[] Rules =
    [
        Rule("storm", QuietRule.None),
        Rule("turbid", new QuietRule(["storm"], QuietPlace.Site)),
        Rule("silent", new QuietRule(["offline"], QuietPlace.Gateway)),
        Rule("foam", new QuietRule(["dredging"], QuietPlace.Site)),
    ];

    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople.Under(Rules));
    private readonly ScriptedChannel hook = new("hook", ChannelPolicy.ForMachines.Under(Rules));

    [Fact]
    public void Regional_storm_is_one_page_and_none_for_each_pond()
    {
        using var bench = new DeskBench(mail, hook);
        bench.Tell("storm", NoticeKind.Firing, rule: "storm");
        for (var pond = 0; pond < 20; pond++)
        {
            bench.Tell($"pond-{pond}", NoticeKind.Firing, Severity.Medium, rule: "turbid", device: $"turbidity-{pond}");
        }

        bench.Tell("far", NoticeKind.Firing, Severity.Medium, site: "elsewhere", rule: "turbid", device: "far");
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent);
        bench.Advance(TimeSpan.FromHours(3));
        Assert.Equal(["Alert: Firing storm, Firing leak", "Alert: Firing far"], mail.Words);
        Assert.Equal(23, hook.Words.Count);

        // Most settle with the storm; one does not.
        for (var pond = 0; pond < 19; pond++)
        {
            bench.Tell($"pond-{pond}", NoticeKind.Cleared, Severity.Medium, rule: "turbid", device: $"turbidity-{pond}");
        }

        bench.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(2, mail.Taken.Count);
        bench.Tell("storm", NoticeKind.Cleared, rule: "storm");
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["pond-19", "storm"], mail.Taken[^1].Notices.Select(notice => notice.Episode).Order(StringComparer.Ordinal));
        Assert.Equal([DeliveryStanding.Quieted, DeliveryStanding.Quieted], bench.Fates(mail, "pond-3"));
        Assert.Contains(bench.Desk.History("pond-3", 10), entry => entry.Act == DeskAct.PassedWhileQuiet);
    }

    [Fact]
    public void What_ends_after_the_storm_while_the_limit_of_messages_holds_it_is_told_as_what_was()
    {
        ScriptedChannel few = new("few", (ChannelPolicy.ForPeople with { GroupFor = TimeSpan.Zero, MessagesPerHourMax = 4 }).Under(Rules));
        using var bench = new DeskBench(few);
        bench.Tell("storm", NoticeKind.Firing, Severity.Medium, rule: "storm");
        bench.Tell("pond", NoticeKind.Firing, Severity.Medium, rule: "turbid", device: "turbidity");
        for (var other = 0; other < 4; other++)
        {
            bench.Advance(TimeSpan.FromMinutes(1));
            bench.Tell($"other-{other}", NoticeKind.Firing, Severity.Medium, device: $"other-{other}");
        }

        bench.Tell("storm", NoticeKind.Cleared, Severity.Medium, rule: "storm");
        bench.Advance(TimeSpan.FromMinutes(11));
        bench.Tell("pond", NoticeKind.Cleared, Severity.Medium, rule: "turbid", device: "turbidity");
        bench.Advance(TimeSpan.FromHours(1));
        Assert.Contains("Past pond", string.Join('|', few.Words), StringComparison.Ordinal);
    }

    // The page and the command line tell every line of the history, and one without a word would end the telling.
    [Fact]
    public void Every_act_of_the_history_has_a_word_of_its_own() =>
        Assert.Distinct(Enum.GetValues<DeskAct>().Select(act => act.Word));

    [Fact]
    public void What_was_told_before_ends_for_those_who_heard_of_it_and_is_not_told_again()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("pond", NoticeKind.Firing, rule: "turbid");
        bench.Advance(TimeSpan.FromMinutes(1));
        bench.Tell("storm", NoticeKind.Firing, rule: "storm", device: "gauge");
        bench.Advance(TimeSpan.FromHours(5));
        Assert.Equal(["Alert: Firing pond", "Alert: Firing storm", "Reminder: Firing storm"], mail.Words);
        bench.Tell("pond", NoticeKind.Cleared, rule: "turbid");
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Alert: Cleared pond", mail.Words[^1]);
    }

    // Each gap is not a page for each pond; a storm that is over explains nothing, though it may come back within the hour.
    [Fact]
    public void Storm_that_came_and_went_and_is_gone_explains_nothing_after_some_minutes()
    {
        using var bench = new DeskBench(mail);
        for (var gust = 0; gust < 5; gust++)
        {
            bench.Tell($"gust-{gust}", NoticeKind.Firing, rule: "storm", device: "gauge");
            bench.Advance(TimeSpan.FromSeconds(5));
            bench.Tell($"gust-{gust}", NoticeKind.Cleared, rule: "storm", device: "gauge");
            bench.Advance(TimeSpan.FromSeconds(5));
        }

        bench.Tell("pond", NoticeKind.Firing, rule: "turbid");
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.DoesNotContain(mail.Words, word => word.Contains("pond", StringComparison.Ordinal));
        bench.Tell("gust-6", NoticeKind.Firing, rule: "storm", device: "gauge");
        bench.Advance(TimeSpan.FromMinutes(30));
        bench.Tell("gust-6", NoticeKind.Cleared, rule: "storm", device: "gauge");
        bench.Advance(TimeSpan.FromMinutes(9));
        Assert.DoesNotContain(mail.Words, word => word.Contains("pond", StringComparison.Ordinal));
        bench.Advance(TimeSpan.FromMinutes(1.6));
        Assert.Equal("Alert: Firing pond", mail.Words[^1]);
    }

    // Its gauge was torn away by it, and nobody says that it is over.
    [Fact]
    public void Storm_that_nobody_has_said_anything_new_of_for_a_day_explains_nothing_any_more()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("storm", NoticeKind.Firing, rule: "storm", device: "gauge");
        bench.Advance(TimeSpan.FromMinutes(10));
        bench.Tell("pond", NoticeKind.Firing, rule: "turbid");
        bench.Advance(TimeSpan.FromHours(23));
        Assert.DoesNotContain(mail.Words, word => word.Contains("pond", StringComparison.Ordinal));
        bench.Advance(TimeSpan.FromHours(1.1));
        Assert.Contains("Alert: Firing pond", mail.Words);
        bench.Tell("pond-2", NoticeKind.Firing, rule: "turbid", device: "p2");
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Alert: Firing pond-2", mail.Words[^1]);
    }

    [Fact]
    public void Alarm_under_way_to_a_dead_channel_is_taken_back_when_something_explains_it()
    {
        using var bench = new DeskBench(mail);
        mail.Answer = _ => DeliveryResult.NotNow("dead");
        bench.Tell("pond", NoticeKind.Firing, rule: "turbid");
        bench.Advance(TimeSpan.FromMinutes(1));
        bench.Tell("storm", NoticeKind.Firing, rule: "storm", device: "gauge");
        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["Alert: Firing storm"], mail.Words);
    }

    [Fact]
    public void Rule_waits_for_its_own_others_and_not_for_those_of_a_rule_at_the_same_place()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("storm", NoticeKind.Firing, rule: "storm");
        bench.Tell("pond", NoticeKind.Firing, rule: "turbid");
        bench.Tell("foam", NoticeKind.Firing, rule: "foam");
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing storm, Firing foam"], mail.Words);
    }

    [Fact]
    public void What_is_held_from_one_channel_comes_to_another_at_its_time()
    {
        var all = new ScriptedChannel("all", ChannelPolicy.ForPeople with { GroupFor = TimeSpan.FromMinutes(2) });
        using var bench = new DeskBench(mail, all);
        bench.Tell("storm", NoticeKind.Firing, rule: "storm");
        bench.Tell("pond", NoticeKind.Firing, rule: "turbid");
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["Alert: Firing storm"], mail.Words);
        Assert.Equal(["Alert: Firing storm, Firing pond"], all.Words);
    }

    // Nobody hears of it then, so it explains nothing to anybody.
    [Fact]
    public void Alarm_that_is_silenced_or_not_for_this_channel_holds_nothing_back()
    {
        mail.Policy = mail.Policy with { SeverityMin = Severity.Medium };
        using var bench = new DeskBench(mail);
        bench.Tell("storm", NoticeKind.Firing, Severity.Info, rule: "storm", device: "gauge");
        bench.Tell("pond", NoticeKind.Firing, rule: "turbid");
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing pond"], mail.Words);

        bench.Tell("storm-2", NoticeKind.Firing, rule: "storm", device: "gauge-2");
        bench.Tell("pond-2", NoticeKind.Firing, rule: "turbid", device: "p2");
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Alert: Firing storm-2", mail.Words[^1]);
        var now = bench.Time.GetUtcNow();
        Assert.Null(bench.Desk.Silence(new Silence { Rule = "storm", From = now, Until = now.AddHours(2), By = "Li", Why = "known" }).Refusal);
        bench.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("Alert: Firing pond-2", mail.Words[^1]);
    }

    // The presets as they are, with a channel as it is by default: people breathe it now, and the mine has not made it.
    [Fact]
    public void Dust_storm_of_the_presets_is_told_at_once_and_as_regional_alone()
    {
        List<Problem> problems = [];
        var rules = RuleConfiguration.Read(
            TomlSection.Parse("rules.toml", """
                [[preset]]
                name = "dust"
                station = "village"
                [[preset]]
                name = "dust-rise"
                station = "village"
                [[preset]]
                name = "regional-dust"
                station = "village"
                with = { upwind = "ridge" }
                """, problems),
            problems);
        var people = new ScriptedChannel("people", ChannelPolicy.ForPeople.Under(rules));
        using var bench = new DeskBench(people);
        foreach (var rule in rules)
        {
            bench.Tell(rule.Id, NoticeKind.Firing, rule.Severity, rule: rule.Id, device: "pm");
        }

        bench.Advance(TimeSpan.FromMinutes(1));

        Assert.Empty(problems);
        Assert.Equal(["Alert: Firing dust-regional-village"], people.Words);
    }

    // What waits for the morning would hide until then what is to be told at once.
    [Fact]
    public void Alarm_that_waits_for_the_digest_holds_back_what_is_no_graver_and_nothing_else()
    {
        mail.Policy = mail.Policy with { DigestAt = new DigestTime(new TimeOnly(8, 0), TimeSpan.Zero) };
        using var bench = new DeskBench(mail);
        bench.Tell("storm", NoticeKind.Firing, Severity.Info, rule: "storm", device: "gauge");
        bench.Tell("pond", NoticeKind.Firing, Severity.Medium, rule: "turbid");
        bench.Tell("pond-2", NoticeKind.Firing, Severity.Info, rule: "turbid", device: "p2");
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing pond"], mail.Words);
        bench.Advance(TimeSpan.FromHours(23.5));
        Assert.Contains(mail.Words, word => word.Contains("storm", StringComparison.Ordinal));
        Assert.DoesNotContain(mail.Words, word => word.Contains("pond-2", StringComparison.Ordinal));
    }

    [Fact]
    public void Children_of_a_gateway_that_is_offline_are_quiet_and_those_of_another_are_not()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("offline", NoticeKind.Firing, rule: "offline", device: "gateway");
        bench.Tell("probe", NoticeKind.Firing, rule: "silent");
        bench.Tell("other", NoticeKind.Firing, rule: "silent", device: "other", gateway: "gz-99");
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing offline, Firing other"], mail.Words);
    }

    private static AlertRule Rule(string id, QuietRule quiet) => Alerting.AlertBench.Ammonium with { Id = id, Quiet = quiet };
}
