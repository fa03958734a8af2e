using PondSentinel.Backend.Access;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Ingest;

/// <summary>A person's word that the state database was restored from a backup.</summary>
public static class Restoration
{
    /// <summary>Raises the generation of all receipts, so that gateways take back what they believed and send again what they
    /// still hold; what they hold no more counts as had by what the database has forgotten.</summary>
    /// <param name="database">The database; no backend uses it.</param>
    /// <param name="now">The time.</param>
    /// <returns>The new generation: UTC ms since 1970.</returns>
    /// <exception cref="IOException">The file cannot be used; the message says why and what to do.</exception>
    public static long Declare(StateDatabase database, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(database);
        using var connection = database.Connect();
        using var transaction = connection.BeginTransaction();
        var tables = new IngestTables(transaction);
        tables.Create();
        tables.ForgetInventories(null);
        AccessSchema.EndSessions(transaction);
        var raised = new GenerationBook(transaction, database.CreatedMs).RaiseAll(now);
        new AuditLog(transaction).Add(Actor.OfCommand(), AuditAct.Restored, FormattableString.Invariant($"generation {raised}"), now);
        transaction.Commit();
        return raised;
    }
}
