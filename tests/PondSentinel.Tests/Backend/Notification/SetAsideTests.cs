using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Planning;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>A message that a receiver neither takes nor refuses holds up itself and what is newer of the same, and nothing else.</summary>
public sealed class SetAsideTests
{
    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople with { DigestAt = null });
    private readonly ScriptedChannel hook = new("hook", ChannelPolicy.ForMachines);
    private readonly HashSet<string> poisoned = ["bad"];
    private readonly List<string> tried = [];

    public SetAsideTests()
    {
        hook.Answer = Answer;
        mail.Answer = Answer;
    }

    [Fact]
    public void After_three_attempts_others_go_before_it_and_it_goes_when_it_is_taken()
    {
        using var bench = new DeskBench(hook);
        bench.Tell("bad", NoticeKind.Firing);
        bench.Tell("good", NoticeKind.Firing, Severity.Medium);
        bench.Run();
        Assert.Equal(["bad"], tried);
        bench.Advance(DeskBench.TryAgain);
        Assert.Equal(["bad", "bad"], tried);
        bench.Advance(DeskBench.TryAgain);
        Assert.Equal(["bad", "bad", "bad", "good"], tried);
        Assert.Equal(["Alert: Firing good"], hook.Words);

        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent);
        bench.Run();
        Assert.Equal("leak", tried[^1]);
        poisoned.Clear();
        bench.Advance(DeskBench.TryAgain);
        Assert.Equal(["Alert: Firing good", "Alert: Firing leak", "Alert: Firing bad"], hook.Words);
        Assert.Equal(0, bench.Waiting(hook));
    }

    [Fact]
    public void Message_that_kills_the_process_is_set_aside_after_three_attempts_too()
    {
        using var bench = new DeskBench(hook);
        hook.Answer = message =>
        {
            tried.Add(message.Notices[0].Episode);
            return message.Notices[0].Episode != "bad" ? DeliveryResult.Delivered
                : tried.Count <= 5 ? throw new CrashException()
                : DeliveryResult.NotNow("500");
        };
        bench.Tell("bad", NoticeKind.Firing);
        bench.Tell("good", NoticeKind.Firing, Severity.Medium);
        bench.Run();
        Assert.Equal(["bad", "bad", "bad", "good"], tried.Take(4));
    }

    [Fact]
    public void It_is_the_same_message_at_each_attempt_also_after_a_restart()
    {
        using var bench = new DeskBench(hook);
        List<string> ids = [];
        hook.Answer = message =>
        {
            ids.Add(message.Id);
            return DeliveryResult.NotNow("500");
        };
        bench.Tell("bad", NoticeKind.Firing);
        bench.Advance(5 * DeskBench.TryAgain);
        bench.Restart();
        bench.Run();
        Assert.Equal(7, ids.Count);
        Assert.Single(ids.Distinct());
    }

    [Fact]
    public void What_is_newer_of_the_same_rule_and_channel_waits_behind_it()
    {
        using var bench = new DeskBench(hook);
        bench.Tell("bad", NoticeKind.Past, rule: "same");
        bench.Advance(3 * DeskBench.TryAgain);
        bench.Tell("newer", NoticeKind.Firing, Severity.Urgent, rule: "same");
        bench.Tell("other", NoticeKind.Firing);
        bench.Advance(3 * DeskBench.TryAgain);
        Assert.Equal(["Alert: Firing other"], hook.Words);

        poisoned.Clear();
        bench.Advance(DeskBench.TryAgain);
        Assert.Equal(["Alert: Firing other", "Alert: Past bad", "Alert: Firing newer"], hook.Words);
    }

    [Fact]
    public void What_ends_while_it_is_set_aside_is_told_as_that()
    {
        using var bench = new DeskBench(hook);
        bench.Tell("bad", NoticeKind.Firing);
        bench.Advance(3 * DeskBench.TryAgain);
        poisoned.Clear();
        bench.Tell("bad", NoticeKind.Cleared);
        bench.Run();
        Assert.Equal(["Alert: Past bad"], hook.Words);
    }

    [Fact]
    public void Where_nobody_is_there_nothing_else_is_tried()
    {
        using var bench = new DeskBench(hook);
        hook.Answer = message =>
        {
            tried.Add(message.Notices[0].Episode);
            return DeliveryResult.NotNow("connection refused") with { IsAway = true };
        };
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("b", NoticeKind.Firing);
        bench.Advance(10 * DeskBench.TryAgain);
        Assert.Equal(["a"], tried.Distinct());
    }

    [Fact]
    public void Receiver_that_says_when_to_come_back_is_left_alone_until_then()
    {
        using var bench = new DeskBench(hook);
        hook.Answer = message =>
        {
            tried.Add(message.Notices[0].Episode);
            return tried.Count < 4 ? DeliveryResult.NotNow("500") : DeliveryResult.NotNow("429", DeskBench.TryAgain);
        };
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(3 * DeskBench.TryAgain);
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent);
        bench.Run();
        Assert.Equal(["a", "a", "a", "a"], tried);
        bench.Advance(DeskBench.TryAgain);
        Assert.Equal("leak", tried[4]);
    }

    [Fact]
    public void What_is_told_with_it_gets_out_at_once_where_others_pass_and_soon_where_there_are_none()
    {
        mail.Policy = mail.Policy with { MessagesPerHourMax = null };
        using var bench = new DeskBench(mail);
        for (var i = 0; i < 20; i++)
        {
            bench.Tell($"a{i}", NoticeKind.Firing);
        }

        bench.Tell("bad", NoticeKind.Firing);
        bench.Tell("b", NoticeKind.Firing, site: "other");
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["Alert: Firing b"], mail.Words.Take(1));
        bench.Advance(TimeSpan.FromMinutes(40));
        Assert.Equal(21, mail.Taken.Sum(message => message.Notices.Count));
        Assert.Equal(1, bench.Waiting(mail));
        Assert.All(mail.Taken, message => Assert.DoesNotContain(message.Notices, notice => notice.Episode == "bad"));
    }

    [Fact]
    public void Receiver_that_answers_and_takes_nothing_is_offered_a_few_and_what_presses_a_few_more()
    {
        using var bench = new DeskBench(hook);
        hook.Answer = _ => DeliveryResult.NotNow("503");
        for (var i = 0; i < 40; i++)
        {
            bench.Tell($"a{i}", NoticeKind.Firing, Severity.Medium);
        }

        bench.Advance(TimeSpan.FromHours(2));
        Assert.Equal(KeptMessage.AsideMax, Standing());
        for (var i = 0; i < 40; i++)
        {
            bench.Tell($"b{i}", NoticeKind.Firing, Severity.Urgent);
        }

        bench.Advance(TimeSpan.FromHours(2));
        Assert.Equal(KeptMessage.AsideMaxWherePressing, Standing());
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromHours(2));
        Assert.Equal(80, hook.Taken.SelectMany(message => message.Notices).DistinctBy(notice => notice.Id).Count());
        Assert.Equal(80, hook.Taken.Count);

        int Standing() => bench.Query("SELECT 1 FROM notification_message WHERE standing = 0", _ => 1).Count;
    }

    [Fact]
    public void What_is_tried_again_counts_for_the_limit_of_messages()
    {
        mail.Policy = mail.Policy with { MessagesPerHourMax = 2, RepeatEvery = null };
        using var bench = new DeskBench(mail);
        bench.Tell("bad", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(5));
        bench.Tell("a", NoticeKind.Firing, site: "s1");
        bench.Advance(TimeSpan.FromMinutes(5));
        bench.Tell("b", NoticeKind.Firing, site: "s2");
        bench.Advance(TimeSpan.FromMinutes(5));
        poisoned.Clear();
        bench.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(["Alert: Firing a", "Alert: Firing b"], mail.Words);
        bench.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal("Alert: Firing bad", mail.Words[^1]);
    }

    [Fact]
    public void Reminder_that_is_not_taken_holds_up_no_other_and_its_alarm_is_not_reminded_of_twice()
    {
        mail.Policy = mail.Policy with { RepeatEvery = TimeSpan.FromHours(1), MessagesPerHourMax = null };
        using var bench = new DeskBench(mail);
        poisoned.Clear();
        bench.Tell("bad", NoticeKind.Firing);
        bench.Tell("good", NoticeKind.Firing, site: "other");
        bench.Advance(TimeSpan.FromMinutes(50));
        poisoned.Add("bad");
        bench.Advance(TimeSpan.FromMinutes(170));
        Assert.Equal(3, mail.Words.Count(word => word == "Reminder: Firing good"));
        Assert.Single(bench.Query("SELECT 1 FROM notification_message WHERE standing = 0", _ => 1));
        poisoned.Clear();
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("Reminder: Firing bad", mail.Words[^1]);
    }

    [Fact]
    public void Message_that_kills_the_process_is_set_aside_like_one_that_is_not_taken()
    {
        using var bench = new DeskBench(hook);
        hook.Answer = message => message.Notices[0].Episode == "bad" && tried.Count < 3 ? Die() : DeliveryResult.Delivered;
        bench.Tell("bad", NoticeKind.Firing);
        bench.Tell("good", NoticeKind.Firing, Severity.Medium);
        bench.Run();
        Assert.Equal(["Alert: Firing good", "Alert: Firing bad"], hook.Words);

        DeliveryResult Die()
        {
            tried.Add("bad");
            throw new CrashException();
        }
    }

    private DeliveryResult Answer(AlertMessage message)
    {
        tried.AddRange(message.Notices.Take(1).Select(notice => notice.Episode));
        return message.Notices.Any(notice => poisoned.Contains(notice.Episode)) ? DeliveryResult.NotNow("500") : DeliveryResult.Delivered;
    }
}
