using PondSentinel.SystemTests.Disks;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Packages;

/// <summary>A minimal Debian in a folder, fresh from where apt gets its own: it takes a minute, so only deep runs make one.</summary>
internal sealed class FreshDebian : IDisposable
{
    private static readonly TimeSpan MadeWithin = TimeSpan.FromMinutes(8);

    private readonly MountFolder place = new();

    private FreshDebian()
    {
    }

    /// <summary>Where it is.</summary>
    public string Folder => Path.Combine(place.Path, "debian");

    /// <summary>Makes one.</summary>
    /// <param name="folder">Where the log goes.</param>
    /// <param name="architecture">For which machines; what is not for this one can only be looked at, or run by qemu.</param>
    /// <param name="packages">What it has beside the least, with commas.</param>
    public static async Task<FreshDebian> MakeAsync(string folder, string architecture, string packages)
    {
        var debian = new FreshDebian();
        await using var making = RunningProcess.Start(
            "debian", folder, Checkout.Absolute("tests/rigs/debian.sh"), debian.Folder, architecture, packages);
        await making.WaitForExitAsync(MadeWithin);
        Assert.True(making.ExitCode == 0, making.Tail);
        return debian;
    }

    public void Dispose() => place.Dispose();
}
