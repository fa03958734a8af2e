using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;

namespace PondSentinel.Tests.Backend.Notification;

public sealed class SilenceTests
{
    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople);

    [Fact]
    public void What_still_fires_when_a_silence_ends_is_told_then_and_what_is_over_is_counted()
    {
        using var bench = new DeskBench(mail);
        Silence(bench, TimeSpan.FromHours(2));
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("b", NoticeKind.Firing);
        bench.Tell("c", NoticeKind.Firing, site: "other");
        bench.Advance(TimeSpan.FromHours(1));
        bench.Tell("b", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromHours(0.9));
        Assert.Equal(["Alert: Firing c"], mail.Words);

        bench.Advance(TimeSpan.FromHours(0.1));
        Assert.Equal(["Alert: Firing c", "Alert: Firing a"], mail.Words);
        Assert.Equal([DeliveryStanding.Silenced, DeliveryStanding.Silenced], bench.Fates(mail, "b"));
        Assert.Equal([DeskAct.PassedInSilence, DeskAct.Silenced], bench.Desk.History(null, 9).Select(entry => entry.Act));
        Assert.Equal("b", bench.Desk.History(null, 9)[0].Alarm);
    }

    [Fact]
    public void What_still_fired_after_a_silence_and_ended_before_it_was_taken_is_told_as_what_was()
    {
        using var bench = new DeskBench(mail);
        Silence(bench, TimeSpan.FromHours(2));
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromHours(1));
        mail.Answer = _ => DeliveryResult.NotNow("dead");
        bench.Advance(TimeSpan.FromHours(2));
        bench.Tell("a", NoticeKind.Cleared);
        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromHours(2));
        Assert.Equal(["Alert: Past a"], mail.Words);
    }

    [Fact]
    public void Silence_that_is_ended_early_lets_go_what_it_held()
    {
        using var bench = new DeskBench(mail);
        var silence = Silence(bench, TimeSpan.FromHours(2));
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromHours(1));
        Assert.Null(bench.Desk.Unsilence(silence.Id, "Li").Refusal);
        bench.Run();
        Assert.Equal(["Alert: Firing a"], mail.Words);
        Assert.NotNull(bench.Desk.Unsilence(silence.Id, "Li").Refusal);
    }

    [Fact]
    public void What_is_for_information_is_told_with_no_other_message_before_its_hour_though_a_silence_ends_meanwhile()
    {
        mail.Policy = mail.Policy with { RepeatEvery = null };
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing, Severity.Info, rule: "level");
        bench.Advance(TimeSpan.FromHours(4));
        bench.Tell("a", NoticeKind.Cleared, Severity.Info, rule: "level");
        bench.Tell("b", NoticeKind.Firing, Severity.Info, rule: "level");
        var now = bench.Time.GetUtcNow();
        Assert.Null(bench.Desk.Silence(new Silence { Rule = "level", From = now, Until = now.AddHours(2), By = "Li", Why = "" }).Refusal);

        // What is gathered for this one is looked at too.
        bench.Tell("c", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromHours(18));
        Assert.Equal(["Digest: Firing a", "Alert: Firing c"], mail.Words);
        bench.Advance(TimeSpan.FromHours(5));
        Assert.Equal(["Digest: Firing a", "Alert: Firing c", "Digest: Cleared a, Firing b"], mail.Words);
    }

    [Fact]
    public void What_was_told_before_a_silence_is_not_told_again_in_it_and_its_end_is()
    {
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("b", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromHours(3));
        Silence(bench, TimeSpan.FromHours(3));
        bench.Advance(TimeSpan.FromHours(2));
        bench.Tell("b", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromHours(0.9));
        Assert.Equal(["Alert: Firing a, Firing b", "Alert: Cleared b"], mail.Words);
        bench.Advance(TimeSpan.FromHours(0.1));
        Assert.Equal("Reminder: Firing a", mail.Words[^1]);
    }

    [Fact]
    public void Message_that_waits_before_a_dead_channel_is_held_by_a_silence_too()
    {
        using var bench = new DeskBench(mail);
        mail.Answer = _ => DeliveryResult.NotNow("dead");
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(2));
        Silence(bench, TimeSpan.FromHours(1));
        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(59));
        Assert.Empty(mail.Words);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing a"], mail.Words);
    }

    [Theory]
    [InlineData(null, 1, "Li", "cleaning", "say what is to be silent")]
    [InlineData("pond", 0, "Li", "cleaning", "up to 7d")]
    [InlineData("pond", 169, "Li", "cleaning", "up to 7d")]
    [InlineData("pond", 1, "", "cleaning", "say who")]
    [InlineData("pond", 1, "Li\n", "cleaning", "say who")]
    [InlineData("pond", 1, "Li", "clean\ning", "on one line")]
    public void Silence_says_what_how_long_and_who(string? site, int hours, string by, string why, string refusal)
    {
        using var bench = new DeskBench(mail);
        var now = bench.Time.GetUtcNow();
        var (silence, said) = bench.Desk.Silence(new Silence { Site = site, From = now, Until = now.AddHours(hours), By = by, Why = why });
        Assert.Null(silence);
        Assert.Contains(refusal, said, StringComparison.Ordinal);
        Assert.Empty(bench.Desk.Silences());
    }

    [Fact]
    public void Silence_of_a_week_is_the_longest()
    {
        using var bench = new DeskBench(mail);
        Assert.Equal(bench.Time.GetUtcNow().AddDays(7), Silence(bench, TimeSpan.FromDays(7)).Until);
    }

    [Fact]
    public void Silence_of_one_device_is_none_of_another()
    {
        using var bench = new DeskBench(mail);
        var now = bench.Time.GetUtcNow();
        Assert.Null(bench.Desk.Silence(new Silence { Device = "stream-nh4", From = now, Until = now.AddHours(1), By = "Li", Why = "" }).Refusal);
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("b", NoticeKind.Firing, device: "spring-nh4");
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing b"], mail.Words);
    }

    private static Silence Silence(DeskBench bench, TimeSpan span)
    {
        var now = bench.Time.GetUtcNow();
        var (silence, refusal) = bench.Desk.Silence(new Silence { Site = "pond", From = now, Until = now + span, By = "Li", Why = "cleaning" });
        Assert.Null(refusal);
        return silence!;
    }
}
