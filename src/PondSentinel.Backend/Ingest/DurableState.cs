using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Ingest;

/// <summary>Commits to the state database, however long the disk takes to let it.</summary>
/// <param name="connection">The connection; used by one at a time.</param>
/// <param name="time">Clock for the rests.</param>
/// <param name="logger">Told when it begins to fail and when it works again.</param>
internal sealed class DurableState(SqliteConnection connection, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    // Result codes of sqlite3.h that pass: PERM, BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL. Any other is a
    // mistake in this program or a damaged file, and going on would hide it.
    private static readonly int[] Passing = [3, 5, 6, 7, 8, 10, 13, 14, 15];

    private string? trouble;

    /// <summary>Runs work in a transaction until it is committed.</summary>
    /// <param name="work">The work; run again from the start where it was not committed.</param>
    /// <param name="failed">Told of each attempt that was not committed.</param>
    /// <param name="cancellationToken">Gives up between attempts.</param>
    public async Task CommitAsync(Action<SqliteTransaction> work, Action? failed, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var transaction = connection.BeginTransaction();
                work(transaction);
                transaction.Commit();
                Note(null);
                return;
            }
            catch (SqliteException e) when (Passing.Contains(e.SqliteErrorCode))
            {
                Note(SqliteFile.Explain(connection.DataSource, e));
                failed?.Invoke();
            }

            await Task.Delay(Rest, time, cancellationToken);
        }
    }

    /// <summary>Runs work in a transaction once, where it is no harm if that fails.</summary>
    /// <param name="work">The work.</param>
    public void TryCommit(Action<SqliteTransaction> work)
    {
        try
        {
            using var transaction = connection.BeginTransaction();
            work(transaction);
            transaction.Commit();
        }
        catch (SqliteException e) when (Passing.Contains(e.SqliteErrorCode))
        {
            Note(SqliteFile.Explain(connection.DataSource, e));
        }
    }

    /// <summary>Reads in a transaction of its own, without holding up those who write.</summary>
    public T Read<T>(Func<SqliteTransaction, T> work)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        return work(transaction);
    }

    private void Note(string? reason)
    {
        if (reason is not null && trouble is null)
        {
            logger.LogError("The state database takes nothing: {Reason} Nothing is acknowledged until it does.", reason);
        }
        else if (reason is null && trouble is not null)
        {
            logger.LogInformation("The state database takes changes again (it was: {Reason})", trouble);
        }

        trouble = reason;
    }
}
