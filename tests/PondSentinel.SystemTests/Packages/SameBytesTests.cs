using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Packages;

/// <summary>The same commit gives the same package: a usual run packs twice, a deep one also compiles twice, at two places.</summary>
public sealed class SameBytesTests
{
    public static TheoryData<string> Twice => TestDepth.IsDeep ? new(BuiltPackages.Gateway, BuiltPackages.Backend) : new(BuiltPackages.Gateway);

    [Theory]
    [MemberData(nameof(Twice))]
    public async Task Package_is_the_same_whenever_and_wherever_it_is_made(string wanted)
    {
        var folder = TestFolder.Create();
        var first = await BuiltPackages.Of(wanted);
        var again = await BuiltPackages.BuildAsync(
            wanted, Directory.CreateDirectory(Path.Combine(folder, "again")).FullName, "--work", BuiltPackages.Work(wanted), "--repack");
        Assert.Equal(await SumAsync(first), await SumAsync(again));
        if (!TestDepth.IsDeep)
        {
            return;
        }

        // What is not committed has no say in it.
        var one = await CloneAsync(wanted, Path.Combine(folder, "one"), "here");
        var other = await CloneAsync(wanted, Path.Combine(folder, "other"), "a/place/far/away");
        Assert.Equal(await SumAsync(one), await SumAsync(other));
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<BuiltPackage> CloneAsync(string wanted, string folder, string place)
    {
        var clone = Path.Combine(folder, place);
        await Command.RunAsync("git", "clone", "--quiet", Checkout.Root, clone);
        return await BuiltPackages.BuildAsync(clone, wanted, Directory.CreateDirectory(Path.Combine(folder, "packages")).FullName, []);
    }

    private static async Task<string> SumAsync(BuiltPackage package) => (await Command.RunAsync("sha256sum", package.File)).Split(' ')[0];
}
