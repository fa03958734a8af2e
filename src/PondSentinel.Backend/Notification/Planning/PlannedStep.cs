using Microsoft.Data.Sqlite;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>A message that was tried.</summary>
/// <param name="Kept">The message.</param>
/// <param name="Result">What came of it.</param>
internal sealed record TriedMessage(KeptMessage Kept, DeliveryResult Result);

/// <summary>What a channel is to do now.</summary>
/// <param name="Message">Deliver this; null for nothing.</param>
/// <param name="LookAgainAt">Without a message: when to ask again, unless something changes before; null for not at all.</param>
internal readonly record struct PlannedStep(KeptMessage? Message, DateTimeOffset? LookAgainAt)
{
    /// <summary>Notes what came of the last message and plans the next in one transaction, so that there is one commit a
    /// message. After a failed attempt nothing is planned: by the next one something may have changed.</summary>
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

        var step = tried is { Result.Standing: DeliveryStanding.Waiting } ? default : new MessagePlanner(transaction, channel, now).Next();
        transaction.Commit();
        return step;
    }
}
