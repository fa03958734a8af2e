using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Backup;

/// <summary>Puts a backup back. Nothing is deleted: what was there is moved aside.</summary>
/// <remarks>All of it is made ready within the folder first, and the state is told there that it was restored. Then names change places:
/// the old state goes first and the new one comes last. So wherever it is broken off, the folder has the state that it had, none, or one that
/// knows that it was restored; and no backend starts without.</remarks>
internal static class BackupReturn
{
    // Where it is made ready; what is left of a folder whose files were replaced.
    private const string Staging = "restoring";
    private const string BeforeRestore = "before-restore";

    /// <summary>Puts a backup back, and says to the state that it was restored. What root puts there is of who has the folder.</summary>
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
        var there = Directory.EnumerateFileSystemEntries(folder).Where(entry => !BackupMaker.IsForeign(Path.GetFileName(entry.AsSpan()))).ToList();
        if (there.Count > 0 && !replace)
        {
            throw new IOException($"{folder} is not empty. Say --replace to have what is there moved aside, or name another with --folder.");
        }

        var staging = Path.Combine(folder, Staging);
        var generation = MakeReady(backup, files, staging, folder, now);
        var aside = MoveAside(there, folder, now);
        MoveIn(staging, folder);
        return (generation, aside);
    }

    /// <summary>Refuses a folder of which a restore has taken the state away and not yet brought the other.</summary>
    /// <param name="folder">The backend's folder.</param>
    /// <exception cref="IOException">It is one; the message says what to do.</exception>
    public static void RefuseUnfinished(string folder)
    {
        if (Directory.Exists(Path.Combine(folder, Staging)) && !File.Exists(Path.Combine(folder, BackendHost.StateFile)))
        {
            throw new IOException(
                $"A restore into {folder} broke off. Do it again: pond-backend restore BACKUP --replace. (What was there before is in its {BeforeRestore}-… folders.)");
        }
    }

    /// <summary>Whether something in a backend's folder is of a restore.</summary>
    /// <param name="name">Its name.</param>
    public static bool IsName(ReadOnlySpan<char> name) =>
        name.SequenceEqual(Staging) || name.StartsWith(BeforeRestore, StringComparison.Ordinal);

    private static long MakeReady(string backup, IReadOnlyList<string> files, string staging, string folder, DateTimeOffset now)
    {
        try
        {
            Discard(staging);
            PrivateFolder.Make(staging);
            foreach (var file in files.Where(file => file != BackupMaker.ConfigurationFile))
            {
                BackupMaker.CopyFile(Path.Combine(backup, file), Path.Combine(staging, file));
            }

            var generation = Restoration.Declare(new StateDatabase(Path.Combine(staging, BackendHost.StateFile)), now);
            DiskFolder.Settle(staging, folder);
            DiskFolder.Sync(folder);
            return generation;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            Discard(staging);
            throw e is SqliteException fault ? new IOException(SqliteFile.Explain(staging, fault), fault) : new IOException(e.Message, e);
        }
    }

    private static void Discard(string staging)
    {
        if (Directory.Exists(staging))
        {
            Directory.Delete(staging, recursive: true);
        }
    }

    private static string? MoveAside(List<string> there, string folder, DateTimeOffset now)
    {
        if (there.Count == 0)
        {
            return null;
        }

        var aside = Path.Combine(folder, FormattableString.Invariant($"{BeforeRestore}-{now.UtcDateTime:yyyyMMdd-HHmmss}"));
        Directory.CreateDirectory(aside);
        FolderOwner.Give(aside);

        // What belongs to the state goes with it.
        foreach (var entry in there.OrderBy(entry => !IsOfState(entry)))
        {
            Directory.Move(entry, Path.Combine(aside, Path.GetFileName(entry)));
        }

        DiskFolder.Sync(aside);
        DiskFolder.Sync(folder);
        return aside;
    }

    private static void MoveIn(string staging, string folder)
    {
        var ready = Directory.EnumerateFileSystemEntries(staging).ToLookup(IsOfState);
        foreach (var entries in new[] { ready[false], ready[true] })
        {
            foreach (var entry in entries)
            {
                Directory.Move(entry, Path.Combine(folder, Path.GetFileName(entry)));
            }

            DiskFolder.Sync(folder);
        }

        Discard(staging);
    }

    private static bool IsOfState(string entry) => Path.GetFileName(entry.AsSpan()).StartsWith(BackendHost.StateFile, StringComparison.Ordinal);

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
