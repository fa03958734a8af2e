using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;

namespace PondSentinel.Tests.Backend.Notification;

public sealed class FlappingTests
{
    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople);
    private readonly ScriptedChannel hook = new("hook", ChannelPolicy.ForMachines);

    [Fact]
    public void Nobody_is_called_after_others_or_reminded_while_what_comes_and_goes_is_gone()
    {
        ScriptedChannel first = new("first", ChannelPolicy.ForPeople with { GroupFor = TimeSpan.Zero, RepeatEvery = TimeSpan.FromHours(1) });
        ScriptedChannel second = new("second", ChannelPolicy.ForPeople with { GroupFor = TimeSpan.Zero, EscalateAfter = TimeSpan.FromHours(1) });
        using var bench = new DeskBench(first, second);
        for (var i = 0; i < 4; i++)
        {
            bench.Tell($"cycle-{i}", NoticeKind.Firing, Severity.Urgent, rule: "pump");
            bench.Advance(TimeSpan.FromMinutes(5));
            bench.Tell($"cycle-{i}", NoticeKind.Cleared, Severity.Urgent, rule: "pump");
            bench.Advance(TimeSpan.FromMinutes(115));
        }

        bench.Advance(TimeSpan.FromHours(8));
        Assert.Empty(second.Words);
        Assert.DoesNotContain(first.Taken, message => message.Kind == MessageKind.Reminder);

        // What comes to stay calls.
        bench.Tell("stays", NoticeKind.Firing, Severity.Urgent, rule: "pump");
        bench.Advance(TimeSpan.FromHours(1));
        Assert.Equal("Escalation: Firing stays", Assert.Single(second.Words));
    }

    [Fact]
    public void Next_beginning_of_what_was_gone_when_its_time_ran_out_calls_the_second_line()
    {
        ScriptedChannel second = new("second", ChannelPolicy.ForPeople with { GroupFor = TimeSpan.Zero, EscalateAfter = TimeSpan.FromHours(1) });
        using var bench = new DeskBench(second);
        for (var i = 0; i < 5; i++)
        {
            Assert.Empty(second.Words);
            bench.Tell($"cycle-{i}", NoticeKind.Firing, Severity.Urgent, rule: "pump");
            bench.Run();
            if (i < 4)
            {
                bench.Advance(TimeSpan.FromMinutes(5));
                bench.Tell($"cycle-{i}", NoticeKind.Cleared, Severity.Urgent, rule: "pump");
                bench.Advance(TimeSpan.FromMinutes(115));
            }
        }

        Assert.Equal("Escalation: Firing cycle-4", Assert.Single(second.Words));
    }

    [Fact]
    public void What_comes_and_goes_is_told_once_until_it_is_quiet_for_an_hour()
    {
        using var bench = new DeskBench(mail, hook);
        for (var i = 1; i <= 10; i++)
        {
            Blink(bench, i);
        }

        Assert.Equal(7, mail.Taken.Count);
        Assert.Equal("Alert: Firing e4", mail.Words[6]);
        var begins = Assert.Single(mail.Taken[6].Flapping);
        Assert.Equal((4, false, "e4"), (begins.Raises, begins.IsOver, begins.Episode));
        Assert.Equal(20, hook.Taken.Count);

        bench.Advance(TimeSpan.FromHours(1));
        Assert.Equal("Alert: Cleared e10", mail.Words[7]);
        var ends = Assert.Single(mail.Taken[7].Flapping);
        Assert.Equal((10, true), (ends.Raises, ends.IsOver));
        Assert.Equal(Severity.Info, mail.Taken[7].Urgency);
        Assert.Equal([DeliveryStanding.Delivered, DeliveryStanding.Flapped], bench.Fates(mail, "e4"));
        bench.Advance(TimeSpan.FromHours(9));
        Assert.Equal(8, mail.Taken.Count);
    }

    [Fact]
    public void What_comes_and_stays_is_told_when_it_has_stayed_for_an_hour_and_reminded_of()
    {
        using var bench = new DeskBench(mail);
        for (var i = 1; i <= 5; i++)
        {
            Blink(bench, i);
        }

        bench.Tell("e6", NoticeKind.Firing, rule: "r");
        bench.Advance(TimeSpan.FromHours(1));
        Assert.Equal("Alert: Firing e6", mail.Words[^1]);
        Assert.True(mail.Taken[^1].Flapping[0].IsOver);
        Assert.Equal(Severity.High, mail.Taken[^1].Urgency);
        bench.Advance(TimeSpan.FromHours(4));
        Assert.Equal("Reminder: Firing e6", mail.Words[^1]);
        bench.Tell("e6", NoticeKind.Cleared, rule: "r");
        bench.Advance(TimeSpan.FromHours(4));
        Assert.Equal("Alert: Cleared e6", mail.Words[^1]);
    }

    [Fact]
    public void What_stays_in_a_silence_is_told_when_that_ends()
    {
        using var bench = new DeskBench(mail);
        for (var i = 1; i <= 5; i++)
        {
            Blink(bench, i);
        }

        bench.Tell("e6", NoticeKind.Firing, rule: "r");
        bench.Run();
        var (count, from) = (mail.Taken.Count, bench.Time.GetUtcNow());
        Assert.Null(bench.Desk.Silence(new() { Rule = "r", From = from, Until = from.AddHours(3), By = "Li", Why = "" }).Refusal);
        bench.Advance(TimeSpan.FromMinutes(179));
        Assert.Equal(count, mail.Taken.Count);
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("Alert: Firing e6", mail.Words[^1]);
        Assert.True(mail.Taken[^1].Flapping[0].IsOver);
    }

    [Fact]
    public void What_goes_on_flapping_is_an_alarm_and_is_reminded_of_until_somebody_takes_it_on()
    {
        using var bench = new DeskBench(mail);
        for (var i = 1; i <= 70; i++)
        {
            Blink(bench, i);
        }

        Assert.Equal("Reminder", mail.Words[^1].Split(':')[0]);
        Assert.Equal(Severity.High, mail.Taken[^1].Urgency);
        var count = mail.Taken.Count;
        Assert.True(Assert.Single(bench.Desk.Active()).IsFlapping);
        Assert.Null(bench.Desk.Acknowledge("e70", "Li", "").Refusal);
        for (var i = 71; i <= 140; i++)
        {
            Blink(bench, i);
        }

        Assert.Equal(count, mail.Taken.Count);
    }

    [Fact]
    public void Other_channel_is_no_flapping()
    {
        using var bench = new DeskBench(mail);
        for (var i = 1; i <= 6; i++)
        {
            bench.Tell($"e{i}", NoticeKind.Firing, rule: "r", device: $"d{i % 2}");
            bench.Advance(TimeSpan.FromMinutes(8));
            bench.Tell($"e{i}", NoticeKind.Cleared, rule: "r", device: $"d{i % 2}");
            bench.Advance(TimeSpan.FromMinutes(8));
        }

        Assert.Equal(12, mail.Taken.Count);
        Assert.DoesNotContain(mail.Taken, message => message.Flapping.Count > 0);
    }

    [Fact]
    public void What_comes_and_goes_and_becomes_grave_is_told_though_the_digest_has_told_of_it()
    {
        using var bench = new DeskBench(mail);
        bench.Time.SetUtcNow(new DateTimeOffset(bench.Time.GetUtcNow().Date.AddDays(1), TimeSpan.Zero).AddHours(7.7));
        for (var i = 1; i <= 6; i++)
        {
            Blink(bench, i, Severity.Info);
        }

        Assert.Equal(MessageKind.Digest, Assert.Single(mail.Taken).Kind);
        Assert.False(Assert.Single(mail.Taken[0].Flapping).IsOver);
        bench.Tell("e7", NoticeKind.Firing, rule: "r");
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Alert: Firing e7", mail.Words[^1]);
    }

    [Fact]
    public void That_it_comes_and_goes_is_not_told_by_a_message_that_waited_until_it_stood_still()
    {
        using var bench = new DeskBench(mail);
        for (var i = 1; i <= 6; i++)
        {
            mail.Answer = _ => i > 3 ? DeliveryResult.NotNow("dead") : DeliveryResult.Delivered;
            Blink(bench, i);
        }

        bench.Advance(TimeSpan.FromHours(2));
        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(7, mail.Taken.Count);
        Assert.DoesNotContain(mail.Taken, message => message.Flapping.Any(flap => !flap.IsOver));
    }

    [Fact]
    public void Who_took_it_on_before_it_came_and_went_has_not_taken_that_on()
    {
        using var bench = new DeskBench(mail);
        for (var i = 0; i < 4; i++)
        {
            bench.Tell("e", NoticeKind.Firing, rule: "r");
            Assert.Null(bench.Desk.Account("e")!.Alarm.Acknowledged);
            bench.Desk.Acknowledge("e", "Li", "");
            bench.Tell("e", NoticeKind.Cleared, rule: "r");
        }

        Assert.True(bench.Desk.Account("e")!.Alarm.IsFlapping);
    }

    [Fact]
    public void Channel_that_is_new_is_not_told_that_what_comes_and_goes_fires_while_it_is_gone()
    {
        using var bench = new DeskBench(hook);
        for (var i = 1; i <= 5; i++)
        {
            Blink(bench, i);
        }

        bench.Restart(hook, mail);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(mail.Words);
    }

    // Where reminders are far away or off nobody would hear that it has come to stay.
    [Fact]
    public void What_came_and_went_and_stays_is_told_once_it_has_stood_still()
    {
        var channel = new ScriptedChannel("mail", ChannelPolicy.ForPeople with { RepeatEvery = null });
        using var bench = new DeskBench(channel);
        for (var i = 0; i < 4; i++)
        {
            bench.Tell($"e{i}", NoticeKind.Firing, rule: "leak");
            bench.Advance(TimeSpan.FromMinutes(2));
            if (i < 3)
            {
                bench.Tell($"e{i}", NoticeKind.Cleared, rule: "leak");
                bench.Advance(TimeSpan.FromMinutes(2));
            }
        }

        // The message that said so first was of the beginning that stays: nothing waits that would say more.
        var last = bench.Time.GetUtcNow().AddMinutes(-2);
        bench.Advance(TimeSpan.FromHours(2));
        Assert.Equal(last.AddHours(1), channel.Taken[^1].MadeAt);
        Assert.Equal(NoticeKind.Firing, channel.Taken[^1].Notices[0].Phase);
        Assert.True(channel.Taken[^1].Flapping[0].IsOver);
        var count = channel.Taken.Count;
        bench.Advance(TimeSpan.FromHours(9));
        Assert.Equal(count, channel.Taken.Count);
    }

    [Fact]
    public void Episode_that_began_anew_is_found_in_the_alarm_that_it_belongs_to_now()
    {
        var channel = new ScriptedChannel("mail", ChannelPolicy.ForPeople);
        using var bench = new DeskBench(channel);
        bench.Tell("old", NoticeKind.Past, rule: "leak");
        for (var i = 0; i < 4; i++)
        {
            bench.Tell($"e{i}", NoticeKind.Firing, rule: "leak");
            bench.Tell($"e{i}", NoticeKind.Cleared, rule: "leak");
        }

        bench.Tell("old", NoticeKind.Firing, rule: "leak");
        Assert.Equal("e3", bench.Desk.Account("old")!.Alarm.Id);
        Assert.Null(bench.Desk.Acknowledge("old", "Li", "").Refusal);
    }

    [Fact]
    public void What_stood_still_and_comes_and_goes_again_is_told_again()
    {
        using var bench = new DeskBench(mail);
        for (var i = 1; i <= 6; i++)
        {
            Blink(bench, i);
        }

        bench.Advance(TimeSpan.FromHours(2));
        for (var i = 7; i <= 12; i++)
        {
            Blink(bench, i);
        }

        Assert.Equal([false, true, false], mail.Taken.SelectMany(message => message.Flapping).Select(flap => flap.IsOver));
    }

    private static void Blink(DeskBench bench, int number, Severity severity = Severity.High)
    {
        bench.Tell($"e{number}", NoticeKind.Firing, severity, rule: "r");
        bench.Advance(TimeSpan.FromMinutes(2));
        bench.Tell($"e{number}", NoticeKind.Cleared, severity, rule: "r");
        bench.Advance(TimeSpan.FromMinutes(2));
    }
}
