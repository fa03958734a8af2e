namespace PondSentinel.Gateway.Diagnosis;

/// <summary>A file system that is mounted.</summary>
/// <param name="Place">Where.</param>
/// <param name="IsReadOnly">Whether nothing can be written there.</param>
internal readonly record struct MountedPlace(string Place, bool IsReadOnly)
{
    /// <summary>The one that a folder is on.</summary>
    /// <param name="folder">The folder, a whole path.</param>
    /// <param name="mounts">What <c>/proc/self/mounts</c> says.</param>
    public static MountedPlace Of(string folder, string mounts)
    {
        // device, place, kind, options and two numbers; blanks in a place are \040 (fstab(5)). The last of the longest place holds.
        var found = new MountedPlace("", IsReadOnly: false);
        foreach (var line in mounts.Split('\n'))
        {
            if (line.Split(' ') is [_, var at, _, var options, ..])
            {
                at = at.Replace("\\040", " ", StringComparison.Ordinal);
                if (at.Length >= found.Place.Length && (at == "/" || folder == at || folder.StartsWith($"{at}/", StringComparison.Ordinal)))
                {
                    found = new MountedPlace(at, options.Split(',').Contains("ro"));
                }
            }
        }

        return found;
    }
}
