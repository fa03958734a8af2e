using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace PondSentinel.Gateway.Commands;

/// <summary>What of a journal is wanted.</summary>
/// <param name="Since">Lines of this time or later; null for all.</param>
/// <param name="Level">Lines as grave as this.</param>
/// <param name="Count">The newest lines, so many.</param>
/// <param name="IsFollowed">Whether those that come are wanted too, until somebody ends it.</param>
internal sealed record WantedLines(DateTimeOffset? Since, string Level, int Count, bool IsFollowed);

/// <summary>Reads the journal of a unit by <c>journalctl</c>, which knows who may.</summary>
/// <param name="unit">The unit.</param>
internal sealed class JournalReader(string unit)
{
    private const string Program = "journalctl";

    /// <summary>Whether there is anything in it that this user may read. Who may not is shown an empty journal.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<bool> IsReadableAsync(CancellationToken cancellationToken)
    {
        var isReadable = false;
        await ReadAsync(new WantedLines(Since: null, Level: "info", Count: 1, IsFollowed: false), _ => isReadable = true, cancellationToken);
        return isReadable;
    }

    /// <summary>Reads it.</summary>
    /// <param name="wanted">What is wanted.</param>
    /// <param name="take">Takes each line.</param>
    /// <param name="cancellationToken">Ends it; that is no failure.</param>
    /// <returns>Null where it could be read; else why not, in one line.</returns>
    public async Task<string?> ReadAsync(WantedLines wanted, Action<LogLine> take, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Program, Arguments(wanted)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        try
        {
            using var process = Process.Start(start)!;
            var complaint = process.StandardError.ReadToEndAsync(CancellationToken.None);
            try
            {
                while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
                {
                    if (LogLine.OfJournal(line) is { } known)
                    {
                        take(known);
                    }
                }

                await process.WaitForExitAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                process.Kill();
                return null;
            }

            return process.ExitCode == 0 ? null : $"{Program}: {(await complaint).Trim().Replace('\n', ' ')}";
        }
        catch (Win32Exception e)
        {
            return $"{Program}: {e.Message}";
        }
    }

    private IEnumerable<string> Arguments(WantedLines wanted)
    {
        string[] always = ["--unit", unit, "--output", "json", "--no-pager", "--priority", Priority(wanted.Level), "--lines", Text(wanted.Count)];
        return
        [
            .. always,
            .. wanted.Since is { } since ? [$"--since=@{Text(since.ToUnixTimeSeconds())}"] : Array.Empty<string>(),
            .. wanted.IsFollowed ? ["--follow"] : Array.Empty<string>(),
        ];
    }

    private static string Priority(string level) => level switch
    {
        "error" => "err",
        "warn" => "warning",
        _ => "info",
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
