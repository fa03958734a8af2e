using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Notification.Planning;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>Whatever happens in whatever order, the promises of the room's README hold.</summary>
public sealed class PlanningModelTests
{
    private enum Act
    {
        Toggle, Blink, Past, Withdraw, Wait, WaitLong, Acknowledge, Silence, Unsilence, Die, Revive, Refuse, Crash, Lose, Restart, Poison,
    }

    private static readonly Gen<(Act Act, int Which, int Minutes)[]> GenActs = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(Act.Toggle)), (2, Gen.Const(Act.Blink)), (1, Gen.Const(Act.Past)), (1, Gen.Const(Act.Withdraw)),
            (6, Gen.Const(Act.Wait)), (1, Gen.Const(Act.WaitLong)), (2, Gen.Const(Act.Acknowledge)), (1, Gen.Const(Act.Silence)),
            (1, Gen.Const(Act.Unsilence)), (2, Gen.Const(Act.Die)), (2, Gen.Const(Act.Revive)), (1, Gen.Const(Act.Refuse)),
            (1, Gen.Const(Act.Crash)), (1, Gen.Const(Act.Lose)), (1, Gen.Const(Act.Restart)),
            (1, Gen.Const(Act.Poison))),
        Gen.Int[0, 5],
        Gen.Int[1, 40],
        (act, which, minutes) => (act, which, minutes)).Array[1, 60];

    // Few at a time, so that it dies between two looks at what is due too.
    private static readonly Gen<int> GenLookedAtMax = Gen.Frequency((1, Gen.Const(PlannedStep.NoticesLookedAtMax)), (1, Gen.Int[1, 3]));

    [Fact]
    public void Each_notice_is_told_or_accounted_for_nothing_twice_nothing_over_and_never_too_many() =>
        Gen.Select(GenActs, GenLookedAtMax).Sample(
            (acts, lookedAtMax) =>
            {
                using var model = new Model(lookedAtMax);
                foreach (var (act, which, minutes) in acts)
                {
                    model.Do(act, which, minutes);
                }

                model.Finish();
            },
            iter: TestDepth.Cases(40));

    /// <summary>What is true, beside the desk, which has to find out.</summary>
    private sealed class Model : IDisposable
    {
        private static readonly Severity[] SeverityOf =
            [Severity.Info, Severity.Medium, Severity.High, Severity.Urgent, Severity.High, Severity.Medium];

        // What is of one site and not urgent waits for what is urgent there.
        private static readonly AlertRule[] Quiet =
            [Alerting.AlertBench.Ammonium with { Id = "rule-1", Quiet = new QuietRule(["rule-3"], QuietPlace.Site) }];

        private readonly ScriptedChannel[] channels =
        [
            new("hook", ChannelPolicy.ForMachines),
            new("mail", ChannelPolicy.ForPeople.Under(Quiet) with { MessagesPerHourMax = 4, RepeatEvery = TimeSpan.FromMinutes(50) }),
            new("second", ChannelPolicy.ForPeople with { EscalateAfter = TimeSpan.FromMinutes(15), MessagesPerHourMax = 8 }),
        ];

        private readonly DeskBench bench;
        // Those that are dead, and whether somebody is there who says so.
        private readonly Dictionary<ScriptedChannel, bool> dead = [];

        // What a receiver neither takes nor refuses, while it takes all else.
        private readonly HashSet<(string Channel, int Which)> poisoned = [];
        private readonly List<string> inOrder = [];
        private readonly Dictionary<(string Channel, int Which), int> newestTaken = [];
        private readonly HashSet<ScriptedChannel> refusing = [];
        private readonly HashSet<ScriptedChannel> crashing = [];
        private readonly HashSet<ScriptedChannel> losing = [];
        private readonly HashSet<(string Channel, int Which)> excused = [];
        private readonly HashSet<(string Channel, string Notice)> crashed = [];
        private readonly HashSet<(string Channel, string Notice)> taken = [];
        private readonly Dictionary<(string Channel, int Which), AlertNotice> lastTaken = [];
        private readonly Dictionary<string, List<DateTimeOffset>> takenAt = [];
        private readonly string?[] firing = new string?[SeverityOf.Length];
        private readonly List<string> episodes = [];
        private readonly FlapModel[] flaps = [.. SeverityOf.Select(_ => new FlapModel())];

        public Model(int lookedAtMax)
        {
            bench = new DeskBench(channels) { LookedAtMax = lookedAtMax };
            foreach (var channel in channels)
            {
                takenAt[channel.Name] = [];
                channel.Answer = message => Answer(channel, message);
            }
        }

        public void Do(Act act, int which, int minutes)
        {
            switch (act)
            {
                case Act.Toggle:
                    Toggle(which);
                    break;
                case Act.Blink:
                    Toggle(which);
                    bench.Advance(TimeSpan.FromMinutes(1));
                    Toggle(which);
                    break;
                case Act.Past when firing[which] is null:
                    Tell(which, NewEpisode(which), NoticeKind.Past);
                    break;
                case Act.Withdraw when firing[which] is { } episode:
                    firing[which] = null;
                    Tell(which, episode, NoticeKind.Withdrawn);
                    break;
                case Act.Wait:
                    bench.Advance(TimeSpan.FromMinutes(minutes / 4.0));
                    break;
                case Act.WaitLong:
                    bench.Advance(TimeSpan.FromMinutes(minutes * 6));
                    break;
                case Act.Acknowledge when firing[which] is { } episode:
                    Assert.Null(bench.Desk.Acknowledge(episode, "Li", "").Refusal);
                    break;
                case Act.Silence:
                    var now = bench.Time.GetUtcNow();
                    Assert.Null(bench.Desk.Silence(new Silence
                    {
                        Rule = $"rule-{which}", From = now, Until = now.AddMinutes(minutes * 2), By = "Li", Why = "",
                    }).Refusal);
                    break;
                case Act.Unsilence when bench.Desk.Silences() is [var silence, ..]:
                    Assert.Null(bench.Desk.Unsilence(silence.Id, "Li").Refusal);
                    break;
                case Act.Die:
                    dead[channels[which % 3]] = minutes % 2 == 0;
                    break;
                case Act.Revive:
                    dead.Clear();
                    break;
                case Act.Refuse:
                    refusing.Add(channels[which % 3]);
                    break;
                case Act.Lose:
                    losing.Add(channels[which % 3]);
                    break;
                case Act.Crash:
                    crashing.Add(channels[which % 3]);
                    break;
                case Act.Poison:
                    poisoned.Add((channels[minutes % 3].Name, which));
                    break;
                case Act.Restart:
                    bench.Restart();
                    break;
            }

            bench.Run();
            ComesAndGoes();
        }

        public void Finish()
        {
            dead.Clear();
            refusing.Clear();
            crashing.Clear();
            losing.Clear();
            bench.Advance(TimeSpan.FromDays(2));
            foreach (var channel in channels)
            {
                for (var which = 0; which < firing.Length; which++)
                {
                    if (!poisoned.Contains((channel.Name, which)))
                    {
                        IsUpToDate(channel, which);
                    }
                }
            }

            poisoned.Clear();
            bench.Advance(TimeSpan.FromDays(2));
            foreach (var channel in channels)
            {
                Assert.True(bench.Waiting(channel) == 0 || (channel.Name == "mail" && IsQuiet(1)), $"Something waits before {channel.Name}.");
                for (var which = 0; which < firing.Length; which++)
                {
                    IsUpToDate(channel, which);
                }
            }
        }

        public void Dispose() => bench.Dispose();

        private void ComesAndGoes() => Assert.Equal(
            Enumerable.Range(0, flaps.Length).Where(which => flaps[which].IsFlapping(bench.Time.GetUtcNow())).Select(which => $"rule-{which}"),
            bench.Desk.Active().Where(alarm => alarm.IsFlapping).Select(alarm => alarm.Rule).Order(StringComparer.Ordinal));

        // In the end each channel knows what is true, as far as it is to.
        private void IsUpToDate(ScriptedChannel channel, int which)
        {
            if (excused.Contains((channel.Name, which)))
            {
                return;
            }

            var last = lastTaken.GetValueOrDefault((channel.Name, which));
            if (firing[which] is null)
            {
                Assert.NotEqual(NoticeKind.Firing, last?.Phase);
                return;
            }

            var isOwed = !(channel.Name == "mail" && IsQuiet(which)) && (channel.Policy.EscalateAfter is null
                || (SeverityOf[which] >= Severity.High && bench.Desk.Account(firing[which]!)!.Alarm.Acknowledged is null));
            if (isOwed)
            {
                Assert.True(last?.Phase == NoticeKind.Firing, $"{firing[which]} fires, and {channel.Name} heard last: {last?.Phase} {last?.Episode}");
            }
        }

        private DeliveryResult Answer(ScriptedChannel channel, AlertMessage message)
        {
            if (dead.TryGetValue(channel, out var isAway))
            {
                return DeliveryResult.NotNow("dead") with { IsAway = isAway };
            }

            if (message.Notices.Any(notice => poisoned.Contains((channel.Name, WhichOf(notice)))))
            {
                return DeliveryResult.NotNow("500");
            }

            if (refusing.Remove(channel))
            {
                excused.UnionWith(message.Notices.Select(notice => (channel.Name, WhichOf(notice))));
                return DeliveryResult.Refused("never");
            }

            Check(channel, message);
            if (crashing.Remove(channel))
            {
                // It was taken, and nobody lives to note it.
                crashed.UnionWith(message.Notices.Select(notice => (channel.Name, notice.Id)));
                throw new CrashException();
            }

            if (losing.Remove(channel))
            {
                crashed.UnionWith(message.Notices.Select(notice => (channel.Name, notice.Id)));
                return DeliveryResult.Unknown("the answer is lost");
            }

            var at = takenAt[channel.Name];
            at.Add(bench.Time.GetUtcNow());
            var isUrgent = message.Kind != MessageKind.Reminder && message.Urgency == Severity.Urgent;

            // The end of the one before an urgent one has to go first, and leaves room for it.
            var isBeforeUrgent = message.Kind != MessageKind.Reminder && message.Notices.Any(notice => SeverityOf[WhichOf(notice)] == Severity.Urgent && firing[WhichOf(notice)] is not null);
            if (channel.Policy.MessagesPerHourMax is { } limit && Math.Max(1, limit / 4) is var reserve
                && limit + (isUrgent ? reserve : isBeforeUrgent ? reserve - 1 : 0) is var most && at.Count > most)
            {
                Assert.True(at[^1] - at[^(most + 1)] >= TimeSpan.FromHours(1), "More messages in an hour than there may be.");
            }

            return DeliveryResult.Delivered;
        }

        private void Check(ScriptedChannel channel, AlertMessage message)
        {
            Assert.InRange(message.Notices.Count, 1, AlertMessage.NoticesMax);
            var silences = bench.Desk.Silences();
            foreach (var notice in message.Notices)
            {
                var (which, alarm) = (WhichOf(notice), bench.Desk.Account(notice.Episode)!.Alarm);
                var flaps = message.Flapping.Any(flap => flap.Episode == notice.Episode && !flap.IsOver);
                if (notice.Phase == NoticeKind.Firing)
                {
                    Assert.True(flaps ? alarm.IsFlapping : firing[which] == notice.Episode, $"{notice.Id} is over and {channel.Name} is told that it fires: {message.Kind} {message.Id} of {string.Join(' ', message.Notices.Select(other => $"{other.Id} {other.Phase}"))}, {string.Join(' ', message.Flapping)}; {alarm}");
                    Assert.DoesNotContain(silences, silence => silence.Covers(alarm));
                    Assert.False(channel.Name == "mail" && IsQuiet(which), $"{notice.Id} is told while another explains it.");
                }

                if (message.Kind is MessageKind.Reminder or MessageKind.Escalation && notice.Phase == NoticeKind.Firing)
                {
                    Assert.Null(alarm.Acknowledged);
                }

                if (message.Kind != MessageKind.Reminder)
                {
                    Assert.True(
                        taken.Add((channel.Name, notice.Id)) || crashed.Contains((channel.Name, notice.Id)), $"{notice.Id} comes twice to {channel.Name}.");
                    var place = inOrder.IndexOf(notice.Id);
                    var newest = newestTaken.GetValueOrDefault((channel.Name, which));

                    // That it stands still is told hours later, and late news of the same wait for nothing.
                    var standsStill = message.Flapping.Any(flap => flap.Episode == notice.Episode && flap.IsOver);
                    Assert.True(
                        place >= newest || standsStill || crashed.Contains((channel.Name, notice.Id)), $"{notice.Id} comes to {channel.Name} after what is newer of the same.");
                    newestTaken[(channel.Name, which)] = Math.Max(place, newest);
                }

                lastTaken[(channel.Name, which)] = notice;
            }
        }

        private bool IsQuiet(int which) => which == 1 && firing[3] is { } storm
            && bench.Desk.Account(storm)?.Alarm is { } alarm && bench.Time.GetUtcNow() - alarm.ChangedAt < TimeSpan.FromDays(1) && !bench.Desk.Silences().Any(silence => silence.Covers(alarm));

        private void Toggle(int which)
        {
            if (firing[which] is { } episode)
            {
                firing[which] = null;
                Tell(which, episode, NoticeKind.Cleared);
            }
            else
            {
                // Now and then the engine finds that what was told to be over goes on.
                var last = episodes.FindLast(known => known.StartsWith($"{which}-", StringComparison.Ordinal));
                firing[which] = last is not null && episodes.Count % 3 == 0 ? last : NewEpisode(which);
                Tell(which, firing[which]!, NoticeKind.Firing);
            }
        }

        private string NewEpisode(int which)
        {
            episodes.Add($"{which}-{episodes.Count}");
            return episodes[^1];
        }

        private void Tell(int which, string episode, NoticeKind phase)
        {
            flaps[which].Change(bench.Time.GetUtcNow(), phase == NoticeKind.Firing, phase == NoticeKind.Past);
            inOrder.Add(bench.Tell(episode, phase, SeverityOf[which], site: which % 2 == 0 ? "pond" : "other", rule: $"rule-{which}").Id);
        }

        private static int WhichOf(AlertNotice notice) => notice.Episode[0] - '0';
    }
}
