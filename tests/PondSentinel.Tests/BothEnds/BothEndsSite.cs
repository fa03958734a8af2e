using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.BothEnds;

/// <summary>The real buffer and uplink of a gateway, and the real ingest of one backend or two, with a broker between them that
/// is as good as a broker can be. What may happen to cards and databases happens to both ends; a witness keeps what each
/// process has called durable.</summary>
internal sealed class BothEndsSite : IAsyncDisposable
{
    private static readonly TimeSpan StepTime = TimeSpan.FromSeconds(1);

    private readonly string root = Directory.CreateTempSubdirectory("pond-cards-").FullName;
    private readonly long bytesMax;
    private readonly HashSet<RecordId> excused = [];
    private readonly HashSet<RecordId> witnessed = [];
    private readonly List<GatewayProcess> gateways = [];
    private int cards;

    public BothEndsSite(long bytesMax = 256 * 1024)
    {
        this.bytesMax = bytesMax;
        Backend = new BackendProcess("b1", Clocks, Office);
    }

    public TestClocks Clocks { get; } = new();

    public PostOffice Office { get; } = new();

    public BackendProcess Backend { get; }

    public BackendProcess? Second { get; private set; }

    public IReadOnlyList<GatewayProcess> Gateways => gateways;

    public string NewCard() => Directory.CreateDirectory(Path.Combine(root, $"{++cards}")).FullName;

    /// <summary>Puts a card into a machine and switches it on.</summary>
    public GatewayProcess SwitchOn(string card)
    {
        var started = new GatewayProcess(card, Clocks, Office, ++cards, bytesMax);
        gateways.Add(started);
        return started;
    }

    /// <summary>The power goes and comes back.</summary>
    public async Task<GatewayProcess> CutPowerAsync(GatewayProcess gateway)
    {
        Witness(gateway);
        gateways.Remove(gateway);
        return SwitchOn(await gateway.KillAsync(NewCard()));
    }

    /// <summary>The card of a gateway is thrown away: what was on it and has not been settled nobody has any more.</summary>
    public async Task<IReadOnlyList<RecordId>> ThrowAwayAsync(GatewayProcess gateway, IReadOnlySet<RecordId> alsoOnImage)
    {
        Witness(gateway);
        gateways.Remove(gateway);
        await gateway.DisposeAsync();
        List<RecordId> gone = [.. witnessed.Where(id => !alsoOnImage.Contains(id) && !gateways.Exists(other => IsOn(other, id)))];
        excused.UnionWith(gone);
        return gone;
    }

    /// <summary>What was called durable so far and is on the card of a gateway.</summary>
    public IReadOnlySet<RecordId> Witnessed(GatewayProcess gateway)
    {
        gateways.ForEach(Witness);
        return witnessed.Where(id => IsOn(gateway, id)).ToHashSet();
    }

    /// <summary>A second backend begins to listen.</summary>
    public BackendProcess AddSecond() => Second = new BackendProcess("b2", Clocks, Office);

    /// <summary>Lets time pass; gateways that run measure once in so long.</summary>
    public async Task RunAsync(TimeSpan duration, TimeSpan? every = null)
    {
        var end = Clocks.Elapsed + duration;
        var appendAt = Clocks.Elapsed;
        while (Clocks.Elapsed < end)
        {
            if (every is { } interval && Clocks.Elapsed >= appendAt)
            {
                appendAt += interval;
                AppendEach();
            }

            await StepAsync();
        }
    }

