using System.Net.Sockets;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Terminal;
using PondSentinel.Tests.Gateway.Uplink;

namespace PondSentinel.Tests.Terminal;

public sealed class ServiceWatchTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private readonly FakeTimeProvider time = new();
    private readonly Told told = new();
    private readonly Lines journal = new();
    private readonly CancellationTokenSource stop = new();
    private readonly LoopWatch loops;

    public ServiceWatchTests() => loops = new LoopWatch(time);

    public void Dispose() => stop.Dispose();

    [Fact]
    public async Task Watchdog_is_fed_twice_in_its_time_while_all_loops_turn_and_the_end_is_told()
    {
        var loop = loops.Add("bus rs485", TimeSpan.FromSeconds(10));
        var running = Run();
        for (var i = 0; i < 4; i++)
        {
            time.Advance(Timeout / 2);
            loop.Turn(TimeSpan.FromSeconds(10));
        }

        await stop.CancelAsync();
        await running;
        Assert.Equal(["READY=1", .. Enumerable.Repeat("WATCHDOG=1", 5), "STOPPING=1"], told.All);
    }

    [Fact]
    public async Task Loop_that_does_not_turn_is_named_once_and_starves_the_watchdog_until_it_turns_again()
    {
        loops.Add("the uplink", TimeSpan.FromDays(1));
        var loop = loops.Add("bus rs485", TimeSpan.FromSeconds(10));
        var running = Run();

        // Within its promise and the grace, and no longer.
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["READY=1", "WATCHDOG=1", "WATCHDOG=1"], told.All);
        time.Advance(TimeSpan.FromMinutes(1));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(3, told.All.Count);
        Assert.Equal(
            ["watchdog: bus rs485 does not turn any more, it is 110 s late; systemd will start this service anew"], journal.All);

        loop.Turn(TimeSpan.FromSeconds(10));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(4, told.All.Count);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Loop_that_has_ended_is_not_waited_for()
    {
        loops.Add("bus rs485", TimeSpan.FromSeconds(10)).End();
        var running = Run();
        time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(12, told.All.Count);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Service_that_nobody_watches_only_tells_of_its_begin_and_end()
    {
        var watch = new ServiceWatch(told, null, loops, time, journal);
        watch.Ready();
        var running = watch.RunAsync(stop.Token);
        time.Advance(TimeSpan.FromHours(1));
        await stop.CancelAsync();
        await running;

        Assert.Equal(["READY=1", "STOPPING=1"], told.All);
    }

    [Fact]
    public async Task Systemd_that_does_not_listen_ends_nothing_and_is_named_once()
    {
        told.IsDeaf = true;
        var running = Run();
        time.Advance(TimeSpan.FromMinutes(10));
        await stop.CancelAsync();
        await running;

        Assert.StartsWith("systemd cannot be told how this service is: ", Assert.Single(journal.All), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("180000000", null, 180.0)]
    [InlineData("180000000", "42", 180.0)]
    [InlineData("180000000", "43", null)]
    [InlineData("0", null, null)]
    [InlineData("-5", null, null)]
    [InlineData("999999999999999999999", null, null)]
    [InlineData("9223372036854775807", null, null)]
    [InlineData("soon", null, null)]
    [InlineData(null, null, null)]
    public void Variables_of_systemd_say_whether_this_process_is_watched(string? microseconds, string? process, double? seconds) =>
        Assert.Equal(seconds, ServiceWatch.Timeout(microseconds, process, own: 42)?.TotalSeconds);

    private Task Run()
    {
        // Without a synchronisation context all continuations run inside the step that causes them.
        SynchronizationContext.SetSynchronizationContext(null);
        var watch = new ServiceWatch(told, Timeout, loops, time, journal);
        watch.Ready();
        return watch.RunAsync(stop.Token);
    }

    private sealed class Told : ISystemdNotifier
    {
        public bool IsDeaf { get; set; }

        public List<string> All { get; } = [];

        public bool IsEnabled => true;

        public void Notify(ServiceState state)
        {
            if (IsDeaf)
            {
                throw new SocketException((int)SocketError.ConnectionRefused);
            }

            All.Add(state.ToString());
        }
    }
}
