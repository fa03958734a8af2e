using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Backup;

/// <summary>Puts a backup back. Nothing is deleted: what was there is moved aside.</summary>
internal static class BackupReturn
{
    /// <summary>Puts a backup back, and says to the state that it was restored.</summary>
    /// <param name="backup">The backup's folder.</param>
    /// <param name="folder">The backend's folder; no backend may run on it.</param>
    /// <param name="replace">Whether what is there may be moved aside.</param>
    /// <param name="now">The time.</param>
    /// <returns>The new generation of receipts, and where what was there has gone; null where nothing was.</returns>
    /// <exception cref="IOException">It cannot be put back; the message says why and what to do. The folder is then as it was, or
    /// without a state and to be restored again.</exception>
    public static (long Generation, string? Aside) Restore(string backup, string folder, bool replace, DateTimeOffset now)
    {
        var files = BackupSums.Verify(backup);
        foreach (var database in files.Where(file => file is BackendHost.StateFile or BackendHost.StoreFile))
        {
            RefuseDamaged(Path.Combine(backup, database));
        }

        if (!files.Contains(BackendHost.StateFile, StringComparer.Ordinal))
        {
            throw new IOException($"{backup} has no {BackendHost.StateFile}: it is no backup of a backend.");
        }

        using var claim = FolderClaim.Take(folder);
        var aside = MoveAside(folder, replace, now);

        // The state comes last: without it the folder is a new one, which no receipt was given from.
        foreach (var file in files.Where(file => file != BackupMaker.ConfigurationFile).OrderBy(file => file == BackendHost.StateFile))
        {
            BackupMaker.CopyFile(Path.Combine(backup, file), Path.Combine(folder, file));
        }

        return (Restoration.Declare(new StateDatabase(Path.Combine(folder, BackendHost.StateFile)), now), aside);
    }

    private static string? MoveAside(string folder, bool replace, DateTimeOffset now)
    {
        var there = Directory.EnumerateFileSystemEntries(folder)
            .Where(entry => Path.GetFileName(entry) is var name && name != FolderClaim.FileName && !name.StartsWith(BackupMaker.BeforeRestore, StringComparison.Ordinal))
            .ToList();
        if (there.Count == 0)
        {
            return null;
        }

        if (!replace)
        {
            throw new IOException($"{folder} is not empty. Say --replace to have what is there moved aside, or name another with --folder.");
        }

        var aside = Path.Combine(folder, FormattableString.Invariant($"{BackupMaker.BeforeRestore}-{now.UtcDateTime:yyyyMMdd-HHmmss}"));
        Directory.CreateDirectory(aside);

        // The state goes first, for the same reason that it comes last; what belongs to it goes with it.
        foreach (var entry in there.OrderBy(entry => !Path.GetFileName(entry).StartsWith(BackendHost.StateFile, StringComparison.Ordinal)))
        {
            Directory.Move(entry, Path.Combine(aside, Path.GetFileName(entry)));
        }

        return aside;
    }

    private static void RefuseDamaged(string path)
    {
        try
        {
            using var connection = new SqliteConnection(
                new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA integrity_check(1)";
            if (command.ExecuteScalar() is not "ok")
            {
                throw new IOException($"{path} is damaged, and was when it was backed up. Take another backup.");
            }
        }
        catch (SqliteException e)
        {
            throw new IOException(SqliteFile.Explain(path, e), e);
        }
    }
}