    /// <summary>Each gateway that runs measures, not at the same ms.</summary>
    public void AppendEach()
    {
        foreach (var gateway in gateways)
        {
            gateway.Append();
            gateway.Commit();
            Clocks.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    /// <summary>Lets time pass until something is so.</summary>
    public async Task UntilAsync(Func<bool> condition, TimeSpan most, Func<string> what)
    {
        var end = Clocks.Elapsed + most;
        while (!condition())
        {
            Assert.True(Clocks.Elapsed < end, $"after {most}: not {what()}");
            await RunAsync(TimeSpan.FromSeconds(5));
        }
    }

    /// <summary>Lets time pass until every gateway has nothing unsettled and no backend misses anything; then looks at the
    /// accounts.</summary>
    /// <param name="most">How long that may take.</param>
    /// <param name="mayLose">Whether records may be lost for good, where they are counted.</param>
    public async Task SettleAsync(TimeSpan most, bool mayLose = false)
    {
        List<BackendProcess> backends = [Backend, .. Second is null ? Array.Empty<BackendProcess>() : [Second]];
        await UntilAsync(
            () => gateways.TrueForAll(gateway => gateway.Unsettled == 0)
                && backends.TrueForAll(backend => Books(backend) == "" && (mayLose || Missing(backend).Count == 0)),
            most,
            () => $"settled: {string.Join(", ", gateways.Select(gateway => gateway.Unsettled))} records unsettled; "
                + string.Join("; ", backends.Select(backend =>
                    $"{backend.Id}: {Books(backend)}, {Missing(backend).Count} missing, lost {string.Join(", ", backend.Tally.Lost)}, before {backend.Tally.Before}")));
        backends.ForEach(CheckStore);
    }

    /// <summary>What a backend still misses, by epoch; empty where nothing.</summary>
    public string Books(BackendProcess backend)
    {
        var epochs = backend.Epochs.ToDictionary(item => item.Epoch, item => item.Settled);
        foreach (var held in gateways.SelectMany(gateway => gateway.Inventory).Where(held => held.FirstHeld <= held.Last))
        {
            epochs.TryAdd(held.Epoch, []);
        }

        return string.Join(
            "; ",
            epochs.Where(item => item.Value is not [{ First: 0 }] || IsHeldBeyond(item.Key, item.Value[0].Last))
                .Select(item => $"{item.Key}: {string.Join(' ', item.Value.Select(range => $"{range.First}-{range.Last}"))}"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in gateways)
        {
            await gateway.DisposeAsync();
        }

        await Backend.DisposeAsync();
        if (Second is not null)
        {
            await Second.DisposeAsync();
        }

        Directory.Delete(root, recursive: true);
    }

    private async Task StepAsync()
    {
        Clocks.Advance(StepTime);
        gateways.ForEach(gateway => gateway.Commit());

        // Time must not run away from a busy machine.
        var waits = 0;
        do
        {
            Assert.True(waits++ < 20_000, "A backend does not acknowledge what it has.");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        while (!Office.IsQuiet);

        Office.Bring();
    }

    private void Witness(GatewayProcess gateway) => witnessed.UnionWith(gateway.Durable);

    private bool IsHeldBeyond(string epoch, long number) =>
        gateways.Exists(gateway => gateway.Inventory.Any(held => held.Epoch == epoch && held.FirstHeld <= held.Last && held.Last > number));

    private static bool IsOn(GatewayProcess gateway, RecordId id) => gateway.Inventory.Any(
        held => held.Epoch == id.Epoch && id.Sequence >= held.FirstHeld && id.Sequence <= held.Last);

    private List<RecordId> Missing(BackendProcess backend)
    {
        gateways.ForEach(Witness);
        var stored = backend.Stored;
        return [.. witnessed.Except(excused).Where(id => !stored.ContainsKey(id))];
    }

    private void CheckStore(BackendProcess backend)
    {
        Assert.All(backend.Stored, pair => Assert.Equal(1, pair.Value));
        Assert.DoesNotContain(backend.Stored.Keys, id => !witnessed.Contains(id));
        var missing = Missing(backend).Count;
        Assert.True(
            backend.Tally.Lost.Values.Sum() + backend.Tally.Before >= missing,
            $"{missing} records are missing, and the tables tell of {string.Join(", ", backend.Tally.Lost)} and {backend.Tally.Before} before");
    }
}
