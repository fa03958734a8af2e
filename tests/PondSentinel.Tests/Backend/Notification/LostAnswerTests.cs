using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>A receiver took a message, and its answer never came: nobody knows whether it did.</summary>
public sealed class LostAnswerTests
{
    private readonly ScriptedChannel hook = new("hook", ChannelPolicy.ForMachines);
    private readonly ScriptedChannel second = new("second", ChannelPolicy.ForMachines with { EscalateAfter = TimeSpan.FromMinutes(15) });

    [Theory]
    [InlineData(NoticeKind.Cleared)]
    [InlineData(NoticeKind.Withdrawn)]
    public void Who_may_hold_an_alarm_open_hears_of_its_end(NoticeKind end)
    {
        using var bench = new DeskBench(hook);
        hook.Answer = _ => DeliveryResult.Unknown("lost");
        bench.Tell("a", NoticeKind.Firing);
        bench.Run();
        bench.Tell("a", end);
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal([$"Alert: {end} a"], hook.Words);
    }

    [Fact]
    public void Leak_does_not_wait_for_an_hour_behind_the_end_of_the_one_before_whose_answer_was_lost()
    {
        var mail = new ScriptedChannel("mail", ChannelPolicy.ForPeople);
        using var bench = new DeskBench(mail);
        bench.Tell("leak1", NoticeKind.Firing, Severity.Urgent, rule: "leak");
        for (var i = 0; i < 7; i++)
        {
            bench.Tell($"m{i}", NoticeKind.Firing, Severity.Medium, site: $"s{i}");
            bench.Advance(TimeSpan.FromMinutes(1));
        }

        mail.Answer = message => message.Notices.Any(notice => notice.Episode == "leak1") ? DeliveryResult.Unknown("lost") : DeliveryResult.Delivered;
        bench.Tell("leak1", NoticeKind.Cleared, Severity.Urgent, rule: "leak");
        bench.Advance(TimeSpan.FromMinutes(5));
        bench.Tell("h", NoticeKind.Firing, site: "h");
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Alert: Firing h", mail.Words[^1]);
        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Tell("leak2", NoticeKind.Firing, Severity.Urgent, rule: "leak");
        bench.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(["Alert: Cleared leak1", "Alert: Firing leak2"], mail.Words.TakeLast(2));
    }

    [Fact]
    public void Its_end_passes_a_silence()
    {
        using var bench = new DeskBench(hook);
        hook.Answer = _ => DeliveryResult.Unknown("lost");
        bench.Tell("a", NoticeKind.Firing);
        bench.Run();
        var now = bench.Time.GetUtcNow();
        Assert.Null(bench.Desk.Silence(new Silence { Site = "pond", From = now, Until = now.AddHours(2), By = "Li", Why = "" }).Refusal);
        bench.Tell("a", NoticeKind.Cleared);
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["Alert: Cleared a"], hook.Words);
    }

    [Fact]
    public void Second_line_that_may_have_been_called_hears_of_the_end()
    {
        using var bench = new DeskBench(second);
        second.Answer = _ => DeliveryResult.Unknown("lost");
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(15));
        Assert.Null(bench.Desk.Acknowledge("a", "Li", "").Refusal);
        second.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(2));
        bench.Tell("a", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["Alert: Cleared a"], second.Words);
    }

    [Fact]
    public void Who_may_take_it_for_over_is_told_that_it_fires()
    {
        using var bench = new DeskBench(hook);
        TellAndLoseTheEnd(bench);
        bench.Tell("a", NoticeKind.Firing);
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["Alert: Firing a", "Alert: Firing a"], hook.Words);
    }

    [Fact]
    public void Who_may_not_have_heard_of_the_end_hears_of_it_though_it_has_fired_and_ended_again()
    {
        using var bench = new DeskBench(hook);
        TellAndLoseTheEnd(bench);
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("a", NoticeKind.Cleared);
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["Alert: Firing a", "Alert: Cleared a"], hook.Words);
    }

    [Fact]
    public void End_that_is_refused_after_its_answer_was_lost_leaves_the_receiver_to_be_told_of_what_fires()
    {
        using var bench = new DeskBench(hook);
        TellAndLoseTheEnd(bench);
        hook.Answer = _ => DeliveryResult.Refused("never");
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal([DeliveryStanding.Delivered, DeliveryStanding.Refused], bench.Fates(hook, "a"));
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["Alert: Firing a", "Alert: Firing a"], hook.Words);
    }

    [Fact]
    public void Process_that_dies_while_it_tells_leaves_the_end_due()
    {
        using var bench = new DeskBench(hook);
        var dies = true;
        hook.Answer = _ =>
        {
            if (dies)
            {
                dies = false;
                throw new CrashException();
            }

            return DeliveryResult.NotNow("busy");
        };
        bench.Tell("a", NoticeKind.Firing);
        bench.Run();
        bench.Tell("a", NoticeKind.Withdrawn);
        hook.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["Alert: Withdrawn a"], hook.Words);
    }

    // It was told that a fires, and whether it heard that a is over nobody knows.
    private void TellAndLoseTheEnd(DeskBench bench)
    {
        bench.Tell("a", NoticeKind.Firing);
        bench.Run();
        hook.Answer = _ => DeliveryResult.Unknown("lost");
        bench.Tell("a", NoticeKind.Cleared);
        bench.Run();
    }
}
