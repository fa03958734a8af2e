using PondSentinel.Backend.Alerting;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.SystemTests.Site;

namespace PondSentinel.SystemTests.Scenarios;

/// <summary>The whole way as real processes: probes, gateways, Mosquitto, backend, InfluxDB, a webhook.</summary>
/// <remarks>
/// What is true is what the probes wrote down themselves and what the gateway said was durable, line by line; no counter of
/// ours is asked. The simulated leak begins at 60 min and ends at 130 min; the world runs 120 times as fast from 50 min on,
/// so that ammonium below the pond crosses the limit 10 to 20 s after the start, and falls again half a minute later.
/// </remarks>
public abstract class Bench : IAsyncLifetime
{
    private protected const string Gateway = "gz-07";
    private const string SecondGateway = "gz-08";

    /// <summary>How long the way may take from a durable record to the store, a busy machine and reconnects included.</summary>
    private static readonly TimeSpan ArrivalWithin = TimeSpan.FromSeconds(90);

    /// <summary>Longest time an orderly end may take.</summary>
    private protected static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(20);


    private readonly List<GatewaySite> sites = [];

    /// <summary>What the probes measure.</summary>
    private protected virtual SimulatedWorld World { get; } = new(Seed: 7, Speed: 120, Start: TimeSpan.FromMinutes(50));

    /// <summary>How many gateways there are.</summary>
    private protected virtual int GatewayCount => 1;

    /// <summary>Whether the gateways watch the limit too.</summary>
    private protected virtual bool HasAlarm => false;

    /// <summary>Folder of the test.</summary>
    private protected string Folder { get; } = TestFolder.Create();

    private protected Mosquitto Broker { get; private set; } = null!;

    private protected InfluxDb Influx { get; private set; } = null!;

    private protected WebhookReceiver Webhook { get; private set; } = null!;

    private protected BackendProcess Backend { get; private set; } = null!;

    private protected GatewaySite Site => sites[0];

    public async ValueTask InitializeAsync()
    {
        Webhook = new WebhookReceiver();
        Influx = await InfluxDb.StartAsync(Folder);
        Broker = await Mosquitto.StartAsync(Folder, Gateway, SecondGateway, Mosquitto.Backend);
        Backend = await BackendProcess.StartAsync(Folder, Broker.Port, Influx.Url, Webhook.Url);
        await BeforeGatewaysAsync();
        foreach (var name in new[] { Gateway, SecondGateway }.Take(GatewayCount))
        {
            var site = await GatewaySite.PrepareAsync(Folder, name, Broker.Port, World);
            if (HasAlarm)
            {
                site.Change(site.Settings with { HasAlarm = true });
            }

            if (name == SecondGateway)
            {
                // What an old broker makes a gateway speak; the other one speaks 5.
                site.Change(site.Settings with { Protocol = "3.1.1" });
            }

            site.Start();
            sites.Add(site);
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        // Whatever of it came to be; the logs are shown when everything has ended.
        IAsyncDisposable?[] parts = [.. sites, Backend, Broker, Influx, Webhook];
        foreach (var part in parts)
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        TestFolder.ShowLogsOnFailure(Folder);
        GC.SuppressFinalize(this);
    }

    /// <summary>What has to be there before the simulated world begins.</summary>
    private protected virtual Task BeforeGatewaysAsync() => Task.CompletedTask;

    /// <summary>Waits until values arrive at the store.</summary>
    private protected Task ArrivesAsync() => Eventually.HoldsAsync(
        async () =>
        {
            sites.ForEach(site => site.StillRuns());
            return (await StoredValue.AllAsync(Influx)).Count > 0;
        },
        ArrivalWithin,
        () => $"Nothing arrives.\n{Site.Tail}\n{Backend.Tail}");

    /// <summary>Waits until everything that the gateways claim now is stored, then holds all accounts against each other.
    /// </summary>
    private protected Task AccountsAgreeAsync() => Reckoning.AgreesAsync(sites, Influx, ArrivalWithin, () => Backend.Tail);

    /// <summary>Ends the gateways and the backend, and holds the ledger against what is stored and what the gateways claimed.
    /// </summary>
    private protected Task LedgerAgreesAsync() => LedgerReckoning.AgreesAsync(Backend, sites, Influx, ArrivalWithin);

    /// <summary>Waits until the leak is over and people know, then looks at what they were told.</summary>
    /// <param name="isLive">Whether nothing kept the news back. Otherwise a busy machine may stretch an outage over the whole
    /// leak, and people are told once that it is past.</param>
    private protected async Task PeopleAreToldOnceAsync(bool isLive = false)
    {
        var patience = ArrivalWithin + (TimeSpan.FromMinutes(100) / World.Speed);
        await Eventually.HoldsAsync(
            () => Told(NoticeKind.Cleared).Count + Told(NoticeKind.Past).Count == GatewayCount,
            patience,
            () => $"Told: {string.Join(", ", Webhook.Notices.Select(notice => $"{notice.Id} {notice.Phase}"))}.\n{Backend.Tail}");

        // Once and no other: an alarm twice would have another episode, or another number in the same one.
        var notices = Webhook.Notices;
        Assert.Equal(notices.Count, notices.Select(notice => notice.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.All(notices, notice => Assert.Contains(
            notice.Rule, HasAlarm ? [SiteSettings.LeakRule, $"gw-{SiteSettings.Alarm}"] : new[] { SiteSettings.LeakRule }));
        var episodes = notices.GroupBy(notice => notice.Episode, notice => notice.Phase).ToList();
        Assert.Equal(GatewayCount, episodes.Count);
        Assert.All(episodes, phases => Assert.Equal(
            !isLive && phases.Contains(NoticeKind.Past) ? [NoticeKind.Past] : [NoticeKind.Firing, NoticeKind.Cleared], phases));
    }

    /// <summary>Waits until shortly before the leak shows below the pond.</summary>
    private protected Task BeforeTheLeakShowsAsync() => Site.Probes.ReachAsync(TimeSpan.FromMinutes(58), ArrivalWithin);

    /// <summary>Takes something away shortly before the leak shows below the pond, for 20 s.</summary>
    /// <param name="end">Takes it away.</param>
    /// <param name="start">Brings it back.</param>
    /// <param name="during">What else happens half-way.</param>
    /// <returns>When it was away, UTC ms.</returns>
    private protected async Task<(long Begun, long Over)> OutageAsync(
        Func<Task> end, Func<Task> start, Func<Task>? during = null)
    {
        await BeforeTheLeakShowsAsync();
        await end();
        var begun = Now();
        await Task.Delay(Outage / 2, TimeProvider.System, TestContext.Current.CancellationToken);
        if (during is not null)
        {
            await during();
        }

        await Task.Delay(Outage / 2, TimeProvider.System, TestContext.Current.CancellationToken);
        var over = Now();
        await start();
        return (begun, over);
    }

    /// <summary>When ammonium below the pond first was above the limit, by what the gateway claims, UTC ms.</summary>
    private protected long LimitCrossed() => Site.Witnessed()
        .Where(record => record.Device == "downstream-nh4" && record.Values["nh4n"] > SiteSettings.LeakLimit)
        .Min(record => record.TimeMs!.Value);

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private List<AlertNotice> Told(NoticeKind kind) => [.. Webhook.Notices.Where(notice => notice.Phase == kind)];
}
