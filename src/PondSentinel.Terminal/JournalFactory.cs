using Microsoft.Extensions.Logging;

namespace PondSentinel.Terminal;

/// <summary>Gives every part of a program the same journal; libraries speak there only when something is wrong.</summary>
/// <param name="journal">The journal.</param>
public sealed class JournalFactory(Journal journal) : ILoggerFactory
{
    private readonly WarningsOnly quiet = new(journal);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        ArgumentNullException.ThrowIfNull(categoryName);
        return categoryName.StartsWith("Microsoft.", StringComparison.Ordinal) ? quiet : journal;
    }

    /// <summary>Refuses: there is one journal.</summary>
    /// <param name="provider">Another place for logs.</param>
    /// <exception cref="NotSupportedException">Always.</exception>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("There is one journal.");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class WarningsOnly(Journal journal) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && journal.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                journal.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
