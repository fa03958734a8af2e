using System.Globalization;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.SystemTests.Disks;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests;

namespace PondSentinel.SystemTests.Buffering;

/// <summary>What a driver keeps, on a real ext4 whose disk loses its power.</summary>
[Collection(MountTests.Name)]
public sealed class MemoryPowerCutTests : IAsyncDisposable
{
    private const int Seed = 20_262;
    private const long DiskBytes = 16 << 20;
    private const int Writes = 60;
    private const string Name = "device-gw-rain.state";

    private readonly string folder = TestFolder.Create();

    public ValueTask DisposeAsync()
    {
        TestFolder.DeleteOnSuccess(Path.Combine(folder, "before.img"), Path.Combine(folder, CutDisk.LogName));
        TestFolder.ShowLogsOnFailure(folder);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task After_a_power_cut_the_last_text_that_was_called_durable_is_there_or_a_later_one_whole()
    {
        var image = Path.Combine(folder, "before.img");
        await LoopMount.FormatAsync(image, DiskBytes);
        var log = await RunAsync(image);

        var each = (int)TestDepth.Cases(8);
        Assert.Equal([], await WrongAsync(log, CutMode.Prefix, each));
        Assert.Equal([], await WrongAsync(log, CutMode.Drop, each));
        Assert.NotEmpty(await WrongAsync(log, CutMode.Liar, each));
    }

    private async Task<CutLog> RunAsync(string image)
    {
        await using var disk = await CutDisk.StartAsync(folder, image);
        await using (var claims = new StreamWriter(disk.Claims, append: true))
        {
            var memory = new DeviceMemoryFile(disk.Folder, Name);
            for (var count = 1; count <= Writes; count++)
            {
                Assert.Null(memory.Write(count.ToString(CultureInfo.InvariantCulture)));
                await claims.WriteLineAsync(count.ToString(CultureInfo.InvariantCulture));
                await claims.FlushAsync(TestContext.Current.CancellationToken);
            }
        }

        return await disk.EndAsync();
    }

    private static async Task<IReadOnlyList<string>> WrongAsync(CutLog log, CutMode mode, int cuts)
    {
        var random = new Random(Seed + (int)mode);
        var (first, last) = await log.RangeAsync();
        List<string> wrong = [];
        for (var each = 0; each < cuts; each++)
        {
            var cut = new PowerCut(random.Next(first, last + 1), random.Next(), mode);
            using var place = new MountFolder();
            var target = Path.Combine(place.Path, "cut.img");
            var claims = await log.CutAsync(cut, target);
            var claimed = claims.Count == 0 ? 0 : int.Parse(claims[^1], CultureInfo.InvariantCulture);
            wrong.AddRange(await FoundAsync(target) is { } found && found >= claimed ? [] : [log.Again(cut)]);
        }

        return wrong;
    }

    // Nothing yet is 0; null where there is something else than was written.
    private static async Task<int?> FoundAsync(string image)
    {
        try
        {
            await using var mount = await LoopMount.OpenAsync(image);
            var text = new DeviceMemoryFile(mount.Folder, Name).Read(out var failure);
            return failure is null && int.TryParse(text ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out var found) && found <= Writes
                ? found
                : null;
        }
        catch (Exception e) when (e is IOException or Xunit.Sdk.XunitException)
        {
            return null;
        }
    }
}
