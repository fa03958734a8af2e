using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Access;

/// <summary>Who is signed in. Kept in the state database, so that a restart signs nobody out, and whoever is removed on the command
/// line is out with the next request.</summary>
/// <remarks>What the browser holds is not kept, only its SHA-256. Thread-safe. Whoever looks waits a second at most for whoever writes,
/// and that only where it is to be noted that the session was used: by a connection of its own for each, because a transaction that has
/// read before another one wrote can never write itself.</remarks>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="idle">How long a session lasts without a request.</param>
/// <param name="longest">How long it lasts at most.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionBook(Func<SqliteConnection> open, TimeSpan idle, TimeSpan longest, TimeProvider time) : IDisposable
{
    /// <summary>Most sessions of an account; with one more the oldest ends.</summary>
    public const int OfAccountMax = 32;

    // A person waits for a sign-in; for the note that a session was used a request waits a second at most.
    private const int WriteSeconds = 5;
    private const int NoteSeconds = 1;

    // A commit is written through to the disk, so not with each request.
    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);

    // The clock may have been set back a little; a session of tomorrow is none while it is of tomorrow.
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(10);

    private readonly Lock reading = new();
    private readonly Lock writing = new();
    private readonly SqliteConnection reader = open();
    private readonly SqliteConnection writer = Impatient(open());

    /// <summary>Signs somebody in.</summary>
    /// <param name="account">Who.</param>
    /// <param name="address">From where.</param>
    /// <returns>What the browser is to hold.</returns>
    /// <exception cref="SqliteException">The state database cannot be written.</exception>
    public string Begin(Account account, string address)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        Write(transaction =>
        {
            var now = time.GetUtcNow();
            var nowMs = now.ToUnixTimeMilliseconds();

            // What is idle is none, but is deleted only when it is old: by a clock that is wrong for a while most sessions are idle.
            transaction.Execute("DELETE FROM access_session WHERE made_ms < $oldest", ("$oldest", nowMs - (long)longest.TotalMilliseconds));
            // What a clock made that was ahead is none of the newest, though it says so: it goes first.
            transaction.Execute(
                """
                DELETE FROM access_session WHERE id IN (
                  SELECT id FROM access_session WHERE account = $account ORDER BY made_ms > $now, made_ms DESC LIMIT -1 OFFSET $most)
                """,
                ("$account", account.Id), ("$now", nowMs), ("$most", OfAccountMax - 1));
            transaction.Execute(
                "INSERT INTO access_session(id, account, made_ms, seen_ms, address) VALUES ($id, $account, $now, $now, $address)",
                ("$id", IdOf(token)), ("$account", account.Id), ("$now", nowMs), ("$address", address));
            new AuditLog(transaction).Add(new Actor(account.Name, AccessWay.Session, address), AuditAct.SignedIn, "", now);
        });
        return token;
    }

    /// <summary>Whose session it is; null where it is none, or over. It counts as used by that.</summary>
    /// <param name="token">What the browser holds.</param>
    /// <exception cref="SqliteException">The state database cannot be read.</exception>
    public Account? Find(string token)
    {
        if (token.Length != 64)
        {
            return null;
        }

        var (id, now) = (IdOf(token), time.GetUtcNow());
        var (account, made, seen) = Read(id);
        if (account is null || now - made > longest || now - seen > idle || made - now > AheadMax)
        {
            return null;
        }

        if (now - seen >= SeenEvery)
        {
            NoteSeen(id, now);
        }

        return account;
    }

    /// <summary>How many sessions are open of each account that has any, by its number, and when one of them was used last.</summary>
    /// <exception cref="SqliteException">The state database cannot be read.</exception>
    public IReadOnlyDictionary<long, (int Count, DateTimeOffset Seen)> Open()
    {
        var now = time.GetUtcNow();
        lock (reading)
        {
            using var transaction = reader.BeginTransaction(deferred: true);
            return transaction.Query(
                """
                SELECT account, count(*), max(seen_ms) FROM access_session
                WHERE made_ms >= $oldest AND made_ms <= $newest AND seen_ms >= $idle GROUP BY account
                """,
                row => (Account: row.GetInt64(0), Count: row.GetInt32(1), Seen: row.Instant(2)),
                ("$oldest", (now - longest).ToUnixTimeMilliseconds()), ("$newest", (now + AheadMax).ToUnixTimeMilliseconds()),
                ("$idle", (now - idle).ToUnixTimeMilliseconds())).ToDictionary(row => row.Account, row => (row.Count, row.Seen));
        }
    }

    /// <summary>Signs somebody out.</summary>
    /// <param name="token">What the browser holds.</param>
    /// <param name="by">Whose it is.</param>
    /// <exception cref="SqliteException">The state database cannot be written.</exception>
    public void End(string token, Actor by) => Write(transaction =>
    {
        if (transaction.Execute("DELETE FROM access_session WHERE id = $id", ("$id", IdOf(token))) > 0)
        {
            new AuditLog(transaction).Add(by, AuditAct.SignedOut, "", time.GetUtcNow());
        }
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        reader.Dispose();
        writer.Dispose();
    }

    private static byte[] IdOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    // How long a statement waits for other writers is then what it says itself, and not at least the five seconds of all connections.
    private static SqliteConnection Impatient(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA busy_timeout = 100";
        command.ExecuteNonQuery();
        connection.DefaultTimeout = WriteSeconds;
        return connection;
    }

    private (Account? Account, DateTimeOffset Made, DateTimeOffset Seen) Read(byte[] id)
    {
        lock (reading)
        {
            using var transaction = reader.BeginTransaction(deferred: true);
            return transaction.Query(
                """
                SELECT a.id, a.name, a.role, a.hash IS NOT NULL, a.made_ms, s.made_ms, s.seen_ms
                FROM access_session s JOIN access_account a ON a.id = s.account WHERE s.id = $id
                """,
                row => (
                    (Account?)new Account(row.GetInt64(0), row.GetString(1), (Role)row.GetByte(2), row.GetBoolean(3), row.Instant(4)),
                    row.Instant(5), row.Instant(6)),
                ("$id", id)).FirstOrDefault();
        }
    }

    // Where somebody else writes, the next request notes it.
    private void NoteSeen(byte[] id, DateTimeOffset now)
    {
        if (!writing.TryEnter())
        {
            return;
        }

        try
        {
            using var command = writer.CreateCommand();
            command.CommandText = "UPDATE access_session SET seen_ms = $now WHERE id = $id";
            command.CommandTimeout = NoteSeconds;
            command.Parameters.AddWithValue("$now", now.ToUnixTimeMilliseconds());
            command.Parameters.AddWithValue("$id", id);
            command.ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            // The session stands by what was noted before. Whatever is wrong with the file, its other writers tell.
        }
        finally
        {
            writing.Exit();
        }
    }

    private void Write(Action<SqliteTransaction> work)
    {
        lock (writing)
        {
            using var transaction = writer.BeginTransaction();
            work(transaction);
            transaction.Commit();
        }
    }
}
