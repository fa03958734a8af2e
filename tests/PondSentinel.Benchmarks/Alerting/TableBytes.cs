using System.Globalization;
using Microsoft.Data.Sqlite;

namespace PondSentinel.Benchmarks.Alerting;

/// <summary>How much room the tables of a SQLite database take.</summary>
internal static class TableBytes
{
    /// <summary>Bytes of the whole file, once what was deleted is given back.</summary>
    public static long Of(SqliteConnection connection)
    {
        Scalar(connection, "VACUUM");
        return Scalar(connection, "PRAGMA page_count") * Scalar(connection, "PRAGMA page_size");
    }

    /// <summary>The one number that an SQL statement gives; 0 for none.</summary>
    public static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
