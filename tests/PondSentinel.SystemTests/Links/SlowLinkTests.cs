using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Links;

/// <summary>A gateway that comes back after a long time, over 64 kbit/s and a satellite.</summary>
public sealed class SlowLinkTests : IAsyncLifetime
{
    private const int Kilobits = 64;
    private const int BacklogRecords = 9000;
    private const int ChannelsEach = 4;
    private const int LooksMin = 50;

    /// <summary>The wire's promise, durable to broker.</summary>
    private static readonly TimeSpan LiveWithin = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(400);

    /// <summary>From the poll to the commit, from the broker to the store, and what a machine takes that is busy with others.
    /// </summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(8);

    private readonly string folder = TestFolder.Create();
    private readonly List<WitnessedRecord> older = [];
    private NetRoom? room;
    private Fleet? fleet;

    public async ValueTask InitializeAsync()
    {
        room = await NetRoom.MakeAsync();
        fleet = await Fleet.StartAsync(folder, new FleetPlan
        {
            GatewayAddress = room.Address,
            GatewayWrapper = room.Wrapper,
            BeforeGateway = async site =>
            {
                await FillAsync(site.Settings.Buffer);
                await room.NarrowAsync(Kilobits);
            },
        });
        await fleet.SiteLink.DelayAsync(Latency);
    }

    public async ValueTask DisposeAsync()
    {
        await (fleet?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (room?.DisposeAsync() ?? ValueTask.CompletedTask);
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Live_arrives_in_seconds_while_a_long_backlog_drains_over_64_kilobits_and_all_of_it_arrives_once()
    {
        var site = fleet!.Site;
        var last = older[^1];
        List<double> lags = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                site.StillRuns();
                var nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
                var newestMs = await StoredValue.NewestAsync(fleet.Influx, site.Name);
                lags.Add((nowMs - newestMs) / 1000.0);
                return await StoredValue.HasAsync(fleet.Influx, site.Name, last.TimeMs!.Value);
            },
            Fleet.Patience,
            () => $"The backlog does not drain.\n{site.Tail}");
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Age of the newest stored value while the backlog drained, {lags.Count} looks: median {lags.Order().ElementAt(lags.Count / 2):0.0} s, highest {lags.Max():0.0} s"));
        Assert.True(lags.Count > LooksMin, "The backlog was there before anything that is live.");
        Assert.All(lags, lag => Assert.InRange(lag, 0, (LiveWithin + (2 * Latency) + Slack).TotalSeconds));

        await room!.HealAsync();
        var claimed = older.Concat(site.Witnessed()).ToList();
        IReadOnlyList<StoredValue> stored = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                stored = await StoredValue.AllAsync(fleet.Influx);
                return Accounts.Missing(site.Name, claimed, stored).Count == 0;
            },
            Fleet.Patience,
            () => $"Not all is stored.\n{site.Tail}");
        Assert.Equal([], Accounts.NotStoredExactlyOnce(site.Name, claimed, stored));
    }

    // Numbers that nobody can pack: an hour's worth of records of a probe that measures all the time.
    private async Task FillAsync(string buffer)
    {
        var random = new Random(7);
        var startMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - (2 * BacklogRecords * 1000L);
        var boot = Guid.NewGuid();
        await using var log = SegmentedLog.Open(
            new BufferOptions { Folder = buffer, BytesMax = 16 << 20 }, TimeProvider.System, NullLogger.Instance);
        for (var i = 0; i < BacklogRecords; i++)
        {
            var values = Enumerable.Range(0, ChannelsEach).ToDictionary(
                channel => string.Create(CultureInfo.InvariantCulture, $"ph{channel}"),
                _ => (double?)Math.Round(random.NextDouble() * 14, 5));
            var timeMs = startMs + (i * 1000L);
            var ticket = log.Append(new BufferedRecord
            {
                Site = SiteSettings.Site,
                Schema = "9f3c01d2",
                Station = "upstream",
                Device = "logger",
                Clock = new ClockReading(boot, TimeSpan.FromSeconds(i), timeMs, new ClockStamp(ClockSource.Ntp, 12)),
                Channels =
                [
                    .. values.Select(value => new ChannelValue
                    {
                        Channel = value.Key, Measurand = Measurand.Ph, Value = value.Value, Flag = QualityFlag.Good,
                    }),
                ],
            });
            older.Add(new WitnessedRecord(ticket.Id.Epoch, ticket.Id.Sequence, timeMs, "logger", values));
        }
    }
}
