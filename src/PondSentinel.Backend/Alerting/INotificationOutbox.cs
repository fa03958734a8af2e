using Microsoft.Data.Sqlite;

namespace PondSentinel.Backend.Alerting;

/// <summary>Takes what people are to be told.</summary>
public interface INotificationOutbox
{
    /// <summary>Creates what the outbox needs in the state database.</summary>
    /// <param name="transaction">The transaction.</param>
    void Create(SqliteTransaction transaction);

    /// <summary>Takes a notice in. It is there when the transaction commits and not otherwise.</summary>
    /// <param name="transaction">The transaction that also keeps the alert's state.</param>
    /// <param name="notice">The notice.</param>
    void Add(SqliteTransaction transaction, AlertNotice notice);

    /// <summary>Whether people are kept from hearing of an alarm by what does not keep them from hearing of another, a silence of its rule or
    /// a third alarm that explains it: then nobody knows of the other by it.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="episode">The episode that they know the alarm by.</param>
    /// <param name="other">What the other would tell.</param>
    bool HoldsBack(SqliteTransaction transaction, string episode, AlertNotice other);

    /// <summary>The transaction has committed: send now. Returns at once.</summary>
    void Wake();
}
