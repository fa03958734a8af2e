using System.Globalization;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Disks;

/// <summary>A mounted ext4 in a file.</summary>
/// <remarks>Needs root and loop devices. Disposing of it unmounts it, and its loop device goes with it.</remarks>
internal sealed class LoopMount : IAsyncDisposable
{
    private readonly MountFolder place;

    private LoopMount(MountFolder place, string folder) => (this.place, Folder) = (place, folder);

    /// <summary>Its root.</summary>
    public string Folder { get; }

    /// <summary>Makes a file with an empty ext4, without blocks kept back for root.</summary>
    /// <param name="image">The file.</param>
    /// <param name="bytes">Its size.</param>
    public static async Task FormatAsync(string image, long bytes)
    {
        await using (var file = File.Create(image))
        {
            file.SetLength(bytes);
        }

        // Blocks of 4 KiB as on any real disk; one this small would get 1 KiB.
        await Command.RunAsync("mkfs.ext4", "-q", "-F", "-m", "0", "-b", "4096", image);
    }

    /// <summary>Mounts a file.</summary>
    /// <param name="image">The file.</param>
    /// <param name="journalCommit">How often ext4 writes its journal unasked.</param>
    public static async Task<LoopMount> OpenAsync(string image, TimeSpan? journalCommit = null)
    {
        var place = new MountFolder();
        var folder = Directory.CreateDirectory(Path.Combine(place.Path, "root")).FullName;
        var seconds = (journalCommit ?? TimeSpan.FromSeconds(5)).TotalSeconds;
        try
        {
            await Command.RunAsync(
                "mount", "-o", string.Create(CultureInfo.InvariantCulture, $"loop,noatime,commit={seconds}"), image, folder);
            return new LoopMount(place, folder);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Where a failed test has left a file open the mount goes as soon as that is closed.
        var (code, _, _) = await Command.TryAsync("umount", Folder);
        if (code != 0)
        {
            await Command.RunAsync("umount", "--lazy", Folder);
        }

        place.Dispose();
    }
}
