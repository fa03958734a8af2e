using System.Runtime.InteropServices;
using PondSentinel.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Alerting;

/// <summary>Steps the rules of one channel over new values, within one transaction.</summary>
/// <remarks>
/// <para>In order: the state goes on from where it is. Late, but not older than what was folded away: back to the base
/// state and once more over all kept values. So after any order of arrival the state is that of one run in order.</para>
/// <para>A backlog that arrives oldest first after an outage, however long, is late but in order with the base, because
/// nothing between was ever folded: it needs no other path.</para>
/// <para>Older than what was folded: it can move no state, but must not be ignored. Such values make a run of their own;
/// an exceedance it finds where none was known is told as past.</para>
/// <para>A channel of a rule that looks at others too is kept for that rule alone, with the values of those. Nothing of it is folded
/// away before all of them have brought theirs, within what may be kept: what is compared must be there together, and another gateway
/// may have its outage.</para>
/// </remarks>
/// <param name="tables">What is kept.</param>
/// <param name="book">The episodes.</param>
/// <param name="window">For how long values are kept.</param>
/// <param name="gathering">What people are not told of yet.</param>
internal sealed class SubjectStep(AlertTables tables, EpisodeBook book, RewindWindow window, GatheringWait gathering)
{
    // Folding is done in bulk, because each time it writes the base state of every rule.
    private const int FoldMin = 256;
    private const long NsPerMs = 1_000_000;

    private readonly SampleTables samples = tables.Samples;
    private readonly Dictionary<string, long> rewound = new(StringComparer.Ordinal);
    private long caughtUp;
    private bool isStale;

    public List<AlertTransition> Transitions { get; } = [];

    public List<AlertStatus> Statuses { get; } = [];

    /// <summary>Channels whose rules have come further, where they stand as before too.</summary>
    public List<JudgedChannel> Judged { get; } = [];

    /// <summary>Takes values in.</summary>
    /// <param name="row">The channel.</param>
    /// <param name="rules">The rules that it is kept for, at least one.</param>
    /// <param name="values">Values, any order.</param>
    /// <param name="isStale">Whether what they raise may long be over: then people are not told before it is known.</param>
    public void Take(SubjectRow row, IReadOnlyList<AlertRule> rules, IReadOnlyList<NewValue> values, bool isStale = false)
    {
        this.isStale = isStale;
        var (fresh, strays) = Part(values, row.FoldedNs);
        if (fresh.Count > 0)
        {
            row = TakeFresh(row, rules, fresh);
        }

        foreach (var rule in strays.Count > 0 ? rules : [])
        {
            StepStrays(rule, row, strays);
        }

        // What has still to be stepped over is not folded away.
        tables.Save(tables.IsDeferred(row.Id) ? row : Fold(row, rules));
    }

    // The revision of a value that is folded would be counted a second time by a run of its own.
    private static (List<(long TimeNs, AlertSample Sample)> Fresh, List<AlertSample> Strays) Part(IReadOnlyList<NewValue> values, long folded)
    {
        List<(long TimeNs, AlertSample Sample)> fresh = new(values.Count);
        List<(long TimeNs, AlertSample Sample)> strays = [];
        for (var i = 0; i < values.Count; i++)
        {
            var value = values[i];
            if (value.TimeNs > folded)
            {
                fresh.Add((value.TimeNs, value.Sample));
            }
            else if (!value.IsRevision)
            {
                strays.Add((value.TimeNs, value.Sample));
            }
        }

        return (SampleTables.InOrder(fresh), SampleTables.InOrder(strays).ConvertAll(value => value.Sample));
    }

