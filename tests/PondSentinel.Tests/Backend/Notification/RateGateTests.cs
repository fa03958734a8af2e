using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>How many messages there may be in an hour, and that nothing less severe makes what is urgent wait.</summary>
public sealed class RateGateTests
{
    [Fact]
    public void Urgent_message_waits_for_none_that_is_less_severe_and_no_hour_has_too_many() =>
        Gen.Select(Gen.Int[1, 20], Gen.Select(Gen.Enum<Severity>(), Gen.Int[0, 30]).Array[1, 120]).Sample(
            (most, messages) =>
            {
                List<(DateTimeOffset At, Severity Severity)> sent = [];
                var now = AlertBench.Start;
                foreach (var (severity, minutes) in messages)
                {
                    now += TimeSpan.FromMinutes(minutes);
                    var hour = sent.Where(message => message.At > now - RateGate.Window).ToList();
                    var opens = new RateGate(ChannelPolicy.ForPeople with { MessagesPerHourMax = most }, [.. hour.Select(message => message.At)], []).Opens(severity);
                    if (opens is null)
                    {
                        sent.Add((now, severity));
                        hour.Add((now, severity));
                        Assert.True(hour.Count <= most + RateGate.Reserve(most));
                        Assert.True(severity == Severity.Urgent || hour.Count <= most);
                        Assert.True(severity >= Severity.High || hour.Count <= most - (most / 4));
                    }
                    else
                    {
                        Assert.InRange(opens.Value, now.AddTicks(1), now + RateGate.Window);
                        Assert.True(severity != Severity.Urgent || hour.Count(message => message.Severity == Severity.Urgent) >= RateGate.Reserve(most));
                    }
                }
            },
            iter: TestDepth.Cases(1_000));

