using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Reads <c>[[vector]]</c> of a profile.</summary>
internal static class ProfileVectorSection
{
    private static readonly Dictionary<string, SensorFault> Faults =
        Enum.GetValues<SensorFault>().ToDictionary(fault => WhyTokens.Tokens(fault.Why).Single(), StringComparer.Ordinal);

    /// <summary>Reads all vectors. A read without one is a mistake: nobody would know whether it is read rightly.</summary>
    /// <param name="top">The file.</param>
    /// <param name="reads">The reads there are.</param>
    public static IReadOnlyList<ProfileVector> ReadAll(TomlSection top, IReadOnlyList<ProfileRead> reads)
    {
        List<ProfileVector> vectors = [.. top.Tables("vector").Select(section => Read(section, reads))];
        foreach (var read in reads)
        {
            if (read.Name.Length > 0 && !vectors.Any(vector => vector.Read == read.Name))
            {
                top.Report(null, $"the read {read.Name} has no [[vector]]", "add an example from the maker's manual");
            }
        }

        return vectors;
    }

    private static ProfileVector Read(TomlSection section, IReadOnlyList<ProfileRead> reads)
    {
        var name = section.Text("read", required: true) ?? "";
        var read = reads.FirstOrDefault(candidate => candidate.Name == name);
        if (read is null && section.Has("read"))
        {
            section.Report("read", $"there is no read \"{name}\"", "name one of those above");
        }

        var vector = new ProfileVector
        {
            Read = name,
            Source = ProfileFile.Line(section, "source"),
            Request = Hex(section, "request"),
            Reply = Hex(section, "reply"),
            Values = section.Has("values") ? ReadValues(section.Table("values"), read) : new Dictionary<string, double>(),
            Fault = section.Word("fault", Faults),
        };
        if (vector.Values.Count == 0 == (vector.Fault is null))
        {
            section.Report(null, "a vector shows values or a fault, one of them", "write values = { … } or fault = \"…\"");
        }

        section.RefuseUnknownKeys();
        return vector;
    }

    private static Dictionary<string, double> ReadValues(TomlSection? section, ProfileRead? read)
    {
        Dictionary<string, double> values = new(StringComparer.Ordinal);
        foreach (var output in read?.Outputs ?? [])
        {
            if (section?.Number(output.Output.Name, required: true) is { } value)
            {
                values[output.Output.Name] = value;
            }
        }

        if (read is not null)
        {
            section?.RefuseUnknownKeys();
        }

        return values;
    }

    private static byte[] Hex(TomlSection section, string key)
    {
        var text = section.Text(key, required: true)?.Replace(" ", "", StringComparison.Ordinal);
        if (text is null)
        {
            return [];
        }

        if (text.Length is > 0 and <= 512 && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit))
        {
            return Convert.FromHexString(text);
        }

        section.Report(key, $"{key} must be bytes in hexadecimal", $"write {key} = \"01 03 …\"");
        return [];
    }
}
