using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>Decides, for one channel and in one transaction, what is to be delivered now. README.md of this room tells by what
/// rules.</summary>
/// <remarks>However many alarms there are, a transaction looks at so many notices and messages at most: while it does nobody else can
/// write, and values that come cannot be stored. All that it knows is in the database, so a restart at any moment changes nothing: a message is there before it is
/// sent, with the notices that are in it, and is what it was until the channel has answered.</remarks>
internal sealed class MessagePlanner
{
    private const int SetAsideMax = 100;
    private static readonly TimeSpan TestStaleAfter = TimeSpan.FromHours(1);

    // Values come in batches of some minutes: that one or two have come since makes no first notice a late one.
    private static readonly TimeSpan NewerAfter = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LateAfter = TimeSpan.FromMinutes(30);

    private readonly SqliteTransaction transaction;
    private readonly INotificationChannel channel;
    private readonly ChannelPolicy policy;
    private readonly DateTimeOffset now;
    private readonly AlarmTable alarms;
    private readonly DeliveryTable deliveries;
    private readonly MessageTable messages;
    private readonly ChannelTable channels;
    private readonly UnreadableTable unreadable;
    private readonly int noticesMax;
    private readonly int lookedAtMax;
    private readonly DeskHistory history;
    private readonly HeldBack held;
    private readonly HashSet<string> spokenOf = new(StringComparer.Ordinal);
    private List<KeptMessage> standing = [];
    private List<(long Number, DateTimeOffset At)> sent = [];
    private List<DateTimeOffset> unanswered = [];
    private DateTimeOffset? blockedUntil;
    private int setAside;
    private bool goesOn;

    /// <summary>Looks at where things stand.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="now">The time, to the millisecond.</param>
    /// <param name="lookedAtMax">How many notices that are due it looks at.</param>
    public MessagePlanner(SqliteTransaction transaction, INotificationChannel channel, DateTimeOffset now, int lookedAtMax)
    {
        (this.transaction, this.channel, policy, this.now, this.lookedAtMax) = (transaction, channel, channel.Policy, now, lookedAtMax);
        ClockFit.Apply(transaction, channel.Name, now);
        channels = new ChannelTable(transaction, channel.Name);
        unreadable = new UnreadableTable(transaction);
        noticesMax = channels.NoticesMax;
        alarms = new AlarmTable(transaction);
        deliveries = new DeliveryTable(transaction, channel.Name, policy);
        messages = new MessageTable(transaction, channel.Name);
        history = new DeskHistory(transaction);
        held = new HeldBack(alarms, new SilenceTable(transaction).Active(now), policy, now);
    }

    /// <summary>What of all that was looked at this version cannot read.</summary>
    public List<Unreadable> Found { get; } = [];

    /// <summary>Whether a message that is set aside could be tried now, if nothing else is to be told.</summary>
    public bool HasOneSetAside => standing.Exists(message => message.IsAside && !message.IsResting(now));

    /// <summary>Looks at what is to be told again, by reading alone, once this planner's transaction is over.</summary>
    /// <param name="connection">The state database.</param>
    public ReminderOutlook LookAhead(SqliteConnection connection)
    {
        using var reading = connection.BeginTransaction(deferred: true);
        var found = new HeldBack(new AlarmTable(reading), new SilenceTable(reading).Active(now), policy, now);
        return new Reminders(reading, channel, now).Look(found, spokenOf, noticesMax);
    }

    /// <summary>The next step.</summary>
    /// <param name="reminders">Open alarms of one site that may have to be told again, and messages that are set aside may be tried; null:
    /// that is not known yet.</param>
    public PlannedStep Next(IReadOnlyList<string>? reminders)
    {
        alarms.SettleFlaps(now);
        standing = Waiting();
        if (WholeRest() is { } until)
        {
            return new PlannedStep(null, until, IsResting: true);
        }

        standing = standing.FindAll(StaysTrue);
        var hourAgo = now - RateGate.Window;
        (sent, unanswered) = policy.MessagesPerHourMax is null ? ([], []) : (messages.Sent(hourAgo, now), messages.Unanswered(hourAgo, now));
        var gate = new RateGate(policy, sent.ConvertAll(message => message.At), unanswered);
        if (Again(standing.Where(message => !message.IsAside)) is { } next)
        {
            return new PlannedStep(next, null);
        }

        var message = Test(gate) ?? UnreadableNews(gate) ?? News(gate);
        if (message is null && !goesOn && setAside == 0)
        {
            message = reminders is null ? null : Reminder(gate, reminders) ?? Again(standing);
        }

        // What cannot be read is out of the way of others now, and to be told of.
        return message is not null ? new PlannedStep(message, null)
            : goesOn || setAside > 0 ? new PlannedStep(null, now, GoesOn: true)
            : new PlannedStep(null, NextLook());
    }