    private SubjectRow TakeFresh(SubjectRow row, IReadOnlyList<AlertRule> rules, List<(long TimeNs, AlertSample Sample)> fresh)
    {
        // A value of another channel goes before one of its own of the same millisecond.
        var isLate = row.IsJoint ? fresh[0].TimeNs / NsPerMs <= row.NewestNs / NsPerMs : fresh[0].TimeNs <= row.NewestNs;
        var (kept, newestNs) = (row.Kept, row.NewestNs);
        List<AlertSample> steps = new(fresh.Count);
        foreach (var (timeNs, sample) in fresh)
        {
            kept += samples.Save(row.Id, timeNs, sample) ? 1 : 0;
            newestNs = Math.Max(newestNs, timeNs);
            steps.Add(sample);
        }

        row = row with { Kept = kept };
        if (isLate)
        {
            tables.ForgetOldest(row);
        }

        if (isLate && !row.IsGateways && !MayRewind(row))
        {
            tables.Defer(row.Id);
        }
        else
        {
            foreach (var rule in rules)
            {
                Step(rule, row, isLate, steps);
            }

            if (isLate)
            {
                tables.EndDeferral(row.Id);
            }
        }

        return row with { NewestNs = newestNs };
    }

    /// <summary>Steps the rules of a channel over the late values that had to wait.</summary>
    /// <param name="row">The channel.</param>
    /// <param name="rules">The rules that watch it now.</param>
    /// <returns>False where there is no room for it in this transaction.</returns>
    public bool TryCatchUp(SubjectRow row, IReadOnlyList<AlertRule> rules)
    {
        if (caughtUp > 0 && caughtUp + row.Kept > window.RewoundMax)
        {
            return false;
        }

        caughtUp += row.Kept;
        foreach (var rule in rules)
        {
            Step(rule, row, isLate: true, []);
        }

        tables.EndDeferral(row.Id);
        tables.Save(rules.Count > 0 ? Fold(row, rules) : row);
        return true;
    }

    /// <summary>Forgets what the backend itself has noticed of a channel by a clock that stood ahead, and takes back what that raised.
    /// </summary>
    /// <param name="row">The channel.</param>
    /// <param name="rules">The rules that watch it now.</param>
    /// <param name="afterNs">The time key from which on it stood ahead.</param>
    /// <returns>False where there is no room for it in this transaction.</returns>
    public bool TryForgetNoticed(SubjectRow row, IReadOnlyList<AlertRule> rules, long afterNs)
    {
        if (caughtUp > 0 && caughtUp + row.Kept > window.RewoundMax)
        {
            return false;
        }

        caughtUp += row.Kept;
        row = samples.DeleteNoticed(row, afterNs);
        if (row.FoldedNs > afterNs)
        {
            // What was folded away is of that clock too: there is nothing to go back to.
            row = row with { FoldedNs = long.MinValue, NewestNs = row.Kept > 0 ? row.NewestNs : long.MinValue };
            foreach (var rule in rules)
            {
                Recompute(rule, row, DateTimeOffset.FromUnixTimeMilliseconds(afterNs / NsPerMs));
            }
        }
        else
        {
            foreach (var rule in rules)
            {
                Step(rule, row, isLate: true, [], WithdrawalCauses.Clock);
            }
        }

        tables.Save(row);
        return true;
    }

    /// <summary>Forgets values of times ahead where one of now comes: a clock that stood ahead has been set back since, and to them each true value
    /// would be late. What is on goes on, until values of now end it.</summary>
    /// <remarks>Where none of now comes it may be this clock that stands behind, as that of a machine which has begun without one.</remarks>
    /// <param name="row">The channel.</param>
    /// <param name="rules">The rules that it is kept for.</param>
    /// <param name="values">What comes.</param>
    /// <param name="now">The backend's time.</param>
    /// <returns>The channel without them.</returns>
    public SubjectRow ForgetAhead(SubjectRow row, IReadOnlyList<AlertRule> rules, IReadOnlyList<NewValue> values, DateTimeOffset now)
    {
        if (row.NewestNs <= Point.KeyNs(Points.AheadMs(now), 0) || OldestAfter(values, now - Points.OfNow - gathering.IntervalOf(row.Subject.Owner)) is not { } from || !MayRewind(row))
        {
            return row;
        }

        var through = Point.KeyNs(from.ToUnixTimeMilliseconds(), 0) - 1;
        var before = samples.Read(row.Id, through, long.MaxValue);
        foreach (var rule in rules)
        {
            var known = row.FoldedNs > through ? RuleState.Initial : tables.State(rule.Id, row.Id, StateKind.Base);
            var start = RuleRun.Over(rule, known, CollectionsMarshal.AsSpan(Tagged(row, rule, before))).End;
            GoOn(rule, row, start, from);
        }

        samples.ForgetValues(row.Id, through);
        tables.EndDeferral(row.Id);
        row = row with { Kept = 0, FoldedNs = through, NewestNs = through };
        tables.Save(row);
        Statuses.AddRange(rules.Select(rule => StatusOf(rule, row, tables)));
        return row;
    }

