using System.Text.Json;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Uplink;

public sealed class OfflineHookTests : IAsyncDisposable
{
    private readonly UplinkBench bench = new();
    private readonly string folder = Directory.CreateTempSubdirectory("pond-offline").FullName;

    public OfflineHookTests()
    {
        bench.Options = bench.Options with { Offline = Options };
        bench.Broker.Failure = "away";
    }

    private OfflineOptions Options => new() { After = TimeSpan.FromMinutes(30), Folder = Path.Combine(folder, "requests") };

    private string Request => Path.Combine(folder, "requests", "restart-modem");

    private string Last => Path.Combine(folder, "requests", ".restart-modem.last");

    public async ValueTask DisposeAsync()
    {
        await bench.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Request_is_left_after_so_long_without_a_link_and_the_next_hours_later()
    {
        _ = bench.Start();
        bench.Run(29 * 60, step: 10);
        Assert.False(File.Exists(Request));
        bench.Run(70, step: 10);

        Assert.Equal(
            "{\"v\":1,\"request\":\"restart-modem\",\"gw\":\"gz-07\",\"offline_s\":1800}\n", File.ReadAllText(Request));
        Assert.Equal(2, Directory.GetFiles(Path.GetDirectoryName(Request)!).Length);
        File.Delete(Request);
        bench.Run((6 * 3600) - 70, step: 10);
        Assert.False(File.Exists(Request));
        bench.Run(90, step: 10);
        Assert.True(File.Exists(Request));
    }

    [Fact]
    public async Task Link_is_all_it_wants_and_losing_it_begins_the_time_anew()
    {
        bench.Broker.Failure = null;
        _ = bench.Start();
        bench.Run(2 * 3600, step: 10);
        Assert.False(File.Exists(Request));

        bench.Broker.Failure = "away";
        bench.Link.Break("gone");
        await UplinkBench.Soon(() => bench.Journal.All.Any(line => line.Contains("the link is gone", StringComparison.Ordinal)));
        bench.Run(29 * 60, step: 10);
        Assert.False(File.Exists(Request));
        bench.Run(90, step: 10);
        Assert.True(File.Exists(Request));
    }

    [Fact]
    public async Task Request_is_an_event_when_there_is_a_link_again()
    {
        _ = bench.Start();
        bench.Run(31 * 60, step: 10);
        bench.Broker.Failure = null;
        await bench.Until(() => bench.On("evt").Any());

        var happening = EventCodec.Decode(bench.On("evt").First().Payload.Span).Value!;
        Assert.Equal(
            ("fault", "offline", "no link for 30m; asked the machine to restart-modem"),
            (happening.Type, happening.Body.GetProperty("fault").GetString(), happening.Body.GetProperty("detail").GetString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Process_that_restarts_again_and_again_does_not_ask_each_time(bool isUnreadable)
    {
        _ = bench.Start();
        bench.Run(31 * 60, step: 10);
        File.Delete(Request);
        if (isUnreadable)
        {
            File.WriteAllText(Last, "{\"boot\":17}");
        }

        using var stop = new CancellationTokenSource();
        _ = new OfflineHook(Options, "gz-07", bench.Clock, bench.Journal).WatchAsync(
            bench.Clocks, new UplinkReport(bench.Room()), stop.Token);
        bench.Run(5.9 * 3600, step: 10);
        Assert.False(File.Exists(Request));
        bench.Run(600, step: 10);
        Assert.True(File.Exists(Request));
        stop.Cancel();
    }

    [Fact]
    public void Of_a_boot_before_this_one_it_is_known_that_it_was_before()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Last)!);
        File.WriteAllText(Last, $"{{\"boot\":\"{Guid.NewGuid()}\",\"boot_s\":999999}}");
        _ = bench.Start();

        // The machine has been up for an hour.
        bench.Run(4.9 * 3600, step: 10);
        Assert.False(File.Exists(Request));
        bench.Run(600, step: 10);
        Assert.True(File.Exists(Request));
    }

    [Fact]
    public void Where_it_cannot_be_kept_when_it_last_asked_it_does_not_ask_and_says_so()
    {
        Directory.CreateDirectory(Last);
        _ = bench.Start();
        bench.Run(9 * 3600, step: 10);

        Assert.False(File.Exists(Request));
        Assert.InRange(bench.Journal.All.Count(line => line.Contains("cannot be asked for", StringComparison.Ordinal)), 1, 10);
    }

    [Fact]
    public void Request_that_nobody_served_is_told_and_stays_one_line()
    {
        _ = bench.Start();
        bench.Run(7 * 3600, step: 10);

        Assert.Contains(bench.Journal.All, line => line.Contains("nobody has served the one before", StringComparison.Ordinal));
        Assert.Equal(JsonValueKind.Object, JsonElement.Parse(File.ReadAllText(Request)).ValueKind);
    }
}
