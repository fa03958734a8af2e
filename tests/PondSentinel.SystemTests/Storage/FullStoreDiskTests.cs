using PondSentinel.SystemTests.Disks;
using PondSentinel.SystemTests.Links;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Storage;

/// <summary>The disk of InfluxDB is full.</summary>
public sealed class FullStoreDiskTests : IAsyncLifetime
{
    private const long DiskBytes = 64L << 20;
    private const int SomeRecords = 60;

    private readonly string folder = TestFolder.Create();
    private LoopMount? disk;
    private Fleet? fleet;

    public async ValueTask InitializeAsync()
    {
        var image = Path.Combine(folder, "disk.img");
        await LoopMount.FormatAsync(image, DiskBytes);
        disk = await LoopMount.OpenAsync(image);
        fleet = await Fleet.StartAsync(folder, new FleetPlan { InfluxData = disk.Folder });
    }

    public async ValueTask DisposeAsync()
    {
        await (fleet?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (disk?.DisposeAsync() ?? ValueTask.CompletedTask);
        File.Delete(Path.Combine(folder, "disk.img"));
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Nothing_is_lost_while_the_disk_of_the_store_is_full_and_all_arrives_when_there_is_room()
    {
        var filler = Path.Combine(disk!.Folder, "filler");
        await using (RunningProcess.Start("filler", folder, "/usr/bin/python3", Checkout.Absolute("tests/rigs/filldisk.py"), filler))
        {
            await Eventually.HoldsAsync(
                () => fleet!.Backend.Said("no space left on device"), Fleet.Patience, () => $"The disk takes everything.\n{fleet!.Backend.Tail}");
            await fleet!.Site.GathersAsync(SomeRecords, Fleet.Patience);
        }

        // InfluxDB 1.x does not believe in the room before it is started anew.
        File.Delete(filler);
        await fleet.Influx.KillAsync();
        await fleet.Influx.StartAsync();
        await fleet.FlowsAsync(fleet.Site);
        await fleet.AccountsAgreeAsync();
    }
}