    // What a gateway has gathered is of now as a whole.
    private static DateTimeOffset? OldestAfter(IReadOnlyList<NewValue> values, DateTimeOffset after) =>
        values.Where(value => !value.IsRevision && value.Sample.At > after).Min(value => (DateTimeOffset?)value.Sample.At);

    // From a time on, with what the statistic knew then.
    private void GoOn(AlertRule rule, SubjectRow row, RuleState start, DateTimeOffset from)
    {
        var open = tables.OpenEpisode(rule.Id, row.Id);
        var now = AsKnown(open, tables.Alert(rule.Id, row.Id, StateKind.Now));
        if (now.Phase.IsAnnounced && open is not null)
        {
            start = start with { Alert = now with { Since = Earlier(now.Since, from), AsOf = from.AddMilliseconds(-1) } };
            tables.Save(rule.Id, row.Id, open with { Since = Earlier(open.Since, from), Raised = Earlier(open.Raised, from) });
        }
        else if (start.Alert.Phase.IsAnnounced)
        {
            // It ended by what is forgotten here, and people know.
            start = start with { Alert = AlertState.Normal(from.AddMilliseconds(-1)) };
        }

        tables.DeleteStates(rule.Id, row.Id);
        tables.Save(rule.Id, row.Id, StateKind.Base, start);
        tables.Save(rule.Id, row.Id, StateKind.Now, start);
        tables.DeleteChangesAfter(rule.Id, row.Id, from);
    }

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    /// <summary>Takes back what rules have found of a channel that nobody says anything of any more, and forgets its values.</summary>
    /// <param name="row">The channel.</param>
    /// <param name="rules">The rules that it is kept for.</param>
    /// <param name="throughNs">The time key up to which nothing is news any more.</param>
    /// <param name="movedTo">The site at which its gateway is now, where that is why.</param>
    public void TakeBack(SubjectRow row, IReadOnlyList<AlertRule> rules, long throughNs, string? movedTo = null)
    {
        foreach (var rule in rules)
        {
            if (tables.OpenEpisode(rule.Id, row.Id) is { } open)
            {
                book.Withdraw(rule.Id, row.Id, open, tables.Alert(rule.Id, row.Id, StateKind.Now).AsOf, rule, movedTo);
            }

            tables.DeleteStates(rule.Id, row.Id);
        }

        samples.Forget(row.Id);
        row = row with { Kept = 0, FoldedNs = throughNs, NewestNs = throughNs };
        tables.Save(row);
        Statuses.AddRange(rules.Select(rule => StatusOf(rule, row, tables)));
    }

    /// <summary>Tells of what waited for the values of another gateway and does no more, though nothing has come of any channel.</summary>
    /// <param name="rules">The rules.</param>
    public void EndWaits(IReadOnlyList<AlertRule> rules)
    {
        foreach (var (ruleId, subject, episode) in tables.Waiting())
        {
            if (rules.FirstOrDefault(rule => rule.Id == ruleId) is { Joint: not null } rule && tables.Subject(subject) is var row && rule.Watches(row)
                && tables.Alert(ruleId, subject, StateKind.Now) is { Phase: AlertPhase.Firing } now
                && NewestThatCounts(row, DateTimeOffset.FromUnixTimeMilliseconds(row.NewestNs / NsPerMs)) is { } newest
                && !gathering.IsOn(rule, row, episode.Raised, samples))
            {
                if (newest - now.AsOf <= rule.Threshold.SilenceMax)
                {
                    Step(rule, row, isLate: true, []);
                }
                else if (gathering.IsJustOver(episode.Raised))
                {
                    // It could be compared when it rose. That it cannot be since is why it waits no longer.
                    book.Announce(rule, row, episode);
                    Statuses.Add(StatusOf(rule, row, tables));
                }
            }
        }
    }

