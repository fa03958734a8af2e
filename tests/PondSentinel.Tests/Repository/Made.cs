namespace PondSentinel.Tests.Repository;

/// <summary>Files that are made from others and kept in the repository.</summary>
internal static class Made
{
    /// <summary>Holds a file against what it should be; where it differs, leaves the right one with the build and says where.</summary>
    /// <param name="file">Its path from the top.</param>
    /// <param name="content">What it should be.</param>
    /// <returns>What to do, or null where it is right.</returns>
    public static string? Differs(string file, string content)
    {
        if (File.Exists(Checkout.Absolute(file)) && Checkout.Text(file) == content)
        {
            return null;
        }

        var right = Path.Combine(AppContext.BaseDirectory, "made", file);
        Directory.CreateDirectory(Path.GetDirectoryName(right)!);
        File.WriteAllText(right, content);
        return $"{file} is not what its sources give: look at it, then cp {Path.GetRelativePath(Checkout.Root, right)} {file}";
    }
}
