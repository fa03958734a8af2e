namespace PondSentinel.Backend.Ingest;

/// <summary>A file of dead letters, read from where it was left.</summary>
internal sealed class LetterFile : IDisposable
{
    // Many times what a letter takes.
    private const int LineLengthMax = 64 * 1024;

    private readonly StreamReader reader;
    private DeadLetter? ahead;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="done">Lines to pass over.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It is somebody else's.</exception>
    public LetterFile(string path, long done)
    {
        Path = path;
        reader = new StreamReader(path);
        for (; LinesRead < done && reader.ReadLine() is not null; LinesRead++)
        {
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Lines passed over or handed out.</summary>
    public long LinesRead { get; private set; }

    /// <summary>Reads on. A record's letters, which stand together, come together.</summary>
    /// <param name="most">About how many.</param>
    /// <param name="unreadable">Receives lines that are no letters.</param>
    /// <returns>The letters; none at the end of the file.</returns>
    public List<DeadLetter> Read(int most, List<string> unreadable)
    {
        List<DeadLetter> letters = [];
        while (ahead is not null || (ahead = Next(unreadable)) is not null)
        {
            if (letters.Count >= most
                && (letters[^1].Record != ahead.Record || letters[^1].Point.Gateway != ahead.Point.Gateway))
            {
                break;
            }

            letters.Add(ahead);
            LinesRead++;
            ahead = null;
        }

        return letters;
    }

    /// <inheritdoc/>
    public void Dispose() => reader.Dispose();

    private DeadLetter? Next(List<string> unreadable)
    {
        while (reader.ReadLine() is { } line)
        {
            if (line.Length <= LineLengthMax && DeadLetter.TryParse(line, out var letter))
            {
                return letter;
            }

            LinesRead++;
            unreadable.Add(line[..Math.Min(line.Length, LineLengthMax)]);
        }

        return null;
    }
}
