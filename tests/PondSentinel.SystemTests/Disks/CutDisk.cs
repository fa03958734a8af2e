using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Disks;

/// <summary>An ext4 on a disk that logs every write and flush, and beside them what a program claims to be durable:
/// <c>tests/rigs/cutdisk.py</c>.</summary>
internal sealed class CutDisk : IAsyncDisposable
{
    /// <summary>Name of the log.</summary>
    public const string LogName = "disk-operations";

    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(30);

    // Longer than a run: what nobody has asked to be written is not written by chance.
    private static readonly TimeSpan JournalCommit = TimeSpan.FromSeconds(300);

    private readonly MountFolder place;
    private readonly RunningProcess server;
    private readonly CutLog log;
    private LoopMount? mount;

    private CutDisk(MountFolder place, RunningProcess server, CutLog log) =>
        (this.place, this.server, this.log) = (place, server, log);

    /// <summary>Root of the file system.</summary>
    public string Folder => mount!.Folder;

    /// <summary>The file that takes claims, one a line.</summary>
    public string Claims => Path.Combine(place.Path, "claims");

    /// <summary>Puts an image on such a disk and mounts it.</summary>
    /// <param name="folder">Folder for the log.</param>
    /// <param name="image">The image; it stays as it is.</param>
    public static async Task<CutDisk> StartAsync(string folder, string image)
    {
        var place = new MountFolder();
        var log = new CutLog(image, Path.Combine(folder, LogName));
        var live = Path.Combine(place.Path, "live.img");
        File.Copy(image, live);
        var file = Path.Combine(place.Path, "disk");
        var server = RunningProcess.Start(
            "cutdisk",
            folder,
            "/usr/bin/python3",
            Checkout.Absolute("tests/rigs/cutdisk.py"), live, file, Path.Combine(place.Path, "claims"), log.Path);
        var disk = new CutDisk(place, server, log);
        try
        {
            await Eventually.HoldsAsync(
                () => server.HasExited ? throw new IOException(server.Tail) : server.Said("ready"),
                ReadyWithin,
                () => $"The disk is not ready.\n{server.Tail}");
            disk.mount = await LoopMount.OpenAsync(file, JournalCommit);
            await File.WriteAllTextAsync(disk.Claims, CutLog.Begin + "\n");
            return disk;
        }
        catch
        {
            await disk.DisposeAsync();
            throw;
        }
    }

    /// <summary>Unmounts it and closes the log.</summary>
    /// <returns>What the disk was told between mounting and unmounting.</returns>
    public async Task<CutLog> EndAsync()
    {
        await File.WriteAllTextAsync(Claims, CutLog.End + "\n");
        await UnmountAsync();
        await server.TerminateAsync();
        return log;
    }

    public async ValueTask DisposeAsync()
    {
        await UnmountAsync();
        if (!server.HasExited)
        {
            // It takes its two files away.
            await server.TerminateAsync();
        }

        await server.DisposeAsync();
        place.Dispose();
    }

    private async Task UnmountAsync()
    {
        if (mount is not null)
        {
            await mount.DisposeAsync();
            mount = null;
        }
    }
}
