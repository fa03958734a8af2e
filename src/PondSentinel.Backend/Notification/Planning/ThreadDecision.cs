using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>What is to be done with the notices of a thread that wait for a channel.</summary>
internal abstract record ThreadDecision
{
    private ThreadDecision()
    {
    }

    /// <summary>Tell one of them; the others are told with it.</summary>
    /// <param name="Notice">Which.</param>
    /// <param name="AsPast">Whether it is told as something that was and is over.</param>
    /// <param name="Flap">What to say of its coming and going.</param>
    /// <param name="IsEscalation">Whether this channel hears of it because nobody has acknowledged it.</param>
    public sealed record Tell(WaitingNotice Notice, bool AsPast, FlapReport? Flap, bool IsEscalation) : ThreadDecision;

    /// <summary>Look again later.</summary>
    /// <param name="Until">When.</param>
    /// <param name="Silence">The silence that holds them back, where one does.</param>
    /// <param name="Quieter">The alarm that holds them back, where one does: looked at again as soon as that is over.</param>
    public sealed record Hold(DateTimeOffset Until, long? Silence, string? Quieter = null) : ThreadDecision;

    /// <summary>Never tell them.</summary>
    /// <param name="Standing">Why.</param>
    public sealed record Close(DeliveryStanding Standing) : ThreadDecision;
}

/// <summary>All that a decision rests on.</summary>
/// <param name="Alarm">The alarm.</param>
/// <param name="Waiting">The notices that wait, in order; at least one.</param>
/// <param name="Told">What the channel was told before; null for nothing.</param>
/// <param name="Silence">The silence in force that covers the alarm and ends last; null for none.</param>
/// <param name="Quieter">Another alarm that fires and explains this one; null for none.</param>
internal sealed record AlarmThread(Alarm Alarm, IReadOnlyList<WaitingNotice> Waiting, Told? Told, Silence? Silence, Alarm? Quieter)
{
    // Its end is noticed at once; but not that somebody silences it, or that it stands still.
    private static readonly TimeSpan QuietLook = FlapRule.ExplainsFor;

    /// <summary>Decides: people are told the difference between what is now known and what this channel was told, and never
    /// paged for what is over.</summary>
    /// <param name="policy">The channel's policy.</param>
    /// <param name="now">The time.</param>
    public ThreadDecision Decide(ChannelPolicy policy, DateTimeOffset now)
    {
        if (policy.HoldsFlapping && !IsDigest(policy) && (Alarm.IsFlapping || IsToldOfFlapping))
        {
            return DecideFlapping(policy, now);
        }

        return Waiting[^1].Phase == NoticeKind.Firing ? DecideFiring(policy, now) : DecideOver(policy);
    }

    // Of this coming and going, not of one before.
    private bool IsToldOfFlapping => Told is { Flap: ToldFlap.Begins, At: var at } && at >= Alarm.FoundFlappingAt;

    /// <summary>Whether the channel hears of the alarm once a day.</summary>
    public bool IsDigest(ChannelPolicy policy) => policy.DigestAt is not null && Alarm.Severity == Severity.Info;

    private ThreadDecision DecideFlapping(ChannelPolicy policy, DateTimeOffset now)
    {
        var firing = Waiting.LastOrDefault(notice => notice.Phase == NoticeKind.Firing);
        if (IsToldOfFlapping && Alarm.StandsStillAt is { } until)
        {
            // What becomes graver while it comes and goes is told again, to a second line after its time, whatever came since. Of what somebody
            // has taken on since nothing is closed here: it may be the end of what that line was told.
            ThreadDecision hold = new ThreadDecision.Hold(until, null);
            return firing is null || !(Told!.Severity < Alarm.Severity) ? hold : Before(policy, Waiting[0].MadeAt, now) switch
            {
                null => TellThatItFlaps(policy, firing),
                ThreadDecision.Hold wait => wait with { Until = wait.Until < until ? wait.Until : until },
                _ => hold,
            };
        }

        if (IsToldOfFlapping)
        {
            // That it stands still and is over passes a silence, like every end; that it stands still and fires does not, and of what somebody has
            // taken on no second line is called.
            if (Waiting[^1].Phase == NoticeKind.Firing && policy.EscalateAfter is not null && Alarm.Acknowledged is not null)
            {
                return new ThreadDecision.Close(DeliveryStanding.NotEscalated);
            }

            return (Waiting[^1].Phase == NoticeKind.Firing ? HeldBack(now) : null)
                ?? (ThreadDecision)new ThreadDecision.Tell(Waiting[^1], AsPast: false, Report(Waiting[^1], isOver: true), IsEscalation: false);
        }

        return Before(policy, Waiting[0].MadeAt, now) ?? TellThatItFlaps(policy, firing ?? Waiting[^1]);
    }

