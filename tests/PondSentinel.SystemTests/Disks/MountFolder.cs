using System.Globalization;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Disks;

/// <summary>A folder for mounts outside of the results, so that nothing that empties those ever empties a file system.
/// </summary>
/// <remarks>Its name holds the number of the process, so that the next run can take away what a killed one has left.
/// </remarks>
internal sealed class MountFolder : IDisposable
{
    private const string Prefix = "pond-mounts-";
    private static readonly Lazy<bool> LeftoversReleased = new(ReleaseLeftovers);
    private static int made;

    /// <summary>Makes one.</summary>
    public MountFolder()
    {
        Assert.True(
            Environment.IsPrivilegedProcess,
            "This test mounts a file system, which needs root: run tests/run.sh as root. Unit tests need none of it.");
        _ = LeftoversReleased.Value;
        var name = string.Create(
            CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref made)}");
        Path = Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), name)).FullName;
    }

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Takes it away, with the small files in it. To be called when nothing is mounted in it any more.</summary>
    public void Dispose() => Directory.Delete(Path, recursive: true);

    // A run that was killed cannot unmount; whoever owned such a folder and lives is another run.
    private static bool ReleaseLeftovers()
    {
        foreach (var folder in Directory.GetDirectories(System.IO.Path.GetTempPath(), Prefix + "*"))
        {
            var owner = System.IO.Path.GetFileName(folder)[Prefix.Length..].Split('-')[0];
            if (Directory.Exists($"/proc/{owner}"))
            {
                continue;
            }

            // The newest mount first: a file system lies on the disk below it.
            foreach (var mounted in MountedIn(folder).Reverse())
            {
                Command.RunAsync("umount", "--lazy", mounted).GetAwaiter().GetResult();
            }

            Directory.Delete(folder, recursive: true);
        }

        return true;
    }

    private static IEnumerable<string> MountedIn(string folder) => File.ReadLines("/proc/self/mounts")
        .Select(line => line.Split(' ')[1])
        .Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal));
}
