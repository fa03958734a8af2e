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

    /// <summary>Whether people are kept from hearing of one of two alarms and not of the other: by a silence of its rule, or of the first by a
    /// third that explains it. Then nobody knows of the other by it, and it keeps the other from being over for nobody.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="episode">The episode that the first is known by.</param>
    /// <param name="other">What the other would tell.</param>
    bool HoldsApart(SqliteTransaction transaction, string episode, AlertNotice other);

    /// <summary>The transaction has committed: send now. Returns at once.</summary>
    void Wake();
}