    [Fact]
    public void What_has_to_go_before_leaves_room_for_what_presses() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[0, 59].Array[0, 30], Gen.Bool.Select(isUrgent => isUrgent ? Severity.Urgent : Severity.High)).Sample(
            (most, minutes, press) =>
            {
                List<DateTimeOffset> sent = [.. minutes.Order().Select(minute => AlertBench.Start.AddMinutes(minute))];
                DateTimeOffset? Opens(bool isBefore) => new RateGate(ChannelPolicy.ForPeople with { MessagesPerHourMax = most }, sent, []).Opens(press, isBefore);
                Assert.True(!(Opens(isBefore: true) < Opens(isBefore: false)));
                if (Opens(isBefore: true) is null && sent.Count >= most - (most / 4))
                {
                    sent.Add(AlertBench.Start.AddHours(1));
                    Assert.Null(Opens(isBefore: false));
                }
            },
            iter: TestDepth.Cases(1_000));

    [Fact]
    public void End_that_has_to_go_before_an_urgent_alarm_takes_nothing_of_what_is_kept_for_that()
    {
        var mail = new ScriptedChannel("mail", ChannelPolicy.ForPeople with { MessagesPerHourMax = 4, RepeatEvery = null });
        using var bench = new DeskBench(mail);
        bench.Tell("leak1", NoticeKind.Firing, Severity.Urgent, rule: "leak");
        for (var i = 0; i < 3; i++)
        {
            bench.Advance(TimeSpan.FromMinutes(10));
            bench.Tell($"h{i}", NoticeKind.Firing, Severity.High, site: $"s{i}");
        }

        // Refused as a whole, so that each goes alone.
        bench.Advance(TimeSpan.FromMinutes(10));
        mail.Answer = message => message.Notices.Count > 1 ? DeliveryResult.Refused("too long") : DeliveryResult.Delivered;
        bench.Tell("leak1", NoticeKind.Cleared, Severity.Urgent, rule: "leak");
        bench.Tell("leak2", NoticeKind.Firing, Severity.Urgent, rule: "leak");
        bench.Advance(TimeSpan.FromMinutes(19));
        Assert.Equal(4, mail.Taken.Count);
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["Alert: Cleared leak1", "Alert: Firing leak2"], mail.Words.Skip(4));
    }

    [Fact]
    public void Where_there_is_room_for_one_message_alone_the_end_and_the_next_alarm_are_in_it()
    {
        var hook = new ScriptedChannel("hook", ChannelPolicy.ForMachines with { MessagesPerHourMax = 4 });
        using var bench = new DeskBench(hook);
        bench.Tell("leak1", NoticeKind.Firing, Severity.Urgent, rule: "leak");
        for (var i = 0; i < 3; i++)
        {
            bench.Tell($"u{i}", NoticeKind.Firing, Severity.Urgent, site: $"s{i}");
        }

        bench.Run();
        Assert.Equal(4, hook.Taken.Count);
        bench.Tell("leak1", NoticeKind.Cleared, Severity.Urgent, rule: "leak");
        bench.Tell("leak2", NoticeKind.Firing, Severity.Urgent, rule: "leak");
        bench.Run();
        Assert.Equal("Alert: Cleared leak1, Firing leak2", hook.Words[^1]);
    }

    [Fact]
    public void End_that_what_is_over_too_waits_behind_takes_no_room_of_what_presses()
    {
        var hook = new ScriptedChannel("hook", ChannelPolicy.ForMachines with { MessagesPerHourMax = 4 });
        using var bench = new DeskBench(hook);
        bench.Tell("leak1", NoticeKind.Firing, Severity.Urgent, rule: "leak");
        bench.Tell("m1", NoticeKind.Firing, Severity.Medium);
        bench.Run();

        // It stands aside, and others go before it.
        hook.Answer = message => message.Notices.Any(notice => notice.Episode == "leak1") ? DeliveryResult.NotNow("busy") : DeliveryResult.Delivered;
        bench.Tell("leak1", NoticeKind.Cleared, Severity.Urgent, rule: "leak");
        bench.Advance(TimeSpan.FromMinutes(5));
        bench.Tell("m2", NoticeKind.Firing, Severity.Medium);
        bench.Run();
        bench.Tell("leak2", NoticeKind.Firing, Severity.Urgent, rule: "leak");
        bench.Tell("leak2", NoticeKind.Cleared, Severity.Urgent, rule: "leak");
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(3));
        bench.Tell("h", NoticeKind.Firing, Severity.High, site: "h");
        bench.Run();
        Assert.Equal("Alert: Firing h", hook.Words[^1]);
    }

    [Theory]
    [InlineData(30, 90)]
    [InlineData(-30, 60)]
    public void Message_that_may_have_been_taken_waits_for_the_limit_and_for_the_pace_of_lost_answers(int lastLost, int opensAfter)
    {
        DateTimeOffset At(int minute) => AlertBench.Start.AddMinutes(minute);
        var gate = new RateGate(
            ChannelPolicy.ForPeople with { MessagesPerHourMax = 4 }, [At(0), At(1), At(2), At(3)], [At(lastLost - 20), At(lastLost - 10), At(lastLost)]);
        Assert.Equal(At(opensAfter), gate.OpensAgain(Severity.High));
    }

    [Fact]
    public void Reminder_of_what_is_less_than_high_leaves_the_last_quarter()
    {
        var mail = new ScriptedChannel("mail", ChannelPolicy.ForPeople with { MessagesPerHourMax = 4, RepeatEvery = TimeSpan.FromMinutes(10) });
        using var bench = new DeskBench(mail);
        for (var i = 0; i < 3; i++)
        {
            bench.Tell($"m{i}", NoticeKind.Firing, Severity.Medium, site: $"s{i}");
        }

        bench.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(3, mail.Taken.Count);
    }

    [Fact]
    public void Leak_is_told_at_once_after_a_burst_of_high_alarms_and_reminders_do_not_use_its_way()
    {
        var mail = new ScriptedChannel("mail", ChannelPolicy.ForPeople with { MessagesPerHourMax = 4, RepeatEvery = TimeSpan.FromMinutes(5) });
        using var bench = new DeskBench(mail);
        for (var i = 0; i < 6; i++)
        {
            bench.Tell($"h{i}", NoticeKind.Firing, site: $"s{i}");
            bench.Tell($"u{i}", NoticeKind.Firing, i == 0 ? Severity.Urgent : Severity.High, site: $"s{i}");
            bench.Advance(TimeSpan.FromMinutes(2));
        }

        bench.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(4, mail.Taken.Count);
        bench.Tell("leak", NoticeKind.Firing, Severity.Urgent, site: "leak");
        bench.Advance(TimeSpan.FromSeconds(30));
        Assert.Contains(mail.Taken[4].Notices, notice => notice.Episode == "leak");
        bench.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(5, mail.Taken.Count);
    }
}
