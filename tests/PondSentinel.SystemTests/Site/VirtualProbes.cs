using System.Globalization;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Site;

/// <summary>The simulated probes as a process of their own, with their own record of what they have said.</summary>
internal sealed class VirtualProbes : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);

    private readonly RunningProcess process;
    private readonly string served;

    private VirtualProbes(RunningProcess process, string ports, string served) =>
        (this.process, Ports, this.served) = (process, ports, served);

    /// <summary>Folder with the ports, by the name of their bus.</summary>
    public string Ports { get; }

    /// <summary>Starts them and waits until their ports are there.</summary>
    /// <param name="folder">Folder of the gateway they belong to.</param>
    /// <param name="world">How fast the world goes, and from when.</param>
    public static async Task<VirtualProbes> StartAsync(string folder, SimulatedWorld world)
    {
        var ports = Directory.CreateDirectory(Path.Combine(folder, "ports")).FullName;
        var served = Path.Combine(folder, "served.txt");
        var process = RunningProcess.StartOurs(
            "pond-sim",
            folder,
            Built.Program("PondSentinel.Simulator", "pond-sim"),
            "probes",
            "--folder", ports,
            "--log", served,
            "--seed", world.Seed.ToString(CultureInfo.InvariantCulture),
            "--speed", world.Speed.ToString(CultureInfo.InvariantCulture),
            "--start", world.Start.TotalMinutes.ToString(CultureInfo.InvariantCulture));
        var probes = new VirtualProbes(process, ports, served);
        await Eventually.HoldsAsync(
            () =>
            {
                Assert.False(process.HasExited, $"The probes have ended.\n{process.Tail}");
                return process.Said("ready");
            },
            ReadyWithin,
            () => $"The probes are not ready.\n{process.Tail}");
        return probes;
    }

    /// <summary>What they have said until now.</summary>
    public IReadOnlyList<ServedAnswer> Served() => [.. WholeLines.Of(served).Select(ServedAnswer.Parse)];

    /// <summary>Waits until the simulated world has reached a time.</summary>
    /// <param name="time">Simulated time.</param>
    /// <param name="within">Longest wait, in real time.</param>
    public Task ReachAsync(TimeSpan time, TimeSpan within) => Eventually.HoldsAsync(
        () => Served() is [.., var last] && last.Simulated >= time,
        within,
        () => $"The simulated site has not reached {time}.\n{process.Tail}");

    public ValueTask DisposeAsync() => process.DisposeAsync();
}

/// <summary>The world that the probes measure.</summary>
/// <param name="Seed">Which one.</param>
/// <param name="Speed">Simulated seconds in a real second.</param>
/// <param name="Start">Simulated time at which it begins.</param>
internal sealed record SimulatedWorld(int Seed, int Speed, TimeSpan Start);

/// <summary>A line of the probes' record: one answer with measured values that went out whole.</summary>
/// <param name="TimeMs">When it was out, UTC ms.</param>
/// <param name="Simulated">The same in the simulated world.</param>
/// <param name="Device">Who gave it.</param>
/// <param name="Values">What it said, by the maker's name of each value.</param>
internal sealed record ServedAnswer(
    long TimeMs, TimeSpan Simulated, string Device, IReadOnlyDictionary<string, double> Values)
{
    private const int FirstValue = 5;

    /// <summary>Reads a line: <c>utc-ms simulated-seconds device register hex name=value …</c>.</summary>
    /// <param name="line">The line.</param>
    public static ServedAnswer Parse(string line)
    {
        var words = line.Split(' ');
        return new ServedAnswer(
            long.Parse(words[0], CultureInfo.InvariantCulture),
            TimeSpan.FromSeconds(double.Parse(words[1], CultureInfo.InvariantCulture)),
            words[2],
            words.Skip(FirstValue).Select(word => word.Split('=')).ToDictionary(
                pair => pair[0], pair => Meant(double.Parse(pair[1], CultureInfo.InvariantCulture)), StringComparer.Ordinal));
    }

    // The probes speak in 32 bits; what such a number means is its shortest decimal, and that is what is kept.
    private static double Meant(double said) =>
        double.Parse(((float)said).ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
