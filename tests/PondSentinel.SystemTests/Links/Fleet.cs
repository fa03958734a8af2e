using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.SystemTests.Site;

namespace PondSentinel.SystemTests.Links;

/// <summary>The whole way as real processes, with a bad link between each two that talk: from every gateway to the broker, from
/// the backend to the broker, from the backend to the store.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    /// <summary>Longest wait for an answer of the broker.</summary>
    public static readonly TimeSpan AckDeadline = TimeSpan.FromSeconds(4);

    /// <summary>When what is not settled goes again: later than a receipt comes where all is well.</summary>
    public static readonly TimeSpan ResendAfter = TimeSpan.FromSeconds(8);

    /// <summary>How long anything may take on a busy machine, reconnects after the longest back-off included.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    /// <summary>How many records a test wants to see before it believes that they flow.</summary>
    private const int SomeRecords = 6;

    /// <summary>Somebody who may log in at the broker as a gateway and is none.</summary>
    public const string Guest = "gz-99";

    private const string ToBroker = "broker";
    private const string ToStore = "store";

    private readonly string folder;
    private readonly List<GatewaySite> sites = [];
    private readonly List<IAsyncDisposable> parts = [];

    private Fleet(string folder) => this.folder = folder;

    /// <summary>The broker, with no link before it.</summary>
    public Mosquitto Broker { get; private set; } = null!;

    /// <summary>The store, with no link before it.</summary>
    public InfluxDb Influx { get; private set; } = null!;

    /// <summary>Who is told.</summary>
    public WebhookReceiver Webhook { get; private set; } = null!;

    /// <summary>The backend.</summary>
    public BackendProcess Backend { get; private set; } = null!;

    /// <summary>The links.</summary>
    public BadLinks Links { get; private set; } = null!;

    /// <summary>The gateways.</summary>
    public IReadOnlyList<GatewaySite> Sites => sites;

    /// <summary>The first of them.</summary>
    public GatewaySite Site => sites[0];

    /// <summary>The link of the first to the broker.</summary>
    public BadLink SiteLink => Links[Site.Name];

    /// <summary>The link of the backend to the broker.</summary>
    public BadLink BackendLink => Links[ToBroker];

    /// <summary>The link of the backend to the store.</summary>
    public BadLink StoreLink => Links[ToStore];

    /// <summary>Starts everything.</summary>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="plan">What differs from one test to the other.</param>
    public static async Task<Fleet> StartAsync(string folder, FleetPlan plan)
    {
        var fleet = new Fleet(folder);
        try
        {
            await fleet.StartPartsAsync(plan);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until records that are claimed from now on are stored: live is live again.</summary>
    /// <param name="site">Whose.</param>
    /// <param name="within">Longest wait; null for <see cref="Patience"/>.</param>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> FlowsAsync(GatewaySite site, TimeSpan? within = null)
    {
        var begun = TimeProvider.System.GetTimestamp();
        var fromMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await Eventually.HoldsAsync(
            async () =>
            {
                site.StillRuns();
                return await StoredValue.CountAsync(Influx, site.Name, fromMs) >= SomeRecords;
            },
            within ?? Patience,
            () => $"Nothing that was measured since arrives.\n{site.Tail}\n{Backend.Tail}");
        return TimeProvider.System.GetElapsedTime(begun);
    }

    /// <summary>Waits until everything that is claimed now is stored, and holds all accounts against each other.</summary>
    /// <param name="refused">A device whose values the store was made to refuse; null for none.</param>
    /// <returns>What is stored.</returns>
    public Task<IReadOnlyList<StoredValue>> AccountsAgreeAsync(string? refused = null) =>
        Reckoning.AgreesAsync(sites, Influx, Patience, () => Backend.Tail, refused);

    /// <summary>Ends everything. The logs stay.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var part in Enumerable.Reverse(parts))
        {
            await part.DisposeAsync();
        }
    }

    private async Task StartPartsAsync(FleetPlan plan)
    {
        Webhook = Keep(new WebhookReceiver());
        Influx = Keep(await InfluxDb.StartAsync(folder, plan.InfluxData));
        Broker = Keep(await (plan.QueuedMax is { } queued
            ? Mosquitto.StartForgetfulAsync(folder, queued, [.. plan.Gateways, Guest, Mosquitto.Backend])
            : Mosquitto.StartAsync(folder, [.. plan.Gateways, Guest, Mosquitto.Backend])));
        Links = Keep(await BadLinks.StartAsync(
            folder,
            [
                .. plan.Gateways.Select(name => (name, plan.GatewayAddress, Broker.Port)),
                (ToBroker, "127.0.0.1", Broker.Port),
                (ToStore, "127.0.0.1", Influx.Url.Port),
            ]));
        await plan.BeforeBackend(Influx);
        Backend = Keep(await BackendProcess.StartAsync(
            folder, BackendLink.Port, new Uri($"http://127.0.0.1:{StoreLink.Port}"), Webhook.Url, [.. plan.BackendWrapper]));
        foreach (var name in plan.Gateways)
        {
            var site = Keep(await GatewaySite.PrepareAsync(folder, name, Links[name].Port, plan.World, [.. plan.GatewayWrapper]));
            sites.Add(site);
            site.Change(site.Settings with { BrokerHost = plan.GatewayAddress, AckDeadline = AckDeadline, ResendAfter = ResendAfter });
            await plan.BeforeGateway(site);
            site.Start();
        }

        foreach (var site in sites)
        {
            await FlowsAsync(site);
        }
    }

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        parts.Add(part);
        return part;
    }
}

/// <summary>What differs from one fleet to the other.</summary>
internal sealed record FleetPlan
{
    /// <summary>Names of the gateways.</summary>
    public IReadOnlyList<string> Gateways { get; init; } = ["gz-07"];

    /// <summary>What the probes measure.</summary>
    public SimulatedWorld World { get; init; } = new(Seed: 7, Speed: 60, Start: TimeSpan.FromMinutes(50));

    /// <summary>Where the gateways find their links to the broker.</summary>
    public string GatewayAddress { get; init; } = "127.0.0.1";

    /// <summary>A program and its arguments that starts the gateways.</summary>
    public IReadOnlyList<string> GatewayWrapper { get; init; } = [];

    /// <summary>A program and its arguments that starts the backend.</summary>
    public IReadOnlyList<string> BackendWrapper { get; init; } = [];

    /// <summary>How many messages the broker keeps for a client that is away; null for what is deployed.</summary>
    public int? QueuedMax { get; init; }

    /// <summary>Where the store keeps its data; null for in the folder of the test.</summary>
    public string? InfluxData { get; init; }

    /// <summary>What happens before the backend is there.</summary>
    public Func<InfluxDb, Task> BeforeBackend { get; init; } = _ => Task.CompletedTask;

    /// <summary>What happens before a gateway starts for the first time.</summary>
    public Func<GatewaySite, Task> BeforeGateway { get; init; } = _ => Task.CompletedTask;
}
