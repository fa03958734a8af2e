using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Access;

namespace PondSentinel.Backend.Commands;

/// <summary>The line of the audit that goes with what the command line changes.</summary>
internal static class CommandAudit
{
    /// <summary>Writes it, in the transaction of the change.</summary>
    /// <param name="act">What is done.</param>
    /// <param name="note">Of what.</param>
    /// <param name="said">By what name they say it; null for none. Whoever calls may say any: the machine's name of them stands beside it.</param>
    /// <param name="time">The clock.</param>
    public static Action<SqliteTransaction> Of(AuditAct act, string note, string? said, TimeProvider time) => transaction =>
    {
        // A backend of an earlier version has none.
        AccessSchema.Create(transaction);
        var by = Actor.OfCommand();
        new AuditLog(transaction).Add(by, act, said is null || said == by.Name ? note : $"{note}, by {said}", time.GetUtcNow());
    };
}
