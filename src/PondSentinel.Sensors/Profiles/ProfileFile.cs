using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Reads a profile from TOML; every mistake in it becomes a problem with its place. Its examples are run too, so that a
/// profile which is read has been shown to be right about them.</summary>
public static class ProfileFile
{
    private const int TextLengthMax = 200;
    private const int BaudMin = 300;
    private const int BaudMax = 1_000_000;

    private static readonly TimeSpan TimeoutMin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan TimeoutMax = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LatenessMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan GapMax = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, LineParity> Parities = new(StringComparer.Ordinal)
    {
        ["none"] = LineParity.None, ["even"] = LineParity.Even, ["odd"] = LineParity.Odd,
    };

    private static readonly Dictionary<string, bool> Grades = new(StringComparer.Ordinal)
    {
        ["reference"] = true, ["indicative"] = false,
    };

    /// <summary>Reads a profile.</summary>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="text">TOML.</param>
    /// <param name="problems">Receives every mistake.</param>
    /// <returns>The profile, or null where there is any mistake.</returns>
    public static DeviceProfile? Read(string file, string text, List<Problem> problems)
    {
        var mistakesBefore = problems.Count;
        var top = TomlSection.Parse(file, text, problems);
        var reads = ProfileReadSection.ReadAll(top);
        var identity = ProfileIdentitySection.Read(top.Table("identify"));
        var vectors = ProfileVectorSection.ReadAll(top, reads, identity);
        var profile = new DeviceProfile
        {
            Id = Name(top, "id"),
            Maker = Line(top, "maker"),
            Name = Line(top, "name"),
            Grade = top.Word("grade", Grades, required: true) is true ? "reference" : "indicative",
            VerifiedOnHardware = top.Flag("verified_on_hardware") ?? Missing(top, "verified_on_hardware"),
            Unsure = top.Texts("unsure") ?? [],
            Source = ReadSource(top.Table("source", required: true)),
            Line = ReadLine(top.Table("line", required: true)),
            Reads = reads,
            Sequence = ProfileSequenceSection.Read(top.Table("sequence")),
            Identity = identity,
            AddressChange = ProfileIdentitySection.ReadAddressChange(top.Table("address_change")),
            Calibration = ProfileCalibrationSection.Read(top.Table("calibration"), reads),
            Vectors = [.. vectors.Select(pair => pair.Vector)],
        };
        top.RefuseUnknownKeys();
        if (problems.Count == mistakesBefore)
        {
            // Only now: what another mistake makes of a vector is none of its own.
            foreach (var (vector, section) in vectors)
            {
                ProfileVectorSection.Check(section, vector, profile);
            }
        }

        return problems.Count == mistakesBefore ? profile : null;
    }

    /// <summary>Reads a text of one line that must be there.</summary>
    /// <param name="section">Where it stands.</param>
    /// <param name="key">Its key.</param>
    internal static string Line(TomlSection? section, string key)
    {
        var text = section?.Text(key, required: true);
        if (text is not null && (text.Trim().Length == 0 || text.Length > TextLengthMax || text.Any(char.IsControl)))
        {
            section!.Report(key, $"{key} must be 1 to 200 characters on one line", "write what a stranger needs");
            return "";
        }

        return text ?? "";
    }

    /// <summary>Reads a name.</summary>
    /// <param name="section">Where it stands.</param>
    /// <param name="key">Its key.</param>
    internal static string Name(TomlSection section, string key)
    {
        var name = section.Text(key, required: true);
        if (name is not null && (name.Length is 0 or > 32 || !name.All(IsNameCharacter)))
        {
            section.Report(key, $"{key} is no name: \"{name}\"", "use 1 to 32 of a-z, 0-9 and -");
            return "";
        }

        return name ?? "";
    }

    private static bool IsNameCharacter(char character) =>
        char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-';

    private static bool Missing(TomlSection section, string key)
    {
        if (!section.Has(key))
        {
            section.Report(null, $"{key} is missing", "say false until somebody has run it against the real thing");
        }

        return false;
    }

    private static ProfileSource ReadSource(TomlSection? section)
    {
        var source = new ProfileSource(Line(section, "manual"), Line(section, "revision"), Line(section, "where"));
        section?.RefuseUnknownKeys();
        return source;
    }

    private static ProfileLine ReadLine(TomlSection? section)
    {
        var line = new ProfileLine
        {
            Baud = (int)(section?.Integer("baud", BaudMin, BaudMax, required: true) ?? BaudMin),
            OtherBauds = ReadBauds(section),
            Parity = section?.Word("parity", Parities, required: true) ?? LineParity.None,
            StopBits = (int)(section?.Integer("stop_bits", 1, 2, required: true) ?? 1),
            Address = (int)(section?.Integer("address", ProfileLine.AddressMin, ProfileLine.AddressMax, required: true) ?? 1),
            AddressSpacing = (int)(section?.Integer("address_spacing", 1, ProfileLine.AddressMax) ?? 1),
            Timeout = section?.Duration("timeout", TimeoutMin, TimeoutMax, required: true) ?? TimeoutMin,
            Turnaround = section?.Duration("turnaround", TimeSpan.Zero, TimeoutMax, required: true) ?? TimeSpan.Zero,
            Gap = section?.Duration("gap", TimeSpan.Zero, GapMax) ?? TimeSpan.Zero,
        };
        if (section?.Duration("lateness", TimeSpan.Zero, LatenessMax) is { } lateness)
        {
            line = line with { Lateness = lateness };
        }

        if (section is not null && line.Turnaround > line.Timeout)
        {
            section.Report("turnaround", "turnaround is longer than timeout", "give the probe more time");
        }

        section?.RefuseUnknownKeys();
        return line;
    }

    private static List<int> ReadBauds(TomlSection? section)
    {
        var bauds = section?.Numbers("other_bauds") ?? [];
        if (bauds.Any(baud => baud is < BaudMin or > BaudMax || baud != Math.Floor(baud)))
        {
            section!.Report("other_bauds", "other_bauds must be whole numbers from 300 to 1000000", "write other_bauds = [4800, 19200]");
            return [];
        }

        return [.. bauds.Select(baud => (int)baud)];
    }
}
