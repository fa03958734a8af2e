using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>Decides, for one channel and in one transaction, what is to be delivered now. README.md of this room tells by what
/// rules.</summary>
/// <remarks>All that it knows is in the database, so a restart at any moment changes nothing: a message is there before it is
/// sent, with the notices that are in it, and is what it was until the channel has answered.</remarks>
internal sealed class MessagePlanner
{
    private const int ThreadsMax = 500;
    private static readonly TimeSpan TestStaleAfter = TimeSpan.FromHours(1);

    private readonly ChannelPolicy policy;
    private readonly DateTimeOffset now;
    private readonly AlarmTable alarms;
    private readonly DeliveryTable deliveries;
    private readonly MessageTable messages;
    private readonly ChannelTable channels;
    private readonly int noticesMax;
    private readonly DeskHistory history;
    private readonly List<Silence> silences;
    private readonly HashSet<string> spokenOf = new(StringComparer.Ordinal);
    private List<KeptMessage> standing = [];
    private DateTimeOffset? blockedUntil;

    private List<Alarm> Active => field ??= alarms.Active();

    /// <summary>Looks at where things stand.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="now">The time, to the millisecond.</param>
    public MessagePlanner(SqliteTransaction transaction, INotificationChannel channel, DateTimeOffset now)
    {
        (policy, this.now) = (channel.Policy, now);
        ClockFit.Apply(transaction, channel.Name, now);
        channels = new ChannelTable(transaction, channel.Name);
        noticesMax = channels.NoticesMax;
        alarms = new AlarmTable(transaction);
        deliveries = new DeliveryTable(transaction, channel.Name, policy);
        messages = new MessageTable(transaction, channel.Name);
        history = new DeskHistory(transaction);
        silences = new SilenceTable(transaction).Active(now);
    }

    /// <summary>The next step.</summary>
    public PlannedStep Next()
    {
        alarms.SettleFlaps(now);
        standing = messages.Waiting(now);
        if (WholeRest() is { } until)
        {
            return new PlannedStep(null, until, IsResting: true);
        }

        standing = standing.FindAll(StaysTrue);
        var gate = new RateGate(policy, messages.Sent(now - RateGate.Window, now));
        if (Again(gate, standing.Where(message => !message.IsAside)) is { } next)
        {
            return new PlannedStep(next, null);
        }

        var message = Test(gate) ?? News(gate) ?? Reminder(gate) ?? Again(gate, standing);
        return message is not null ? new PlannedStep(message, null) : new PlannedStep(null, NextLook());
    }

    // While the oldest rests between its first attempts, while nobody is there, and for as long as the receiver has said.
    private DateTimeOffset? WholeRest() =>
        standing.Where(message => message.IsResting(now) && message.Marks.HasFlag(AttemptMarks.Asked)).Max(message => message.RestsUntil)
        ?? (standing.Where(message => !message.IsAside).ToList() is { Count: > 0 } next && next.TrueForAll(message => message.IsResting(now))
            ? next.Min(message => message.RestsUntil)
            : null);

    // One that was tried before. Others were taken meanwhile, so the limit of messages is asked again, but not of an urgent one that may be lost.
    private KeptMessage? Again(RateGate gate, IEnumerable<KeptMessage> among)
    {
        if (among.Where(message => !message.IsResting(now) && (message.IsBeyondRate || !IsBlocked(gate, message.Press)))
            .MinBy(message => message.RestsUntil ?? now) is not { } next)
        {
            return null;
        }

        messages.Begin(next.Number);
        return next;
    }

    // What may have changed between two attempts, or while nobody was there to try.
    private bool StaysTrue(KeptMessage kept)
    {
        if (IsTrue(kept))
        {
            return true;
        }

        if (kept.MayBeTaken)
        {
            deliveries.NoteDoubt(kept.Number, now);
        }

        deliveries.Release(kept.Number);
        messages.Close(kept.Number, kept.Message.Kind == MessageKind.Test ? DeliveryStanding.Dropped : DeliveryStanding.Remade, null, now);
        return false;
    }

