using Microsoft.Extensions.Logging;

namespace PondSentinel.Terminal;

/// <summary>A line of the journal.</summary>
/// <param name="Number">Its number within this process; from 1, without a gap.</param>
/// <param name="Ms">When it was said, UTC ms since 1970, by the clock of the machine.</param>
/// <param name="Level">How grave it is.</param>
/// <param name="Text">What it says, at most <see cref="RecentLines.CharactersMax"/> characters; what a device put into it too.</param>
public sealed record RecentLine(long Number, long Ms, LogLevel Level, string Text);

/// <summary>A journal that also keeps its last lines in memory, for whoever asks the process itself where nobody keeps its journal.
/// </summary>
/// <remarks>Thread-safe. Never more than <see cref="LinesMax"/> lines of <see cref="CharactersMax"/> characters.</remarks>
/// <param name="journal">Where each line goes first.</param>
/// <param name="time">For the time of a line.</param>
public sealed class RecentLines(ILogger journal, TimeProvider time) : ILogger
{
    /// <summary>Lines that are kept.</summary>
    public const int LinesMax = 400;

    /// <summary>Characters of a line that are kept.</summary>
    public const int CharactersMax = 500;

    private readonly Lock gate = new();
    private readonly Queue<RecentLine> lines = new();
    private long number;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => journal.BeginScope(state);

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => journal.IsEnabled(logLevel);

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        journal.Log(logLevel, eventId, state, exception, formatter);
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var text = formatter(state, exception);
        text = exception is null ? text : $"{text}: {exception.GetType().Name}: {exception.Message}";
        text = text.Length <= CharactersMax ? text : $"{text.AsSpan(0, CharactersMax - 1)}…";
        lock (gate)
        {
            lines.Enqueue(new RecentLine(++number, time.GetUtcNow().ToUnixTimeMilliseconds(), logLevel, text));
            if (lines.Count > LinesMax)
            {
                lines.Dequeue();
            }
        }
    }

    /// <summary>The lines that are kept, oldest first, and the numbers of the oldest of all and of the newest: 1 and 0 where there is
    /// none.</summary>
    /// <param name="after">Only lines after this number.</param>
    /// <param name="sinceMs">Only lines of this time or later, UTC ms since 1970.</param>
    /// <param name="least">Only lines that are as grave.</param>
    public (IReadOnlyList<RecentLine> Lines, long First, long Last) Read(long after, long sinceMs, LogLevel least)
    {
        lock (gate)
        {
            return (
                [.. lines.Where(line => line.Number > after && line.Ms >= sinceMs && line.Level >= least)],
                number - lines.Count + 1,
                number);
        }
    }
}