    private ThreadDecision.Tell TellThatItFlaps(ChannelPolicy policy, WaitingNotice notice) =>
        new ThreadDecision.Tell(notice, AsPast: false, Report(notice, isOver: false), policy.EscalateAfter is not null);

    private ThreadDecision DecideFiring(ChannelPolicy policy, DateTimeOffset now)
    {
        if (Told is { IsFiring: true } && !(Told.Severity < Alarm.Severity))
        {
            return new ThreadDecision.Close(DeliveryStanding.Merged);
        }

        // What becomes graver meanwhile does not wait anew.
        var since = Waiting.Reverse().TakeWhile(notice => notice.Phase == NoticeKind.Firing).Last().MadeAt;
        return Before(policy, since, now)
            ?? new ThreadDecision.Tell(Waiting[^1], AsPast: false, OfTheDay(policy), policy.EscalateAfter is not null);
    }

    private ThreadDecision DecideOver(ChannelPolicy policy)
    {
        var newest = Waiting[^1];
        if (Told is { Phase: NoticeKind.Firing })
        {
            // It passes a silence: nobody is paged by it, and what people hold open is closed. They may hold it open too where their
            // answer was lost.
            return new ThreadDecision.Tell(newest, AsPast: false, null, IsEscalation: false);
        }

        if (newest.Phase == NoticeKind.Withdrawn)
        {
            return new ThreadDecision.Close(DeliveryStanding.Merged);
        }

        if (policy.EscalateAfter is not null)
        {
            return new ThreadDecision.Close(DeliveryStanding.NotEscalated);
        }

        return Silence is not null || Waiting.Any(notice => notice.WasSilenced)
            ? new ThreadDecision.Close(DeliveryStanding.Silenced)
            : Quieter is not null || Waiting.Any(notice => notice.WasQuiet)
            ? new ThreadDecision.Close(DeliveryStanding.Quieted)
            : new ThreadDecision.Tell(newest, AsPast: newest.Phase == NoticeKind.Cleared, OfTheDay(policy), IsEscalation: false);
    }

    private FlapReport? OfTheDay(ChannelPolicy policy) =>
        IsDigest(policy) && Alarm.FlapsSince is not null ? Report(Waiting[^1], isOver: !Alarm.IsFlapping) : null;

    // What keeps a firing alarm from being told now.
    private ThreadDecision? Before(ChannelPolicy policy, DateTimeOffset firingSince, DateTimeOffset now)
    {
        if (policy.EscalateAfter is not null && Alarm.Acknowledged is not null)
        {
            return new ThreadDecision.Close(DeliveryStanding.NotEscalated);
        }

        // Of what comes and goes and is gone for longer than a moment nobody is called after others: its next beginning calls.
        return HeldBack(now)
            ?? (policy.EscalateAfter is { } after && firingSince + after > now ? new ThreadDecision.Hold(firingSince + after, null) : null)
            ?? (policy.EscalateAfter is not null && Alarm.StandsStillAt is { } until && !Alarm.IsThere(now) ? new ThreadDecision.Hold(until, null) : null);
    }

    // What of a firing alarm people do not want to hear now.
    private ThreadDecision.Hold? HeldBack(DateTimeOffset now) =>
        Silence is { } silence ? new ThreadDecision.Hold(silence.Until, silence.Id)
        : Quieter is { } quieter ? new ThreadDecision.Hold(now + QuietLook, null, quieter.Id)
        : null;

    private FlapReport Report(WaitingNotice notice, bool isOver) => new(notice.Episode, Alarm.Raises, Alarm.FlapsSince!.Value, isOver);
}
