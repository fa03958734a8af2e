using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>A message that was tried.</summary>
/// <param name="Kept">The message.</param>
/// <param name="Result">What came of it.</param>
/// <param name="Rest">Where it was not taken: how long it is to rest before it is tried again.</param>
internal sealed record TriedMessage(KeptMessage Kept, DeliveryResult Result, TimeSpan Rest)
{
    /// <summary>Whether it is set aside by this attempt: others go before it from now on.</summary>
    public bool IsSetAside => Result is { Standing: DeliveryStanding.Waiting, IsAway: false } && Kept.Attempts + 1 == KeptMessage.AttemptsInARow;

    /// <summary>The message without what of it was taken.</summary>
    public KeptMessage Left => Result.TakenNotices.Count == 0 && !Result.IsDroppedTold ? Kept : Kept with
    {
        Message = Kept.Message with
        {
            Notices = [.. Kept.Message.Notices.Where(notice => !Result.TakenNotices.Contains(notice.Id, StringComparer.Ordinal))],
            Dropped = Result.IsDroppedTold ? 0 : Kept.Message.Dropped,
        },
    };

    /// <summary>Whether its notices go in smaller ones: it is refused as a whole; or it is not taken, and others are, or it was tried so
    /// often that it may be one of its notices that keeps the others from being told. Never where somebody has all of it: the smaller ones
    /// are other messages, and would come to them again.</summary>
    public bool IsHalved => Left.Message.Notices.Count > 1 && !Result.IsPartlyTaken
        && (Result.Standing == DeliveryStanding.Refused
            || (Result is { Standing: DeliveryStanding.Waiting, IsAway: false }
                && (Kept.Marks.HasFlag(AttemptMarks.Overtaken) || MayBeOneOfThem)));

    // A receiver that is slow to answer is so with each, and has each; one that says when to come back is not asked more often.
    private bool MayBeOneOfThem =>
        Kept.Attempts + 1 >= KeptMessage.AttemptsWhole && Result.RetryAfter is null && (!Result.MayBeTaken || Result.IsOneStuck);
}

/// <summary>Something that is kept and that this version cannot read.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Cause">Of a notice: why. Null for a message: its notices are told anew.</param>
internal sealed record Unreadable(string Id, UnreadableCause? Cause);

/// <summary>What a channel is to do now.</summary>
/// <param name="Message">Deliver this; null for nothing.</param>
/// <param name="LookAgainAt">Without a message: when to ask again, unless something changes before; null for not at all.</param>
/// <param name="IsResting">Whether nothing that changes is a reason to ask before: the channel as a whole is to rest.</param>
/// <param name="GoesOn">Whether there is more to look at now: ask again as soon as others had their turn to write.</param>
internal readonly record struct PlannedStep(KeptMessage? Message, DateTimeOffset? LookAgainAt, bool IsResting = false, bool GoesOn = false)
{
    /// <summary>What this version cannot read and was found now.</summary>
    public IReadOnlyList<Unreadable> Found { get; init; } = [];

    /// <summary>Most notices that are looked at in one transaction: nobody else can write meanwhile.</summary>
    public const int NoticesLookedAtMax = 500;

    /// <summary>Notes what came of the last message and plans the next, in one commit where that is news. Only where there is none are all
    /// open alarms looked at, by reading alone, and what is found is looked at once more in a second one.</summary>
    /// <param name="connection">The state database.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="tried">The message that was tried since the last step, or null; null once that is noted, whatever comes after.</param>
    /// <param name="now">The time.</param>
    /// <param name="lookedAtMax">How many notices it looks at before others have their turn.</param>
    /// <exception cref="SqliteException">What was not committed was not noted or planned.</exception>
    public static PlannedStep Take(
        SqliteConnection connection, INotificationChannel channel, ref TriedMessage? tried, DateTimeOffset now, int lookedAtMax = NoticesLookedAtMax)
    {
        // As it is kept: else what is due now would be due a part of a millisecond later.
        now = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        var (planner, step) = Plan(connection, channel, tried, now, lookedAtMax, null);
        tried = null;
        if (!step.IsNothing)
        {
            return step;
        }

        var outlook = planner.LookAhead(connection);
        if (outlook.Due.Count > 0 || planner.HasOneSetAside)
        {
            var found = step.Found;
            (_, step) = Plan(connection, channel, null, now, lookedAtMax, outlook.Due);
            step = step with { Found = [.. found, .. step.Found] };
        }

        return step.IsNothing ? step with { LookAgainAt = Earlier(step.LookAgainAt, outlook.NextAt) } : step;
    }

    private bool IsNothing => this is { Message: null, IsResting: false, GoesOn: false };

    private static (MessagePlanner Planner, PlannedStep Step) Plan(
        SqliteConnection connection, INotificationChannel channel, TriedMessage? tried, DateTimeOffset now, int lookedAtMax, IReadOnlyList<string>? reminders)
    {
        using var transaction = connection.BeginTransaction();
        if (tried is not null)
        {
            MessageSettlement.Settle(transaction, channel, tried, now);
        }

        var planner = new MessagePlanner(transaction, channel, now, lookedAtMax);
        var step = planner.Next(reminders) with { Found = planner.Found };
        transaction.Commit();
        return (planner, step);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one < other ? one : other ?? one;
}
