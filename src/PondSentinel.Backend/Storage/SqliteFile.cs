using System.Globalization;
using Microsoft.Data.Sqlite;

namespace PondSentinel.Backend.Storage;

/// <summary>Connections to SQLite files that must survive a power cut: every pragma is read back, because SQLite passes
/// over one it cannot follow without a word.</summary>
internal static class SqliteFile
{
    /// <summary>The result code of a disk that is full, by sqlite3.h as the others.</summary>
    public const int Full = 13;

    private const int Permission = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    private static readonly (string Pragma, string Value)[] Pragmas =
    [
        ("busy_timeout", "5000"),
        ("journal_mode", "wal"),
        ("synchronous", "2"), // FULL: a commit is on the disk when it returns.
        ("foreign_keys", "1"),
    ];

    /// <summary>Opens a file and creates it where it is missing.</summary>
    /// <exception cref="SqliteException">SQLite cannot use it.</exception>
    /// <exception cref="IOException">A pragma is not in force.</exception>
    public static SqliteConnection Open(string path)
    {
        // No pool: a connection that was closed must not keep the file open or the pragmas of its last user.
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            foreach (var (pragma, value) in Pragmas)
            {
                Run(connection, $"PRAGMA {pragma} = {value}");
                var inForce = Run(connection, $"PRAGMA {pragma}");
                if (inForce != value)
                {
                    throw new IOException(
                        $"{path}: SQLite keeps {pragma} at {inForce} instead of {value}. Put the file on a local file system.");
                }
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>What went wrong and what to do, in one line.</summary>
    public static string Explain(string path, SqliteException e) => e.SqliteErrorCode switch
    {
        NotADatabase => $"{path} is no SQLite database. Name another folder, or move the file away.",
        Corrupt => $"{path} is damaged. Restore it from a backup, or move it away (the gateways then send again what they hold).",
        Full => $"{path}: the disk is full. Make room.",
        Busy or Locked => $"{path} is held by another program. End it, a backup or a database browser perhaps.",
        InputOutput => $"{path}: the disk cannot be read or written. Look for its errors in the journal of the system.",
        ReadOnly or Permission => $"{path} cannot be written. Give the folder and the file to the user that runs the backend.",
        CannotOpen => $"{path} cannot be opened. Check that the folder exists and belongs to the user that runs the backend.",
        _ => $"{path}: {e.Message}",
    };

    private static string? Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
