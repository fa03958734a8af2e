using Microsoft.Extensions.Logging;
using PondSentinel.Backend.Alerting;

namespace PondSentinel.Simulator.Demo;

/// <summary>What gateway and backend have to say, reduced to what a person who watches the demo wants to know: warnings,
/// each in one line, without the alerts that the demo tells of itself. Thread-safe.</summary>
/// <param name="report">Where it goes.</param>
internal sealed class DemoJournal(IDemoReport report) : ILoggerFactory
{
    private volatile bool quiet;

    /// <summary>From now on nothing is passed on: what is being switched off complains about what is already off.</summary>
    public void Hush() => quiet = true;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        ArgumentNullException.ThrowIfNull(categoryName);
        var library = categoryName.StartsWith("Microsoft.", StringComparison.Ordinal);
        var told = categoryName == typeof(AlertEngine).FullName;
        return new Voice(
            this,
            categoryName is "gateway" ? "gateway" : "backend",
            library ? LogLevel.Error : told ? LogLevel.None : LogLevel.Warning);
    }

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("There is one journal.");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Voice(DemoJournal journal, string source, LogLevel least) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => !journal.quiet && logLevel >= least && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                var text = formatter(state, exception);
                journal.Report(source, exception is null ? text : $"{text}: {exception.Message}");
            }
        }
    }

    private void Report(string source, string text) => report.Complains(source, text);
}
