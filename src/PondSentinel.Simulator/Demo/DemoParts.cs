using System.Text;
using PondSentinel.Backend;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Notification.Webhook;
using PondSentinel.Backend.Web;
using PondSentinel.Gateway;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Simulator.Devices;

namespace PondSentinel.Simulator.Demo;

/// <summary>Everything that runs in a demo, from its start to its end.</summary>
/// <param name="options">What was chosen.</param>
/// <param name="folder">Where everything is kept.</param>
/// <param name="report">Where it is told.</param>
/// <param name="journal">What the programs have to say.</param>
/// <param name="time">The real clock.</param>
internal sealed class DemoParts(
    DemoOptions options, DemoFolder folder, IDemoReport report, DemoJournal journal, TimeProvider time) : IAsyncDisposable
{
    // How often it is noted where the site stands: after a crash it goes on from there.
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(1);

    // Of the time for stopping, what the gateway may take before the backend is told too.
    private const double GatewayShareOfStop = 0.5;

    private readonly CancellationTokenSource gatewayStop = new();
    private readonly CancellationTokenSource backendStop = new();
    private readonly AlertTeller alerts = new(report);
    private Task gateway = Task.CompletedTask;
    private Task backend = Task.CompletedTask;
    private WebhookReceiver? receiver;
    private VirtualSite? site;
    private StreamWriter? served;
    private StreamWriter? durable;
    private DurableCount? count;
    private DateTimeOffset begun;
    private TimeSpan? stopped;
    private SiteClock clock = new(time, TimeSpan.FromSeconds(folder.Start.SimulatedSeconds), options.Speed);

    // Where the site stands; once it is stopped it stands still, whatever is still written after that.
    private TimeSpan Stand => stopped ?? clock.Now;

    /// <summary>Starts everything, the site last, so that its time begins when somebody watches.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">Something stands in the way.</exception>
    /// <exception cref="UnauthorizedAccessException">A file or folder is somebody else's.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        receiver = await WebhookReceiver.StartAsync(
            folder.Start.WebhookPort, notice => report.Notifies(clock.Now, notice), journal);
        var endpoints = await StartBackendAsync(receiver.Url, cancellationToken);
        served = Append(folder.Served);
        durable = Append(folder.Durable);
        begun = time.GetUtcNow();
        clock = new SiteClock(time, clock.Start, options.Speed);
        alerts.Begin(clock);
        site = new VirtualSite(folder.Lines, folder.Start.Seed, clock, new ServedLog(served, time, clock), time);
        StartGateway(endpoints.BrokerPort);
        report.Started(new DemoRunning(options, folder, endpoints.Page, endpoints.BrokerPort, receiver.Url, clock.Now));
    }

    /// <summary>Tells what happens until told to stop, or until the simulated time that was asked for.</summary>
    /// <param name="cancellationToken">Tells it to stop.</param>
    /// <exception cref="OperationCanceledException">It was told to.</exception>
    /// <exception cref="DemoObstacleException">The site has ended by itself.</exception>
    /// <exception cref="IOException">The disk, most likely; also what ended gateway or backend comes out here.</exception>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        var narrator = new Narrator(options, folder, clock, report);
        var saved = time.GetTimestamp();
        using var timer = new PeriodicTimer(Narrator.TickInterval, time);
        while (!narrator.IsOver && await timer.WaitForNextTickAsync(cancellationToken))
        {
            await ThrowIfEndedAsync("gateway", gateway);
            await ThrowIfEndedAsync("backend", backend);
            if (site!.Failed.IsCompleted)
            {
                throw new DemoObstacleException($"The simulated site has ended: line {await site.Failed}");
            }

            if (time.GetElapsedTime(saved) >= SaveInterval)
            {
                Save();
                saved = time.GetTimestamp();
            }

            narrator.Tick();
        }
    }

    /// <summary>Stops everything. Whatever does not stop in time is left to the end of the process.</summary>
    /// <param name="longest">Time for it.</param>
    public async Task StopAsync(TimeSpan longest)
    {
        await gatewayStop.CancelAsync();
        await SettleAsync(gateway, longest * GatewayShareOfStop);
        await backendStop.CancelAsync();
        await SettleAsync(Task.WhenAll(gateway, backend), longest * (1 - GatewayShareOfStop));
        site?.Dispose();
        stopped = clock.Now;
    }

    /// <summary>Notes where the site stands, once it has begun.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Save()
    {
        if (site is not null)
        {
            folder.Save(new SiteState(folder.Start.Seed, Stand.TotalSeconds, receiver!.Url.Port));
        }
    }

    /// <summary>What came of it; after the stop.</summary>
    /// <exception cref="IOException">The backend's files cannot be read.</exception>
    public async Task<DemoSummary> SummaryAsync()
    {
        var fates = count?.Epoch is { } epoch
            ? await RecordFates.ReadAsync(folder.Backend, epoch, begun, time)
            : RecordFates.None;
        return new DemoSummary(
            Stand, count?.Count ?? 0, fates, alerts.Announced, alerts.Over, folder.IsTemporary ? null : folder.Path);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        site?.Dispose();
        if (receiver is not null)
        {
            await receiver.DisposeAsync();
        }

        served?.Dispose();
        durable?.Dispose();
        count?.Dispose();
        gatewayStop.Dispose();
        backendStop.Dispose();
    }

    private static StreamWriter Append(string file) =>
        new(file, append: true, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

    private async Task<BackendEndpoints> StartBackendAsync(Uri webhook, CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource<BackendEndpoints>(TaskCreationOptions.RunContinuationsAsynchronously);
        var configuration = new BackendConfiguration
        {
            Folder = folder.Backend,
            Broker = new BrokerOptions { Port = 0 },
            Rules = DemoRules.All(options.Speed),
            Webhooks = [new WebhookOptions { Url = webhook }],
            Web = new WebOptions { Port = options.Port },
        };
        var host = new BackendHostOptions
        {
            Loggers = journal,
            Time = time,
            AlertWatchers = [alerts],
            Started = endpoints => started.TrySetResult(endpoints),
        };
        backend = Task.Run(() => BackendHost.RunAsync(configuration, host, backendStop.Token), CancellationToken.None);
        await Task.WhenAny(started.Task, backend).WaitAsync(cancellationToken);
        if (!started.Task.IsCompleted)
        {
            await ThrowIfEndedAsync("backend", backend);
        }

        return await started.Task;
    }

    private static async Task ThrowIfEndedAsync(string what, Task part)
    {
        if (part.IsCompleted)
        {
            await part;
            throw new InvalidOperationException($"The {what} has ended and nobody told it to.");
        }
    }

    private void StartGateway(int brokerPort)
    {
        var text = SiteConfiguration.Text(options.Speed, folder.Lines, folder.Buffer, brokerPort);
        File.WriteAllText(folder.GatewayFile, text);
        var loaded = GatewayConfigurationFile.Read(folder.GatewayFile, text);
        var configuration = loaded.Configuration
            ?? throw new InvalidOperationException($"The demo's own configuration is wrong: {string.Join("; ", loaded.Problems)}");
        count = new DurableCount(durable!);
        var host = new GatewayHostOptions { Log = journal.CreateLogger("gateway"), Time = time, Witness = count };
        gateway = Task.Run(() => GatewayHost.RunAsync(configuration, host, gatewayStop.Token), CancellationToken.None);
    }

    private async Task SettleAsync(Task task, TimeSpan longest) =>
        await Task.WhenAny(task, Task.Delay(longest, time, CancellationToken.None));
}
