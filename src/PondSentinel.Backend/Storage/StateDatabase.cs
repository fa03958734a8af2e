using Microsoft.Data.Sqlite;

namespace PondSentinel.Backend.Storage;

/// <summary>The backend's own state: what is stored, alerts, notices. One SQLite file, WAL, synchronous FULL.</summary>
/// <param name="path">The file; created where it is missing.</param>
public sealed class StateDatabase(string path)
{
    /// <summary>Opens a connection of its own, with the pragmas set and checked.</summary>
    /// <exception cref="SqliteException">The file cannot be used.</exception>
    public SqliteConnection Connect() => throw new NotSupportedException(path);
}
