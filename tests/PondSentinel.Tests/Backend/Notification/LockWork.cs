using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>What a connection does while it keeps all others from writing: counted, so that it is the same on every machine.</summary>
internal sealed class LockWork
{
    private const int Instructions = 100;
    private readonly Lock gate = new();
    private readonly List<(int Statements, int Rows, int Steps)> transactions = [];

    /// <summary>The write transactions that were committed: statements, rows changed, and hundreds of instructions of SQLite's machine, which
    /// grow with the rows that are looked at.</summary>
    public IReadOnlyList<(int Statements, int Rows, int Steps)> Transactions
    {
        get
        {
            lock (gate)
            {
                return [.. transactions];
            }
        }
    }

    /// <summary>The most of each in any of them.</summary>
    public (int Statements, int Rows, int Steps) Most =>
        (Transactions.Max(one => one.Statements), Transactions.Max(one => one.Rows), Transactions.Max(one => one.Steps));

    /// <summary>Forgets what was counted.</summary>
    public void Clear()
    {
        lock (gate)
        {
            transactions.Clear();
        }
    }

    /// <summary>Counts what a connection does from now on.</summary>
    public SqliteConnection Watch(SqliteConnection connection)
    {
        var (isWriting, statements, steps, before) = (false, 0, 0, 0);
        raw.sqlite3_progress_handler(
            connection.Handle,
            Instructions,
            _ =>
            {
                steps++;
                return 0;
            },
            null);
        raw.sqlite3_trace(
            connection.Handle,
            (_, sql) =>
            {
                if (sql.StartsWith("BEGIN IMMEDIATE", StringComparison.Ordinal))
                {
                    (isWriting, statements, steps, before) = (true, 0, 0, raw.sqlite3_total_changes(connection.Handle));
                }
                else if (isWriting && sql.StartsWith("COMMIT", StringComparison.Ordinal))
                {
                    isWriting = false;
                    lock (gate)
                    {
                        transactions.Add((statements, raw.sqlite3_total_changes(connection.Handle) - before, steps));
                    }
                }
                else
                {
                    statements++;
                }
            },
            null);
        return connection;
    }
}
