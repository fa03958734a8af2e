using System.Globalization;
using System.Net;
using System.Text.Json;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Servers;

/// <summary>A real Alertmanager, as Debian has it. It keeps alerts in memory: killed, it has forgotten them.</summary>
internal sealed class PrometheusAlertmanager : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(30);

    private readonly string folder;
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private RunningProcess process = null!;

    private PrometheusAlertmanager(string folder, Uri url) => (this.folder, Url) = (folder, url);

    /// <summary>Its address.</summary>
    public Uri Url { get; }

    /// <summary>Its last lines.</summary>
    public string Tail => process.Tail;

    /// <summary>Starts one.</summary>
    /// <param name="folder">Folder of the test.</param>
    public static async Task<PrometheusAlertmanager> StartAsync(string folder)
    {
        var own = Directory.CreateDirectory(Path.Combine(folder, "alertmanager")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(own, "alertmanager.yml"), "route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n");
        var server = new PrometheusAlertmanager(
            own, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/")));
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it (again).</summary>
    public async Task StartAsync()
    {
        process = RunningProcess.Start(
            "alertmanager", folder, "/usr/bin/prometheus-alertmanager", $"--config.file={folder}/alertmanager.yml",
            $"--storage.path={folder}/data", $"--web.listen-address={Url.Authority}", "--cluster.listen-address=");
        await Eventually.HoldsAsync(
            async () =>
            {
                Assert.False(process.HasExited, process.Tail);
                try
                {
                    using var answer = await http.GetAsync(new Uri(Url, "-/ready"));
                    return answer.StatusCode == HttpStatusCode.OK;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            ReadyWithin,
            () => $"Alertmanager does not answer at {Url}.\n{process.Tail}");
    }

    /// <summary>Kills it.</summary>
    public async Task KillAsync()
    {
        await process.KillAsync();
        await process.DisposeAsync();
    }

    /// <summary>What fires, as it shows it.</summary>
    public async Task<IReadOnlyList<JsonElement>> AlertsAsync()
    {
        var text = await http.GetStringAsync(new Uri(Url, "api/v2/alerts"), TestContext.Current.CancellationToken);
        return [.. JsonElement.Parse(text).EnumerateArray()];
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await process.DisposeAsync();
    }
}
