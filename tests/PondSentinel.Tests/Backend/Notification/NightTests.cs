using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Notification;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>What one rule at one channel makes of a night of 12 hours, to people who acknowledge nothing: never sixty mails, and never a
/// leak that nobody hears of.</summary>
public sealed class NightTests : IDisposable
{
    // README.md says how they come together.
    private const int MessagesMax = 24;
    private static readonly TimeSpan Night = TimeSpan.FromHours(12);
    private static readonly TimeSpan Gathered = TimeSpan.FromSeconds(30);

    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople);
    private readonly DeskBench bench;
    private int episodes;

    public NightTests() => bench = new DeskBench(mail);

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData(27, 28, false, "e8", "e13")]
    [InlineData(27, 28, true, "e8", "e13")]
    [InlineData(12, 13, false, "e13", "e23")]
    [InlineData(65, 65, false, "e6", null)]
    [InlineData(65, 65, true, "e6", null)]
    public void Cycle_of_a_pump_is_told_three_times_then_once_and_reminded_of(int on, int off, bool restarts, string first, string? second)
    {
        var end = bench.Time.GetUtcNow() + Night;
        while (bench.Time.GetUtcNow() < end)
        {
            Fire(Minutes(on));
            Pause(Minutes(off));
            if (restarts)
            {
                bench.Restart();
            }
        }

        string[] reminders = second is null ? [$"Reminder: Firing {first}"] : [$"Reminder: Firing {first}", $"Reminder: Firing {second}"];
        Assert.Equal(
            [
                "Alert: Firing e1", "Alert: Cleared e1", "Alert: Firing e2", "Alert: Cleared e2", "Alert: Firing e3", "Alert: Cleared e3",
                "Alert: Firing e4", .. reminders,
            ],
            mail.Words.Where((_, i) => mail.Taken[i].MadeAt <= end));
        Assert.Equal((4, false), (mail.Taken[6].Flapping[0].Raises, mail.Taken[6].Flapping[0].IsOver));
    }

    // What begins less often than once in three hours is not held: that would be no fewer messages.
    [Fact]
    public void What_begins_every_three_hours_is_told_each_time()
    {
        for (var i = 0; i < 4; i++)
        {
            Fire(Minutes(60));
            Pause(Minutes(121));
        }

        Assert.Equal(8, mail.Taken.Count);
        Assert.DoesNotContain(mail.Taken, message => message.Flapping.Count > 0);
    }

    [Theory]
    [InlineData(27, 28, 60)]
    [InlineData(5, 10, 60)]
    [InlineData(10, 100, 60)]
    [InlineData(60, 30, 90)]
    [InlineData(65, 65, 97.5)]
    [InlineData(130, 10, 180)]
    public void What_came_and_went_slowly_and_stays_is_told_within_an_hour_or_half_as_long_again_as_it_ever_fired(int on, int off, double after)
    {
        for (var i = 0; i < 6; i++)
        {
            Fire(Minutes(on));
            Pause(Minutes(off));
        }

        // Whoever took on that it comes and goes has not taken on that it stays.
        Assert.Null(bench.Desk.Acknowledge($"e{episodes}", "Li", "the pump").Refusal);
        var (count, began) = (mail.Taken.Count, bench.Time.GetUtcNow());
        Tell(NoticeKind.Firing);
        bench.Advance(Minutes(after) - Gathered);
        Assert.Equal(count, mail.Taken.Count);
        bench.Restart();
        bench.Advance(Minutes(1));
        Assert.Equal("Alert: Firing e7", mail.Words[^1]);
        Assert.Equal(began + Minutes(after), mail.Taken[^1].MadeAt);
        Assert.Equal((7, true), (mail.Taken[^1].Flapping[0].Raises, mail.Taken[^1].Flapping[0].IsOver));
        Assert.Equal(Severity.High, mail.Taken[^1].Urgency);
    }

    [Theory]
    [InlineData(27, 28, 60)]
    [InlineData(10, 45, 67.5)]
    [InlineData(10, 100, 150)]
    [InlineData(10, 150, 180)]
    public void What_came_and_went_slowly_is_over_when_it_was_gone_for_half_as_long_again_as_ever(int on, int off, double after)
    {
        for (var i = 0; i < 5; i++)
        {
            Fire(Minutes(on));
            Pause(Minutes(off));
        }

        Fire(Minutes(on));
        var (count, ended) = (mail.Taken.Count, bench.Time.GetUtcNow());
        Assert.Equal(ended + Minutes(after), Assert.Single(bench.Desk.Active()).StandsStillAt);
        bench.Restart();
        bench.Advance(Minutes(after) - Gathered);
        Assert.DoesNotContain(mail.Taken.Skip(count), message => message.Kind != MessageKind.Reminder);
        bench.Advance(Minutes(1));
        Assert.Equal(ended + Minutes(after), mail.Taken[^1].MadeAt);
        Assert.Equal("Alert: Cleared e6", mail.Words[^1]);
        Assert.Equal(Severity.Info, mail.Taken[^1].Urgency);
        Assert.Empty(bench.Desk.Active());
    }

    [Fact]
    public void What_stood_still_and_begins_anew_is_told_at_once_and_comes_and_goes_from_its_beginning()
    {
        for (var i = 0; i < 5; i++)
        {
            Fire(Minutes(2));
            Pause(Minutes(2));
        }

        bench.Advance(Minutes(58));
        Assert.Equal("Alert: Cleared e5", mail.Words[^1]);
        Fire(Minutes(2));
        Assert.Equal("Alert: Firing e6", mail.Words[^1]);
        Assert.Equal((6, false), (mail.Taken[^1].Flapping[0].Raises, mail.Taken[^1].Flapping[0].IsOver));

        // It has stood still for an hour and come back: an hour is a pause of it now.
        bench.Advance(Minutes(89));
        Assert.Equal("Alert: Firing e6", mail.Words[^1]);
        bench.Advance(Minutes(2));
        Assert.Equal("Alert: Cleared e6", mail.Words[^1]);
    }

    // The same episode, of whose former coming and going nobody heard the end: that is not this one.
    [Fact]
    public void Who_never_heard_that_it_stood_still_is_told_that_it_comes_and_goes_again()
    {
        for (var i = 0; i < 5; i++)
        {
            Same(NoticeKind.Firing);
            Same(NoticeKind.Cleared);
        }

        mail.Answer = _ => DeliveryResult.NotNow("dead");
        bench.Advance(Minutes(180));
        Same(NoticeKind.Firing);
        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Advance(Minutes(10));
        Assert.Equal("Alert: Firing e", mail.Words[^1]);
        Assert.Equal((6, false), (mail.Taken[^1].Flapping[0].Raises, mail.Taken[^1].Flapping[0].IsOver));

        void Same(NoticeKind phase)
        {
            bench.Tell("e", phase, rule: "pump");
            bench.Advance(Minutes(2));
        }
    }

    [Fact]
    public void What_becomes_graver_while_it_comes_and_goes_is_told_at_once_to_whoever_took_it_on_too()
    {
        for (var i = 0; i < 5; i++)
        {
            Fire(Minutes(27));
            Pause(Minutes(28));
        }

        Assert.Null(bench.Desk.Acknowledge("e5", "Li", "the pump").Refusal);
        Tell(NoticeKind.Firing);
        bench.Advance(Minutes(5));
        Assert.Equal("Alert: Firing e4", mail.Words[^1]);
        bench.Tell("e6", NoticeKind.Firing, Severity.Urgent, rule: "pump");
        bench.Advance(Minutes(1));
        Assert.Equal("Alert: Firing e6", mail.Words[^1]);
        Assert.Equal((Severity.Urgent, false), (mail.Taken[^1].Urgency, mail.Taken[^1].Flapping[0].IsOver));
        var count = mail.Taken.Count;
        bench.Tell("e6", NoticeKind.Cleared, Severity.Urgent, rule: "pump");
        bench.Advance(Minutes(10));
        bench.Tell("e7", NoticeKind.Firing, Severity.Urgent, rule: "pump");
        bench.Advance(Minutes(10));
        Assert.Equal(count, mail.Taken.Count);
    }

    [Fact]
    public void What_becomes_graver_has_not_begun_once_more()
    {
        for (var i = 1; i <= 2; i++)
        {
            foreach (var severity in (Severity[])[Severity.Medium, Severity.High, Severity.Urgent])
            {
                bench.Tell($"e{i}", NoticeKind.Firing, severity, rule: "pump");
                bench.Advance(Minutes(1));
            }

            bench.Tell($"e{i}", NoticeKind.Cleared, Severity.Urgent, rule: "pump");
            bench.Advance(Minutes(1));
        }

        Assert.Equal(8, mail.Taken.Count);
        Assert.DoesNotContain(mail.Taken, message => message.Flapping.Count > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Second_line_that_heard_of_it_hears_in_its_time_what_becomes_graver_and_the_end_though_it_was_taken_on(bool isTakenOn)
    {
        var second = new ScriptedChannel("second", ChannelPolicy.ForPeople with { EscalateAfter = Minutes(15), RepeatEvery = null });
        bench.Restart(mail, second);
        for (var i = 0; i < 5; i++)
        {
            Fire(Minutes(20));
            Pause(Minutes(5));
        }

        Assert.Equal("Escalation: Firing e4", second.Words[^1]);
        bench.Tell("e6", NoticeKind.Firing, Severity.Urgent, rule: "pump");
        if (isTakenOn)
        {
            Assert.Null(bench.Desk.Acknowledge("e6", "Li", "").Refusal);
        }

        for (var i = 0; i < 8; i++)
        {
            bench.Advance(Minutes(1));
            bench.Tell("e6", NoticeKind.Cleared, Severity.Urgent, rule: "pump");
            bench.Advance(Minutes(1));
            bench.Tell("e6", NoticeKind.Firing, Severity.Urgent, rule: "pump");
        }

        bench.Run();
        Assert.Equal(isTakenOn ? "Escalation: Firing e4" : "Escalation: Firing e6", second.Words[^1]);
        bench.Tell("e6", NoticeKind.Cleared, Severity.Urgent, rule: "pump");
        bench.Advance(Minutes(61));
        Assert.Equal("Alert: Cleared e6", second.Words[^1]);
        Assert.True(second.Taken[^1].Flapping[0].IsOver);
    }

    [Fact]
    public void Command_line_says_when_it_stands_still()
    {
        for (var i = 0; i < 4; i++)
        {
            Fire(Minutes(27));
            Pause(Minutes(28));
        }

        Fire(Minutes(27));
        var until = bench.Time.GetUtcNow().AddHours(1);
        var line = AlarmText.Lines(bench.Desk.Active()[0], []).ElementAt(2);
        Assert.StartsWith("  has begun 5 times since ", line, StringComparison.Ordinal);
        Assert.EndsWith($", stands still if nothing changes until {until:yyyy-MM-ddTHH:mm:ss}Z", line, StringComparison.Ordinal);
    }

    // Each time it stands still for just long enough, firing where that makes three messages, and never twice for the same time.
    [Fact]
    public void Worst_night_there_is_makes_as_many_messages_as_the_readme_says()
    {
        var end = bench.Time.GetUtcNow() + Night;
        for (var i = 0; i < 3; i++)
        {
            Fire(Minutes(0.51));
            Pause(Minutes(0.51));
        }

        foreach (var minutes in (double[])[60.51, 90.8, 136.3, 180.51, 180.51])
        {
            Fire(Minutes(minutes));
            Pause(Minutes(0.51));
        }

        Fire(Minutes(0.51));
        Pause(Minutes(60.51));
        Tell(NoticeKind.Firing);
        bench.Advance(Minutes(1));
        Assert.InRange(bench.Time.GetUtcNow(), end.AddMinutes(-15), end);
        Assert.Equal(MessagesMax, mail.Taken.Count);
    }

    [Fact]
    public void No_cycle_makes_more_than_nine() => Gen.Select(Gen.Int[1, 300], Gen.Int[1, 300]).Sample(
        (on, off) =>
        {
            using var night = new NightTests();
            var end = night.bench.Time.GetUtcNow() + Night;
            while (night.bench.Time.GetUtcNow() < end)
            {
                night.Fire(Minutes(on));
                night.Pause(Minutes(off));
            }

            Assert.InRange(night.mail.Taken.Count(message => message.MadeAt <= end), 3, 9);
        },
        iter: TestDepth.Cases(15));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(0, 0)]
    public void No_night_in_which_it_stands_still_each_time_makes_more(int on, int off) => Live([.. Enumerable.Repeat((on, off), 30)]);

    [Fact]
    public void No_night_makes_more_and_what_fires_for_three_hours_is_told_in_them() => Gen.Select(
        GenMinutes, GenMinutes).Array[20, 50].Sample(
        cycles =>
        {
            using var night = new NightTests();
            night.Live(cycles);
        },
        iter: TestDepth.Cases(8));

    [Fact]
    public void It_comes_and_goes_when_the_model_says_so() => Gen.Select(GenMinutes.Select(minutes => Math.Max(1, minutes)), Gen.Int[0, 4]).Array[1, 80].Sample(
        steps =>
        {
            using var bench = new DeskBench(new ScriptedChannel("hook", ChannelPolicy.ForMachines));
            FlapModel[] models = [new(), new()];
            var firing = new string?[2];
            for (var i = 0; i < steps.Length; i++)
            {
                var (minutes, act) = steps[i];
                var which = act % 2;
                firing[which] = firing[which] is null ? $"{which}-{i}" : null;
                var episode = firing[which] ?? bench.Query($"SELECT episode FROM notification WHERE episode LIKE '{which}-%' ORDER BY number DESC LIMIT 1", reader => reader.GetString(0))[0];
                bench.Tell(episode, firing[which] is null ? NoticeKind.Cleared : NoticeKind.Firing, rule: "pump", device: $"d{which}");
                models[which].Change(bench.Time.GetUtcNow(), firing[which] is not null);
                if (act == 4)
                {
                    bench.Restart();
                }

                bench.Advance(Minutes(minutes));
                var flapping = bench.Desk.Active().Where(alarm => alarm.IsFlapping).Select(alarm => alarm.Device).Order(StringComparer.Ordinal);
                Assert.Equal(Enumerable.Range(0, 2).Where(of => models[of].IsFlapping(bench.Time.GetUtcNow())).Select(of => $"d{of}"), flapping);
            }
        },
        iter: TestDepth.Cases(20));

    // Nothing is for just long enough to stand still: so it makes the most of the night.
    private static Gen<int> GenMinutes => Gen.Frequency((3, Gen.Int[1, 10]), (3, Gen.Int[10, 70]), (1, Gen.Int[60, 250]), (4, Gen.Const(0)));

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    private void Live((int On, int Off)[] cycles)
    {
        foreach (var (on, off) in cycles)
        {
            var began = bench.Time.GetUtcNow();
            Tell(NoticeKind.Firing);
            bench.Run();
            bench.Advance(SpanOf(on));
            if (bench.Time.GetUtcNow() - began > ToldWithin)
            {
                Assert.Contains(mail.Taken, message => message.MadeAt >= began && message.MadeAt <= began + ToldWithin && message.Urgency == Severity.High
                    && message.Notices[0].Episode == $"e{episodes}");
            }

            Tell(NoticeKind.Cleared);
            bench.Run();
            bench.Advance(SpanOf(off));
        }

        var times = mail.Taken.ConvertAll(message => message.MadeAt);
        for (var i = 0; i < times.Count; i++)
        {
            Assert.InRange(times.Count(time => time >= times[i] && time < times[i] + Night), 1, MessagesMax);
        }
    }

    private TimeSpan SpanOf(int minutes) =>
        minutes > 0 ? Minutes(minutes)
        : bench.Desk.Active() is [{ StandsStillAt: { } until }] ? until - bench.Time.GetUtcNow() + Gathered
        : Gathered;

    private static TimeSpan ToldWithin => TimeSpan.FromHours(3) + Gathered;

    private void Fire(TimeSpan span)
    {
        Tell(NoticeKind.Firing);
        bench.Advance(span);
        Tell(NoticeKind.Cleared);
        bench.Run();
    }

    private void Pause(TimeSpan span) => bench.Advance(span);

    private void Tell(NoticeKind phase)
    {
        episodes += phase == NoticeKind.Firing ? 1 : 0;
        bench.Tell($"e{episodes}", phase, rule: "pump");
    }
}