    /// <summary>Tells of what waits for more values to show whether it is over, where none that count have come for longer than that would
    /// take: it may be a leak, and its probe dead.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="now">The backend's time.</param>
    public void TellWaiting(IReadOnlyList<AlertRule> rules, DateTimeOffset now)
    {
        foreach (var (ruleId, subject, episode) in tables.Waiting())
        {
            var row = tables.Subject(subject);
            if (row.IsGateways)
            {
                if (tables.GatewayAlarms.Find(row.Id) is { } told && now - told.Heard >= GatewayAlarms.WaitMax)
                {
                    book.Announce(told.Rule, row, episode);
                    Statuses.Add(StatusOf(told.Rule, row, tables));
                }
            }
            else if (rules.FirstOrDefault(rule => rule.Id == ruleId) is { } rule && !tables.IsDeferred(subject)
                && now - NothingSince(row, rule, now) > rule.Threshold.HoldClear + rule.Threshold.SilenceMax)
            {
                book.Announce(rule, row, episode);
                Statuses.Add(StatusOf(rule, row, tables));
            }
        }
    }

    // Since when a channel has brought nothing that counts: since the last that did, or since a hole after it, which a backlog may fill. What
    // cannot be compared waits for the other channel.
    private DateTimeOffset NothingSince(SubjectRow row, AlertRule rule, DateTimeOffset now)
    {
        var judged = tables.Alert(rule.Id, row.Id, StateKind.Now).AsOf;
        var since = NewestThatCounts(row, now) is { } newest && newest > judged ? newest : judged;
        var (silence, usual) = (rule.Threshold.SilenceMax, samples.UsualGap(row.Id) * 1.5);
        return samples.LastBeginning(row.Id, since, usual > silence ? usual : silence) ?? since;
    }

    private DateTimeOffset? NewestThatCounts(SubjectRow row, DateTimeOffset at) => samples.Latest(row.Id, 0, at) is var (newest, _) ? newest : null;

    /// <summary>Computes a rule anew over the values that are kept, because the rule is new or has changed.</summary>
    /// <remarks>Without any there is nothing that says otherwise than what was found: what is over stands. Where the values that are kept
    /// are too few for the rule to say anything, what is open stands too, until it can.</remarks>
    /// <param name="rule">The rule.</param>
    /// <param name="row">The channel.</param>
    /// <param name="notBefore">Where no value is kept, what was found before this time stands.</param>
    /// <param name="isSameSeries">Whether its statistic is the one that it had: then that goes on with what it knows.</param>
    /// <param name="isSameOwn">Whether it is but for the conditions: then those alone begin anew.</param>
    public void Recompute(AlertRule rule, SubjectRow row, DateTimeOffset? notBefore = null, bool isSameSeries = false, bool isSameOwn = false)
    {
        var now = tables.Alert(rule.Id, row.Id, StateKind.Now);
        var known = isSameSeries || isSameOwn ? tables.State(rule.Id, row.Id, StateKind.Base) : RuleState.Initial;
        var start = UnderNewLimits(rule, isSameSeries ? known : known.OwnAlone());
        var open = tables.OpenEpisode(rule.Id, row.Id);
        tables.DeleteStates(rule.Id, row.Id);
        var values = Kept(row, rule);
        var from = values.Count > 0 ? values[0].At : notBefore ?? DateTimeOffset.MaxValue;
        var run = RuleRun.Over(rule, start, CollectionsMarshal.AsSpan(values));
        if (notBefore is null && values.Count > 0 && TimeOf(run.End.Alert.AsOf) is null && now.Phase.IsAnnounced && open?.LastNotice?.Unit == rule.Unit)
        {
            start = new RuleState(now with { AsOf = from.AddMilliseconds(-1) }, start.Memory);
            run = RuleRun.Over(rule, start, CollectionsMarshal.AsSpan(values));
        }

        if (start != RuleState.Initial)
        {
            tables.Save(rule.Id, row.Id, StateKind.Base, start);
        }

        var kept = tables.EpisodesAfter(rule.Id, row.Id, from);
        var told = tables.ChangesAfter(rule.Id, row.Id, from);
        Keep(rule, row, run, told, book.Enter(rule, row, run.Stretches, kept, now.AsOf, run.Holds, isLate: true, tellPast: false, notBefore is null ? WithdrawalCauses.Rule : WithdrawalCauses.Clock), isLate: true);
    }

