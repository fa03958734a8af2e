using PondSentinel.Gateway.Commands;

namespace PondSentinel.Gateway.Guiding;

/// <summary>What is said to the person, and what the person types.</summary>
/// <param name="screen">The terminal.</param>
/// <param name="time">For waiting.</param>
/// <param name="stop">The guide was told to stop.</param>
internal sealed class GuideTalk(IGuideScreen screen, TimeProvider time, CancellationToken stop)
{
    // Longer than the pause between two lines of a key that is held down, or that a link has kept back.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);

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

    /// <summary>Draws a picture over the last one, with a chart that takes the lines that the rest of it leaves.</summary>
    /// <param name="above">Lines above the chart, of any width.</param>
    /// <param name="chart">The chart of so many rows.</param>
    /// <param name="below">Lines below it, of any width.</param>
    public void Draw(IEnumerable<string> above, Func<int, IReadOnlyList<string>> chart, IEnumerable<string> below)
    {
        List<string> top = [.. Wrapped(above)], bottom = [.. Wrapped(below)];
        screen.Draw([.. top, .. chart(Math.Clamp(screen.LinesMax - top.Count - bottom.Count, 0, SteadyChart.RowsMax)), .. bottom]);
    }

    /// <summary>Takes what was typed.</summary>
    /// <exception cref="OperationCanceledException">The person has gone, or the guide was told to stop.</exception>
    public async Task<string> TakeAsync()
    {
        var line = await (next ??= screen.NextLineAsync()).WaitAsync(stop);
        next = null;
        return line?.Trim().ToLowerInvariant() ?? throw new OperationCanceledException("The person has gone.");
    }

    /// <summary>Asks. What was typed before the question is there answers it not.</summary>
    /// <param name="question">The question, in as many texts as it needs.</param>
    /// <exception cref="OperationCanceledException">The person has gone, or the guide was told to stop.</exception>
    public async Task<string> AskAsync(params string[] question)
    {
        await DropAsync();
        foreach (var text in question)
        {
            Say(text);
        }

        return await TakeAsync();
    }

    /// <summary>Asks until one of some answers is given.</summary>
    /// <param name="question">The question.</param>
    /// <param name="otherwise">What is said of any other answer.</param>
    /// <param name="answers">The answers, in small letters.</param>
    /// <exception cref="OperationCanceledException">The person has gone, or the guide was told to stop.</exception>
    public async Task<string> ChooseAsync(string question, string otherwise, params string[] answers)
    {
        var typed = await AskAsync(question);
        while (!answers.Contains(typed))
        {
            typed = await AskAsync(otherwise, question);
        }

        return typed;
    }

    // Until nothing has come for a moment: a key that is held down types many lines.
    private async Task DropAsync()
    {
        while (true)
        {
            await Task.WhenAny(Typed, Task.Delay(Quiet, time, stop));
            stop.ThrowIfCancellationRequested();
            if (!Typed.IsCompleted)
            {
                return;
            }

            await TakeAsync();
        }
    }

    private IEnumerable<string> Wrapped(IEnumerable<string> lines) => lines.SelectMany(line => Columns.Wrap(line, screen.ColumnsMax, indent: 2));
}
