using System.Globalization;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;

namespace PondSentinel.SystemTests.Buffering;

/// <summary>A gateway without a link that reads its probes as often as they can answer, so that its buffer has much to do.
/// </summary>
/// <remarks>The probes go on while it is killed and started again.</remarks>
internal sealed class FastGateway : IAsyncDisposable
{
    /// <summary>Usual bound of its buffer, bytes: the smallest that can be set.</summary>
    public const long BufferBytes = 1 << 20;

    private static readonly TimeSpan ClaimsWithin = TimeSpan.FromSeconds(90);

    private readonly string folder;
    private readonly string configuration;
    private readonly IReadOnlyList<VirtualProbes> probes;
    private readonly long bufferBytes;
    private RunningProcess? process;
    private int answersBefore;

    private FastGateway(string folder, IReadOnlyList<VirtualProbes> probes, long bufferBytes)
    {
        (this.folder, this.probes, this.bufferBytes) = (folder, probes, bufferBytes);
        configuration = Path.Combine(folder, "gateway.toml");
    }

    /// <summary>Its last lines.</summary>
    public string Tail => process?.Tail ?? "";

    /// <summary>Whether its buffer is open and it reads its probes.</summary>
    public bool HasBegun => Answers() > answersBefore;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process!.HasExited;

    /// <summary>Whether the last that it has said of its card is that it cannot be written.</summary>
    public bool LacksCard => Tail.Split('\n').LastOrDefault(line => line.Contains(" be written", StringComparison.Ordinal))
        ?.Contains("cannot", StringComparison.Ordinal) == true;

    /// <summary>Starts the probes, and not yet the gateway.</summary>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="sites">How many sites full of probes.</param>
    /// <param name="bufferBytes">Bound of its buffer, whole MiB.</param>
    public static async Task<FastGateway> PrepareAsync(string folder, int sites, long bufferBytes = BufferBytes)
    {
        var probes = await Task.WhenAll(Enumerable.Range(0, sites).Select(site => VirtualProbes.StartAsync(
            Directory.CreateDirectory(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"probes-{site}"))).FullName,
            new SimulatedWorld(Seed: site + 1, Speed: 120, Start: TimeSpan.FromMinutes(50)))));
        return new FastGateway(folder, probes, bufferBytes);
    }

    /// <summary>Starts the gateway (again).</summary>
    /// <param name="buffer">Folder of its buffer.</param>
    /// <param name="witness">File for what it claims.</param>
    /// <param name="wrapper">A program and its arguments that starts it instead of us; none for none.</param>
    public void Start(string buffer, string witness, params IReadOnlyList<string> wrapper)
    {
        new GatewaySettings
        {
            Gateway = "gz-07",
            Ports = [.. probes.Select(site => site.Ports)],
            Buffer = buffer,
            BufferMebibytes = (int)(bufferBytes >> 20),
            FreeSpaceFloor = "0B",

            // The three probes below the pond need 60 ms each.
            Interval = TimeSpan.FromMilliseconds(200),
            Baud = 115_200,
            CommitWindow = TimeSpan.FromMilliseconds(50),
        }.Write(configuration);
        string[] command =
        [
            .. wrapper, "dotnet", Built.Program("PondSentinel.Gateway", "pond-gateway"),
            "run", "--config", configuration, "--witness", witness,
        ];
        answersBefore = Answers();
        process = RunningProcess.Start("pond-gateway", folder, command[0], command[1..]);
    }

    /// <summary>Waits until something holds, and the gateway runs meanwhile.</summary>
    /// <param name="condition">Asked again and again.</param>
    /// <param name="missing">What is still missing.</param>
    public Task RunsUntilAsync(Func<bool> condition, Func<string> missing) => Eventually.HoldsAsync(
        () =>
        {
            Assert.False(process!.HasExited, $"pond-gateway has ended.\n{Tail}");
            return condition();
        },
        ClaimsWithin,
        () => $"{missing()}\n{Tail}");

    /// <summary>Kills the gateway.</summary>
    public async Task KillAsync()
    {
        await process!.KillAsync();
        await ForgetAsync();
    }

    /// <summary>Asks the gateway to end, and checks that it does so well.</summary>
    public async Task StopAsync()
    {
        var (_, code, lines) = await EndAsync();
        Assert.True(code == 0, $"pond-gateway ended with {code}.\n{string.Join('\n', lines)}");
    }

    /// <summary>Ends the gateway, where it has not ended by itself.</summary>
    /// <returns>Whether it had, its exit code, and its last lines.</returns>
    public async Task<(bool ByItself, int Code, IReadOnlyList<string> Lines)> EndAsync()
    {
        var byItself = process!.HasExited;
        if (!byItself)
        {
            await process.TerminateAsync();
        }

        var (code, lines) = (process.ExitCode, Tail.Split('\n'));
        await ForgetAsync();
        return (byItself, code, lines);
    }

    public async ValueTask DisposeAsync()
    {
        await ForgetAsync();
        foreach (var site in probes)
        {
            await site.DisposeAsync();
        }
    }

    private int Answers() => probes.Sum(site => site.Served().Count);

    private async ValueTask ForgetAsync()
    {
        if (process is not null)
        {
            await process.DisposeAsync();
            process = null;
        }
    }
}