    // What was found before the oldest kept value stands where it would have been found by the new limits too.
    private static RuleState UnderNewLimits(AlertRule rule, in RuleState known) => known.Memory.IsEmpty ? RuleState.Initial
        : known.Alert.Phase.IsAnnounced && rule.Threshold.Exceeds(known.Alert.Peak) ? known
        : known with { Alert = AlertState.Normal(known.Alert.AsOf) };

    private bool MayRewind(SubjectRow row)
    {
        var before = rewound.GetValueOrDefault(row.Subject.Gateway);
        if (before > 0 && before + row.Kept > window.RewoundMax)
        {
            return false;
        }

        rewound[row.Subject.Gateway] = before + row.Kept;
        return true;
    }

    private void Step(AlertRule rule, SubjectRow row, bool isLate, List<AlertSample> fresh, string cause = WithdrawalCauses.Values)
    {
        var now = tables.State(rule.Id, row.Id, StateKind.Now);
        var open = tables.OpenEpisode(rule.Id, row.Id);

        if (!isLate && HeldBack(open, now.Alert) is null)
        {
            var counted = open?.Standing == EpisodeStanding.Waiting ? NewestThatCounts(row, fresh[^1].At) : null;
            var run = RuleRun.Over(rule, now, CollectionsMarshal.AsSpan(fresh), counted);
            var waits = isStale || Waits(rule, row, open, run.Stretches);
            Keep(rule, row, run, [], book.Enter(rule, row, run.Stretches, open is null ? [] : [open], now.Alert.AsOf, run.Holds && !waits, isLate || waits), isLate);
            return;
        }

        var start = tables.State(rule.Id, row.Id, StateKind.Base);
        var rerun = RuleRun.Over(rule, start, CollectionsMarshal.AsSpan(Kept(row, rule)));
        var from = Beginning(start, row);
        var told = tables.ChangesAfter(rule.Id, row.Id, from);
        var kept = tables.EpisodesAfter(rule.Id, row.Id, from);
        tables.DeleteChangesAfter(rule.Id, row.Id, from);

        // Of a backlog half may be there: what that makes of the silence between it and the newest values waits for the next.
        var isGuess = isLate && rerun.IsGuess;
        var stretches = isGuess && open?.Standing == EpisodeStanding.Firing && rerun.Stretches is [.., { Cleared: not null } last]
            ? [.. rerun.Stretches.SkipLast(1), last with { Cleared = null }]
            : rerun.Stretches;
        var isUntold = isStale || Waits(rule, row, open, stretches);
        Keep(rule, row, rerun, told, book.Enter(rule, row, stretches, kept, now.Alert.AsOf, rerun.Holds && !isUntold && !isGuess, isLate || isUntold, cause: cause), isLate);
    }

    // What people know of goes on whatever is still to come.
    private bool Waits(AlertRule rule, SubjectRow row, Episode? open, IReadOnlyList<Stretch> stretches) =>
        rule.Joint is not null && open?.Standing != EpisodeStanding.Firing && stretches is [.., { Cleared: null } last]
        && gathering.IsOn(rule, row, last.Raised?.At ?? open?.Raised ?? last.Since, samples);

