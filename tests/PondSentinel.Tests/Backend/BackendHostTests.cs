using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Web;

namespace PondSentinel.Tests.Backend;

public sealed class BackendHostTests : IDisposable
{
    // A run on an idle machine takes a tenth of this.
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(60);
    private readonly string folder = Directory.CreateTempSubdirectory("pond-host-").FullName;
    private readonly CancellationTokenSource stop = new();

    public void Dispose()
    {
        stop.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Backend_without_settings_runs_whole_and_stops_soon_though_pages_are_open()
    {
        var (running, endpoints) = await StartAsync(Settings());
        using var http = new HttpClient { Timeout = Enough };
        await using var open = await http.GetStreamAsync(new Uri(endpoints.Page!, "/events"), TestContext.Current.CancellationToken);
        Assert.True(await open.ReadAsync(new byte[1], TestContext.Current.CancellationToken) > 0);

        // And one that reads nothing of what it has asked for.
        using var idle = new TcpClient();
        await idle.ConnectAsync(IPAddress.Loopback, endpoints.Page!.Port, TestContext.Current.CancellationToken);
        await idle.GetStream().WriteAsync("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        var watch = Stopwatch.StartNew();
        await stop.CancelAsync();
        await running.WaitAsync(Enough, TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper?.WriteLine($"stopped in {watch.ElapsedMilliseconds} ms");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, StopWithin);
    }

    [Fact]
    public async Task Folder_of_a_running_backend_is_refused_and_free_after_it()
    {
        var (running, _) = await StartAsync(Settings());

        Assert.Equal(
            $"Another pond-backend uses the folder {folder}. Stop it, or give this one a folder of its own with --folder.",
            (await FailAsync(Settings())).Message);
        await stop.CancelAsync();
        await running.WaitAsync(Enough, TestContext.Current.CancellationToken);

        FolderClaim.Take(folder).Dispose();
    }

    [Fact]
    public async Task Taken_ports_are_one_line_each_and_leave_the_folder_free()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var ofBroker = await FailAsync(Settings() with { Broker = new BrokerOptions { Embedded = true, Port = port } });
        var ofPage = await FailAsync(Settings() with { Web = new WebOptions { Port = port } });

        Assert.StartsWith($"The broker cannot listen on 127.0.0.1:{port} (", ofBroker.Message, StringComparison.Ordinal);
        Assert.StartsWith($"The page cannot listen on 127.0.0.1:{port} (", ofPage.Message, StringComparison.Ordinal);
        FolderClaim.Take(folder).Dispose();
    }

    [Fact]
    public void Folder_that_cannot_be_made_is_one_line_that_says_what_to_do()
    {
        var file = Path.Combine(folder, "file");
        File.WriteAllText(file, "");

        var e = Assert.Throws<IOException>(() => FolderClaim.Take(Path.Combine(file, "below")));

        Assert.StartsWith($"The folder {file}/below cannot be used (", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("Make it writable for this user, or name another with --folder.", e.Message, StringComparison.Ordinal);
    }

    private BackendConfiguration Settings() => new()
    {
        Folder = folder,
        Broker = new BrokerOptions { Embedded = true, Port = 0 },
        Web = new WebOptions { Port = 0 },
        Rules = Defaults.Rules,
    };

    private Task RunAsync(BackendConfiguration configuration, Action<BackendEndpoints>? started) => BackendHost.RunAsync(
        configuration, new BackendHostOptions { Loggers = NullLoggerFactory.Instance, Started = started }, stop.Token);

    private async Task<(Task Running, BackendEndpoints Endpoints)> StartAsync(BackendConfiguration configuration)
    {
        var started = new TaskCompletionSource<BackendEndpoints>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = RunAsync(configuration, started.SetResult);
        await Task.WhenAny(running, started.Task).WaitAsync(Enough, TestContext.Current.CancellationToken);
        return started.Task.IsCompleted ? (running, await started.Task) : throw (Exception?)running.Exception ?? new InvalidOperationException();
    }

    private async Task<IOException> FailAsync(BackendConfiguration configuration) =>
        await Assert.ThrowsAsync<IOException>(() => RunAsync(configuration, null).WaitAsync(Enough, TestContext.Current.CancellationToken));
}
