using System.Text.Json;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Demo;

/// <summary>A running <c>pond-sim demo --json</c>, and what it has told so far.</summary>
internal sealed class DemoProcess : IAsyncDisposable
{
    // Before each line of a process's log stands the time, HH:mm:ss.fff and a space.
    private const int TimeLength = 13;
    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(60);

    private readonly string log;

    private DemoProcess(RunningProcess process, string log) => (Process, this.log) = (process, log);

    /// <summary>The process.</summary>
    public RunningProcess Process { get; }

    /// <summary>Everything it has told, in order.</summary>
    public IReadOnlyList<JsonElement> Told
    {
        get
        {
            using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            var text = reader.ReadToEnd();
            return
            [
                .. text[..(text.LastIndexOf('\n') + 1)].Split('\n')
                    .Where(line => line.Length > TimeLength && line[TimeLength] == '{')
                    .Select(line => JsonElement.Parse(line[TimeLength..])),
            ];
        }
    }

    /// <summary>Starts a demo on free ports.</summary>
    /// <param name="name">Its name in messages, and of its log.</param>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="arguments">Arguments besides <c>--json</c>.</param>
    public static DemoProcess Start(string name, string folder, params IEnumerable<string> arguments) => new(
        RunningProcess.StartOurs(
            name, folder, Built.Program("PondSentinel.Simulator", "pond-sim"), ["demo", "--json", "--port", "0", .. arguments]),
        Path.Combine(folder, name + ".log"));

    /// <summary>What it has told of one kind.</summary>
    /// <param name="kind">For example <c>change</c>.</param>
    public IReadOnlyList<JsonElement> Of(string kind) => [.. Told.Where(line => Text(line, "kind") == kind)];

    /// <summary>The steps of alerts: rule and phase.</summary>
    public IReadOnlyList<string> Changes => [.. Of("change").Select(line => $"{Text(line, "rule")} {Text(line, "to")}")];

    /// <summary>What people were told: rule and what of it.</summary>
    public IReadOnlyList<string> Notices => [.. Of("notice").Select(line => $"{Text(line, "rule")} {Text(line, "phase")}")];

    /// <summary>Waits until everything runs.</summary>
    /// <returns>What it says about that.</returns>
    public async Task<JsonElement> StartedAsync()
    {
        await Eventually.HoldsAsync(
            () => Process.HasExited || Of("start").Count > 0, StartWithin, () => $"the start of the demo\n{Process.Tail}");
        Assert.False(Process.HasExited, Process.Tail);
        return Of("start")[0];
    }

    /// <summary>Waits until it ends by itself, well.</summary>
    /// <param name="within">Longest wait.</param>
    /// <returns>What it says at its end.</returns>
    public async Task<JsonElement> EndedAsync(TimeSpan within)
    {
        await Process.WaitForExitAsync(within);
        Assert.True(Process.ExitCode == 0, Process.Tail);
        return Told[^1];
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    private static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();
}
