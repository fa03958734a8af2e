using PondSentinel.Gateway.Buffering;
using PondSentinel.Sensors.Buses.Host;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Diagnosis;

/// <summary>Looks at the card that the buffer lies on; nothing is written to it.</summary>
internal static class CardCheck
{
    /// <summary>Looks.</summary>
    /// <param name="options">The buffer.</param>
    /// <param name="mounts">The kernel's list of what is mounted where: the text of <c>/proc/self/mounts</c>.</param>
    /// <param name="fault">What the running gateway says of it; null where it says nothing.</param>
    public static Finding Look(BufferOptions options, string mounts, string? fault)
    {
        var folder = Existing(Path.GetFullPath(options.Folder));
        if (IsReadOnly(Path.GetFullPath(options.Folder), mounts, out var place))
        {
            return Finding.Bad("card-read-only", place);
        }

        if (Machine.FreeBytes(folder) is { } free && free < options.FreeSpaceFloor)
        {
            return Finding.Bad("card-full", options.Folder, Units.Text(free), Units.Text(options.FreeSpaceFloor));
        }

        return fault is not null ? Finding.Bad("card-fault", fault)
            : folder != Path.GetFullPath(options.Folder) ? Finding.Warn("card-missing", options.Folder)
            : Finding.Good("card-good", options.Folder, Units.Text(Machine.FreeBytes(folder) ?? 0));
    }

    private static string Existing(string folder)
    {
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } above)
        {
            folder = above;
        }

        return folder;
    }

    // device, place, kind, options and two numbers; blanks in a place are \040 (fstab(5)). The last of the longest place holds.
    private static bool IsReadOnly(string folder, string mounts, out string place)
    {
        (place, var isReadOnly) = ("", false);
        foreach (var line in mounts.Split('\n'))
        {
            if (line.Split(' ') is [_, var at, _, var options, ..])
            {
                at = at.Replace("\\040", " ", StringComparison.Ordinal);
                if (at.Length >= place.Length && (at == "/" || folder == at || folder.StartsWith($"{at}/", StringComparison.Ordinal)))
                {
                    (place, isReadOnly) = (at, options.Split(',').Contains("ro"));
                }
            }
        }

        return isReadOnly;
    }
}
