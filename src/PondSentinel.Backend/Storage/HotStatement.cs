using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace PondSentinel.Backend.Storage;

/// <summary>A compiled statement that is run for each value that comes: its parameters are bound by their places, nothing is boxed and
/// nothing is looked up by name, which takes longer than SQLite's own work.</summary>
/// <remarks>It changes rows and reads none. Of one connection, within whatever transaction that has, and used by one at a time.</remarks>
internal sealed class HotStatement : IDisposable
{
    private readonly sqlite3 database;
    private readonly sqlite3_stmt statement;

    /// <summary>Compiles it.</summary>
    /// <param name="connection">The connection, which is open.</param>
    /// <param name="sql">One statement, its parameters written as <c>?</c>.</param>
    /// <exception cref="SqliteException">It is none.</exception>
    public HotStatement(SqliteConnection connection, string sql)
    {
        database = connection.Handle!;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(database, sql, out statement), database);
    }

    /// <summary>Sets a whole number.</summary>
    /// <param name="place">Which parameter, from 1 on.</param>
    /// <param name="value">The number.</param>
    public void Bind(int place, long value) => SqliteException.ThrowExceptionForRC(raw.sqlite3_bind_int64(statement, place, value), database);

    /// <summary>Sets a number, or none.</summary>
    /// <param name="place">Which parameter, from 1 on.</param>
    /// <param name="value">The number; null: none.</param>
    public void Bind(int place, double? value) => SqliteException.ThrowExceptionForRC(
        value is { } number ? raw.sqlite3_bind_double(statement, place, number) : raw.sqlite3_bind_null(statement, place), database);

    /// <summary>Sets bytes; they are copied.</summary>
    /// <param name="place">Which parameter, from 1 on.</param>
    /// <param name="value">The bytes.</param>
    public void Bind(int place, ReadOnlySpan<byte> value) => SqliteException.ThrowExceptionForRC(raw.sqlite3_bind_blob(statement, place, value), database);

    /// <summary>Runs it.</summary>
    /// <returns>How many rows it changed.</returns>
    /// <exception cref="SqliteException">SQLite could not.</exception>
    public int Run()
    {
        var code = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        SqliteException.ThrowExceptionForRC(code, database);
        return raw.sqlite3_changes(database);
    }

    /// <inheritdoc/>
    public void Dispose() => statement.Dispose();
}
