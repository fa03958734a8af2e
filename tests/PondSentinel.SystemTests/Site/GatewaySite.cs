using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Buffering;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Site;

/// <summary>A gateway process, the probes it reads, and what both say they have done.</summary>
internal sealed class GatewaySite : IAsyncDisposable
{
    private readonly string folder;
    private readonly string configuration;
    private readonly string witness;
    private readonly List<GatewayEnd> ends = [];
    private readonly IReadOnlyList<string> wrapper;
    private RunningProcess? process;
    private long pausedMs;

    private GatewaySite(string folder, VirtualProbes probes, GatewaySettings settings, IReadOnlyList<string> wrapper)
    {
        (this.folder, Probes, Settings, this.wrapper) = (folder, probes, settings, wrapper);
        configuration = Path.Combine(folder, "gateway.toml");
        witness = Path.Combine(folder, "witness.txt");
        settings.Write(configuration);
    }

    /// <summary>The gateway's name.</summary>
    public string Name => Settings.Gateway;

    /// <summary>Its settings, as they are written down.</summary>
    public GatewaySettings Settings { get; private set; }

    /// <summary>What it reads.</summary>
    public VirtualProbes Probes { get; }

    /// <summary>When it was killed or asked to end.</summary>
    public IReadOnlyList<GatewayEnd> Ends => ends;

    /// <summary>Longest time it was made to stand still.</summary>
    public TimeSpan LongestPause { get; private set; }

    /// <summary>Its last lines.</summary>
    public string Tail => process?.Tail ?? "";

    /// <summary>Starts the probes, and not yet the gateway.</summary>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="name">The gateway's name.</param>
    /// <param name="brokerPort">Port of the broker.</param>
    /// <param name="world">What the probes measure.</param>
    /// <param name="wrapper">A program and its arguments that starts the gateway instead of us; none for none.</param>
    public static async Task<GatewaySite> PrepareAsync(
        string folder, string name, int brokerPort, SimulatedWorld world, params IReadOnlyList<string> wrapper)
    {
        var own = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        var probes = await VirtualProbes.StartAsync(own, world);
        var settings = new GatewaySettings
        {
            Gateway = name,
            Ports = [probes.Ports],
            Buffer = Path.Combine(own, "buffer"),
            BrokerPort = brokerPort,
        };
        return new GatewaySite(own, probes, settings, wrapper);
    }

    /// <summary>Starts the gateway (again).</summary>
    public void Start()
    {
        string[] command =
        [
            .. wrapper, "dotnet", Built.Program("PondSentinel.Gateway", "pond-gateway"),
            "run", "--config", configuration, "--witness", witness,
        ];
        process = RunningProcess.Start("pond-gateway", folder, command[0], command[1..]);
    }

    /// <summary>Writes other settings down. They hold from the next start on.</summary>
    /// <param name="settings">The settings.</param>
    public void Change(GatewaySettings settings)
    {
        Settings = settings;
        settings.Write(configuration);
    }

    /// <summary>Kills the gateway.</summary>
    public async Task KillAsync()
    {
        var begun = Now();
        await process!.KillAsync();
        ends.Add(new GatewayEnd(begun - (long)SiteSettings.CommitWindow.TotalMilliseconds, Now()));
        await process.DisposeAsync();
    }

    /// <summary>Stands the gateway still.</summary>
    public void Pause()
    {
        pausedMs = Now();
        process!.Pause();
    }

    /// <summary>Lets the gateway go on. What its probes said meanwhile may be lost, and what it heard just before.</summary>
    public void Resume()
    {
        process!.Resume();
        ends.Add(new GatewayEnd(pausedMs, Now()));
        var pause = TimeSpan.FromMilliseconds(Now() - pausedMs);
        LongestPause = pause > LongestPause ? pause : LongestPause;
    }

    /// <summary>Asks the gateway to end, and checks that it does so well.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> StopAsync()
    {
        var begun = Now();
        var took = await process!.TerminateAsync();
        ends.Add(new GatewayEnd(begun, Now()));
        Assert.True(process.ExitCode == 0, $"{Name} ended with {process.ExitCode}.\n{Tail}");
        return took;
    }

    /// <summary>The epoch of the oldest record that its buffer would send again. To be called while it does not run.</summary>
    /// <returns>The epoch; null where the backend has everything.</returns>
    public async Task<string?> OldestUnsettledEpochAsync()
    {
        var options = new BufferOptions { Folder = Settings.Buffer, BytesMax = (long)Settings.BufferMebibytes << 20 };
        await using var log = SegmentedLog.Open(options, TimeProvider.System, NullLogger.Instance);
        return log.Status.Unsettled == 0
            ? null
            : (await log.NextAsync(Lane.Backlog, countMax: 1, TestContext.Current.CancellationToken)).Epoch;
    }

    /// <summary>Whether it has said something.</summary>
    /// <param name="text">Part of one of its last lines.</param>
    public bool Said(string text) => process!.Said(text);

    /// <summary>What it claims is durable until now, in the order of the claims.</summary>
    public IReadOnlyList<WitnessedRecord> Witnessed() => [.. WholeLines.Of(witness).Select(WitnessedRecord.Parse)];

    /// <summary>Waits until it has claimed some more records.</summary>
    /// <param name="records">How many.</param>
    /// <param name="within">Longest wait.</param>
    public async Task GathersAsync(int records, TimeSpan within)
    {
        var wanted = Witnessed().Count + records;
        await Eventually.HoldsAsync(
            () =>
            {
                StillRuns();
                return Witnessed().Count >= wanted;
            },
            within,
            () => $"{Witnessed().Count} of {wanted} records are claimed.\n{Tail}");
    }

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

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>An end of a gateway.</summary>
/// <param name="LosesFromMs">From when on it may lose what a probe has said, UTC ms: a poll that is under way is given up, and
/// a kill takes what waits for its commit.</param>
/// <param name="OverMs">When it was gone, UTC ms.</param>
internal readonly record struct GatewayEnd(long LosesFromMs, long OverMs);