    private bool IsTrue(KeptMessage kept)
    {
        if (kept.Message.Kind == MessageKind.Test)
        {
            return kept.Message.MadeAt > now - TestStaleAfter;
        }

        HashSet<string> of = new(StringComparer.Ordinal);
        foreach (var notice in kept.Message.Notices)
        {
            if (alarms.OfEpisode(notice.Episode) is not { } alarm)
            {
                continue;
            }

            of.Add(alarm.Id);
            var isReminder = kept.Message.Kind == MessageKind.Reminder;
            var isSilenced = notice.Phase == NoticeKind.Firing && (SilenceOf(alarm) is not null || QuieterOf(alarm) is not null);
            var isTakenOn = alarm.Acknowledged is not null && (isReminder || kept.Message.Kind == MessageKind.Escalation);
            var saysThatItFlaps = kept.Message.Flapping.Any(flap => flap.Episode == notice.Episode && !flap.IsOver);
            var isOvertaken = saysThatItFlaps
                ? !alarm.IsFlapping
                : isReminder ? alarm.Phase != NoticeKind.Firing : deliveries.Waiting(deliveries.ThreadOf(alarm, notice.Episode)).Count > 0;
            if (isSilenced || isTakenOn || isOvertaken)
            {
                return false;
            }
        }

        spokenOf.UnionWith(of);
        return true;
    }

    private KeptMessage? Test(RateGate gate)
    {
        var hasOne = standing.Exists(message => message.Message.Kind == MessageKind.Test);
        if (hasOne || messages.Test(policy.Name, now - TestStaleAfter) is not { } test || !HasRoom(isPressing: false) || IsBlocked(gate, Severity.High))
        {
            return null;
        }

        return Keep(new AlertMessage { Id = test.Id, Kind = MessageKind.Test, Notices = [], MadeAt = now, By = test.By });
    }

    private KeptMessage? News(RateGate gate)
    {
        // Where each notice goes alone and nothing limits them, the rest can wait for its turn.
        var takesOne = policy.GroupFor == TimeSpan.Zero && policy.MessagesPerHourMax is null;
        List<ReadyThread> ready = [];
        List<string> due;
        var isCrowded = false;
        do
        {
            due = deliveries.Due(now, ThreadsMax);
            foreach (var thread in due.Distinct(StringComparer.Ordinal).Select(Look).OfType<ReadyThread>())
            {
                if (takesOne && !HasRoom(thread.IsPressing))
                {
                    isCrowded = true;
                    continue;
                }

                if (takesOne && !thread.IsDigest)
                {
                    ready = [thread];
                    break;
                }

                ready.Add(thread);
            }
        }
        while (ready.Count == 0 && due.Count == ThreadsMax && !isCrowded); // What was held or closed is due no longer.

        if (ready.Count == 0)
        {
            return null;
        }

        // Room is judged by what presses, though what is older of the same goes before it.
        var first = ready.Find(thread => thread.IsPressing) ?? ready[0];
        if (!HasRoom(first.IsPressing))
        {
            return null;
        }

        if (IsBlocked(gate, first.Press))
        {
            foreach (var thread in ready.Where(thread => !thread.Tell.Notice.WasHeld))
            {
                deliveries.HoldForRate(thread.Tell.Notice);
            }

            return null;
        }

        var members = MembersWith(first, ready);
        var kept = Keep(MessageOf(members));
        foreach (var member in members)
        {
            // What came after it, while it comes and goes, waits until it stands still.
            deliveries.Assign(member.Thread.Waiting.Where(notice => notice.Number <= member.Tell.Notice.Number), kept.Number);
        }

        return kept;
    }

    // Of one rule at one channel the old before the new: a receiver may keep one incident for them.
    private List<ReadyThread> OlderThan(ReadyThread thread, int most)
    {
        while (true)
        {
            var due = deliveries.DueBefore(thread.Thread.Alarm, thread.Thread.Waiting[0].Number, now, most);
            var ready = due.Select(Look).OfType<ReadyThread>().ToList();
            if (ready.Count == due.Count || due.Count < most)
            {
                return ready.FindAll(older => older.IsDigest == thread.IsDigest);
            }

            // What was held or closed is due no longer: there may be more.
        }
    }

    private ReadyThread OldestOf(ReadyThread thread) => OlderThan(thread, most: 1) is [var older] ? older : thread;

