using System.Globalization;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Links;

/// <summary>Links that go bad on command: <c>tests/rigs/badlink.py</c>.</summary>
internal sealed class BadLinks : IAsyncDisposable
{
    private static readonly TimeSpan ObeysWithin = TimeSpan.FromSeconds(60);

    private readonly RunningProcess process;
    private readonly Dictionary<string, BadLink> links;
    private readonly SemaphoreSlim turn = new(1);
    private int commands;

    private BadLinks(RunningProcess process, IEnumerable<(string Name, int Port)> ways)
    {
        this.process = process;
        links = ways.ToDictionary(way => way.Name, way => new BadLink(this, way.Name, way.Port), StringComparer.Ordinal);
    }

    /// <summary>A link.</summary>
    /// <param name="name">Its name.</param>
    public BadLink this[string name] => links[name];

    /// <summary>Starts them and waits until they listen.</summary>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="ways">Their names, the addresses where they listen, and the ports on loopback where they lead.</param>
    public static async Task<BadLinks> StartAsync(string folder, params IEnumerable<(string Name, string Address, int To)> ways)
    {
        var listening = ways.Select(way => (way.Name, way.Address, Port: FreePort.Next(), way.To)).ToList();
        var process = RunningProcess.Start(
            "badlink",
            folder,
            "/usr/bin/python3",
            listening.Select(way => string.Create(CultureInfo.InvariantCulture, $"{way.Name}={way.Address}:{way.Port},127.0.0.1:{way.To}"))
                .Prepend(Checkout.Absolute("tests/rigs/badlink.py")));
        await Eventually.HoldsAsync(() => process.Said("ready"), ObeysWithin, () => $"No links.\n{process.Tail}");
        return new BadLinks(process, listening.Select(way => (way.Name, way.Port)));
    }

    /// <summary>Has a command obeyed.</summary>
    /// <param name="link">Whose.</param>
    /// <param name="command">The command.</param>
    public async Task DoAsync(string link, string command)
    {
        await turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            var number = ++commands;
            var done = string.Create(CultureInfo.InvariantCulture, $"done {number}.");
            await process.TellAsync(string.Create(CultureInfo.InvariantCulture, $"{number} {link} {command}"));
            await Eventually.HoldsAsync(() => process.Said(done), ObeysWithin, () => $"Not done: {command}.\n{process.Tail}");
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Waits until a link has been cut where it was told to.</summary>
    /// <param name="link">The link.</param>
    public Task CutAsync(string link) =>
        Eventually.HoldsAsync(() => process.Said($"cut {link}."), ObeysWithin, () => $"{link} is not cut.\n{process.Tail}");

    /// <summary>Makes all of them good, with new connections.</summary>
    public async Task HealAllAsync()
    {
        foreach (var link in links.Values)
        {
            await link.HealAsync();
            await link.ResetAsync();
        }
    }

    public ValueTask DisposeAsync()
    {
        turn.Dispose();
        return process.DisposeAsync();
    }
}

/// <summary>One of them.</summary>
/// <param name="all">The process that has it.</param>
/// <param name="name">Its name.</param>
/// <param name="port">Where it listens.</param>
internal sealed class BadLink(BadLinks all, string name, int port)
{
    /// <summary>Where it listens.</summary>
    public int Port => port;

    /// <summary>Nothing passes any more and nothing is closed, of new connections neither.</summary>
    public Task HoldAsync() => all.DoAsync(name, "hold");

    /// <summary>The connections that are there now die and nobody is told; new ones are good.</summary>
    public Task FreezeAsync() => all.DoAsync(name, "freeze");

    /// <summary>Resets the connections that are there now.</summary>
    public Task ResetAsync() => all.DoAsync(name, "reset");

    /// <summary>Resets new connections.</summary>
    public Task RefuseAsync() => all.DoAsync(name, "refuse");

    /// <summary>Resets the connections that are there now after some more bytes towards the server, and waits for it.</summary>
    /// <param name="bytes">How many.</param>
    public async Task CutAfterAsync(int bytes)
    {
        await BeginCutAsync(bytes);
        await all.CutAsync(name);
    }

    /// <summary>Will reset the connections that are there after some more bytes towards the server.</summary>
    /// <param name="bytes">How many.</param>
    public Task BeginCutAsync(int bytes) => all.DoAsync(name, string.Create(CultureInfo.InvariantCulture, $"cut {bytes}"));

    /// <summary>Makes it slow.</summary>
    /// <param name="latency">How much later everything comes, each way.</param>
    /// <param name="bytesPerSecond">How much passes, each way.</param>
    public async Task SlowAsync(TimeSpan latency, int bytesPerSecond)
    {
        await DelayAsync(latency);
        await all.DoAsync(name, string.Create(CultureInfo.InvariantCulture, $"rate {bytesPerSecond}"));
    }

    /// <summary>Makes everything come later.</summary>
    /// <param name="latency">How much, each way.</param>
    public Task DelayAsync(TimeSpan latency) =>
        all.DoAsync(name, string.Create(CultureInfo.InvariantCulture, $"latency {latency.TotalMilliseconds:0}"));

    /// <summary>Answers every HTTP request itself.</summary>
    /// <param name="status">With this.</param>
    public Task AnswerAsync(int status) => all.DoAsync(name, string.Create(CultureInfo.InvariantCulture, $"http {status}"));

    /// <summary>Lets what is asked be done, and nobody hear the answer.</summary>
    public Task DeafenAsync() => all.DoAsync(name, "deaf");

    /// <summary>Makes it good again.</summary>
    public Task HealAsync() => all.DoAsync(name, "clean");
}
