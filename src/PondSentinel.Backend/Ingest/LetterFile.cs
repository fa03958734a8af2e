namespace PondSentinel.Backend.Ingest;

/// <summary>A file of dead letters, read from where it was left.</summary>
internal sealed class LetterFile : IDisposable
{
    // Many times what a letter takes.
    private const int LineLengthMax = 64 * 1024;

    private readonly StreamReader reader;

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

    /// <summary>Reads on. The letters of one record may lie anywhere in the file.</summary>
    /// <param name="most">How many.</param>
    /// <param name="unreadable">Receives lines that are no letters.</param>
    /// <returns>The letters; none at the end of the file.</returns>
    public List<DeadLetter> Read(int most, List<string> unreadable)
    {
        List<DeadLetter> letters = [];
        while (letters.Count < most && reader.ReadLine() is { } line)
        {
            LinesRead++;
            if (line.Length <= LineLengthMax && DeadLetter.TryParse(line, out var letter))
            {
                letters.Add(letter);
            }
            else
            {
                unreadable.Add(line[..Math.Min(line.Length, LineLengthMax)]);
            }
        }

        return letters;
    }

    /// <inheritdoc/>
    public void Dispose() => reader.Dispose();
}
