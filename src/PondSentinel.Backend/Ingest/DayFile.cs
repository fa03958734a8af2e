using System.Globalization;

namespace PondSentinel.Backend.Ingest;

/// <summary>A folder of files of lines, one a day by UTC, that only grow.</summary>
/// <remarks>A line that a power cut has torn is closed before the next is written. Not thread-safe.</remarks>
/// <param name="folder">The folder; created with the first line.</param>
/// <param name="time">The clock that names the day.</param>
internal sealed class DayFile(string folder, TimeProvider time)
{
    /// <summary>Ending of its files.</summary>
    public const string Extension = ".jsonl";

    /// <summary>Today, by UTC.</summary>
    public DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    /// <summary>The file of a day, whether it is there or not.</summary>
    public string PathOf(DateOnly day) => Path.Combine(folder, day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + Extension);

    /// <summary>All files of a folder, oldest first; none where the folder is not there.</summary>
    /// <param name="folder">The folder.</param>
    public static IReadOnlyList<string> In(string folder) => Directory.Exists(folder)
        ? [.. Directory.GetFiles(folder, "*" + Extension).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Appends whole lines to today's file. When it returns they are on the disk.</summary>
    /// <param name="lines">Lines with their ends.</param>
    /// <exception cref="IOException">They are not; the file is as it was, as far as the disk lets it.</exception>
    public void Append(ReadOnlySpan<byte> lines) => Append(lines, Today);

    /// <summary>Appends whole lines to a day's file. When it returns they are on the disk.</summary>
    /// <param name="lines">Lines with their ends.</param>
    /// <param name="day">The day.</param>
    /// <exception cref="IOException">They are not; the file is as it was, as far as the disk lets it.</exception>
    public void Append(ReadOnlySpan<byte> lines, DateOnly day)
    {
        using var file = Open(day);
        var before = file.Length;
        try
        {
            if (IsTorn(file))
            {
                file.WriteByte((byte)'\n');
            }

            file.Write(lines);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            file.SetLength(before);
            throw;
        }
    }

    private FileStream Open(DateOnly day)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(
                PathOf(day), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{folder}: no permission. Give the folder to the user that runs the backend.", e);
        }
    }

    private static bool IsTorn(FileStream file)
    {
        if (file.Length == 0)
        {
            return false;
        }

        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() != '\n';
    }
}
