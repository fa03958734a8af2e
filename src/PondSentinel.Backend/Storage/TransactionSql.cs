using Microsoft.Data.Sqlite;

namespace PondSentinel.Backend.Storage;

/// <summary>SQL within a transaction, in one line per statement. Statements are compiled once a connection.</summary>
internal static class TransactionSql
{
    /// <summary>Runs a statement.</summary>
    /// <returns>How many rows it changed.</returns>
    public static int Execute(
        this SqliteTransaction transaction, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var statements = StatementCache.Of(transaction.Connection!);
        var command = statements.Take(transaction, sql, parameters);
        int changed;
        try
        {
            changed = command.ExecuteNonQuery();
        }
        catch
        {
            command.Dispose();
            throw;
        }

        statements.Return(command);
        return changed;
    }

    /// <summary>Reads all rows of a query.</summary>
    public static List<T> Query<T>(
        this SqliteTransaction transaction,
        string sql,
        Func<SqliteDataReader, T> read,
        params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var statements = StatementCache.Of(transaction.Connection!);
        var command = statements.Take(transaction, sql, parameters);
        List<T> rows = [];
        try
        {
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                rows.Add(read(reader));
            }
        }
        catch
        {
            command.Dispose();
            throw;
        }

        statements.Return(command);
        return rows;
    }

    /// <summary>A statement that is run for each value that comes.</summary>
    public static HotStatement Hot(this SqliteTransaction transaction, string sql) =>
        StatementCache.Of(transaction.Connection!).Hot(transaction.Connection!, sql);

    /// <summary>A column that may be null.</summary>
    public static T? Optional<T>(this SqliteDataReader reader, int column)
        where T : struct =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);

    /// <summary>A time kept as whole milliseconds since 1970.</summary>
    public static DateTimeOffset Instant(this SqliteDataReader reader, int column) =>
        DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));
}
