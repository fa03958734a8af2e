using PondSentinel.Backend.Backup;
using PondSentinel.SystemTests.Buffering;
using PondSentinel.SystemTests.Disks;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests;

namespace PondSentinel.SystemTests.Backup;

/// <summary>Backup and restore on a real ext4 whose disk loses its power at any of the writes that they make.</summary>
[Collection(MountTests.Name)]
public sealed class BackupPowerCutTests : IAsyncLifetime
{
    private const int Seed = 20_263;
    private const long DiskBytes = 24 << 20;
    private const int CutsAtOnce = 2;
    private const string Done = "done";

    private static readonly DateTimeOffset Now = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string folder = TestFolder.Create();

    private string Image => Path.Combine(folder, "before.img");

    public async ValueTask InitializeAsync()
    {
        await LoopMount.FormatAsync(Image, DiskBytes);
        await using var mount = await LoopMount.OpenAsync(Image);
        var place = new KeptPlace(mount.Folder);
        MarkedFolder.Fill(place.Backend, "first");
        BackupMaker.Make(place.Backend, null, place.Backup, withArchive: false);
        MarkedFolder.Mark(place.Backend, "second");
    }

    public ValueTask DisposeAsync()
    {
        TestFolder.DeleteOnSuccess(Image, Path.Combine(folder, CutDisk.LogName));
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Backup_that_is_cut_off_leaves_the_one_before_and_the_next_night_makes_one() =>
        await HoldsAsync(
            place => BackupMaker.Make(place.Backend, null, place.Backup, withArchive: false, replace: true),
            (place, isDone) =>
            {
                var there = Directory.Exists(place.Backup) ? place.Backup : place.Backup + ".old";
                Assert.Contains(MarkedFolder.Restored(there), isDone ? ["second"] : new[] { "first", "second" });
                BackupMaker.Make(place.Backend, null, place.Backup, withArchive: false, replace: true);
                Assert.Equal("second", MarkedFolder.Restored(place.Backup));
                Assert.Equal(
                    [place.Backend, place.Backup], Directory.EnumerateDirectories(place.Root).Where(path => !path.EndsWith("lost+found", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
            });

    [Fact]
    public async Task Restore_that_is_cut_off_leaves_the_state_that_was_there_or_none_or_one_that_knows() =>
        await HoldsAsync(
            place => BackupReturn.Restore(place.Backup, place.Backend, replace: true, Now),
            (place, isDone) =>
            {
                var state = MarkedFolder.StateOf(place.Backend);
                Assert.Contains(state, isDone ? [("first", true)] : new[] { ("first", true), ("second", false), default });
                if (state == default)
                {
                    Assert.StartsWith("A restore into", Assert.Throws<IOException>(() => BackupReturn.RefuseUnfinished(place.Backend)).Message, StringComparison.Ordinal);
                }
                else
                {
                    BackupReturn.RefuseUnfinished(place.Backend);
                }

                // Nothing that was there is gone, and it can be done once more.
                Assert.Contains(("second", false), MarkedFolder.Aside(place.Backend).Append(state));
                BackupReturn.Restore(place.Backup, place.Backend, replace: true, Now.AddHours(1));
                Assert.Equal(("first", true), MarkedFolder.StateOf(place.Backend));
            });

    private async Task HoldsAsync(Action<KeptPlace> work, Action<KeptPlace, bool> holds)
    {
        CutLog log;
        await using (var disk = await CutDisk.StartAsync(folder, Image))
        {
            work(new KeptPlace(disk.Folder));
            await File.WriteAllTextAsync(disk.Claims, Done + "\n", TestContext.Current.CancellationToken);
            log = await disk.EndAsync();
        }

        var each = (int)TestDepth.Cases(6);
        Assert.Equal([], await BrokenAsync(log, CutMode.Prefix, each, holds));
        Assert.Equal([], await BrokenAsync(log, CutMode.Drop, each, holds));
    }

    private static async Task<IReadOnlyList<string>> BrokenAsync(CutLog log, CutMode mode, int count, Action<KeptPlace, bool> holds)
    {
        var random = new Random(Seed + (int)mode);
        var (first, last) = await log.RangeAsync();
        var cuts = Enumerable.Range(0, count)
            .Select(each => new PowerCut(first + ((last - first) * each / count) + random.Next(0, ((last - first) / count) + 1), random.Next(), mode)).ToList();
        List<string> broken = [];
        var gate = new Lock();
        await Parallel.ForEachAsync(
            cuts,
            new ParallelOptions { MaxDegreeOfParallelism = CutsAtOnce, CancellationToken = TestContext.Current.CancellationToken },
            async (cut, _) =>
            {
                if (await FaultAsync(log, cut, holds) is { } fault)
                {
                    lock (gate)
                    {
                        broken.Add($"{cut.Mode} after {cut.Operations} of {first} to {last}: {fault}; again: {log.Again(cut)}");
                    }
                }
            });
        return broken;
    }

    private static async Task<string?> FaultAsync(CutLog log, PowerCut cut, Action<KeptPlace, bool> holds)
    {
        using var place = new MountFolder();
        var target = Path.Combine(place.Path, "cut.img");
        var isDone = (await log.CutAsync(cut, target)).Count > 0;
        await using var mount = await LoopMount.OpenAsync(target);
        try
        {
            holds(new KeptPlace(mount.Folder), isDone);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Xunit.Sdk.XunitException)
        {
            return e.ToString();
        }
    }

    /// <summary>A disk with a backend's folder and its backup.</summary>
    private sealed record KeptPlace(string Root)
    {
        public string Backend => Path.Combine(Root, "backend");

        public string Backup => Path.Combine(Root, "backup");
    }
}
