using PondSentinel.Gateway.Commands;

namespace PondSentinel.Gateway.Guiding;

/// <summary>What is said to the person, and what the person types.</summary>
/// <param name="screen">The terminal.</param>
/// <param name="stop">The guide was told to stop.</param>
internal sealed class GuideTalk(IGuideScreen screen, CancellationToken stop)
{
    // A line that nobody has waited for to its end is the next one.
    private Task<string?>? next;

    /// <summary>Columns that a line may have.</summary>
    public int ColumnsMax => screen.ColumnsMax;

    /// <summary>What is typed next; completes when it is. Taken by <see cref="TakeAsync"/>.</summary>
    public Task Typed => next ??= screen.NextLineAsync();

    /// <summary>Says something, in as many lines as it needs.</summary>
    /// <param name="text">The text.</param>
    public void Say(string text)
    {
        foreach (var line in Columns.Wrap(text, screen.ColumnsMax, indent: 2))
        {
            screen.Say(line);
        }
    }

    /// <summary>Draws a picture over the last one.</summary>
    /// <param name="lines">Its lines, of any width.</param>
    public void Draw(IEnumerable<string> lines) => screen.Draw([.. lines.SelectMany(line => Columns.Wrap(line, screen.ColumnsMax, indent: 2))]);

    /// <summary>Takes what was typed.</summary>
    /// <exception cref="OperationCanceledException">The person has gone, or the guide was told to stop.</exception>
    public async Task<string> TakeAsync()
    {
        var line = await (next ??= screen.NextLineAsync()).WaitAsync(stop);
        next = null;
        return line?.Trim().ToLowerInvariant() ?? throw new OperationCanceledException("The person has gone.");
    }

    /// <summary>Asks.</summary>
    /// <param name="question">The question.</param>
    /// <exception cref="OperationCanceledException">The person has gone, or the guide was told to stop.</exception>
    public Task<string> AskAsync(string question)
    {
        Say(question);
        return TakeAsync();
    }
}
