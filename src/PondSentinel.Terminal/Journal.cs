using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace PondSentinel.Terminal;

/// <summary>Writes the log as lines that journald understands: the priority in angle brackets, then the text.</summary>
/// <remarks>Thread-safe. One line each, whatever a device or a file put into the text. On a terminal the time stands in
/// the priority's place.</remarks>
/// <param name="writer">Where to; not disposed.</param>
/// <param name="time">For the time of a line; null where the reader adds it, as journald does.</param>
public sealed class Journal(TextWriter writer, TimeProvider? time) : ILogger
{
    private readonly Lock gate = new();

    /// <summary>The journal of this process: for journald where systemd started it, else for a person.</summary>
    /// <param name="time">For the time of a line.</param>
    public static Journal ForThisProcess(TimeProvider time) =>
        new(Console.Error, Environment.GetEnvironmentVariable("JOURNAL_STREAM") is null ? time : null);

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Information and < LogLevel.None;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var text = formatter(state, exception);
        var line = new StringBuilder(Prefix(logLevel)).Append(text);
        if (exception is not null)
        {
            line.Append(": ").Append(exception);
        }

        for (var i = 0; i < line.Length; i++)
        {
            if (char.IsControl(line[i]))
            {
                line[i] = ' ';
            }
        }

        lock (gate)
        {
            writer.WriteLine(line);
        }
    }

    // Priorities of syslog, RFC 5424 table 2.
    private string Prefix(LogLevel level) => (time, level) switch
    {
        (null, LogLevel.Critical) => "<2>",
        (null, LogLevel.Error) => "<3>",
        (null, LogLevel.Warning) => "<4>",
        (null, _) => "<6>",
        ({ } clock, _) => string.Create(
            CultureInfo.InvariantCulture, $"{clock.GetUtcNow():HH:mm:ss} {(level >= LogLevel.Warning ? "! " : "  ")}"),
    };
}
