using System.IO.Enumeration;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Backup;

/// <summary>Makes a backup of a backend's folder, while a backend runs on it or not.</summary>
/// <remarks>The state goes first, then dead letters and refused messages, then the store: whatever the state says is stored is then in
/// the backup's store, and what is given in once more meanwhile is in the files, in the store, or in both. What came in between is in the
/// store alone; gateways send it again, and the same point twice is one point.</remarks>
internal static class BackupMaker
{
    /// <summary>Name of the configuration in a backup.</summary>
    public const string ConfigurationFile = "backend.toml";

    /// <summary>Folder of the raw messages, which a backup has only on demand: it is as large as all that ever came.</summary>
    public const string Archive = "archive";

    // What a disk of its own has at its top, which is no matter of ours.
    private const string OfFileSystem = "lost+found";

    /// <summary>Makes a backup.</summary>
    /// <param name="folder">The backend's folder.</param>
    /// <param name="configuration">The configuration file, where there is one.</param>
    /// <param name="target">The folder to make.</param>
    /// <param name="withArchive">Whether the raw messages are wanted too.</param>
    /// <param name="replace">Whether a backup that is there is replaced; else there must be none.</param>
    /// <returns>How many files, and of how many bytes.</returns>
    /// <exception cref="IOException">It cannot be made; the message says why and what to do. What was there is there.</exception>
    public static (int Files, long Bytes) Make(string folder, string? configuration, string target, bool withArchive, bool replace = false)
    {
        var state = Path.Combine(folder, BackendHost.StateFile);
        if (!File.Exists(state))
        {
            throw new IOException($"{state} is not there. Name the backend's folder with --folder.");
        }

        if (target.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new IOException($"{target} lies in what is backed up. Name a folder elsewhere, best on another disk.");
        }

        try
        {
            using var place = BackupPlace.Take(target, replace);
            try
            {
                Copy(folder, configuration, place.Partial, withArchive);
                var files = FilesOf(place.Partial).FindAll(file => !BackupSums.IsName(file));
                BackupSums.Write(place.Partial, files);
                DiskFolder.Settle(place.Partial, Path.GetDirectoryName(target)!);
                place.Finish();
                return (files.Count, files.Sum(file => new FileInfo(Path.Combine(target, file)).Length));
            }
            catch (SqliteException e)
            {
                // What is full is where the copy goes.
                place.Abandon();
                throw new IOException(SqliteFile.Explain(e.SqliteErrorCode == SqliteFile.Full ? place.Partial : folder, e), e);
            }
            catch
            {
                place.Abandon();
                throw;
            }
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{e.Message} Run it as the user of the backend, with a target that this user may write.", e);
        }
    }

    /// <summary>Whether something at the top of a backend's folder is not of the backend.</summary>
    /// <param name="name">Its name.</param>
    internal static bool IsForeign(ReadOnlySpan<char> name) =>
        name.SequenceEqual(OfFileSystem) || name.SequenceEqual(FolderClaim.FileName) || BackupReturn.IsName(name);

    /// <summary>Copies a file whole and onto the disk.</summary>
    /// <param name="from">The file.</param>
    /// <param name="to">Where to; folders are made, and what is there is replaced.</param>
    internal static void CopyFile(string from, string to)
    {
        PrivateFolder.Make(Path.GetDirectoryName(to)!);
        FolderOwner.Give(Path.GetDirectoryName(to)!);
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = PrivateFolder.Create(to);
        source.CopyTo(copy);
        copy.Flush(flushToDisk: true);
    }

    private static void Copy(string folder, string? configuration, string partial, bool withArchive)
    {
        using (var connection = new StateDatabase(Path.Combine(folder, BackendHost.StateFile)).Connect())
        {
            CopyDatabase(connection, Path.Combine(partial, BackendHost.StateFile));
        }

        foreach (var file in Others(folder, withArchive))
        {
            try
            {
                CopyFile(Path.Combine(folder, file), Path.Combine(partial, file));
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // Dead letters that were given in once more since they were listed: the store has them.
            }
        }

        var store = Path.Combine(folder, BackendHost.StoreFile);
        if (File.Exists(store))
        {
            using var connection = SqliteFile.Open(store);
            CopyDatabase(connection, Path.Combine(partial, BackendHost.StoreFile));
        }

        if (configuration is not null)
        {
            CopyFile(configuration, Path.Combine(partial, ConfigurationFile));
        }
    }

    // SQLite copies what is committed, of one moment, beside whoever writes.
    private static void CopyDatabase(SqliteConnection connection, string to)
    {
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "VACUUM INTO $to";
            command.Parameters.AddWithValue("$to", to);
            command.ExecuteNonQuery();
        }

        using var file = new FileStream(to, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    // What refused messages and dead letters wait in, and whatever else a room keeps there: all but the databases, which are copied.
    private static IEnumerable<string> Others(string folder, bool withArchive) => FilesOf(folder).Where(file =>
        !file.StartsWith(BackendHost.StateFile, StringComparison.Ordinal)
        && !file.StartsWith(BackendHost.StoreFile, StringComparison.Ordinal)
        && (withArchive || !file.StartsWith($"{Archive}/", StringComparison.Ordinal)));

    private static List<string> FilesOf(string folder) =>
    [
        .. new FileSystemEnumerable<string>(
            folder,
            (ref FileSystemEntry entry) => Path.GetRelativePath(folder, entry.ToFullPath()).Replace('\\', '/'),
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && !IsForeignIn(folder, ref entry),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !IsForeignIn(folder, ref entry),
        }.Order(StringComparer.Ordinal),
    ];

    private static bool IsForeignIn(string folder, ref FileSystemEntry entry) =>
        IsForeign(entry.FileName) && entry.Directory.TrimEnd(Path.DirectorySeparatorChar).SequenceEqual(folder.AsSpan().TrimEnd(Path.DirectorySeparatorChar));
}
