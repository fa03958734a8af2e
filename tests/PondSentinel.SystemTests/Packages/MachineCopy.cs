using PondSentinel.SystemTests.Disks;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Packages;

/// <summary>A machine to install packages on: this one's system, of which nothing is changed, with a layer on top for what is
/// written; or a folder with a Debian of its own.</summary>
/// <remarks>Needs root. It is a chroot: the network and the processes are those of the machine, and no systemd runs in it.</remarks>
internal sealed class MachineCopy : IAsyncDisposable
{
    private readonly MountFolder place;
    private readonly List<string> mounted = [];

    private MachineCopy(MountFolder place) => this.place = place;

    /// <summary>Where its file system begins.</summary>
    public string Root => Path.Combine(place.Path, "root");

    /// <summary>Makes one like this machine, or like another.</summary>
    /// <param name="system">The folder with the other system; null for this machine's.</param>
    public static async Task<MachineCopy> MakeAsync(string? system = null)
    {
        var copy = new MachineCopy(new MountFolder());
        try
        {
            // The layer must not lie within what it is a layer of.
            var layer = Directory.CreateDirectory(Path.Combine(copy.place.Path, "layer")).FullName;
            Directory.CreateDirectory(copy.Root);
            await copy.MountAsync(layer, "-t", "tmpfs", "tmpfs");
            var (upper, work) = (Path.Combine(layer, "upper"), Path.Combine(layer, "work"));
            Directory.CreateDirectory(upper);
            Directory.CreateDirectory(work);
            await copy.MountAsync(copy.Root, "-t", "overlay", "overlay", "-o", $"lowerdir={system ?? "/"},upperdir={upper},workdir={work}");
            await copy.MountAsync(Path.Combine(copy.Root, "proc"), "-t", "proc", "proc");
            await copy.MountAsync(Path.Combine(copy.Root, "dev"), "--bind", "/dev");
            return copy;
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }
    }

    /// <summary>A file of it, from outside.</summary>
    /// <param name="path">Its path inside, from the root.</param>
    public string Outside(string path) => Root + path;

    /// <summary>Whether it has a file or folder.</summary>
    /// <param name="path">Its path inside.</param>
    public bool Has(string path) => Path.Exists(Outside(path));

    /// <summary>Runs a program in it, which must succeed.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <returns>What it printed.</returns>
    public Task<string> RunAsync(params IEnumerable<string> command) => Command.RunAsync("chroot", [Root, .. command]);

    /// <summary>Runs a program in it that may fail.</summary>
    /// <param name="command">The program and its arguments.</param>
    public Task<(int Code, string Output, string Error)> TryAsync(params IEnumerable<string> command) =>
        Command.TryAsync("chroot", [Root, .. command]);

    /// <summary>Installs a package, as apt does once it has what the package depends on.</summary>
    /// <param name="package">The package.</param>
    /// <returns>What was said meanwhile.</returns>
    public async Task<string> InstallAsync(BuiltPackage package)
    {
        File.Copy(package.File, Outside("/tmp/package.deb"), overwrite: true);
        return await RunAsync("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--install", "/tmp/package.deb");
    }

    /// <summary>Starts the program of a service in it: as its user, and under the filter of its unit.</summary>
    /// <param name="folder">Where its log goes.</param>
    /// <param name="service">The service, and its user.</param>
    /// <param name="group">Its group.</param>
    public RunningProcess StartService(string folder, string service, string group)
    {
        const string Rig = "/tmp/sandboxed.py";
        File.Copy(Checkout.Absolute("tests/rigs/sandboxed.py"), Outside(Rig), overwrite: true);
        return RunningProcess.Start(
            service,
            folder,
            "chroot",
            [
                Root, "setpriv", "--reuid", service, "--regid", group, "--init-groups", "--no-new-privs", "--bounding-set=-all",
                Rig, $"/usr/lib/systemd/system/{service}.service", service, "run",
            ]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var folder in Enumerable.Reverse(mounted))
        {
            // What still runs in it keeps it until that ends.
            await Command.RunAsync("umount", "--lazy", folder);
        }

        place.Dispose();
    }

    private async Task MountAsync(string folder, params IEnumerable<string> how)
    {
        await Command.RunAsync("mount", [.. how, folder]);
        mounted.Add(folder);
    }
}
