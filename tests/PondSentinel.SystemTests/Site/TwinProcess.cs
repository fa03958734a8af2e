using System.Globalization;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Site;

/// <summary><c>pond-sim devices</c>: twins of the devices of a configuration, and a gateway that reads them.</summary>
internal sealed class TwinProcess : IAsyncDisposable
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(60);
    private static readonly string Gateway = Built.Program("PondSentinel.Gateway", "pond-gateway");

    private readonly string folder;
    private readonly RunningProcess twins;
    private RunningProcess? gateway;

    private TwinProcess(string folder, string twinFolder, RunningProcess twins) =>
        (this.folder, Folder, this.twins) = (folder, twinFolder, twins);

    /// <summary>Where the twins are: the path of a socket has to be short.</summary>
    public string Folder { get; }

    /// <summary>What they have said until now.</summary>
    public IReadOnlyList<ServedAnswer> Served => [.. WholeLines.Of(Path.Combine(folder, "served.txt")).Select(ServedAnswer.Parse)];

    /// <summary>Starts the twins and waits until they are there.</summary>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="configuration">The gateway's configuration.</param>
    /// <param name="every">How often each device is asked.</param>
    public static async Task<TwinProcess> StartAsync(string folder, string configuration, string every = "1s")
    {
        var twinFolder = Directory.CreateTempSubdirectory("twins-").FullName;
        var process = RunningProcess.StartOurs(
            "pond-sim",
            folder,
            Built.Program("PondSentinel.Simulator", "pond-sim"),
            "devices", "--config", configuration, "--folder", twinFolder, "--every", every,
            "--log", Path.Combine(folder, "served.txt"));
        var twins = new TwinProcess(folder, twinFolder, process);
        await Eventually.HoldsAsync(
            () => process.HasExited ? throw new IOException(process.Tail) : process.Said("ready"),
            Within,
            () => $"The twins are not ready.\n{process.Tail}");
        return twins;
    }

    /// <summary>Has a fault switched.</summary>
    /// <param name="command">The command.</param>
    public async Task DoAsync(string command)
    {
        await twins.TellAsync(command);
        await Eventually.HoldsAsync(() => twins.Said(command), Within, () => $"Not done: {command}.\n{twins.Tail}");
    }

    /// <summary>Starts the gateway with the file that the twins have written.</summary>
    /// <returns>It; ended with the twins where nobody has.</returns>
    public RunningProcess StartGateway() => gateway = RunningProcess.StartOurs(
        "pond-gateway", folder, Gateway, "run", "--config", Path.Combine(Folder, "gateway.toml"));

    /// <summary>Waits until each device has said something some times more.</summary>
    /// <param name="devices">The devices.</param>
    /// <param name="times">How many times.</param>
    public async Task HearAsync(IReadOnlyCollection<string> devices, int times)
    {
        var begun = Served.Count;
        await Eventually.HoldsAsync(
            () => devices.All(device => Served.Skip(begun).Count(answer => answer.Device == device) >= times),
            Within,
            () => $"Not all of {string.Join(", ", devices)} were heard.\n{twins.Tail}\n{gateway?.Tail}");
    }

    /// <summary>Ends the gateway and gives what is in its buffer: device, channel and value, where there is one, with its flag.</summary>
    public async Task<IReadOnlyList<(string Device, string Channel, double? Value, int Flag)>> EndGatewayAsync()
    {
        await gateway!.TerminateAsync();
        await gateway.DisposeAsync();
        gateway = null;
        var csv = await Command.RunAsync(
            "dotnet", Gateway, "buffer", "export", "--config", Path.Combine(Folder, "gateway.toml"));
        return
        [
            .. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(',')).Select(cells => (
                cells[5],
                cells[6],
                cells[8].Length == 0 ? (double?)null : double.Parse(cells[8], CultureInfo.InvariantCulture),
                int.Parse(cells[10], CultureInfo.InvariantCulture))),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        if (gateway is { } process)
        {
            await process.DisposeAsync();
        }

        await twins.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
