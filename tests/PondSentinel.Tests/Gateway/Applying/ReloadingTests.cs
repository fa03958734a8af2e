using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Gateway.Applying;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Maintenance;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Buffering;
using PondSentinel.Tests.Gateway.Configuration;
using PondSentinel.Tests.Gateway.Uplink;

namespace PondSentinel.Tests.Gateway.Applying;

/// <summary>Settings on trial in a running gateway whose link is in the hand of the test.</summary>
public sealed class ReloadingTests : IAsyncDisposable
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = Directory.CreateTempSubdirectory("reloading").FullName;
    private readonly CancellationTokenSource stop = new();
    private readonly UplinkBench uplink = new();
    private readonly MemoryLog log = new();
    private readonly DeviceAssembly assembly;
    private readonly AlarmBoard alarms;
    private readonly CalibrationRoom room;
    private readonly CalibrationRuns calibrating;
    private readonly UplinkSlot slot;
    private readonly Reloading reloading;
    private readonly TrialFile note;
    private readonly Task running;

    public ReloadingTests()
    {
        // Without it all continuations run inside the clock's own step.
        SynchronizationContext.SetSynchronizationContext(null);
        Write("one");
        var loaded = GatewayConfigurationFile.Load(File);
        var configuration = loaded.Configuration!;
        var clocks = uplink.Clocks;
        var sink = new RecordSink(log, "zudong", "00000000", witness: null);
        assembly = DeviceAssembly.Open(configuration, clocks);
        var roster = new DeviceRoster(assembly.Devices);
        alarms = new AlarmBoard(new AlarmRoom
        {
            Alarms = [],
            Relays = [],
            LineOf = _ => throw new InvalidOperationException("There are no relays."),
            File = new AlarmFile(new WholeFile(new SimulatedCard(), "alarms.json", AlarmFile.BytesMax)),
            Clock = uplink.Clock,
            Time = clocks,
            Report = new AlarmReport(sink, NullLogger.Instance),
            Log = NullLogger.Instance,
            IsLinked = static () => null,
        });
        var maintenance = new MaintenanceBook(
            configuration.Devices.ToDictionary(device => device.Id, device => device.Station, StringComparer.Ordinal),
            new MaintenanceFile(new WholeFile(new SimulatedCard(), "maintenance.json", MaintenanceFile.BytesMax)),
            uplink.Clock,
            new MaintenanceReport(sink, NullLogger.Instance),
            NullLogger.Instance);
        room = CalibrationRoom.Open(new SimulatedCard(), CalibratedChannel.Of(configuration));
        calibrating = new CalibrationRuns(room.Book, room.Running, roster, maintenance, uplink.Clock, clocks, NullLogger.Instance);
        slot = new UplinkSlot(_ => new LinkKeeper(uplink.Room(), new SilentBroker(), uplink.Tally, new Random(1)), configuration.Uplink, uplink.Tally, clocks);
        var fleet = new BusFleet((_, devices) => new BusWorker(devices, sink, uplink.Clock, clocks, NullLogger.Instance));
        reloading = new Reloading(
            new ReloadSource(File, loaded),
            new ReloadedParts
            {
                Assembly = assembly,
                Fleet = fleet,
                Roster = roster,
                Described = new CurrentMeta(configuration, configuration.Models, null),
                Alarms = alarms,
                Maintenance = maintenance,
                Calibrations = room.Book,
                Calibrating = calibrating,
                Uplink = slot,
            },
            new ReloadReport(sink, uplink.Clock, NullLogger.Instance),
            uplink.Clock,
            clocks);
        note = TrialFile.Of(configuration);
        running = Task.WhenAll(fleet.RunAsync([], stop.Token), slot.RunAsync(stop.Token));
    }

    private static CancellationToken End => TestContext.Current.CancellationToken;

    private string File => Path.Combine(folder, "gateway.toml");

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(Patience, CancellationToken.None);
        reloading.Dispose();
        slot.Dispose();
        room.Dispose();
        alarms.Dispose();
        await assembly.DisposeAsync();
        await uplink.DisposeAsync();
        stop.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Whoever applies the next settings in the second in which the link comes up has a way back all the same.</summary>
    [Fact]
    public async Task Trial_that_is_confirmed_leaves_the_one_that_is_armed_meanwhile()
    {
        await TryAsync("two");
        var third = await ArmAsync("three");

        var told = log.Events.Count;
        uplink.Tally.CountConnect();
        uplink.Clocks.Advance(TimeSpan.FromSeconds(1));
        Assert.True(SpinWait.SpinUntil(() => log.Events.Count > told, Patience));
        Assert.Contains("confirmed", Encoding.UTF8.GetString(log.Events[told].Body.Span), StringComparison.Ordinal);

        uplink.Tally.NoteDown("the cable is out");
        await ReloadAsync();
        Assert.Equal((third, TrialState.Trying), (note.Read()?.Tried, note.Read()?.State));
    }

    [Fact]
    public async Task Calibration_in_the_way_of_going_back_is_broken_off_and_leaves_nobody_waiting()
    {
        await TryAsync("two", "2m");
        var standing = calibrating.TakeAsync("ph.ph", "Li", 1000, 4, 22, null, End);
        Assert.True(calibrating.Covers("ph"));

        // Not further: the calibration would give up by itself.
        uplink.Clocks.Advance(Within);
        Assert.True(SpinWait.SpinUntil(() => standing.IsCompleted && reloading.Refused is not null, Patience));

        var refusal = await Assert.ThrowsAsync<ControlRefusedException>(() => standing);
        Assert.Matches("^ph is asked no more: its settings changed|broken off: the settings of the device changed", refusal.Message);
        Assert.False(calibrating.Covers("ph"));
        Assert.Equal("one.example.org", reloading.Running.Configuration!.Uplink!.Host);
    }

    private async Task TryAsync(string host, string interval = "1m")
    {
        uplink.Tally.CountConnect();
        await ArmAsync(host, interval);
        uplink.Tally.NoteDown("the cable is out");
        await ReloadAsync();
        Assert.Equal(TrialState.Trying, note.Read()?.State);
    }

    private async Task<string> ArmAsync(string host, string interval = "1m")
    {
        Write(host, interval);
        var digest = GatewayConfigurationFile.Load(File).Digest;
        Assert.Null(await reloading.ArmAsync(digest, Within, End));
        return digest;
    }

    // Time stands still meanwhile, so that the trial has all of its own.
    private Task<ReloadPlan> ReloadAsync() => reloading.ReloadAsync(End).WaitAsync(Patience, End);

    private void Write(string host, string interval = "1m") =>
        System.IO.File.WriteAllText(File, OneProbe.Text(folder, $"[uplink]\nhost = \"{host}.example.org\"", interval));

    private sealed class SilentBroker : IBroker
    {
        public LinkBytes? Bytes => null;

        public async Task<Opening> OpenAsync(Action<Arrival> receive, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return new Opening(null, "it never answers");
        }
    }
}
