using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Access;

/// <summary>Who is signed in. Kept in the state database, so that a restart signs nobody out, and whoever is removed on the command
/// line is out with the next request.</summary>
/// <remarks>What the browser holds is not kept, only its SHA-256. Thread-safe, by one connection of its own.</remarks>
/// <param name="connection">That connection; owned by this instance.</param>
/// <param name="idle">How long a session lasts without a request.</param>
/// <param name="longest">How long it lasts at most.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionBook(SqliteConnection connection, TimeSpan idle, TimeSpan longest, TimeProvider time) : IDisposable
{
    /// <summary>Most sessions of an account; with one more the oldest ends.</summary>
    public const int OfAccountMax = 32;

    // A commit is written through to the disk, so not with each request.
    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);

    // The clock may have been set back a little; a session of tomorrow is none.
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();

    /// <summary>Signs somebody in.</summary>
    /// <param name="account">Who.</param>
    /// <param name="address">From where.</param>
    /// <returns>What the browser is to hold.</returns>
    public string Begin(Account account, string address)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        Work(transaction =>
        {
            var now = time.GetUtcNow();
            var (nowMs, idleMs) = (now.ToUnixTimeMilliseconds(), (long)idle.TotalMilliseconds);
            transaction.Execute("DELETE FROM access_session WHERE seen_ms < $idle", ("$idle", nowMs - idleMs));
            transaction.Execute(
                """
                DELETE FROM access_session WHERE id IN (
                  SELECT id FROM access_session WHERE account = $account ORDER BY made_ms DESC LIMIT -1 OFFSET $most)
                """,
                ("$account", account.Id), ("$most", OfAccountMax - 1));
            transaction.Execute(
                "INSERT INTO access_session(id, account, made_ms, seen_ms, address) VALUES ($id, $account, $now, $now, $address)",
                ("$id", IdOf(token)), ("$account", account.Id), ("$now", nowMs), ("$address", address));
            new AuditLog(transaction).Add(new Actor(account.Name, AccessWay.Session, address), AuditAct.SignedIn, "", now);
            return true;
        });
        return token;
    }

    /// <summary>Whose session it is; null where it is none, or over. It counts as used by that.</summary>
    /// <param name="token">What the browser holds.</param>
    public Account? Find(string token) => token.Length != 64 ? null : Work(transaction =>
    {
        var (id, now) = (IdOf(token), time.GetUtcNow());
        var (account, made, seen) = transaction.Query(
            """
            SELECT a.id, a.name, a.role, a.hash IS NOT NULL, a.made_ms, s.made_ms, s.seen_ms
            FROM access_session s JOIN access_account a ON a.id = s.account WHERE s.id = $id
            """,
            reader => (
                new Account(reader.GetInt64(0), reader.GetString(1), (Role)reader.GetByte(2), reader.GetBoolean(3), reader.Instant(4)),
                reader.Instant(5), reader.Instant(6)),
            ("$id", id)).FirstOrDefault();
        if (account is null)
        {
            return null;
        }

        if (now - made > longest || now - seen > idle || made - now > AheadMax)
        {
            transaction.Execute("DELETE FROM access_session WHERE id = $id", ("$id", id));
            return null;
        }

        if (now - seen >= SeenEvery)
        {
            transaction.Execute("UPDATE access_session SET seen_ms = $now WHERE id = $id", ("$now", now.ToUnixTimeMilliseconds()), ("$id", id));
        }

        return account;
    });

    /// <summary>Signs somebody out.</summary>
    /// <param name="token">What the browser holds.</param>
    /// <param name="by">Whose it is.</param>
    public void End(string token, Actor by) => Work(transaction =>
    {
        if (transaction.Execute("DELETE FROM access_session WHERE id = $id", ("$id", IdOf(token))) > 0)
        {
            new AuditLog(transaction).Add(by, AuditAct.SignedOut, "", time.GetUtcNow());
        }

        return true;
    });

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private static byte[] IdOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    // Deferred: what only looks takes no lock for writing.
    private T Work<T>(Func<SqliteTransaction, T> work)
    {
        lock (gate)
        {
            using var transaction = connection.BeginTransaction(deferred: true);
            var result = work(transaction);
            transaction.Commit();
            return result;
        }
    }
}
