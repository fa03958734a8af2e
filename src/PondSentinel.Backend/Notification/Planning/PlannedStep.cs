using Microsoft.Data.Sqlite;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>A message that was tried.</summary>
/// <param name="Kept">The message.</param>
/// <param name="Result">What came of it.</param>
/// <param name="Rest">Where it was not taken: how long it is to rest before it is tried again.</param>
internal sealed record TriedMessage(KeptMessage Kept, DeliveryResult Result, TimeSpan Rest)
{
    /// <summary>Whether it is set aside by this attempt: others go before it from now on.</summary>
    public bool IsSetAside => Result is { Standing: DeliveryStanding.Waiting, IsAway: false } && Kept.Attempts + 1 == KeptMessage.AttemptsInARow;

    /// <summary>Whether its notices go in smaller ones: it is refused as a whole; or it is not taken, and others are, or it was tried so
    /// often that it may be one of its notices that keeps the others from being told. Never where somebody has all of it: the smaller ones
    /// are other messages, and would come to them again.</summary>
    public bool IsHalved => Kept.Message.Notices.Count > 1 && !Result.IsPartlyTaken
        && (Result.Standing == DeliveryStanding.Refused
            || (Result is { Standing: DeliveryStanding.Waiting, IsAway: false }
                && (Kept.Marks.HasFlag(AttemptMarks.Overtaken) || MayBeOneOfThem)));

    // A receiver that is slow to answer is so with each, and has each; one that says when to come back is not asked more often.
    private bool MayBeOneOfThem =>
        Kept.Attempts + 1 >= KeptMessage.AttemptsWhole && Result.RetryAfter is null && (!Result.MayBeTaken || Result.IsOneStuck);
}

/// <summary>What a channel is to do now.</summary>
/// <param name="Message">Deliver this; null for nothing.</param>
/// <param name="LookAgainAt">Without a message: when to ask again, unless something changes before; null for not at all.</param>
/// <param name="IsResting">Whether nothing that changes is a reason to ask before: the channel as a whole is to rest.</param>
internal readonly record struct PlannedStep(KeptMessage? Message, DateTimeOffset? LookAgainAt, bool IsResting = false)
{
    /// <summary>Notes what came of the last message and plans the next in one transaction, so that there is one commit a
    /// message.</summary>
    /// <param name="connection">The state database.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="tried">The message that was tried since the last step, or null.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="SqliteException">Nothing was noted or planned.</exception>
    public static PlannedStep Take(SqliteConnection connection, INotificationChannel channel, TriedMessage? tried, DateTimeOffset now)
    {
        // As it is kept: else what is due now would be due a part of a millisecond later.
        now = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        using var transaction = connection.BeginTransaction();
        if (tried is not null)
        {
            MessageSettlement.Settle(transaction, channel, tried, now);
        }

        var step = new MessagePlanner(transaction, channel, now).Next();
        transaction.Commit();
        return step;
    }
}
