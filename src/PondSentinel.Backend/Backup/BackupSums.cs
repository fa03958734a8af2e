using System.Globalization;
using System.Security.Cryptography;

namespace PondSentinel.Backend.Backup;

/// <summary>The check sums of a backup, in the form of <c>sha256sum</c>. They get their name last: a backup without them was never finished.
/// Until then an empty file says that the folder is to be a backup.</summary>
internal static class BackupSums
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "SHA256SUMS";

    private const string Begun = FileName + ".partial";
    private const int HexLength = 64;
    private const string Between = "  ";

    /// <summary>Whether a file in a backup is of its sums.</summary>
    /// <param name="name">Its name.</param>
    public static bool IsName(string name) => name is FileName or Begun;

    /// <summary>Whether a folder is a backup, or was to be one. One that is empty was. Sums alone say nothing: folders of downloads have
    /// them too.</summary>
    /// <param name="folder">The folder.</param>
    public static bool IsBackup(string folder)
    {
        var names = Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)).ToList();
        return names.Count == 0 || names.Contains(Begun) || (names.Contains(FileName) && names.Contains(BackendHost.StateFile));
    }

    /// <summary>Makes of a backup one that is not finished, and known for one to the last of its files.</summary>
    /// <param name="backup">The backup's folder.</param>
    /// <returns>The file by which it is known; it is to go last.</returns>
    public static string Undo(string backup)
    {
        var begun = Path.Combine(backup, Begun);
        if (File.Exists(Path.Combine(backup, FileName)))
        {
            File.Move(Path.Combine(backup, FileName), begun, overwrite: true);
            DiskFolder.Sync(backup);
        }

        return begun;
    }

    /// <summary>Says that a folder is to be a backup.</summary>
    /// <param name="backup">The folder, empty.</param>
    public static void Begin(string backup)
    {
        File.Create(Path.Combine(backup, Begun)).Dispose();
        DiskFolder.Sync(backup);
    }

    /// <summary>Writes the sums of all files of a backup.</summary>
    /// <param name="backup">The backup's folder.</param>
    /// <param name="files">Its files, as paths from there with forward slashes.</param>
    public static void Write(string backup, IEnumerable<string> files)
    {
        var begun = Path.Combine(backup, Begun);
        using (var sums = new FileStream(begun, FileMode.Create))
        using (var text = new StreamWriter(sums))
        {
            foreach (var file in files)
            {
                text.Write($"{SumOf(Path.Combine(backup, file))}{Between}{file}\n");
            }

            text.Flush();
            sums.Flush(flushToDisk: true);
        }

        File.Move(begun, Path.Combine(backup, FileName));
    }

    /// <summary>Holds a backup against its sums.</summary>
    /// <param name="backup">The backup's folder.</param>
    /// <returns>Its files, as paths from there.</returns>
    /// <exception cref="IOException">It is not whole; the message says what is wrong.</exception>
    public static IReadOnlyList<string> Verify(string backup)
    {
        if (!Directory.Exists(backup))
        {
            throw new IOException($"There is no folder {backup}. Name the one that pond-backend backup made.");
        }

        var path = Path.Combine(backup, FileName);
        if (!IsThere(backup))
        {
            throw new IOException($"{backup} is no finished backup: it has no {FileName}. Take another one.");
        }

        List<string> files = [];
        foreach (var line in File.ReadLines(path))
        {
            var file = line.Length > HexLength + Between.Length ? line[(HexLength + Between.Length)..] : "";
            if (file.Length == 0 || Path.IsPathRooted(file) || file.Split('/').Contains("..", StringComparer.Ordinal))
            {
                throw new IOException(string.Create(CultureInfo.InvariantCulture, $"{path}, line {files.Count + 1}: no check sum and file. Take another backup."));
            }

            var whole = Path.Combine(backup, file);
            if (!File.Exists(whole))
            {
                throw new IOException($"{whole} is missing. Take another backup.");
            }

            if (SumOf(whole) != line[..HexLength])
            {
                throw new IOException($"{whole} is not what was backed up: its check sum is another. Take another backup.");
            }

            files.Add(file);
        }

        return files;
    }

    // A folder that may not be read has no files for whoever asks.
    private static bool IsThere(string backup)
    {
        try
        {
            return Directory.EnumerateFiles(backup, FileName).Any();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{backup} may not be read by this user. Do it as root: what is put back is given to who has the backend's folder.", e);
        }
    }

    private static string SumOf(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
