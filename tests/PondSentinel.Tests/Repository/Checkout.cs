namespace PondSentinel.Tests.Repository;

/// <summary>The files of this checkout, without what a build or an editor leaves behind.</summary>
internal static class Checkout
{
    // The folders of .gitignore, and git's own.
    private static readonly HashSet<string> LeftBehind = new(StringComparer.Ordinal)
    {
        ".git", ".vs", ".idea", "bin", "obj", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts", "node_modules",
        "__pycache__",
    };

    /// <summary>The top folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every file, by its path from the top with forward slashes, in order.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. Walk(Root).Select(path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal)];

    /// <summary>Names at the top, files and folders.</summary>
    public static IReadOnlyList<string> TopLevel { get; } =
        [.. Files.Select(file => file.Split('/')[0]).Distinct(StringComparer.Ordinal)];

    /// <summary>The text of a file.</summary>
    /// <param name="file">Its path from the top.</param>
    public static string Text(string file) => File.ReadAllText(Absolute(file));

    /// <summary>Where a file lies.</summary>
    /// <param name="file">Its path from the top.</param>
    public static string Absolute(string file) => Path.Combine(Root, file);

    private static IEnumerable<string> Walk(string folder) =>
        Directory.EnumerateFiles(folder)
            .Where(file => !file.EndsWith(".user", StringComparison.Ordinal) && Path.GetFileName(file) != ".git")
            .Concat(Directory.EnumerateDirectories(folder)
                .Where(child => !LeftBehind.Contains(Path.GetFileName(child)))
                .SelectMany(Walk));

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "PondSentinel.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException($"No PondSentinel.sln above {AppContext.BaseDirectory}: run the tests from a checkout.");
    }
}
