using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace PondSentinel.SystemTests.Processes;

/// <summary>A process of a test. What it says goes into a log file with the time in front; it never outlives the test.
/// </summary>
internal sealed partial class RunningProcess : IAsyncDisposable
{
    private const int TailLines = 60;
    private const int SignalHangUp = 1;
    private const int SignalInterrupt = 2;
    private const int SignalKill = 9;
    private const int SignalTerminate = 15;
    private const int SignalUser = 10;
    private const int SignalContinue = 18;
    private const int SignalStop = 19;
    private static readonly TimeSpan ExitWithin = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly Lock gate = new();
    private readonly StreamWriter log;
    private readonly Queue<string> tail = new();

    private RunningProcess(string name, ProcessStartInfo start, string logFile)
    {
        Name = name;
        log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        Note(string.Join(' ', start.ArgumentList.Prepend($"$ {start.FileName}")));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What it is called in messages.</summary>
    public string Name { get; }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Most memory it has taken so far, bytes.</summary>
    public long MemoryPeakBytes
    {
        get
        {
            process.Refresh();
            return process.PeakWorkingSet64;
        }
    }

    /// <summary>Its exit code, once it has ended.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>Its last lines.</summary>
    public string Tail
    {
        get
        {
            lock (gate)
            {
                return $"--- {Name}, last lines\n{string.Join('\n', tail)}";
            }
        }
    }

    /// <summary>Starts a program of the system.</summary>
    /// <param name="name">What it is called in messages; also the name of its log.</param>
    /// <param name="folder">Its working folder, where the log goes too.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    public static RunningProcess Start(string name, string folder, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // A pipe that says nothing: what the test runner itself is asked must not reach its children.
            RedirectStandardInput = true,
        };
        return new RunningProcess(name, start, Path.Combine(folder, name + ".log"));
    }

    /// <summary>Starts a program of ours.</summary>
    /// <param name="name">What it is called in messages; also the name of its log.</param>
    /// <param name="folder">Its working folder, where the log goes too.</param>
    /// <param name="dll">The built program.</param>
    /// <param name="arguments">Its arguments.</param>
    public static RunningProcess StartOurs(string name, string folder, string dll, params IEnumerable<string> arguments) =>
        Start(name, folder, "dotnet", arguments.Prepend(dll));

    /// <summary>Whether it has said something.</summary>
    /// <param name="text">Part of one of its last lines.</param>
    public bool Said(string text)
    {
        lock (gate)
        {
            return tail.Any(line => line.Contains(text, StringComparison.Ordinal));
        }
    }

    /// <summary>Ends it as a power cut of the process would: it gets no chance to finish anything.</summary>
    public Task KillAsync() => EndAsync(SignalKill);

    /// <summary>Asks it to end, as systemd does.</summary>
    /// <returns>How long it took.</returns>
    public Task<TimeSpan> TerminateAsync() => TimedAsync(SignalTerminate);

    /// <summary>Asks it to end, as Ctrl-C does.</summary>
    /// <returns>How long it took.</returns>
    public Task<TimeSpan> InterruptAsync() => TimedAsync(SignalInterrupt);

    /// <summary>Stands it still: it keeps what it has open and does nothing.</summary>
    public void Pause() => Signal(SignalStop);

    /// <summary>Lets it go on.</summary>
    public void Resume() => Signal(SignalContinue);

    /// <summary>Asks it to read its settings anew, as systemctl reload does.</summary>
    public void HangUp() => Signal(SignalHangUp);

    /// <summary>Sends it SIGUSR1, whatever that means to it.</summary>
    public void Nudge() => Signal(SignalUser);

    /// <summary>Writes a line to its standard input.</summary>
    /// <param name="line">The line.</param>
    public async Task TellAsync(string line)
    {
        Note($"< {line}");
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
    }

    /// <summary>Waits until it ends by itself.</summary>
    /// <param name="within">Longest wait.</param>
    public async Task WaitForExitAsync(TimeSpan within)
    {
        using var limit = new CancellationTokenSource(within, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{Name} has not ended within {within.TotalSeconds:0} s.\n{Tail}");
        }
    }

    /// <summary>Ends it for good.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            _ = SendSignal(process.Id, SignalKill);
            await process.WaitForExitAsync();
        }

        process.Dispose();
        lock (gate)
        {
            log.Dispose();
        }
    }

    private async Task<TimeSpan> TimedAsync(int signal)
    {
        var begun = TimeProvider.System.GetTimestamp();
        await EndAsync(signal);
        return TimeProvider.System.GetElapsedTime(begun);
    }

    private async Task EndAsync(int signal)
    {
        Signal(signal);
        await WaitForExitAsync(ExitWithin);
    }

    private void Signal(int signal)
    {
        Assert.False(process.HasExited, $"{Name} should still run, but has ended.\n{Tail}");
        Note($"$ kill -{signal}");
        Assert.Equal(0, SendSignal(process.Id, signal));
    }

    private void Note(string? line)
    {
        if (line is null)
        {
            return;
        }

        var now = TimeProvider.System.GetUtcNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        line = $"{now} {Plain(line)}";
        lock (gate)
        {
            tail.Enqueue(line);
            if (tail.Count > TailLines)
            {
                tail.Dequeue();
            }

            // The pipes can still hold a line when the test is over.
            if (log.BaseStream is { CanWrite: true })
            {
                log.WriteLine(line);
            }
        }
    }

    // Programs print what they like; the results of tests are XML, in which most control characters cannot even be escaped.
    private static string Plain(string line) => string.Concat(line.EnumerateRunes()
        .Select(rune => Rune.IsControl(rune) || rune.Value is 0xFFFE or 0xFFFF ? "?" : rune.ToString()));

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
