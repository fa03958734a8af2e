using System.Diagnostics;

namespace PondSentinel.SystemTests.Processes;

/// <summary>Programs that do one thing and end.</summary>
internal static class Command
{
    private static readonly TimeSpan EndWithin = TimeSpan.FromMinutes(2);

    /// <summary>Runs a program, which must succeed.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string program, params IEnumerable<string> arguments)
    {
        var (code, output, error) = await TryAsync(program, arguments);
        Assert.True(code == 0, $"$ {string.Join(' ', arguments.Prepend(program))}\nended with {code}: {error}{output}");
        return output;
    }

    /// <summary>Runs a program that may fail.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Its exit code, and what it printed on each of its outputs.</returns>
    public static async Task<(int Code, string Output, string Error)> TryAsync(
        string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var limit = new CancellationTokenSource(EndWithin, TimeProvider.System);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }
}
