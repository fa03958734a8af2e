using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Backend.Storage;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>However many alarms there are, nobody waits long for the planner: it looks at a few at a time, and says the same.</summary>
public sealed class BoundedPlanningTests : IDisposable
{
    private enum Act
    {
        Toggle, Blink, Wait, WaitLong, Acknowledge, Silence, Unsilence,
    }

    private static readonly Gen<(Act Act, int Which, int Minutes)[]> GenActs = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(Act.Toggle)), (2, Gen.Const(Act.Blink)), (4, Gen.Const(Act.Wait)), (1, Gen.Const(Act.WaitLong)),
            (1, Gen.Const(Act.Acknowledge)), (1, Gen.Const(Act.Silence)), (1, Gen.Const(Act.Unsilence))),
        Gen.Int[0, 7],
        Gen.Int[1, 40],
        (act, which, minutes) => (act, which, minutes)).Array[1, 40];

    private readonly string folder = Directory.CreateTempSubdirectory("pond-planning-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Planning_a_few_at_a_time_says_the_same_as_planning_at_once() => Gen.Select(GenActs, Gen.Int[1, 4]).Sample(
        (acts, few) =>
        {
            using var atOnce = new Desk(PlannedStep.NoticesLookedAtMax);
            using var inBatches = new Desk(few);
            foreach (var (act, which, minutes) in acts)
            {
                atOnce.Do(act, which, minutes);
                inBatches.Do(act, which, minutes);
            }

            Assert.Equal(atOnce.End(), inBatches.End());
        },
        iter: TestDepth.Cases(12));

    [Fact]
    public void What_is_silenced_is_held_a_few_at_a_time()
    {
        using var bench = new DeskBench(new ScriptedChannel("mail", ChannelPolicy.ForPeople));
        bench.TellMany(1200, _ => (NoticeKind.Firing, Severity.High));
        bench.Desk.Silence(new Silence { Site = "pond", From = default, Until = bench.Time.GetUtcNow().AddHours(2), By = "Li", Why = "" });
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        List<long> held = [];
        PlannedStep step;
        do
        {
            using var connection = bench.Connect();
            TriedMessage? tried = null;
            step = PlannedStep.Take(connection, new ScriptedChannel("mail", ChannelPolicy.ForPeople), ref tried, bench.Time.GetUtcNow());
            held.Add(bench.Query("SELECT count(*) FROM notification_delivery WHERE silence IS NOT NULL", reader => reader.GetInt64(0))[0]);
        }
        while (step.GoesOn);

        Assert.Equal([500, 1000, 1200], held);
        Assert.Null(step.Message);
        Assert.Equal(bench.Time.GetUtcNow().AddHours(2).AddMinutes(-1), step.LookAgainAt);
    }

    [Fact]
    public void What_is_taken_on_while_open_alarms_are_looked_at_is_not_told_again()
    {
        var database = new StateDatabase(Path.Combine(folder, "state.db"));
        var time = new FakeTimeProvider(AlertBench.Start);
        var (desk, isOver) = (new AlarmDesk(database.Connect, time), false);
        var channel = new MeddlingChannel(ChannelPolicy.ForPeople);
        using var connection = database.Connect();
        var outbox = new NotificationOutbox([channel], database.Connect, time, NullLogger<NotificationOutbox>.Instance);
        using (var transaction = connection.BeginTransaction())
        {
            AlertSchema.Create(transaction);
            outbox.Create(transaction);
            outbox.Add(transaction, SomeNotice.Of("a", NoticeKind.Firing));
            outbox.Add(transaction, SomeNotice.Of("b", NoticeKind.Firing) with { Device = "other" });
            transaction.Commit();
        }

        AlertMessage? Next()
        {
            TriedMessage? tried = null;
            if (PlannedStep.Take(connection, channel, ref tried, time.GetUtcNow()).Message is not { } kept)
            {
                return null;
            }

            tried = new TriedMessage(kept, DeliveryResult.Delivered, TimeSpan.Zero);
            Assert.Null(PlannedStep.Take(connection, channel, ref tried, time.GetUtcNow()).Message);
            return kept.Message;
        }

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(2, Next()!.Notices.Count);
        time.Advance(TimeSpan.FromHours(4));

        // The policy is asked for by each of the two transactions that write and by the one that reads between them, after it has begun.
        channel.MeddleAt(2, () => isOver = desk.Acknowledge("a", "Li", "").Refusal is null);
        var reminder = Next();
        Assert.True(isOver);
        Assert.Equal(["b"], reminder!.Notices.Select(notice => notice.Episode));

        time.Advance(TimeSpan.FromHours(4));
        isOver = false;
        channel.MeddleAt(2, () => isOver = desk.Silence(new Silence { Device = "other", From = default, Until = time.GetUtcNow().AddHours(1), By = "Li", Why = "" }).Refusal is null);
        Assert.Null(Next());
        Assert.True(isOver);

        time.Advance(TimeSpan.FromHours(4));
        channel.MeddleAt(2, () => isOver = desk.Acknowledge("b", "Li", "").Refusal is null);
        Assert.Null(Next());
    }

    [Fact]
    public void What_came_of_a_message_is_noted_once_though_the_look_that_follows_fails()
    {
        var database = new StateDatabase(Path.Combine(folder, "state.db"));
        var time = new FakeTimeProvider(AlertBench.Start);
        var channel = new MeddlingChannel(ChannelPolicy.ForPeople);
        using var connection = database.Connect();
        var outbox = new NotificationOutbox([channel], database.Connect, time, NullLogger<NotificationOutbox>.Instance);
        using (var transaction = connection.BeginTransaction())
        {
            AlertSchema.Create(transaction);
            outbox.Create(transaction);
            outbox.Add(transaction, SomeNotice.Of("a", NoticeKind.Firing));
            transaction.Commit();
        }

        time.Advance(TimeSpan.FromMinutes(1));
        TriedMessage? tried = null;
        var kept = PlannedStep.Take(connection, channel, ref tried, time.GetUtcNow()).Message!;
        tried = new TriedMessage(kept, DeliveryResult.Delivered, TimeSpan.Zero);

        // Asked for when it is noted, when the next is planned, and when open alarms are looked at. The first two are one transaction.
        channel.MeddleAt(2, () => throw new IOException("the disk is gone"));
        Assert.Throws<IOException>(() => PlannedStep.Take(connection, channel, ref tried, time.GetUtcNow()));
        Assert.NotNull(tried);
        Assert.Equal(1, outbox.Waiting(channel.Name));

        channel.MeddleAt(3, () => throw new IOException("the disk is gone"));
        Assert.Throws<IOException>(() => PlannedStep.Take(connection, channel, ref tried, time.GetUtcNow()));
        Assert.Null(tried);
        Assert.Equal(0, outbox.Waiting(channel.Name));
    }

    private sealed class MeddlingChannel(ChannelPolicy policy) : INotificationChannel
    {
        private int looks;
        private (int Look, Action Act)? meddling;

        public string Name => "mail";

        public string? FormerName => null;

        public ChannelPolicy Policy
        {
            get
            {
                looks++;
                if (meddling is { } now && now.Look == looks)
                {
                    now.Act();
                }

                return policy with { Name = Name };
            }
        }

        /// <summary>Has something done when the policy is asked for.</summary>
        /// <param name="look">At which time from now on, the first being 1.</param>
        /// <param name="act">What.</param>
        public void MeddleAt(int look, Action act) => (looks, meddling) = (0, (look, act));

        public Task<DeliveryResult> DeliverAsync(AlertMessage message, CancellationToken cancellationToken) =>
            Task.FromResult(DeliveryResult.Delivered);
    }

    // A machine, people, and a second line, all of whom take all.
    private sealed class Desk : IDisposable
    {
        private static readonly AlertRule[] Quiet = [AlertBench.Ammonium with { Id = "rule-1", Quiet = new QuietRule(["rule-3"], QuietPlace.Site) }];

        private readonly ScriptedChannel[] channels =
        [
            new("hook", ChannelPolicy.ForMachines with { RepeatEvery = TimeSpan.FromMinutes(35) }),
            new("mail", ChannelPolicy.ForPeople.Under(Quiet) with { MessagesPerHourMax = null, RepeatEvery = TimeSpan.FromMinutes(50) }),
            new("second", ChannelPolicy.ForPeople with { MessagesPerHourMax = null, EscalateAfter = TimeSpan.FromMinutes(15) }),
        ];

        private readonly DeskBench bench;
        private readonly string?[] firing = new string?[8];
        private int episodes;

        public Desk(int lookedAtMax) => bench = new DeskBench(channels) { LookedAtMax = lookedAtMax };

        public void Do(Act act, int which, int minutes)
        {
            var now = bench.Time.GetUtcNow();
            switch (act)
            {
                case Act.Toggle:
                    // Of one site many at once.
                    Toggle(which);
                    Toggle((which + 3) % 8);
                    break;
                case Act.Blink:
                    Toggle(which);
                    Toggle(which);
                    break;
                case Act.Wait:
                    bench.Advance(TimeSpan.FromMinutes(minutes / 4.0));
                    break;
                case Act.WaitLong:
                    bench.Advance(TimeSpan.FromMinutes(minutes * 6));
                    break;
                case Act.Acknowledge when firing[which] is { } episode:
                    bench.Desk.Acknowledge(episode, "Li", "");
                    break;
                case Act.Silence:
                    bench.Desk.Silence(new Silence { Rule = $"rule-{which}", From = now, Until = now.AddMinutes(minutes * 2), By = "Li", Why = "" });
                    break;
                case Act.Unsilence when bench.Desk.Silences() is [var silence, ..]:
                    bench.Desk.Unsilence(silence.Id, "Li");
                    break;
            }
        }

        /// <summary>What became of each notice, and what each channel was told, in words that are the same however it was gathered.</summary>
        public IReadOnlyList<string> End()
        {
            bench.Advance(TimeSpan.FromDays(1));
            return
            [
                .. bench.Query(
                    "SELECT d.channel, n.id, d.standing, d.done_ms FROM notification_delivery d JOIN notification n USING (number) ORDER BY 1, 2",
                    reader => $"{reader.GetString(0)} {reader.GetString(1)} {(DeliveryStanding)reader.GetInt32(2)} {(reader.IsDBNull(3) ? 0 : reader.GetInt64(3))}"),
                .. channels.SelectMany(channel => channel.Taken.SelectMany(message => message.Notices.Select(notice =>
                    $"{channel.Name} {message.MadeAt:O} {message.Kind == MessageKind.Reminder} {notice.Id} {notice.Phase} {message.Flapping.FirstOrDefault(flap => flap.Episode == notice.Episode)}")))
                    .Order(StringComparer.Ordinal),
                .. bench.Desk.History(null, 1000).Select(entry => $"{entry.Act} {entry.Alarm} {entry.At:O} {entry.Note}").Order(StringComparer.Ordinal),
            ];
        }

        public void Dispose() => bench.Dispose();

        private void Toggle(int which)
        {
            var phase = firing[which] is null ? NoticeKind.Firing : NoticeKind.Cleared;
            var episode = firing[which] ?? $"{which}-{episodes++}";
            firing[which] = phase == NoticeKind.Firing ? episode : null;
            var severity = (Severity)(which % 4);
            bench.Tell(episode, phase, severity, site: which % 2 == 0 ? "pond" : "other", rule: $"rule-{which}");
        }
    }
}
