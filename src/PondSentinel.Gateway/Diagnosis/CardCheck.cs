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
        if (MountedPlace.Of(Path.GetFullPath(options.Folder), mounts) is { IsReadOnly: true, Place: var place })
        {
            return Finding.Bad("card-read-only", place);
        }

        if (Machine.FreeBytes(folder) is { } free && free < options.FreeSpaceFloor)
        {
            return Finding.Bad("card-full", options.Folder, Rounded(free), Units.Text(options.FreeSpaceFloor));
        }

        return fault is not null ? Finding.Bad("card-fault", fault)
            : folder != Path.GetFullPath(options.Folder) ? Finding.Warn("card-missing", options.Folder)
            : Finding.Good("card-good", options.Folder, Rounded(Machine.FreeBytes(folder) ?? 0));
    }

    // Down, to a unit of which there are at least ten.
    private static string Rounded(long bytes)
    {
        var unit = bytes >= 10L << 30 ? 1L << 30 : bytes >= 10L << 20 ? 1L << 20 : 1L << 10;
        return Units.Text(bytes / unit * unit);
    }

    private static string Existing(string folder)
    {
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } above)
        {
            folder = above;
        }

        return folder;
    }
}
