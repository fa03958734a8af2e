using PondSentinel.Gateway.Buffering;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[buffer]</c>.</summary>
internal static class BufferSection
{
    private const long BytesMin = 1L << 20;
    private const long BytesMax = 64L << 30;
    private const int LightLengthMax = 64;
    private const long FreeSpaceFloorMax = 1L << 40;

    private static readonly TimeSpan CommitWindowMax = TimeSpan.FromMinutes(1);

    // What a machine keeps in memory or throws away when it starts.
    private static readonly string[] Fleeting = ["/tmp/", "/run/", "/var/run/", "/dev/", "/proc/", "/sys/"];

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section; null where there is none.</param>
    /// <param name="warnings">Receives what is unwise.</param>
    public static BufferOptions Read(TomlSection? section, List<Problem> warnings)
    {
        var usual = new BufferOptions();
        if (section is null)
        {
            return usual;
        }

        var buffer = new BufferOptions
        {
            Folder = Folder(section, warnings) ?? usual.Folder,
            BytesMax = section.Bytes("max", BytesMin, BytesMax) ?? usual.BytesMax,
            CommitWindow = section.Duration("commit_window", TimeSpan.Zero, CommitWindowMax) ?? usual.CommitWindow,
            FreeSpaceFloor = section.Bytes("free_space_floor", 0, FreeSpaceFloorMax) ?? usual.FreeSpaceFloor,
            FaultLight = Light(section),
        };
        section.RefuseUnknownKeys();
        return buffer;
    }

    private static string? Light(TomlSection section)
    {
        var light = section.Text("fault_light");
        if (light is null || (light.Length is > 0 and <= LightLengthMax && !light.Contains('/') && !light.Any(char.IsControl) && light[0] != '.'))
        {
            return light;
        }

        section.Report(
            "fault_light",
            $"fault_light of [{section.Name}] is no name of a light: \"{light}\"",
            "use a name that `ls /sys/class/leds` shows, for example ACT");
        return null;
    }

    private static string? Folder(TomlSection section, List<Problem> warnings)
    {
        var folder = section.Text("folder");
        if (folder is null)
        {
            return null;
        }

        if (!folder.StartsWith('/') || folder.Any(char.IsControl))
        {
            section.Report(
                "folder",
                $"folder of [{section.Name}] must be a whole path: \"{folder}\"",
                "begin it with /, for example /var/lib/pondsentinel/buffer");
            return null;
        }

        if (Fleeting.Any(place => folder.StartsWith(place, StringComparison.Ordinal)))
        {
            warnings.Add(section.At(
                "folder", $"{folder} does not outlive a restart of the machine", "use a folder under /var/lib"));
        }

        // Other files lie beside it, which a slash at the end would put into it.
        return Path.TrimEndingDirectorySeparator(folder);
    }
}