    private List<KeptMessage> Waiting()
    {
        var (kept, unread) = messages.Waiting(now);
        foreach (var (number, id, mayBeTaken) in unread)
        {
            if (mayBeTaken)
            {
                deliveries.NoteDoubt(number, now);
            }

            deliveries.Release(number);
            messages.Close(number, DeliveryStanding.Dropped, "kept in a form that this version cannot read", now);
            Found.Add(new Unreadable(id, null));
        }

        return kept;
    }

    // By what is known of it without its text: nobody misses a leak because of a text that cannot be read.
    private KeptMessage? UnreadableNews(RateGate gate)
    {
        if (unreadable.Untold(channel.Name) is not { Count: > 0 } untold)
        {
            return null;
        }

        List<UnreadableNotice> notices = untold.ConvertAll(row => row.Notice);
        var press = notices.Where(notice => notice.Phase == NoticeKind.Firing).Select(notice => notice.Severity).DefaultIfEmpty(Severity.Info).Max();
        if (!HasRoom(press >= Severity.High) || IsBlocked(gate, press))
        {
            return null;
        }

        var kept = Keep(new AlertMessage { Id = NewId(), Kind = MessageKind.Alert, Site = SiteOf(notices.Select(notice => notice.Site)), Notices = [], Unreadable = notices, MadeAt = now });
        untold.ForEach(row => unreadable.Assign(channel.Name, row.Number, kept.Number));
        return kept;
    }

    private AlertNotice? Readable(long number)
    {
        var notice = deliveries.Notice(number, out var cause);
        if (cause is { } why && unreadable.Note(channel.Name, number, why, now))
        {
            Found.Add(new Unreadable(deliveries.IdOf(number), why));
        }

        return notice;
    }

    // All that would have been told with it is as little known as it is. What the channel holds for true is in doubt from now on.
    private void SetAside(ReadyThread member)
    {
        var told = member.Tell.Notice.Number;
        setAside++;
        deliveries.Close(member.Thread.Waiting.Where(notice => notice.Number < told), DeliveryStanding.Merged, now);
        deliveries.Close(told, DeliveryStanding.Unreadable, now);
        deliveries.NoteDoubt(deliveries.ThreadOf(member.Thread.Alarm, member.Tell.Notice.Episode), now);
    }

    // While the oldest rests between its first attempts, while nobody is there, and for as long as the receiver has said.
    private DateTimeOffset? WholeRest() =>
        standing.Where(message => message.IsResting(now) && message.Marks.HasFlag(AttemptMarks.Asked)).Max(message => message.RestsUntil)
        ?? (standing.Where(message => !message.IsAside).ToList() is { Count: > 0 } next && next.TrueForAll(message => message.IsResting(now))
            ? next.Min(message => message.RestsUntil)
            : null);

