using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Access;

/// <summary>The tables of this room in the state database; README.md explains them.</summary>
internal static class AccessSchema
{
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS access_account(
          id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, key TEXT NOT NULL UNIQUE, role INTEGER NOT NULL, hash TEXT,
          made_ms INTEGER NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS access_session(
          id BLOB PRIMARY KEY, account INTEGER NOT NULL REFERENCES access_account(id) ON DELETE CASCADE, made_ms INTEGER NOT NULL,
          seen_ms INTEGER NOT NULL, address TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS access_audit(
          number INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, act INTEGER NOT NULL, kind INTEGER NOT NULL,
          who TEXT NOT NULL, way INTEGER NOT NULL, address TEXT, note TEXT NOT NULL) STRICT;
        CREATE INDEX IF NOT EXISTS access_session_account ON access_session(account, made_ms);
        CREATE INDEX IF NOT EXISTS access_audit_kind ON access_audit(kind, number);
        CREATE INDEX IF NOT EXISTS access_audit_who ON access_audit(who, address) WHERE act = 0;
        """;

    /// <summary>Creates what is missing.</summary>
    /// <param name="transaction">The transaction.</param>
    public static void Create(SqliteTransaction transaction) => transaction.Execute(Tables);

    /// <summary>Ends all sessions: those of a backup may have been ended since it was made.</summary>
    /// <param name="transaction">The transaction.</param>
    public static void EndSessions(SqliteTransaction transaction)
    {
        Create(transaction);
        transaction.Execute("DELETE FROM access_session");
    }
}
