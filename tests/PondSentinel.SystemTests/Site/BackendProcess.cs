using System.Net;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Site;

/// <summary>A backend process.</summary>
internal sealed class BackendProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);

    private readonly string folder;
    private readonly Uri influx;
    private readonly Uri webhook;
    private readonly IReadOnlyList<string> wrapper;
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private RunningProcess? process;

    private string configuration = "";

    private BackendProcess(string folder, Uri influx, Uri webhook, Uri page, IReadOnlyList<string> wrapper) =>
        (this.folder, this.influx, this.webhook, Page, this.wrapper) = (folder, influx, webhook, page, wrapper);

    /// <summary>Address of its page.</summary>
    public Uri Page { get; }

    /// <summary>Where it keeps its state, its archive and what the store refuses.</summary>
    public string State => Path.Combine(folder, "state");

    /// <summary>Its last lines.</summary>
    public string Tail => process?.Tail ?? "";

    /// <summary>Most memory it has taken so far, bytes.</summary>
    public long MemoryPeakBytes => process!.MemoryPeakBytes;

    /// <summary>Starts one and waits until its page answers.</summary>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="brokerPort">Port of the broker.</param>
    /// <param name="influx">Address of InfluxDB.</param>
    /// <param name="webhook">Address of the webhook.</param>
    /// <param name="wrapper">A program and its arguments that starts the backend instead of us; none for none.</param>
    public static async Task<BackendProcess> StartAsync(
        string folder, int brokerPort, Uri influx, Uri webhook, params IReadOnlyList<string> wrapper)
    {
        var own = Directory.CreateDirectory(Path.Combine(folder, "backend")).FullName;
        var page = new Uri($"http://127.0.0.1:{FreePort.Next()}/");
        var backend = new BackendProcess(own, influx, webhook, page, wrapper);
        backend.ChangeBroker(brokerPort);
        await backend.StartAsync();
        return backend;
    }

    /// <summary>Writes another broker down. It holds from the next start on.</summary>
    /// <param name="port">Its port.</param>
    public void ChangeBroker(int port) => configuration = SiteSettings.WriteBackend(folder, port, influx, webhook, Page.Port);

    /// <summary>Starts it (again) and waits until its page answers.</summary>
    public async Task StartAsync()
    {
        string[] command =
        [
            .. wrapper, "dotnet", Built.Program("PondSentinel.Backend", "pond-backend"), "run", "--config", configuration,
        ];
        process = RunningProcess.Start("pond-backend", folder, command[0], command[1..]);
        await Eventually.HoldsAsync(AnswersAsync, ReadyWithin, () => $"The backend's page does not answer.\n{Tail}");
    }

    /// <summary>Kills it.</summary>
    public async Task KillAsync()
    {
        await process!.KillAsync();
        await process.DisposeAsync();
    }

    /// <summary>Stands it still.</summary>
    public void Pause() => process!.Pause();

    /// <summary>Lets it go on.</summary>
    public void Resume() => process!.Resume();

    /// <summary>Whether it has said something.</summary>
    /// <param name="text">Part of one of its last lines.</param>
    public bool Said(string text) => process!.Said(text);

    /// <summary>Asks it to end, and checks that it does so well.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> StopAsync()
    {
        var took = await process!.TerminateAsync();
        Assert.True(process.ExitCode == 0, $"The backend ended with {process.ExitCode}.\n{Tail}");
        return took;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (process is not null)
        {
            await process.DisposeAsync();
        }
    }

    private async Task<bool> AnswersAsync()
    {
        Assert.False(process!.HasExited, $"The backend has ended.\n{Tail}");
        try
        {
            using var answer = await http.GetAsync(Page);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
