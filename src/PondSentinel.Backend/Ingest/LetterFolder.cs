using System.Globalization;

namespace PondSentinel.Backend.Ingest;

/// <summary>The folder of dead letters, as people and the verbs see it: a file for each day, and in <c>again/</c> those that
/// are to be given to the store again.</summary>
/// <param name="folder">The backend's folder.</param>
internal sealed class LetterFolder(string folder)
{
    private const int DayLength = 10;

    private readonly string root = Path.Combine(folder, DeadLetters.Folder);

    /// <summary>Where files wait to be given to the store again.</summary>
    public string Again => Path.Combine(root, "again");

    /// <summary>The files of days, oldest first.</summary>
    public IReadOnlyList<string> Days => DayFile.In(root);

    /// <summary>The files that wait, oldest first.</summary>
    public IReadOnlyList<string> Waiting => DayFile.In(Again);

    /// <summary>Hands a day over to be given to the store again. What is refused from now on begins a new file.</summary>
    /// <param name="day">Its file.</param>
    /// <param name="now">Now; part of the new name, since a day may be handed over more than once.</param>
    /// <exception cref="IOException">It cannot be moved.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is somebody else's.</exception>
    public void HandOver(string day, DateTimeOffset now)
    {
        Directory.CreateDirectory(Again);
        File.Move(day, Path.Combine(Again, string.Create(
            CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(day)}-{now:yyyyMMdd'T'HHmmssfff}{DayFile.Extension}")));
    }

    /// <summary>The day whose letters a file that waits was.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The UTC day; null where its name does not tell.</returns>
    public static DateOnly? DayOf(string file) => DateOnly.TryParseExact(
        Path.GetFileName(file).AsSpan(0, Math.Min(DayLength, Path.GetFileName(file).Length)), "yyyy-MM-dd",
        CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        ? day
        : null;

    /// <summary>Keeps lines that are no letters, for people.</summary>
    /// <param name="file">Where they stood.</param>
    /// <param name="lines">The lines.</param>
    /// <exception cref="IOException">The disk takes nothing.</exception>
    public void SetAside(string file, IReadOnlyList<string> lines) =>
        File.AppendAllLines(Path.Combine(root, Path.GetFileNameWithoutExtension(file) + ".unreadable"), lines);
}
