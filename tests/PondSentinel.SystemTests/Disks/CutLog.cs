using System.Globalization;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Disks;

/// <summary>What a <see cref="CutDisk"/> was told, from which <c>tests/rigs/replay.py</c> makes the disk as a power cut at
/// any point would have left it.</summary>
/// <param name="image">The disk before.</param>
/// <param name="path">The log.</param>
internal sealed class CutLog(string image, string path)
{
    /// <summary>The claim after which cuts are made.</summary>
    public const string Begin = "# begin";

    /// <summary>The claim before which cuts are made.</summary>
    public const string End = "# end";

    private const string Python = "/usr/bin/python3";

    /// <summary>The log.</summary>
    public string Path => path;

    private static string Replay => Checkout.Absolute("tests/rigs/replay.py");

    /// <summary>Where a cut can be made: how many writes and flushes the disk was told before.</summary>
    /// <returns>The first and the last.</returns>
    public async Task<(int First, int Last)> RangeAsync()
    {
        var words = (await Command.RunAsync(Python, Replay, "count", path)).Split(' ');
        var (count, before) = (int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture));
        return (before, before + count);
    }

    /// <summary>Everything that was claimed.</summary>
    /// <returns>The claims, in their order.</returns>
    public async Task<IReadOnlyList<string>> ClaimsAsync() => Lines(await Command.RunAsync(Python, Replay, "claims", path));

    /// <summary>Cuts the power.</summary>
    /// <param name="cut">Where, and what is lost.</param>
    /// <param name="target">Receives the disk.</param>
    /// <returns>What had been claimed.</returns>
    public async Task<IReadOnlyList<string>> CutAsync(PowerCut cut, string target) =>
        Lines(await Command.RunAsync(Python, CutArguments(cut, target)));

    /// <summary>The command that makes the same disk again.</summary>
    /// <param name="cut">Where, and what is lost.</param>
    public string Again(PowerCut cut) => string.Join(' ', CutArguments(cut, "cut.img").Prepend(Python));

    private static IReadOnlyList<string> Lines(string claims) =>
        [.. claims.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#'))];

    private IEnumerable<string> CutArguments(PowerCut cut, string target) =>
    [
        Replay, "cut", image, path, target,
        cut.Operations.ToString(CultureInfo.InvariantCulture),
        cut.Seed.ToString(CultureInfo.InvariantCulture),
        cut.Mode.ToString().ToLowerInvariant(),
    ];
}

/// <summary>A power cut.</summary>
/// <param name="Operations">How many writes and flushes the disk had been told.</param>
/// <param name="Seed">What of the unsafe was lost.</param>
/// <param name="Mode">What was unsafe.</param>
internal readonly record struct PowerCut(int Operations, int Seed, CutMode Mode);

/// <summary>What a power cut may take besides what never reached the disk.</summary>
internal enum CutMode
{
    /// <summary>Nothing.</summary>
    Prefix,

    /// <summary>Writes since the last flush, and sectors of them.</summary>
    Drop,

    /// <summary>The last writes, flushed or not: the disk does not do what it says.</summary>
    Liar,
}
