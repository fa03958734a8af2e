namespace PondSentinel.Gateway.Guiding;

/// <summary>Where somebody is guided: what is said scrolls, what is drawn is drawn over again.</summary>
internal interface IGuideScreen
{
    /// <summary>Columns that a line may have.</summary>
    int ColumnsMax { get; }

    /// <summary>Lines that a picture may have.</summary>
    int LinesMax { get; }

    /// <summary>Says a line.</summary>
    /// <param name="line">The line, no wider than <see cref="ColumnsMax"/>.</param>
    void Say(string line);

    /// <summary>Draws a picture over the last one.</summary>
    /// <param name="lines">Its lines, each no wider than <see cref="ColumnsMax"/>.</param>
    void Draw(IReadOnlyList<string> lines);

    /// <summary>What is typed next, up to Enter. One at a time.</summary>
    /// <returns>Null where the person has gone.</returns>
    Task<string?> NextLineAsync();
}