    // What was found over by a guess: nobody was told, and the next value shows it. Until then it is not folded away.
    private static Episode? HeldBack(Episode? open, in AlertState now) =>
        open?.Standing == EpisodeStanding.Firing && !now.Phase.IsAnnounced ? open : null;

    private static AlertState AsKnown(Episode? open, in AlertState now) => HeldBack(open, now) is { } heldBack
        ? now with { Phase = AlertPhase.Clearing, Since = heldBack.Since, Peak = heldBack.Peak, IsPeakBound = heldBack.IsPeakBound }
        : now;

    // From when on what a run finds is all there is. Where a rule has no base state, though values have been folded away or forgotten,
    // because it has changed since or its alarm was taken back, what it found in those stays.
    private static DateTimeOffset Beginning(RuleState start, SubjectRow row) =>
        start.Alert.AsOf > DateTimeOffset.MinValue ? start.Alert.AsOf
        : row.FoldedNs > long.MinValue ? DateTimeOffset.FromUnixTimeMilliseconds(row.FoldedNs / NsPerMs)
        : DateTimeOffset.MinValue;

    private void Keep(
        AlertRule rule,
        SubjectRow row,
        RuleRun run,
        List<AlertChange> told,
        IReadOnlyList<(Stretch Stretch, Episode Episode)> episodes,
        bool isLate)
    {
        var isFirst = !tables.HasState(rule.Id, row.Id);
        tables.Save(rule.Id, row.Id, StateKind.Now, run.End);
        if (tables.States(row.Id) is var states && (Judged.Count == 0 || Judged[^1].States != states))
        {
            Judged.Add(new JudgedChannel(row.Subject, states));
        }

        if (run.Newest is { } newest && !row.IsGateways && episodes is [.., { Stretch.Cleared: null, Episode: var open }])
        {
            tables.SaveNewest(open, rule, newest);
        }

        foreach (var change in run.Changes)
        {
            var episode = episodes.FirstOrDefault(e => e.Stretch.Meets(change.At, change.At)).Episode?.Id;
            tables.Add(rule.Id, row.Id, change, episode);
            if (!told.Exists(old => (old.At, old.From, old.To) == (change.At, change.From, change.To)))
            {
                Transitions.Add(new AlertTransition(rule, row.Subject, change, episode, isLate));
            }
        }

        if (run.Changes.Count > 0 || told.Count > 0 || isFirst)
        {
            Statuses.Add(StatusOf(rule, row, tables));
        }
    }

    private void StepStrays(AlertRule rule, SubjectRow row, List<AlertSample> strays)
    {
        // Strays are remains, with holes of any length between: a hole ends a run.
        var state = tables.State(rule.Id, row.Id, StateKind.Stray);
        var known = tables.EpisodesAfter(rule.Id, row.Id, strays[0].At);
        while (strays.Count > 0)
        {
            var isContinued = strays[0].At > state.LastAt && strays[0].At - state.LastAt <= rule.Threshold.SilenceMax;
            var length = 1;
            while (length < strays.Count && strays[length].At - strays[length - 1].At <= rule.Threshold.SilenceMax)
            {
                length++;
            }

            var run = RuleRun.Over(rule, isContinued ? state : RuleState.Initial, CollectionsMarshal.AsSpan(strays)[..length]);
            foreach (var stretch in run.Stretches.Where(stretch => stretch.Raised is not null))
            {
                // What still holds at the last of them is over all the same: later values are long known.
                var past = stretch with { Cleared = stretch.Cleared ?? new StepValue(strays[length - 1].At, stretch.Peak) };
                if (!known.Exists(episode => past.Meets(episode.Since, episode.Reach(past.Since))))
                {
                    book.Enter(rule, row, [past], [], past.Since, holds: false, isLate: true);
                }
            }

            state = run.End;
            strays = strays[length..];
        }

        tables.Save(rule.Id, row.Id, StateKind.Stray, state);
    }