    // One that was tried before. Others were taken meanwhile, so the limit of messages is asked again, but not of an urgent one that may be
    // lost. Its own attempts hold up neither it for long nor others.
    private KeptMessage? Again(IEnumerable<KeptMessage> among)
    {
        if (among.Where(message => !message.IsResting(now) && (message.IsBeyondRate || !IsBlockedAgain(message)))
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
            var isSilenced = notice.Phase == NoticeKind.Firing && (held.Silence(alarm) is not null || held.Quieter(alarm) is not null);
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
        while (true)
        {
            var before = setAside;
            var kept = NewsOnce(gate);
            if (kept is not null || setAside == before || setAside >= SetAsideMax)
            {
                return kept;
            }
        }
    }

    private KeptMessage? NewsOnce(RateGate gate)
    {
        // Where each notice goes alone and nothing limits them, the rest can wait for its turn.
        var takesOne = policy.GroupFor == TimeSpan.Zero && policy.MessagesPerHourMax is null;
        List<ReadyThread> ready = [];
        var isCrowded = false;
        var due = deliveries.Due(now, lookedAtMax);
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

        if (ready.Count == 0)
        {
            // What was held or closed is due no longer: there may be more.
            goesOn = due.Count == lookedAtMax && !isCrowded;
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
            HoldForRate(ready);
            return null;
        }

        var chosen = MembersWith(first, ready);
        if (!chosen.Exists(member => member.Press >= first.Press) && IsBlocked(gate.Opens(first.Press, isBefore: true)))
        {
            // What was held is gathered: what presses may be in the message then, with what goes before it.
            goesOn = ready.Exists(thread => !thread.Tell.Notice.WasHeld);
            HoldForRate(ready);
            return null;
        }

        var all = chosen.ConvertAll(member => (Member: member, Notice: NoticeOf(member)));
        all.Where(pair => pair.Notice is null).ToList().ForEach(pair => SetAside(pair.Member));
        var members = all.FindAll(pair => pair.Notice is not null).ConvertAll(pair => pair.Member);
        if (members.Count == 0)
        {
            return null;
        }

        var kept = Keep(MessageOf(members, [.. all.Select(pair => pair.Notice).OfType<AlertNotice>()]));
        foreach (var member in members)
        {
            // What came after it, while it comes and goes, waits until it stands still.
            deliveries.Assign(member.Thread.Waiting.Where(notice => notice.Number <= member.Tell.Notice.Number), kept.Number);
        }

        return kept;
    }

    private void HoldForRate(List<ReadyThread> ready)
    {
        foreach (var thread in ready.Where(thread => !thread.Tell.Notice.WasHeld))
        {
            deliveries.HoldForRate(thread.Tell.Notice);
        }

        // What ends while it waits for nothing but the limit is told as what was.
        foreach (var notice in ready.SelectMany(thread => thread.Thread.Waiting).Where(notice => notice.WasSilenced || notice.WasQuiet))
        {
            deliveries.LetGo(notice);
        }
    }

    // Of one rule at one channel the old before the new, by what is told of each: a receiver may keep one incident for them.
    private List<ReadyThread> OlderThan(ReadyThread thread, int most)
    {
        while (true)
        {
            var due = deliveries.DueBefore(thread.Thread.Alarm, thread.Number, now, most);
            var ready = due.Select(Look).OfType<ReadyThread>().ToList();
            if (ready.Count == due.Count || due.Count < most)
            {
                return ready.FindAll(older => older.IsDigest == thread.IsDigest && older.Number < thread.Number);
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
                // Not only what is older than all of them: only some of what is due was looked at, and the others may lie between.
                chosen.AddRange(
                    OlderThan(talk.MaxBy(thread => thread.Number)!, noticesMax).Concat(talk).DistinctBy(thread => thread.Number).OrderBy(thread => thread.Number));
            }
        }

        return [.. chosen.Take(noticesMax).OrderBy(thread => thread.Number)];
    }

    private AlertMessage MessageOf(List<ReadyThread> members, List<AlertNotice> notices)
    {
        var isEscalation = members.Exists(member => member.Tell.IsEscalation);
        return new AlertMessage
        {
            Id = NewId(),
            Kind = members[0].IsDigest ? MessageKind.Digest : isEscalation ? MessageKind.Escalation : MessageKind.Alert,
            Site = SiteOf(members.Select(member => member.Thread.Alarm.Site)),
            Notices = notices,
            MadeAt = now,
            HeldBack = members.Count(member => member.Tell.Notice.WasHeld),
            Flapping = [.. members.Select(member => member.Tell.Flap).OfType<FlapReport>()],
            Acknowledged = [.. members.Select(member => member.Thread.Alarm.Acknowledged).OfType<Acknowledgement>()],
        };
    }

    private AlertNotice? NoticeOf(ReadyThread member)
    {
        var notice = Readable(member.Tell.Notice.Number);
        return member.Tell.AsPast ? notice?.ToldLate() : notice;
    }

    private KeptMessage? Reminder(RateGate gate, IReadOnlyList<string> outlook)
    {
        // They were found before this transaction: somebody may have acted since.
        var site = outlook.Select(alarms.Find).OfType<Alarm>().Where(alarm => alarm.IsActive).Select(alarm => new OpenAlarm(alarm, ToldOf(alarm)))
            .Where(open => open.Told is { IsFiring: true } && IsToBeReminded(open.Alarm)).ToList();
        if (!HasRoom(isPressing: false) || !site.Exists(IsDue))
        {
            return null;
        }

        if (IsBlocked(gate, site.Exists(alarm => alarm.Alarm.Severity >= Severity.High) ? Severity.High : Severity.Info))
        {
            return null;
        }

        (site, var notices) = ToRemindOf(site);
        if (site.Count == 0)
        {
            return null;
        }

        return Keep(new AlertMessage
        {
            Id = NewId(),
            Kind = MessageKind.Reminder,
            Site = site[0].Alarm.Site,
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

    private (List<OpenAlarm> Open, List<AlertNotice> Notices) ToRemindOf(List<OpenAlarm> site)
    {
        List<AlertNotice> notices = [];
        var readable = site.FindAll(open =>
        {
            var number = deliveries.NewestFiring(open.Alarm.Id)!.Value;
            if (Readable(number) is { } notice)
            {
                notices.Add(notice);
                return true;
            }

            // It is reminded of by what else is known of it.
            unreadable.TellAgain(channel.Name, number);
            setAside++;
            deliveries.Save(
                deliveries.ThreadOf(open.Alarm, deliveries.EpisodeOf(number)),
                open.Told! with { At = now, Flap = HasSettled(open) ? ToldFlap.IsOver : open.Told.Flap });
            return false;
        });
        return (readable, notices);
    }

    private bool IsDue(OpenAlarm open) => open.Told!.At + policy.RepeatEvery <= now || HasSettled(open);

    // It was told to come and go, stands still now, and fires: nothing waits that would say so.
    private bool HasSettled(OpenAlarm open) =>
        policy.HoldsFlapping && open is { Told.Flap: ToldFlap.Begins, Alarm: { IsFlapping: false, FoundFlappingAt: { } found } } && open.Told.At >= found;

    // Nothing waits of it: what does may say that it is over.
    private bool IsToBeReminded(Alarm alarm) =>
        alarm.Acknowledged is null && alarm.Severity > Severity.Info && !spokenOf.Contains(alarm.Id) && held.Silence(alarm) is null && held.Quieter(alarm) is null
        && alarm.IsThere(now);

    private Told? ToldOf(Alarm alarm) => policy.HoldsFlapping
        ? deliveries.ToldOf(alarm.Id)
        : deliveries.NewestFiring(alarm.Id) is { } number ? deliveries.ToldOf(deliveries.EpisodeOf(number)) : null;

    private ReadyThread? Look(string key)
    {
        var waiting = deliveries.Waiting(key);
        var alarm = alarms.Find(waiting[^1].Alarm)!;
        var thread = new AlarmThread(alarm, waiting, deliveries.ToldOf(key), held.Silence(alarm), held.Quieter(alarm));
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

    // Whether one more may be made while others are neither taken nor refused.
    private bool HasRoom(bool isPressing) => standing.Count < (isPressing ? KeptMessage.AsideMaxWherePressing : KeptMessage.AsideMax);

    private bool IsBlocked(RateGate gate, Severity press) => IsBlocked(gate.Opens(press));

    private bool IsBlockedAgain(KeptMessage message)
    {
        var others = new RateGate(policy, [.. sent.Where(other => other.Number != message.Number).Select(other => other.At)], unanswered);
        DateTimeOffset? Opens(Severity press, bool isBefore) => message.MayBeTaken ? others.OpensAgain(press, isBefore) : others.Opens(press, isBefore);
        var opens = Opens(message.Press, isBefore: false);

        // What is newer of the same waits behind it: a leak must not wait for the end of the one before.
        return IsBlocked(opens > now && deliveries.PressBehind(message.Number, now) is var behind && behind > message.Press ? Opens(behind, isBefore: true) : opens);
    }

    private bool IsBlocked(DateTimeOffset? opens)
    {
        opens = opens <= now ? null : opens;
        blockedUntil = opens < blockedUntil ? opens : blockedUntil ?? opens;
        return opens is not null;
    }

    private DateTimeOffset? NextLook()
    {
        List<DateTimeOffset?> times =
            [blockedUntil, deliveries.NextDue(now), policy.HoldsFlapping ? alarms.NextSettled() : null, .. standing.Select(message => message.RestsUntil)];
        return times.Where(time => time > now).Min();
    }

    private KeptMessage Keep(AlertMessage message)
    {
        message = message with { Dropped = message.Kind == MessageKind.Test ? 0 : channels.Dropped, Later = LaterOf(message) };
        return new KeptMessage(messages.Add(message), message, Attempts: 0);
    }

    // What stood in a notice hours ago is no news.
    private List<LaterState> LaterOf(AlertMessage message) =>
    [
        .. message.Notices.Where(notice => notice.Phase == NoticeKind.Firing)
            .Select(notice => (Notice: notice, Later: LaterStates.Of(transaction, notice, now)))
            .Where(told => message.Kind is MessageKind.Reminder or MessageKind.Escalation || IsLate(told.Notice, told.Later))
            .Where(told => told.Later is not { Value: null, Over: null, None: null })
            .Select(told => told.Later),
    ];

    private bool IsLate(AlertNotice notice, LaterState later) =>
        later.Over is not null || later.Time - notice.Time >= NewerAfter || now - notice.Time >= LateAfter;

    private static string? SiteOf(IEnumerable<string> of) => of.Distinct(StringComparer.Ordinal).ToList() is [var site] ? site : null;

    // Never made twice, not even by a database that was set back to a backup.
    private string NewId() => string.Create(
        CultureInfo.InvariantCulture, $"{now.ToUnixTimeMilliseconds()}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");

    private sealed record OpenAlarm(Alarm Alarm, Told? Told);

    private sealed record ReadyThread(AlarmThread Thread, ThreadDecision.Tell Tell, bool IsDigest)
    {
        /// <summary>Number of what is told of it: the order.</summary>
        public long Number => Tell.Notice.Number;

        public Severity Press => IsPressing ? Thread.Alarm.Severity : Severity.Info;

        public bool IsPressing =>
            Thread.Alarm.Severity >= Severity.High
            && (Tell.Notice.Phase == NoticeKind.Firing || Tell.Flap is { IsOver: false }) && !Tell.AsPast;
    }
}
