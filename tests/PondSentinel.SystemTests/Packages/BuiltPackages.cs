using System.Collections.Concurrent;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Packages;

/// <summary>The packages of this checkout, each built once in a run by whoever needs it first.</summary>
internal static class BuiltPackages
{
    /// <summary>The gateway for the machine at hand.</summary>
    public const string Gateway = "pond-gateway:amd64";

    /// <summary>The gateway for a Pi.</summary>
    public const string GatewayOfThePi = "pond-gateway:arm64";

    /// <summary>The backend.</summary>
    public const string Backend = "pond-backend:amd64";

    private static readonly TimeSpan BuildWithin = TimeSpan.FromMinutes(8);
    private static readonly ConcurrentDictionary<string, Lazy<Task<BuiltPackage>>> Built = new(StringComparer.Ordinal);

    /// <summary>A package.</summary>
    /// <param name="wanted">Its name and architecture.</param>
    public static Task<BuiltPackage> Of(string wanted) =>
        Built.GetOrAdd(wanted, name => new Lazy<Task<BuiltPackage>>(() => BuildAsync(name, Folder(name), "--work", Work(name)))).Value;

    /// <summary>Builds a package in a folder of its own.</summary>
    /// <param name="wanted">Its name and architecture.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="options">More options of the script.</param>
    public static Task<BuiltPackage> BuildAsync(string wanted, string folder, params IEnumerable<string> options) =>
        BuildAsync(Checkout.Root, wanted, folder, options);

    /// <summary>Builds a package of another checkout.</summary>
    /// <param name="checkout">The checkout.</param>
    /// <param name="wanted">Its name and architecture.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="options">More options of the script.</param>
    public static async Task<BuiltPackage> BuildAsync(string checkout, string wanted, string folder, IEnumerable<string> options)
    {
        await using var build = RunningProcess.Start(
            "build", folder, Path.Combine(checkout, "deploy/packages/build.sh"), ["--out", folder, "--level", "0", .. options, wanted]);
        await build.WaitForExitAsync(BuildWithin);
        Assert.True(build.ExitCode == 0, build.Tail);
        Assert.False(build.Said("warning IL"), build.Tail);
        return new BuiltPackage(Assert.Single(Directory.GetFiles(folder, "*.deb")));
    }

    /// <summary>Where a package is compiled: no result, and the next run goes on from it.</summary>
    /// <param name="wanted">Its name and architecture.</param>
    public static string Work(string wanted) => Checkout.Absolute($"artifacts/packages/tests-{wanted.Replace(':', '-')}");

    private static string Folder(string wanted) =>
        Processes.Built.ResultFolder(Path.Combine("packages", wanted.Replace(':', '-')));
}

/// <summary>A package that was built.</summary>
/// <param name="File">The package.</param>
internal sealed record BuiltPackage(string File);
