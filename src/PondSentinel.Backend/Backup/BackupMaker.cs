using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Backup;

/// <summary>Makes a backup of a backend's folder, while a backend runs on it or not.</summary>
/// <remarks>
/// <para>The state goes first, then the store: whatever the state says is stored is then in the backup's store too. What came in
/// between is in the store alone; gateways send it again, and the same point twice is one point.</para>
/// <para>It grows under a name that ends with <c>.partial</c> and gets its own when all of it is on the disk.</para>
/// </remarks>
internal static class BackupMaker
{
    /// <summary>Name of the configuration in a backup.</summary>
    public const string ConfigurationFile = "backend.toml";

    /// <summary>Folder of the raw messages, which a backup has only on demand: it is as large as all that ever came.</summary>
    public const string Archive = "archive";

    /// <summary>What is left of a folder whose files a restore replaced.</summary>
    public const string BeforeRestore = "before-restore";

    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes a backup.</summary>
    /// <param name="folder">The backend's folder.</param>
    /// <param name="configuration">The configuration file, where there is one.</param>
    /// <param name="target">The folder to make; it must not exist.</param>
    /// <param name="withArchive">Whether the raw messages are wanted too.</param>
    /// <returns>How many files, and of how many bytes.</returns>
    /// <exception cref="IOException">It cannot be made; the message says why and what to do.</exception>
    public static (int Files, long Bytes) Make(string folder, string? configuration, string target, bool withArchive)
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

        var partial = target + ".partial";
        foreach (var taken in new[] { target, partial }.Where(path => Directory.Exists(path) || File.Exists(path)))
        {
            throw new IOException($"{taken} is there already. Name another, or remove it.");
        }

        try
        {
            MakePartial(partial);
            using (var connection = new StateDatabase(state).Connect())
            {
                CopyDatabase(connection, Path.Combine(partial, BackendHost.StateFile));
            }

            var store = Path.Combine(folder, BackendHost.StoreFile);
            if (File.Exists(store))
            {
                using var connection = SqliteFile.Open(store);
                CopyDatabase(connection, Path.Combine(partial, BackendHost.StoreFile));
            }

            foreach (var file in Others(folder, withArchive))
            {
                CopyFile(Path.Combine(folder, file), Path.Combine(partial, file));
            }

            if (configuration is not null)
            {
                CopyFile(configuration, Path.Combine(partial, ConfigurationFile));
            }

            var files = FilesOf(partial);
            BackupSums.Write(partial, files);
            Directory.Move(partial, target);
            return (files.Count, files.Sum(file => new FileInfo(Path.Combine(target, file)).Length));
        }
        catch (SqliteException e)
        {
            // What is full is where the copy goes.
            throw new IOException(SqliteFile.Explain(e.SqliteErrorCode == SqliteFile.Full ? partial : folder, e), e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{e.Message} Run it as the user of the backend, with a target that this user may write.", e);
        }
    }

    /// <summary>Copies a file whole and onto the disk.</summary>
    /// <param name="from">The file.</param>
    /// <param name="to">Where to; folders are made, and what is there is replaced.</param>
    internal static void CopyFile(string from, string to)
    {
        MakeFolder(Path.GetDirectoryName(to)!);
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new FileStream(to, FileMode.Create);
        source.CopyTo(copy);
        copy.Flush(flushToDisk: true);
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

    // What refused messages and dead letters wait in, and whatever else a room keeps there: all but the databases, which were copied.
    private static IEnumerable<string> Others(string folder, bool withArchive) => FilesOf(folder).Where(file =>
        !file.StartsWith(BackendHost.StateFile, StringComparison.Ordinal)
        && !file.StartsWith(BackendHost.StoreFile, StringComparison.Ordinal)
        && !file.StartsWith(BeforeRestore, StringComparison.Ordinal)
        && file != FolderClaim.FileName
        && (withArchive || !file.StartsWith($"{Archive}/", StringComparison.Ordinal)));

    private static List<string> FilesOf(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    private static void MakePartial(string path)
    {
        try
        {
            MakeFolder(path);
        }
        catch (IOException e)
        {
            throw new IOException($"The folder {path} cannot be made ({e.Message.TrimEnd('.')}). Name another target.", e);
        }
    }

    private static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            // Passwords of channels and brokers lie in it.
            Directory.CreateDirectory(path, OnlyOwner);
        }
    }
}
