using System.Net;
using System.Net.Sockets;
using PondSentinel.Backend.Storage;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Demo;

/// <summary>Start, stop and second start of the demo.</summary>
public sealed class DemoTests : IDisposable
{
    // It gives itself 2.5 s; the rest is what a busy machine takes to begin and end with that.
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);

    private readonly string folder = TestFolder.Create();

    private string Kept => Path.Combine(folder, "pond");

    public void Dispose() => TestFolder.ShowLogsOnFailure(folder);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Signal_ends_it_cleanly_and_soon(bool interrupt)
    {
        await using var demo = DemoProcess.Start(interrupt ? "interrupted" : "terminated", folder);
        var start = await demo.StartedAsync();
        await Eventually.HoldsAsync(() => demo.Of("senses").Count > 1, Within, () => $"values\n{demo.Process.Tail}");
        var took = interrupt ? await demo.Process.InterruptAsync() : await demo.Process.TerminateAsync();
        Assert.True(demo.Process.ExitCode == 0, demo.Process.Tail);
        Assert.InRange(took, TimeSpan.Zero, StopMax);

        var end = Assert.Single(demo.Of("end"));
        Assert.InRange(end.GetProperty("stored").GetInt32(), 1, int.MaxValue);
        Assert.Equal(0, end.GetProperty("lost").GetInt32());
        Assert.False(Directory.Exists(start.GetProperty("folder").GetString()));
    }

    [Fact]
    public async Task Second_start_goes_on_where_the_first_stopped()
    {
        Directory.CreateDirectory(Kept);
        await File.WriteAllTextAsync(
            Path.Combine(Kept, "site.json"),
            """{"seed":5,"simulated_seconds":3300,"webhook_port":0}""",
            TestContext.Current.CancellationToken);

        // The first ends while the alarm is out, the second hears that it is over.
        await using var first = DemoProcess.Start("first", folder, "--data", Kept, "--speed", "150", "--until", "1h45m");
        Assert.Equal(5UL, (await first.StartedAsync()).GetProperty("seed").GetUInt64());
        var stopped = await first.EndedAsync(Within);
        await using var second = DemoProcess.Start("second", folder, "--data", Kept, "--speed", "150", "--until", "3h10m");
        var resumed = await second.StartedAsync();
        var ended = await second.EndedAsync(Within);

        Assert.Equal(["leak-ammonium firing", "leak-acid firing"], first.Notices);
        Assert.Equal(["leak-acid cleared", "leak-ammonium cleared"], second.Notices);
        Assert.Equal((2, 0), (stopped.GetProperty("announced").GetInt32(), stopped.GetProperty("over").GetInt32()));
        Assert.Equal((0, 2), (ended.GetProperty("announced").GetInt32(), ended.GetProperty("over").GetInt32()));
        Assert.InRange(
            resumed.GetProperty("simulated_s").GetDouble(),
            stopped.GetProperty("simulated_s").GetDouble(),
            stopped.GetProperty("simulated_s").GetDouble() + (15 * 60));
        await AssertEverythingDurableIsStoredAsync(ended.GetProperty("waiting").GetInt32());
    }

    [Fact]
    public async Task Taken_port_is_one_line()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await AssertRefusedAsync(
            $"The page cannot listen on 127.0.0.1:{port}: Address already in use. End what uses the port, or choose another with --port P (0 takes a free one).",
            "--port", $"{port}");
    }

    [Fact]
    public async Task Folder_that_cannot_be_written_is_one_line()
    {
        var file = Path.Combine(folder, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        var chosen = Path.Combine(file, "pond");
        await AssertRefusedAsync($"{chosen} cannot be written: ", "--port", "0", "--data", chosen);
    }

    [Fact]
    public Task Speed_that_the_lines_cannot_carry_is_one_line_with_the_highest() => AssertRefusedAsync(
        "--speed 1000 is more than the probes' lines can carry: at 9600 baud line rs485-downstream allows at most --speed 216.",
        "--port", "0", "--speed", "1000");

    private async Task AssertRefusedAsync(string line, params string[] arguments)
    {
        await using (var process = RunningProcess.StartOurs(
            "refused", folder, Built.Program("PondSentinel.Simulator", "pond-sim"), ["demo", .. arguments]))
        {
            await process.WaitForExitAsync(Within);
            Assert.Equal(1, process.ExitCode);
        }

        // The first line of a log is the command.
        var said = (await File.ReadAllLinesAsync(Path.Combine(folder, "refused.log"), TestContext.Current.CancellationToken))[1..];
        Assert.Contains(line, Assert.Single(said), StringComparison.Ordinal);
    }

    // The witness is the gateway's own line of each durable record: "epoch seq ...".
    private async Task AssertEverythingDurableIsStoredAsync(int waiting)
    {
        var durable = (await File.ReadAllLinesAsync(Path.Combine(Kept, "durable.txt"), TestContext.Current.CancellationToken))
            .Select(line => line.Split(' ')[0]).CountBy(epoch => epoch).ToList();
        Assert.Equal(2, durable.Count);
        await using var store = new EmbeddedStore(Path.Combine(Kept, "backend", "store.db"));
        Assert.Equal(
            durable.Select((epoch, run) => epoch.Value - (run == 1 ? waiting : 0)),
            durable.Select(epoch => (int)store.CountRecords(epoch.Key, 0)));
    }
}
