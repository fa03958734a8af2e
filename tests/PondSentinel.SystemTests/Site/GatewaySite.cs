using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Site;

/// <summary>A gateway process, the probes it reads, and what both say they have done.</summary>
internal sealed class GatewaySite : IAsyncDisposable
{
    private readonly string folder;
    private readonly string configuration;
    private readonly string witness;
    private readonly List<long> kills = [];
    private RunningProcess? process;

    private GatewaySite(string name, string folder, VirtualProbes probes, string configuration)
    {
        (Name, this.folder, Probes, this.configuration) = (name, folder, probes, configuration);
        witness = Path.Combine(folder, "witness.txt");
    }

    /// <summary>The gateway's name.</summary>
    public string Name { get; }

    /// <summary>What it reads.</summary>
    public VirtualProbes Probes { get; }

    /// <summary>When it was killed, UTC ms.</summary>
    public IReadOnlyList<long> Kills => kills;

    /// <summary>Its last lines.</summary>
    public string Tail => process?.Tail ?? "";

    /// <summary>Starts probes and gateway.</summary>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="name">The gateway's name.</param>
    /// <param name="brokerPort">Port of the broker.</param>
    /// <param name="world">What the probes measure.</param>
    public static async Task<GatewaySite> StartAsync(string folder, string name, int brokerPort, SimulatedWorld world)
    {
        var own = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        var probes = await VirtualProbes.StartAsync(own, world);
        var site = new GatewaySite(name, own, probes, SiteSettings.WriteGateway(own, name, probes.Ports, brokerPort));
        site.Start();
        return site;
    }

    /// <summary>Starts the gateway (again).</summary>
    public void Start() => process = RunningProcess.StartOurs(
        "pond-gateway",
        folder,
        Built.Program("PondSentinel.Gateway", "pond-gateway"),
        "run", "--config", configuration, "--witness", witness);

    /// <summary>Kills the gateway.</summary>
    public async Task KillAsync()
    {
        kills.Add(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        await process!.KillAsync();
        await process.DisposeAsync();
    }

    /// <summary>Asks the gateway to end, and checks that it does so well.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> StopAsync()
    {
        var took = await process!.TerminateAsync();
        Assert.True(process.ExitCode == 0, $"{Name} ended with {process.ExitCode}.\n{Tail}");
        return took;
    }

    /// <summary>What it claims is durable until now, in the order of the claims.</summary>
    public IReadOnlyList<WitnessedRecord> Witnessed() => [.. WholeLines.Of(witness).Select(WitnessedRecord.Parse)];

    /// <summary>Fails where it has ended by itself.</summary>
    public void StillRuns() => Assert.False(process!.HasExited, $"{Name} has ended.\n{Tail}");

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await process.DisposeAsync();
        }

        await Probes.DisposeAsync();
    }
}