    private List<ReadyThread> MembersWith(ReadyThread first, List<ReadyThread> ready)
    {
        IEnumerable<ReadyThread> members;
        if (first.IsDigest)
        {
            members = ready.Where(thread => thread.IsDigest);
        }
        else if (ready.Exists(thread => !thread.IsDigest && thread.Tell.Notice.WasHeld))
        {
            members = ready.Where(thread => !thread.IsDigest);
        }
        else if (policy.GroupFor == TimeSpan.Zero)
        {
            members = [OldestOf(first)];
        }
        else
        {
            var site = first.Thread.Alarm.Site;
            var gathering = deliveries.NotDue(site, now, noticesMax).Select(Look).OfType<ReadyThread>();
            members = ready.Where(thread => thread.Thread.Alarm.Site == site).Concat(gathering).Where(thread => !thread.IsDigest);
        }

        // What presses most is in this message, even where there is more than one holds; and what is older of the same before it.
        List<ReadyThread> chosen = [];
        foreach (var talk in members.GroupBy(thread => thread.Thread.Alarm.Subject).OrderByDescending(talk => talk.Max(thread => thread.Press)))
        {
            if (chosen.Count < noticesMax)
            {
                var inOrder = talk.OrderBy(thread => thread.Thread.Waiting[0].Number).ToList();
                chosen.AddRange([.. OlderThan(inOrder[0], noticesMax), .. inOrder]);
            }
        }

        return [.. chosen.Take(noticesMax).OrderBy(thread => thread.Thread.Waiting[0].Number)];
    }

    private AlertMessage MessageOf(List<ReadyThread> members)
    {
        var isEscalation = members.Exists(member => member.Tell.IsEscalation);
        return new AlertMessage
        {
            Id = NewId(),
            Kind = members[0].IsDigest ? MessageKind.Digest : isEscalation ? MessageKind.Escalation : MessageKind.Alert,
            Site = SiteOf(members.Select(member => member.Thread.Alarm)),
            Notices = [.. members.Select(NoticeOf)],
            MadeAt = now,
            HeldBack = members.Count(member => member.Tell.Notice.WasHeld),
            Flapping = [.. members.Select(member => member.Tell.Flap).OfType<FlapReport>()],
            Acknowledged = [.. members.Select(member => member.Thread.Alarm.Acknowledged).OfType<Acknowledgement>()],
        };
    }

    private AlertNotice NoticeOf(ReadyThread member)
    {
        var notice = deliveries.Notice(member.Tell.Notice.Number);
        return member.Tell.AsPast ? notice.ToldLate() : notice;
    }

    private KeptMessage? Reminder(RateGate gate)
    {
        var open = Active.Select(alarm => new OpenAlarm(alarm, ToldOf(alarm)))
            .Where(open => open.Told is { IsFiring: true } && IsToBeReminded(open.Alarm)).ToList();
        if (!HasRoom(isPressing: false) || open.Find(IsDue) is not { Alarm: { } due })
        {
            return null;
        }

        var site = open.Where(alarm => alarm.Alarm.Site == due.Site).OrderByDescending(IsDue).Take(noticesMax).ToList();
        if (IsBlocked(gate, site.Exists(alarm => alarm.Alarm.Severity >= Severity.High) ? Severity.High : Severity.Info))
        {
            return null;
        }

        var notices = site.ConvertAll(alarm => deliveries.Notice(deliveries.NewestFiring(alarm.Alarm.Id)!.Value));
        return Keep(new AlertMessage
        {
            Id = NewId(),
            Kind = MessageKind.Reminder,
            Site = due.Site,
            Notices = notices,
            MadeAt = now,
            Reminder = site.Max(alarm => alarm.Told!.Reminders) + 1,
            Flapping =
            [
                .. site.Zip(notices).Where(pair => pair.First.Alarm.IsFlapping || HasSettled(pair.First)).Select(pair => new FlapReport(
                    pair.Second.Episode, pair.First.Alarm.Raises, pair.First.Alarm.FlapsSince!.Value, IsOver: !pair.First.Alarm.IsFlapping)),
            ],
        });
    }

    private bool IsDue(OpenAlarm open) => open.Told!.At + policy.RepeatEvery <= now || HasSettled(open);

    // It was told to come and go, stands still now, and fires: nothing waits that would say so.
    private bool HasSettled(OpenAlarm open) =>
        policy.HoldsFlapping && open is { Told.Flap: ToldFlap.Begins, Alarm: { IsFlapping: false, FlapsSince: { } since } } && open.Told.At >= since;

    // Nothing waits of it: what does may say that it is over.
    private bool IsToBeReminded(Alarm alarm) =>
        alarm.Acknowledged is null && alarm.Severity > Severity.Info && !spokenOf.Contains(alarm.Id) && SilenceOf(alarm) is null && QuieterOf(alarm) is null;

