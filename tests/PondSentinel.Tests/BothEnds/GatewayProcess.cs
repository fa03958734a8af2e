using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Tests.Gateway.Uplink;
using PondSentinel.Wire;

namespace PondSentinel.Tests.BothEnds;

/// <summary>One process of a gateway: the buffer in a folder, and the uplink. It ends as by a kill, or goes on in a copy of
/// its folder as if the power had come back.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private static readonly byte[] EmptyMeta = "{}"u8.ToArray();

    private readonly TestClocks clocks;
    private readonly PostOffice office;
    private readonly PostOffice.GatewayWay way;
    private readonly CancellationTokenSource stop = new();
    private readonly SegmentedLog log;
    private readonly Task running;
    private readonly long bytesMax;
    private readonly List<(RecordId Id, Task Durable)> appended = [];
    private bool isOver;

    public GatewayProcess(string folder, TestClocks clocks, PostOffice office, int seed, long bytesMax)
    {
        (Folder, this.clocks, this.office, this.bytesMax) = (folder, clocks, office, bytesMax);
        log = SegmentedLog.Open(
            new BufferOptions { BytesMax = bytesMax, FreeSpaceFloor = 0 }, clocks, NullLogger.Instance, LinuxCard.At(folder), isByHand: true);
        way = office.WayOfGateway();
        var options = new UplinkOptions { Host = "broker", ResendAfter = TimeSpan.FromSeconds(20) };
        SynchronizationContext.SetSynchronizationContext(null);
        running = new LinkKeeper(Room(options), way, new UplinkTally(), new Random(seed)).RunAsync(stop.Token);
    }

    public string Folder { get; }

    public Lines Journal { get; } = new();

    public long Unsettled => log.Status.Unsettled;

    public IReadOnlyDictionary<LossCause, long> Lost => log.Status.Lost;

    public IReadOnlyList<HeldEpoch> Inventory => log.Inventory;

    /// <summary>What this process has said is on the card.</summary>
    public IEnumerable<RecordId> Durable => appended.Where(item => item.Durable.IsCompletedSuccessfully).Select(item => item.Id);

    /// <summary>Measures once.</summary>
    public void Append()
    {
        var at = clocks.WallMs;
        var ticket = log.Append(new BufferedRecord
        {
            Site = RecordLogInMemory.Site,
            Schema = "9f3c01d2",
            Station = "pond-a",
            Device = "ph1",
            Clock = new ClockReading(Guid.Empty, clocks.BootTime, at, new ClockStamp(ClockSource.Ntp, 12)),
            Channels = RecordLogInMemory.Ph(at % 1000).Channels,
        });
        appended.Add((ticket.Id, ticket.Durable));
    }

    /// <summary>Brings what was appended to the card.</summary>
    public void Commit() => log.CommitNow();

    /// <summary>The folder as it is now: what a power cut, a card reader or a copying machine finds.</summary>
    public string CopyFolder(string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(Folder))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        return to;
    }

    /// <summary>Ends the process without a word and without a last write to the folder that goes on.</summary>
    /// <param name="into">Where its folder goes on.</param>
    public async Task<string> KillAsync(string into)
    {
        CopyFolder(into);
        await DisposeAsync();
        return into;
    }

    /// <summary>The next process on a folder, of the same size.</summary>
    public GatewayProcess Next(string folder, int seed) => new(folder, clocks, office, seed, bytesMax);

    public async ValueTask DisposeAsync()
    {
        if (isOver)
        {
            return;
        }

        isOver = true;
        office.HangUp(way);
        await stop.CancelAsync();
        while (!running.IsCompleted)
        {
            clocks.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None));
        }

        await running;
        await log.DisposeAsync();
        stop.Dispose();
    }

    private UplinkRoom Room(UplinkOptions options) => new()
    {
        Gateway = UplinkBench.Gateway,
        Site = RecordLogInMemory.Site,
        Options = options,
        Meta = () => EmptyMeta,
        Buffer = log,
        Clock = new GatewayClock(clocks, clocks, new ClockOptions()),
        Time = clocks,
        Log = Journal,
        Thrift = new Thrift(options, null, () => null),
        NextHealthAsync = async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, clocks, token);
            throw new InvalidOperationException("Never due here.");
        },
    };
}
