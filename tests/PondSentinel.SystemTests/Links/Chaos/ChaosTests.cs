using System.Globalization;
using PondSentinel.Backend.Alerting;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;
using PondSentinel.Tests;

namespace PondSentinel.SystemTests.Links.Chaos;

/// <summary>Everything goes wrong, over and over and at the same time, and in the end nothing may be missing.</summary>
/// <remarks>
/// Ten targets are hit in an order that follows from the seed: each of them by one fault at a time, all of them beside each
/// other. <c>POND_CHAOS_SEED</c> repeats a run, as far as the machine's own timing lets it.
/// </remarks>
public sealed class ChaosTests : IAsyncLifetime
{
    private const string SeedVariable = "POND_CHAOS_SEED";
    private const int FaultsUsually = 60;
    private const int SlowBytesPerSecond = 8000;
    private static readonly string[] Gateways = ["gz-07", "gz-08"];

    private readonly string folder = TestFolder.Create();
    private readonly int seed = Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } wanted
        ? int.Parse(wanted, CultureInfo.InvariantCulture)
        : Random.Shared.Next(1_000_000);

    private readonly Dictionary<string, Task> underWay = new(StringComparer.Ordinal);
    private NetRoom? room;
    private Fleet? fleet;

    private Fleet Fleet => fleet!;

    public async ValueTask InitializeAsync()
    {
        room = await NetRoom.MakeAsync();
        fleet = await Fleet.StartAsync(folder, new FleetPlan
        {
            Gateways = Gateways,
            GatewayAddress = room.Address,
            GatewayWrapper = room.Wrapper,

            // Few enough for the broker to drop what comes while the backend is away.
            QueuedMax = 5,
        });
    }

    public async ValueTask DisposeAsync()
    {
        await (fleet?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (room?.DisposeAsync() ?? ValueTask.CompletedTask);
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Every_durable_record_is_stored_once_and_every_alarm_is_told_once_whatever_breaks_meanwhile()
    {
        var plan = ChaosPlan.Draw(seed, (int)TestDepth.Cases(FaultsUsually), Gateways);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{SeedVariable}={seed} repeats this run:\n{string.Join('\n', plan)}\nWhat happened when: {Journal}");
        foreach (var fault in plan)
        {
            await Task.Delay(fault.Before, TimeProvider.System, TestContext.Current.CancellationToken);
            await underWay.GetValueOrDefault(fault.Target, Task.CompletedTask);
            underWay[fault.Target] = SufferAsync(fault);
        }

        await Task.WhenAll(underWay.Values);
        Note("all is healed");
        foreach (var site in Fleet.Sites)
        {
            await Fleet.FlowsAsync(site);
        }

        Note("all flows");
        await Reckoning.AgreesAsync(Fleet.Sites, Fleet.Influx, Fleet.Patience, () => Fleet.Backend.Tail);
        Note("all is stored");
        await PeopleAreToldOnceAsync();
        await LedgerReckoning.AgreesAsync(Fleet.Backend, Fleet.Sites, Fleet.Influx, Fleet.Patience);
        Note("the ledger says so");
    }

    private string Journal => Path.Combine(folder, "chaos.log");

    private async Task SufferAsync(ChaosFault fault)
    {
        Note($"{fault.Target}: {fault.Harm}");
        var heal = await BeginAsync(fault);
        await Task.Delay(fault.Lasts, TimeProvider.System, TestContext.Current.CancellationToken);
        await heal();
        Note($"{fault.Target}: good again");
    }

    private async Task<Func<Task>> BeginAsync(ChaosFault fault)
    {
        switch (fault.Target)
        {
            case ChaosPlan.Net:
                await (fault.Harm == Harm.Pull ? room!.PullAsync() : room!.LoseAsync((fault.Amount + 1) / 2));
                return room.HealAsync;
            case ChaosPlan.Broker:
                return await BeginAsync(fault.Harm, Fleet.Broker.KillAsync, Fleet.Broker.StartAsync, Fleet.Broker.Pause, Fleet.Broker.Resume);
            case ChaosPlan.Store:
                return await BeginAsync(fault.Harm, Fleet.Influx.KillAsync, Fleet.Influx.StartAsync, Fleet.Influx.Pause, Fleet.Influx.Resume);
            case ChaosPlan.Backend:
                return await BeginAsync(fault.Harm, Fleet.Backend.KillAsync, Fleet.Backend.StartAsync, Fleet.Backend.Pause, Fleet.Backend.Resume);
            case ChaosPlan.BackendLink:
                return await BeginAsync(fault, Fleet.BackendLink);
            case ChaosPlan.StoreLink:
                return await BeginAsync(fault, Fleet.StoreLink);
            default:
                return Fleet.Sites.SingleOrDefault(site => site.Name == fault.Target) is { } hit
                    ? await BeginAsync(fault.Harm, hit.KillAsync, () => Started(hit), hit.Pause, hit.Resume)
                    : await BeginAsync(fault, Fleet.Links[Gateways.Single(name => ChaosPlan.LinkOf(name) == fault.Target)]);
        }
    }

    private static Task Started(GatewaySite site)
    {
        site.Start();
        return Task.CompletedTask;
    }

    private async Task<Func<Task>> BeginAsync(Harm harm, Func<Task> kill, Func<Task> start, Action pause, Action resume)
    {
        if (harm == Harm.Pause)
        {
            pause();
            return () =>
            {
                resume();
                return Task.CompletedTask;
            };
        }

        await kill();
        if (harm == Harm.KillAndForget)
        {
            Fleet.Broker.LoseSaved();
        }

        return start;
    }

    private static async Task<Func<Task>> BeginAsync(ChaosFault fault, BadLink link)
    {
        await (fault.Harm switch
        {
            Harm.Hold => link.HoldAsync(),
            Harm.Freeze => link.FreezeAsync(),
            Harm.Reset => link.ResetAsync(),
            Harm.Cut => link.BeginCutAsync(fault.Amount * fault.Amount),
            Harm.Slow => link.SlowAsync(TimeSpan.FromMilliseconds(fault.Amount * 4), SlowBytesPerSecond),
            Harm.Fail => link.AnswerAsync(500),
            Harm.Deafen => link.DeafenAsync(),
            Harm.Refuse => link.RefuseAsync(),
            var other => throw new ArgumentOutOfRangeException(nameof(fault), other, "No harm to a link."),
        });
        if (fault.Harm == Harm.Refuse)
        {
            await link.ResetAsync();
        }

        return link.HealAsync;
    }

    // Whatever came late or twice: each leak is one episode, begun and ended once, or told once as past. A message whose
    // arrival the backend did not live to note comes again under the same id.
    private async Task PeopleAreToldOnceAsync()
    {
        await Eventually.HoldsAsync(
            () => Gateways.All(gateway => Told(gateway).Any(notice => notice.Phase is NoticeKind.Cleared or NoticeKind.Past)),
            Fleet.Patience,
            () => $"Told: {string.Join(", ", Fleet.Webhook.Notices.Select(notice => $"{notice.Gateway} {notice.Id} {notice.Phase}"))}.\n{Fleet.Backend.Tail}");
        foreach (var gateway in Gateways)
        {
            var told = Told(gateway);
            Assert.Single(told.Select(notice => notice.Episode).Distinct(StringComparer.Ordinal));
            Assert.Equal(
                told is [{ Phase: NoticeKind.Past }] ? [NoticeKind.Past] : [NoticeKind.Firing, NoticeKind.Cleared],
                told.Select(notice => notice.Phase));
        }
    }

    private List<AlertNotice> Told(string gateway) =>
        [.. Fleet.Webhook.Notices.Where(notice => notice.Gateway == gateway).DistinctBy(notice => notice.Id, StringComparer.Ordinal)];

    private void Note(string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {what}\n");
        lock (underWay)
        {
            File.AppendAllText(Journal, line);
        }
    }
}