    private Told? ToldOf(Alarm alarm) => policy.HoldsFlapping
        ? deliveries.ToldOf(alarm.Id)
        : deliveries.NewestFiring(alarm.Id) is { } number ? deliveries.ToldOf(deliveries.Notice(number).Episode) : null;

    private ReadyThread? Look(string key)
    {
        var waiting = deliveries.Waiting(key);
        var alarm = alarms.Find(waiting[^1].Alarm)!;
        var thread = new AlarmThread(alarm, waiting, deliveries.ToldOf(key), SilenceOf(alarm), QuieterOf(alarm));
        switch (thread.Decide(policy, now))
        {
            case ThreadDecision.Hold hold:
                deliveries.Hold(waiting, hold);
                return null;
            case ThreadDecision.Close close:
                deliveries.Close(waiting, close.Standing, now);
                if (close.Standing is DeliveryStanding.Silenced or DeliveryStanding.Quieted)
                {
                    var act = close.Standing == DeliveryStanding.Silenced ? DeskAct.PassedInSilence : DeskAct.PassedWhileQuiet;
                    history.Add(act, alarm.Id, null, policy.Name, now);
                }

                return null;
            case ThreadDecision.Tell tell:
                return new ReadyThread(thread, tell, thread.IsDigest(policy));
            default:
                throw new InvalidOperationException("A decision is one of three.");
        }
    }

    // One that this channel does not hear of itself explains nothing to it.
    private Alarm? QuieterOf(Alarm alarm) => !policy.Quiet.TryGetValue(alarm.Rule, out var quiet) ? null : Active.Find(other =>
        other.Id != alarm.Id && quiet.While.Contains(other.Rule, StringComparer.Ordinal) && other.Site == alarm.Site
        && (quiet.At != QuietPlace.Station || other.Station == alarm.Station)
        && (quiet.At != QuietPlace.Gateway || other.Gateway == alarm.Gateway)
        && policy.Wants(other.Site, other.Severity) && SilenceOf(other) is null);

    private Silence? SilenceOf(Alarm alarm) => silences.FindLast(silence => silence.Covers(alarm));

    // Whether one more may be made while others are neither taken nor refused.
    private bool HasRoom(bool isPressing) => standing.Count < (isPressing ? KeptMessage.AsideMaxWherePressing : KeptMessage.AsideMax);

    private bool IsBlocked(RateGate gate, Severity press)
    {
        var opens = gate.Opens(press);
        blockedUntil = opens < blockedUntil ? opens : blockedUntil ?? opens;
        return opens is not null;
    }

    private DateTimeOffset? NextLook()
    {
        List<DateTimeOffset?> times =
            [blockedUntil, deliveries.NextDue(now), policy.HoldsFlapping ? alarms.NextSettled() : null, .. standing.Select(message => message.RestsUntil)];
        if (policy.RepeatEvery is { } every)
        {
            times.AddRange(Active.Select(alarm => (Alarm: alarm, Told: ToldOf(alarm)))
                .Where(pair => pair.Told is { IsFiring: true } && pair.Alarm.Acknowledged is null && pair.Alarm.Severity > Severity.Info)
                .Select(pair => Later(pair.Told!.At + every, SilenceOf(pair.Alarm)?.Until)));
        }

        return times.Where(time => time > now).Min();
    }

    private static DateTimeOffset? Later(DateTimeOffset time, DateTimeOffset? other) => other > time ? other : time;

    private KeptMessage Keep(AlertMessage message)
    {
        message = message with { Dropped = message.Kind == MessageKind.Test ? 0 : channels.Dropped };
        return new KeptMessage(messages.Add(message), message, Attempts: 0);
    }

    private static string? SiteOf(IEnumerable<Alarm> of) => of.Select(alarm => alarm.Site).Distinct(StringComparer.Ordinal).ToList() is [var site] ? site : null;

    // Never made twice, not even by a database that was set back to a backup.
    private string NewId() => string.Create(
        CultureInfo.InvariantCulture, $"{now.ToUnixTimeMilliseconds()}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");

    private sealed record OpenAlarm(Alarm Alarm, Told? Told);

    private sealed record ReadyThread(AlarmThread Thread, ThreadDecision.Tell Tell, bool IsDigest)
    {
        public Severity Press => IsPressing ? Thread.Alarm.Severity : Severity.Info;

        public bool IsPressing =>
            Thread.Alarm.Severity >= Severity.High
            && (Tell.Notice.Phase == NoticeKind.Firing || Tell.Flap is { IsOver: false }) && !Tell.AsPast;
    }
}
