namespace PondSentinel.SystemTests.Site;

/// <summary>A text file that another process is still writing.</summary>
internal static class WholeLines
{
    /// <summary>Its lines so far, without a last one that has no end yet; none where there is no file yet.</summary>
    /// <param name="path">The file.</param>
    public static IReadOnlyList<string> Of(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split('\n')[..^1];
    }
}
