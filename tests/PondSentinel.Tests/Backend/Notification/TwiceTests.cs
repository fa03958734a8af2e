using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Planning;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>What somebody has, or may have, does not come to them again and again.</summary>
public sealed class TwiceTests
{
    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople with { DigestAt = null, RepeatEvery = null });
    private readonly ScriptedChannel hook = new("hook", ChannelPolicy.ForMachines);

    [Fact]
    public void Mail_of_twelve_notices_that_one_mailbox_does_not_take_comes_to_the_other_once()
    {
        using var bench = new DeskBench(mail);
        HashSet<string> mailsOfOne = [];
        var since = bench.Time.GetUtcNow();
        mail.Answer = message =>
        {
            if (message.Notices[0].Site == "elsewhere")
            {
                return DeliveryResult.Delivered;
            }

            mailsOfOne.Add(message.Id);
            return bench.Time.GetUtcNow() - since < TimeSpan.FromMinutes(10)
                ? DeliveryResult.NotNow("other: 452") with { MayBeTaken = true, IsPartlyTaken = true }
                : DeliveryResult.Delivered with { Missed = ["other: 452"] };
        };
        for (var i = 0; i < 12; i++)
        {
            bench.Tell($"a{i}", NoticeKind.Firing);
        }

        // And that others pass meanwhile does not take it apart.
        bench.Advance(TimeSpan.FromMinutes(5));
        bench.Tell("other", NoticeKind.Firing, site: "elsewhere");
        bench.Advance(TimeSpan.FromMinutes(7));
        Assert.Single(mailsOfOne);
        Assert.Equal([1, 12], mail.Taken.Select(message => message.Notices.Count));
        Assert.Equal([1, 0], bench.Query("SELECT missed FROM notification_message WHERE standing = 1 ORDER BY number", reader => reader.GetInt32(0)));
    }

    [Fact]
    public void Receiver_whose_answer_never_comes_gets_no_more_than_the_limit_of_messages_and_nothing_in_pieces()
    {
        using var bench = new DeskBench(mail);
        List<(DateTimeOffset At, string Id)> reached = [];
        mail.Answer = message =>
        {
            reached.Add((bench.Time.GetUtcNow(), message.Id));
            return DeliveryResult.Unknown("no answer");
        };
        for (var i = 0; i < 12; i++)
        {
            bench.Tell($"a{i}", NoticeKind.Firing);
        }

        bench.Advance(TimeSpan.FromMinutes(59));
        Assert.Single(reached.Select(one => one.Id).Distinct(StringComparer.Ordinal));
        Assert.InRange(reached.Count, 3, 12);
        bench.Advance(TimeSpan.FromHours(3));
        Assert.All(reached, one => Assert.InRange(reached.Count(other => other.At > one.At - RateGate.Window && other.At <= one.At), 1, 12));
    }

    [Fact]
    public void Message_whose_answers_were_lost_comes_soon_after_the_receiver_is_well_and_holds_up_no_other()
    {
        using var bench = new DeskBench(mail);
        mail.Answer = _ => DeliveryResult.Unknown("no answer");
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(25));
        bench.Tell("b", NoticeKind.Firing, Severity.Medium, site: "other");
        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Alert: Firing b", mail.Words[0]);
        bench.Advance(TimeSpan.FromMinutes(7));
        Assert.Equal(["Alert: Firing b", "Alert: Firing a"], mail.Words);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(12)]
    public void Lost_answers_of_one_message_are_within_any_limit_in_any_hour(int most)
    {
        mail.Policy = mail.Policy with { MessagesPerHourMax = most };
        using var bench = new DeskBench(mail);
        List<DateTimeOffset> reached = [];
        mail.Answer = _ =>
        {
            reached.Add(bench.Time.GetUtcNow());
            return DeliveryResult.Unknown("no answer");
        };
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromHours(6));
        Assert.All(reached, one => Assert.InRange(reached.Count(other => other > one - RateGate.Window && other <= one), 1, most));
        Assert.InRange(reached.Count, 5, 6 * most);
    }

    [Fact]
    public void What_a_machine_took_of_a_group_is_not_told_again_whatever_becomes_of_the_rest()
    {
        hook.Policy = hook.Policy with { GroupFor = TimeSpan.FromSeconds(10) };
        using var bench = new DeskBench(hook);
        List<string> called = [];
        hook.Answer = message =>
        {
            // One call a notice, as for machines: the third is never answered well.
            List<string> taken = [];
            foreach (var notice in message.Notices)
            {
                if (notice.Episode == "c")
                {
                    return DeliveryResult.NotNow("500") with { TakenNotices = taken, IsOneStuck = taken.Count > 0 };
                }

                called.Add(notice.Id);
                taken.Add(notice.Id);
            }

            return DeliveryResult.Delivered;
        };
        foreach (var episode in (string[])["a", "b", "c", "d"])
        {
            bench.Tell(episode, NoticeKind.Firing);
        }

        bench.Advance(TimeSpan.FromSeconds(30));
        bench.Restart();
        bench.Advance(TimeSpan.FromHours(1));
        bench.Tell("a", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["a.1", "b.1", "d.1", "a.2"], called);
        Assert.Equal([DeliveryStanding.Delivered, DeliveryStanding.Delivered], bench.Fates(hook, "a"));
        Assert.Equal([DeliveryStanding.Waiting], bench.Fates(hook, "c"));

        // The rest is made anew; people still see with which message the others went.
        bench.Tell("c", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(Assert.Single(bench.Desk.Account("b")!.Notices[0].Fates).Message);
    }

    [Fact]
    public void How_many_were_dropped_is_told_once_though_the_rest_of_the_message_is_tried_again()
    {
        hook.Policy = hook.Policy with { GroupFor = TimeSpan.FromSeconds(10) };
        using var bench = new DeskBench(hook);
        bench.Execute("UPDATE notification_channel SET dropped = 5");
        List<long> told = [];
        hook.Answer = message =>
        {
            told.Add(message.Dropped);
            return told.Count == 1 ? DeliveryResult.NotNow("500") with { IsDroppedTold = true } : DeliveryResult.Delivered;
        };
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(5));
        bench.Tell("b", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal([5, 0, 0], told);
    }

    [Fact]
    public void Message_whose_answer_was_lost_is_not_held_back_by_itself()
    {
        mail.Policy = mail.Policy with { MessagesPerHourMax = 2 };
        using var bench = new DeskBench(mail);
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        mail.Answer = _ => DeliveryResult.Unknown("no answer");
        bench.Tell("b", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromSeconds(40));
        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["Alert: Firing a", "Alert: Firing b"], mail.Words);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Urgent_alarm_is_tried_on_though_others_have_used_up_the_limit_meanwhile_only_where_it_may_be_lost(bool mayBeTaken)
    {
        mail.Policy = mail.Policy with { MessagesPerHourMax = 2 };
        using var bench = new DeskBench(mail);
        mail.Answer = message => message.Notices[0].Episode != "leak" ? DeliveryResult.Delivered
            : mayBeTaken ? DeliveryResult.Unknown("no answer")
            : DeliveryResult.NotNow("503");
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent, site: "s0");

        // Until its first attempt counts no longer.
        bench.Advance(TimeSpan.FromMinutes(56));
        for (var i = 1; i <= 3; i++)
        {
            bench.Tell($"u{i}", NoticeKind.Firing, Severity.Urgent, site: $"s{i}");
            bench.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.Equal(["Alert: Firing u1", "Alert: Firing u2", "Alert: Firing u3"], mail.Words);
        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(mayBeTaken, mail.Words.Contains("Alert: Firing leak"));
        bench.Advance(TimeSpan.FromHours(1));
        Assert.Equal("Alert: Firing leak", mail.Words[^1]);
    }

    [Theory]
    [InlineData(null, 6)]
    [InlineData(1, 25)]
    public void Group_is_tried_six_times_as_a_whole_and_on_where_the_receiver_says_when_to_come_back(int? comeBackMinutes, int attempts)
    {
        mail.Policy = mail.Policy with { MessagesPerHourMax = null };
        using var bench = new DeskBench(mail);
        List<int> sizes = [];
        mail.Answer = message =>
        {
            sizes.Add(message.Notices.Count);
            return DeliveryResult.NotNow("503", comeBackMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null);
        };
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("b", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(25));
        Assert.Equal(attempts, sizes.Count(size => size == 2));
    }

    [Fact]
    public void What_one_receiver_takes_says_nothing_of_what_another_does_not()
    {
        mail.Policy = mail.Policy with { MessagesPerHourMax = null };
        using var bench = new DeskBench(mail, hook);
        List<int> sizes = [];
        mail.Answer = message =>
        {
            sizes.Add(message.Notices.Count);
            return DeliveryResult.NotNow("503");
        };
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("b", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(3));
        bench.Tell("c", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(3, hook.Taken.Count);
        Assert.Equal(KeptMessage.AttemptsWhole, sizes.Count(size => size == 2));
    }

    [Fact]
    public void Urgent_alarm_whose_answers_were_lost_comes_when_the_receiver_is_well_again_and_not_when_the_hour_is_over()
    {
        mail.Policy = mail.Policy with { MessagesPerHourMax = 2 };
        using var bench = new DeskBench(mail);
        mail.Answer = _ => DeliveryResult.Unknown("no answer");
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent);
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(mail.Words);

        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(["Alert: Firing leak"], mail.Words);

        bench.Tell("other", NoticeKind.Firing, Severity.Urgent, site: "other");
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("Alert: Firing other", mail.Words[^1]);
    }

    [Fact]
    public void Group_that_a_receiver_puts_off_is_halved_where_others_pass()
    {
        mail.Policy = mail.Policy with { MessagesPerHourMax = null };
        using var bench = new DeskBench(mail);
        mail.Answer = message => message.Notices.Any(notice => notice.Episode == "bad")
            ? DeliveryResult.NotNow("503", DeskBench.TryAgain)
            : DeliveryResult.Delivered;
        bench.Tell("bad", NoticeKind.Firing);
        bench.Tell("good", NoticeKind.Firing);
        bench.Tell("other", NoticeKind.Firing, Severity.Medium, site: "other");
        bench.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(["Alert: Firing other", "Alert: Firing good"], mail.Words);
    }

    [Fact]
    public void Leak_is_told_though_many_are_set_aside_and_the_end_of_another_waits()
    {
        using var bench = new DeskBench(hook);
        hook.Answer = message => message.Notices[0].Episode.StartsWith("bad", StringComparison.Ordinal)
            ? DeliveryResult.NotNow("500")
            : DeliveryResult.Delivered;
        bench.Tell("x", NoticeKind.Firing, Severity.Urgent, rule: "x");
        bench.Run();
        for (var i = 0; i < KeptMessage.AsideMax; i++)
        {
            bench.Tell($"bad{i}", NoticeKind.Firing, Severity.Medium);
        }

        bench.Advance(TimeSpan.FromHours(1));
        hook.Taken.Clear();
        bench.Tell("x", NoticeKind.Cleared, Severity.Urgent, rule: "x");
        bench.Tell("x2", NoticeKind.Firing, Severity.Urgent, rule: "x");
        bench.Tell("y", NoticeKind.Firing, Severity.Urgent);
        bench.Run();
        Assert.Equal(["Alert: Cleared x", "Alert: Firing x2", "Alert: Firing y"], hook.Words);
    }

    [Fact]
    public void Test_that_was_ordered_long_before_anybody_could_send_it_is_not_sent()
    {
        using var bench = new DeskBench(hook);
        bench.Desk.Test(null, "Li");
        bench.Time.Advance(TimeSpan.FromHours(1));
        bench.Run();
        Assert.Empty(hook.Taken);

        // Nor one that was tried for as long.
        bench.Desk.Test(null, "Li");
        hook.Answer = _ => DeliveryResult.NotNow("dead");
        bench.Advance(TimeSpan.FromHours(2));
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(hook.Taken);
    }

    [Fact]
    public void Test_does_not_take_the_room_of_what_presses()
    {
        using var bench = new DeskBench(hook);
        hook.Answer = _ => DeliveryResult.NotNow("500");
        for (var i = 0; i < 20; i++)
        {
            bench.Execute($"INSERT INTO alarm_test(at_ms, by, channel) VALUES ({bench.Time.GetUtcNow().ToUnixTimeMilliseconds()}, 'Li', 'hook')");
        }

        bench.Advance(TimeSpan.FromMinutes(20));
        Assert.Single(bench.Query("SELECT 1 FROM notification_message WHERE standing = 0", _ => 1));
    }

    [Fact]
    public void Beginning_that_still_waits_is_not_told_without_its_end_to_who_is_to_hear_of_less_now()
    {
        using var bench = new DeskBench(hook);
        hook.Answer = _ => DeliveryResult.NotNow("dead");
        bench.Tell("a", NoticeKind.Firing);
        bench.Run();
        hook.Policy = hook.Policy with { SeverityMin = Severity.Urgent };
        bench.Restart();
        bench.Tell("a", NoticeKind.Cleared);
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["Alert: Past a"], hook.Words);
    }

    [Theory]
    [InlineData(NoticeKind.Cleared)]
    [InlineData(NoticeKind.Withdrawn)]
    public void End_comes_to_who_was_told_the_beginning_though_they_are_to_hear_of_less_now(NoticeKind end)
    {
        using var bench = new DeskBench(hook, mail);
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        hook.Policy = hook.Policy with { SeverityMin = Severity.Urgent };
        mail.Policy = mail.Policy with { Sites = ["another"] };
        bench.Restart();
        bench.Tell("a", end);
        bench.Tell("b", NoticeKind.Firing);
        bench.Tell("b", end);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["Alert: Firing a", $"Alert: {end} a"], hook.Words);
        Assert.Equal(["Alert: Firing a", $"Alert: {end} a"], mail.Words);
    }
}
