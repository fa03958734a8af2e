using System.Globalization;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Links;

/// <summary>A network of its own for a gateway, joined to this machine by a cable that loses packets, is narrow, or is pulled.
/// </summary>
/// <remarks>Needs root, <c>ip</c>, <c>tc</c> and <c>nft</c>. Its name holds the number of the process, so that the next run can
/// take away what a killed one has left.</remarks>
internal sealed class NetRoom : IAsyncDisposable
{
    private const string Prefix = "pond-net-";
    private static readonly Lazy<Task> LeftoversReleased = new(ReleaseLeftoversAsync);
    private static int made;

    private readonly string name;
    private readonly string here;
    private readonly string there;

    private NetRoom(int number)
    {
        var process = Environment.ProcessId;
        name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{process}-{number}");
        (here, there) = (End('h'), End('t'));
        Address = string.Create(CultureInfo.InvariantCulture, $"10.203.{process % 256}.{(4 * number) + 1}");
        AddressThere = string.Create(CultureInfo.InvariantCulture, $"10.203.{process % 256}.{(4 * number) + 2}");

        // The name of an interface has 15 characters at most.
        string End(char side) => string.Create(CultureInfo.InvariantCulture, $"p{side}{process}-{number}");
    }

    /// <summary>Address of this machine, seen from there.</summary>
    public string Address { get; }

    /// <summary>Address of the other side, seen from here.</summary>
    public string AddressThere { get; }

    /// <summary>What starts a program there.</summary>
    public IReadOnlyList<string> Wrapper => ["ip", "netns", "exec", name];

    /// <summary>Makes one.</summary>
    public static async Task<NetRoom> MakeAsync()
    {
        Assert.True(
            Environment.IsPrivilegedProcess,
            "This test makes a network namespace, which needs root: run tests/run.sh as root. Unit tests need none of it.");
        await LeftoversReleased.Value;
        var room = new NetRoom(Interlocked.Increment(ref made) % 60);
        await Command.RunAsync("ip", "netns", "add", room.name);
        await Command.RunAsync("ip", "link", "add", room.here, "type", "veth", "peer", "name", room.there, "netns", room.name);
        await Command.RunAsync("ip", "addr", "add", $"{room.Address}/30", "dev", room.here);
        await Command.RunAsync("ip", "link", "set", room.here, "up");
        await room.ThereAsync("ip", "addr", "add", $"{room.AddressThere}/30", "dev", room.there);
        await room.ThereAsync("ip", "link", "set", room.there, "up");
        await room.ThereAsync("ip", "link", "set", "lo", "up");
        return room;
    }

    /// <summary>Loses packets, each way, until it is healed.</summary>
    /// <param name="percent">How many of a hundred.</param>
    public Task LoseAsync(int percent) =>
        DropAsync(string.Create(CultureInfo.InvariantCulture, $"numgen random mod 100 < {percent} "));

    /// <summary>Loses every packet, each way, until it is healed: both sides have a cable, and nobody is at its other end.</summary>
    public Task CutAsync() => DropAsync("");

    /// <summary>How many packets on their way here were lost since <see cref="LoseAsync"/>.</summary>
    public async Task<long> LostAsync()
    {
        var words = (await Command.RunAsync("nft", "list", "table", "netdev", name)).Split(' ');
        return long.Parse(words[Array.IndexOf(words, "packets") + 1], CultureInfo.InvariantCulture);
    }

    /// <summary>Makes the cable narrow, each way, until it is healed.</summary>
    /// <param name="kilobits">Kilobits a second.</param>
    public async Task NarrowAsync(int kilobits)
    {
        await Command.RunAsync("tc", Narrow(here, kilobits));
        await ThereAsync(["tc", .. Narrow(there, kilobits)]);
    }

    /// <summary>Pulls the cable: nobody there is told.</summary>
    public Task PullAsync() => Command.RunAsync("ip", "link", "set", here, "down");

    /// <summary>Makes it whole again.</summary>
    public async Task HealAsync()
    {
        await Command.RunAsync("ip", "link", "set", here, "up");

        // What is not there does not go.
        await Command.TryAsync("nft", "delete", "table", "netdev", name);
        await Command.TryAsync("tc", "qdisc", "del", "dev", here, "root");
        await Command.TryAsync("ip", [.. Wrapper.Skip(1), "nft", "delete", "table", "netdev", name]);
        await Command.TryAsync("ip", [.. Wrapper.Skip(1), "tc", "qdisc", "del", "dev", there, "root"]);
    }

    public async ValueTask DisposeAsync()
    {
        await Command.RunAsync("ip", "link", "del", here);
        await RemoveAsync(name);
    }

    private static async Task ReleaseLeftoversAsync()
    {
        foreach (var line in (await Command.RunAsync("ip", "netns", "list")).Split('\n'))
        {
            var left = line.Split(' ')[0];
            if (left.StartsWith(Prefix, StringComparison.Ordinal) && !Directory.Exists($"/proc/{left[Prefix.Length..].Split('-')[0]}"))
            {
                await RemoveAsync(left);
            }
        }
    }

    // The cable goes with the namespace.
    private static async Task RemoveAsync(string name)
    {
        await Command.TryAsync("nft", "delete", "table", "netdev", name);
        await Command.RunAsync("ip", "netns", "del", name);
    }

    private static string[] Narrow(string end, int kilobits) =>
    [
        "qdisc", "add", "dev", end, "root", "tbf",
        "rate", string.Create(CultureInfo.InvariantCulture, $"{kilobits}kbit"), "burst", "4kb", "latency", "400ms",
    ];

    private async Task DropAsync(string which)
    {
        await Command.RunAsync("nft", Rules(here, which));
        await ThereAsync(["nft", Rules(there, which)]);
    }

    private string Rules(string end, string which) =>
        $"add table netdev {name}; add chain netdev {name} in {{ type filter hook ingress device {end} priority 0; }}; add rule netdev {name} in {which}counter drop";

    private Task<string> ThereAsync(params IEnumerable<string> command) => Command.RunAsync("ip", [.. Wrapper.Skip(1), .. command]);
}
