using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>A real InfluxDB 1.x in a folder of its own.</summary>
internal sealed class InfluxServer : IDisposable
{
    private readonly string folder;
    private readonly Process process;

    private InfluxServer(string folder, Process process, Uri url) => (this.folder, this.process, Url) = (folder, process, url);

    /// <summary>Its address.</summary>
    public Uri Url { get; }

    /// <summary>Processor time it has spent.</summary>
    public TimeSpan Spent
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Starts one and waits until it answers.</summary>
    public static async Task<InfluxServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("pond-bench-influx-").FullName;
        var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}"));
        var settings = Path.Combine(folder, "influxdb.conf");
        await File.WriteAllTextAsync(
            settings,
            $"""
            reporting-disabled = true
            bind-address = "127.0.0.1:{FreePort()}"
            [meta]
              dir = "{folder}/meta"
            [data]
              dir = "{folder}/data"
              wal-dir = "{folder}/wal"
              query-log-enabled = false
            [http]
              bind-address = "{url.Authority}"
              log-enabled = false
            [monitor]
              store-enabled = false
            """);
        var start = new ProcessStartInfo("/usr/bin/influxd", ["-config", settings]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start) ?? throw new InvalidOperationException("influxd does not start");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new InfluxServer(folder, process, url);
        using var http = new HttpClient();
        while (!await AnswersAsync(http, new Uri(url, "/ping")))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        return server;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<bool> AnswersAsync(HttpClient http, Uri ping)
    {
        try
        {
            using var answer = await http.GetAsync(ping);
            return answer.StatusCode == HttpStatusCode.NoContent;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
