using System.Globalization;
using Microsoft.Data.Sqlite;

namespace PondSentinel.Backend.Storage;

/// <summary>The backend's own state: what is stored, alerts, notices. One SQLite file, WAL, synchronous FULL.</summary>
/// <remarks>
/// The first use creates or checks the file, in the form <see cref="Version"/>; each room keeps its own tables in it.
/// Thread-safe; a connection belongs to whoever asked for it.
/// </remarks>
/// <param name="path">The file; created where it is missing, its folder too.</param>
/// <param name="time">Clock for the time of creation. Default: the system's.</param>
public sealed class StateDatabase(string path, TimeProvider? time = null)
{
    /// <summary>The form of the file that this program reads and writes.</summary>
    public const int Version = 1;

    // "POND": tells our file from any other SQLite file that a wrong setting may point to.
    private const long ApplicationId = 0x504F4E44;

    private readonly Lock gate = new();
    private long? createdMs;

    /// <summary>When the database was created: UTC ms since 1970. It is the generation of receipts.</summary>
    /// <exception cref="IOException">The file cannot be used.</exception>
    public long CreatedMs
    {
        get
        {
            if (createdMs is null)
            {
                Connect().Dispose();
            }

            return createdMs!.Value;
        }
    }

    /// <summary>Opens a connection of its own, with the pragmas set and checked.</summary>
    /// <exception cref="IOException">The file cannot be used; the message says why and what to do.</exception>
    public SqliteConnection Connect()
    {
        try
        {
            lock (gate)
            {
                if (createdMs is null && Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                {
                    Directory.CreateDirectory(folder);
                }

                var connection = SqliteFile.Open(path);
                try
                {
                    createdMs ??= Prepare(connection);
                    return connection;
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            }
        }
        catch (SqliteException e)
        {
            throw new IOException(SqliteFile.Explain(path, e), e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: no permission. Give the folder to the user that runs the backend.", e);
        }
    }

    private long Prepare(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        var application = transaction.Query("PRAGMA application_id", reader => reader.GetInt64(0))[0];
        var version = transaction.Query("PRAGMA user_version", reader => reader.GetInt64(0))[0];
        var tables = transaction.Query("SELECT count(*) FROM sqlite_master", reader => reader.GetInt64(0))[0];
        if (tables > 0 && application != ApplicationId)
        {
            throw new IOException($"{path} is a database of another program. Name another folder, or move the file away.");
        }

        if (tables > 0 && version != Version)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture,
                $"{path} has form {version}; this program reads form {Version}. Run the version that wrote it, or move the file away (the gateways then send again what they hold)."));
        }

        if (tables == 0)
        {
            transaction.Execute(string.Create(CultureInfo.InvariantCulture, $"""
                PRAGMA application_id = {ApplicationId};
                PRAGMA user_version = {Version};
                CREATE TABLE state_database(created_ms INTEGER NOT NULL) STRICT;
                """));
            transaction.Execute(
                "INSERT INTO state_database VALUES ($now)",
                ("$now", (time ?? TimeProvider.System).GetUtcNow().ToUnixTimeMilliseconds()));
        }

        var created = transaction.Query("SELECT created_ms FROM state_database", reader => reader.GetInt64(0));
        transaction.Commit();
        return created is [var ms] ? ms : throw new IOException($"{path} lacks its time of creation: it is damaged. Restore it, or move it away.");
    }
}
