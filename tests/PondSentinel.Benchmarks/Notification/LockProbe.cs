using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace PondSentinel.Benchmarks.Notification;

/// <summary>For how long nobody else can write to a SQLite file: asks for the write lock again and again, and gives it back at once.</summary>
internal sealed class LockProbe : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Thread asking;
    private readonly Lock gate = new();
    private TimeSpan longest;
    private TimeSpan all;
    private volatile bool isOver;

    /// <summary>Begins to ask.</summary>
    /// <param name="connection">A connection of its own; disposed with this.</param>
    public LockProbe(SqliteConnection connection)
    {
        this.connection = connection;
        raw.sqlite3_busy_timeout(connection.Handle, 0);
        asking = new Thread(Ask) { IsBackground = true };
        asking.Start();
    }

    /// <summary>The longest time in a row for which it was held since the last call, and how long together.</summary>
    public (TimeSpan Longest, TimeSpan All) Take()
    {
        lock (gate)
        {
            var result = (longest, all);
            (longest, all) = (TimeSpan.Zero, TimeSpan.Zero);
            return result;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        isOver = true;
        asking.Join();
        connection.Dispose();
    }

    private void Ask()
    {
        long? heldSince = null;
        while (!isOver)
        {
            if (raw.sqlite3_exec(connection.Handle, "BEGIN IMMEDIATE") != raw.SQLITE_OK)
            {
                heldSince ??= Stopwatch.GetTimestamp();
            }
            else
            {
                raw.sqlite3_exec(connection.Handle, "ROLLBACK");
                if (heldSince is { } since)
                {
                    var held = Stopwatch.GetElapsedTime(since);
                    heldSince = null;
                    lock (gate)
                    {
                        longest = held > longest ? held : longest;
                        all += held;
                    }
                }
            }

            // The lock is free for others most of the time, and nobody's turn is missed by more than this.
            Thread.SpinWait(2000);
        }
    }
}
