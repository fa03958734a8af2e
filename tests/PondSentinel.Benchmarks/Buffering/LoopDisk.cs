using System.Diagnostics;
using System.Globalization;

namespace PondSentinel.Benchmarks.Buffering;

/// <summary>An ext4 in a file, mounted without access times, that tells what reaches its block device.</summary>
/// <remarks>Needs root. What a process writes by its own books (/proc/self/io) is no measure: it knows nothing of the journal
/// and counts whole folios.</remarks>
internal sealed class LoopDisk : IDisposable
{
    private const int SectorBytes = 512;
    private const int SectorsReadField = 2;
    private const int SectorsWrittenField = 6;

    private readonly string place;
    private readonly string image;
    private readonly string options;
    private string? device;

    /// <summary>Makes one and mounts it.</summary>
    /// <param name="bytes">Its size; the file is sparse.</param>
    /// <param name="options">Further options of the mount.</param>
    public LoopDisk(long bytes, string options = "noatime")
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new InvalidOperationException("This benchmark mounts a file system of its own, which needs root.");
        }

        this.options = options;
        place = Directory.CreateTempSubdirectory("pond-bench-disk-").FullName;
        image = Path.Combine(place, "image");
        Folder = Directory.CreateDirectory(Path.Combine(place, "root")).FullName;
        using (var file = File.Create(image))
        {
            file.SetLength(bytes);
        }

        Run("mkfs.ext4", "-q", "-F", "-m", "0", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", image);
        Mount();
    }

    /// <summary>Its root.</summary>
    public string Folder { get; }

    /// <summary>Bytes that have reached the device.</summary>
    public long BytesWritten => Stat(SectorsWrittenField);

    /// <summary>Bytes that were read from the device.</summary>
    public long BytesRead => Stat(SectorsReadField);

    /// <summary>Writes out all that the kernel holds back for it.</summary>
    public void Sync() => Run("sync", "--file-system", Folder);

    /// <summary>Unmounts it and mounts it again, so that nothing of it is in memory, as after a start of the machine.</summary>
    public void Remount()
    {
        Run("umount", Folder);

        // dd with these flags reads nothing and lets the kernel drop the pages of the file.
        Run("dd", "of=" + image, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none");
        Mount();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Run("umount", Folder);
        Directory.Delete(place, recursive: true);
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output.Trim()
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }

    private void Mount()
    {
        Run("mount", "-o", "loop," + options, image, Folder);
        device = Path.GetFileName(Run("findmnt", "--noheadings", "--output", "SOURCE", Folder));
    }

    private long Stat(int field) => SectorBytes * long.Parse(
        File.ReadAllText($"/sys/block/{device}/stat").Split(' ', StringSplitOptions.RemoveEmptyEntries)[field],
        CultureInfo.InvariantCulture);
}