    private SubjectRow Fold(SubjectRow row, IReadOnlyList<AlertRule> rules)
    {
        var excess = row.Kept - window.KeptMax;
        var due = row.NewestNs - window.LatenessNs;
        var overdue = due - (window.LatenessNs / 8);
        var isTime = row.Kept >= window.KeptMin + FoldMin && tables.HasUpTo(row, overdue)
            && !rules.Any(rule => HeldBack(tables.OpenEpisode(rule.Id, row.Id), tables.Alert(rule.Id, row.Id, StateKind.Now)) is not null);
        if (!isTime && excess < FoldMin)
        {
            return row;
        }

        // The newest value of each other channel stays: by that it is known how far it has come.
        var leaving = excess >= FoldMin
            ? samples.Read(row.Id, long.MaxValue, excess)
            : samples.Read(row.Id, row.IsJoint ? Math.Min(due, samples.BroughtBy(row.Id) - NsPerMs) : due, row.Kept - window.KeptMin);
        if (leaving.Count == 0)
        {
            return row;
        }

        var through = leaving[^1].TimeNs;
        if (row.IsJoint)
        {
            // Whole milliseconds, because within one the order is another than that of time keys.
            through += NsPerMs - 1 - (through % NsPerMs);
            leaving = samples.Read(row.Id, through, long.MaxValue);
        }

        foreach (var rule in rules)
        {
            var start = tables.State(rule.Id, row.Id, StateKind.Base);
            var run = RuleRun.Over(rule, start, CollectionsMarshal.AsSpan(Tagged(row, rule, leaving)));
            tables.Save(rule.Id, row.Id, StateKind.Base, run.End);
        }

        samples.Delete(row.Id, through);
        return row with { FoldedNs = through, Kept = row.Kept - leaving.Count };
    }

    /// <summary>Where a rule stands for a channel: as people know it, where an end is not told yet.</summary>
    public static AlertStatus StatusOf(AlertRule rule, SubjectRow row, AlertTables tables)
    {
        var now = tables.Alert(rule.Id, row.Id, StateKind.Now);
        var last = tables.LastChange(rule.Id, row.Id);
        var open = tables.OpenEpisode(rule.Id, row.Id);
        var asKnown = AsKnown(open, now);
        var isQuiet = asKnown.Phase == AlertPhase.Normal;
        return new AlertStatus(
            rule,
            row.Subject,
            asKnown.Phase,
            isQuiet ? null : asKnown.Since,
            last?.At,
            last?.Value,
            isQuiet ? null : asKnown.Peak,
            open is { Standing: EpisodeStanding.Firing } ? tables.ToldAs(open.Id) : null)
        {
            JudgedAt = TimeOf(now.AsOf),
            IsPeakBound = !isQuiet && asKnown.IsPeakBound,
        };
    }

    /// <summary>When a limit was held against something last; null where it never was.</summary>
    /// <param name="asOf">The time of its state.</param>
    public static DateTimeOffset? TimeOf(DateTimeOffset asOf) => asOf == AlertState.Initial.AsOf ? null : asOf;

    private List<AlertSample> Kept(SubjectRow row, AlertRule rule) => Tagged(row, rule, samples.Read(row.Id, long.MaxValue, long.MaxValue));

    // Which input a channel is one for is the rule's word, and that may have changed since its values were kept.
    private List<AlertSample> Tagged(SubjectRow row, AlertRule rule, List<(long TimeNs, AlertSample Sample)> values)
    {
        if (!row.IsJoint)
        {
            return values.ConvertAll(value => value.Sample);
        }

        var inputs = samples.Sources(row.Id).ToDictionary(source => source.Source, source => rule.InputsOf(row.Subject, source));
        return values.ConvertAll(value => value.Sample with
        {
            Origin = value.Sample.Origin with { Inputs = inputs.GetValueOrDefault(value.Sample.Origin.Source) },
        });
    }
}
