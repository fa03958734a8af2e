using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Reads <c>[[read]]</c> of a profile.</summary>
internal static class ProfileReadSection
{
    private const int BytesPerRegister = 2;

    private static readonly Dictionary<string, bool> Functions = new(StringComparer.Ordinal)
    {
        ["holding"] = false, ["input"] = true,
    };

    private static readonly Dictionary<string, ByteOrder> Orders =
        Enum.GetValues<ByteOrder>().ToDictionary(order => order.ToString(), StringComparer.Ordinal);

    private static readonly Dictionary<string, bool> OverRanges = new(StringComparer.Ordinal)
    {
        ["keep"] = true, ["drop"] = false,
    };

    private static readonly Dictionary<string, int> Types = new(StringComparer.Ordinal) { ["f32"] = FloatBytes.Length };

    private static readonly Dictionary<string, Measurand> Measurands =
        MeasurandNames.All.ToDictionary(measurand => measurand.WireName, StringComparer.Ordinal);

    /// <summary>Reads all reads and what holds between them.</summary>
    /// <param name="top">The file.</param>
    public static IReadOnlyList<ProfileRead> ReadAll(TomlSection top)
    {
        List<ProfileRead> reads = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        HashSet<string> outputs = new(StringComparer.Ordinal);
        foreach (var section in top.Tables("read"))
        {
            var read = Read(section, outputs);
            reads.Add(read);
            if (!names.Add(read.Name))
            {
                section.Report("name", $"the read {read.Name} stands here twice", "rename one");
            }
        }

        if (reads.Count == 0)
        {
            top.Report(null, "there is no [[read]]", "add one for each run of registers that a poll asks for");
        }

        return reads;
    }

    private static ProfileRead Read(TomlSection section, HashSet<string> outputs)
    {
        var register = section.Integer("register", 0, ushort.MaxValue, required: true) ?? 0;
        var count = (int)(section.Integer("count", 1, ModbusRequest.ReadCountMax, required: true) ?? 1);
        if (register + count > ushort.MaxValue + 1)
        {
            section.Report("count", "the last register would be beyond 0xFFFF", "lower register or count");
        }

        var read = new ProfileRead
        {
            Name = ProfileFile.Name(section, "name"),
            IsInput = section.Word("function", Functions, required: true) ?? false,
            Register = (ushort)register,
            Count = count,
            Outputs = [.. section.Tables("output").Select(output => ReadOutput(output, count, outputs))],
            Faults = [.. section.Tables("fault").Select(fault => ReadFault(fault, count))],
        };
        if (read.Outputs.Count == 0)
        {
            section.Report(null, "this read yields nothing", "add a [[read.output]] for each number in it");
        }

        section.RefuseUnknownKeys();
        return read;
    }

    private static ProfileOutput ReadOutput(TomlSection section, int count, HashSet<string> outputs)
    {
        var name = ProfileFile.Name(section, "name");
        if (name.Length > 0 && !outputs.Add(name))
        {
            section.Report("name", $"the output {name} stands here twice", "rename one");
        }

        var length = section.Word("type", Types, required: true) ?? 0;
        var range = ReadRange(section);
        var keepsOverRange = section.Word("over_range", OverRanges);
        if (keepsOverRange is not null && range is null)
        {
            section.Report("over_range", "over_range without a range", "add range = [low, high] or remove it");
        }

        var output = new ProfileOutput
        {
            Output = new SensorOutput(name, section.Word("measurand", Measurands, required: true) ?? default)
            {
                Method = section.Has("method") ? ProfileFile.Line(section, "method") : null,
                Range = range,
                LimitOfDetection = section.Number("limit_of_detection", min: 0),
            },
            At = Place(section, count, length),
            Order = section.Word("order", Orders, required: true) ?? ByteOrder.ABCD,
            Scale = section.Number("scale") ?? 1,
            KeepsOverRange = keepsOverRange ?? true,
        };
        if (output.Scale == 0)
        {
            section.Report("scale", "scale must not be 0", "leave it out where the number is in the measurand's unit");
        }

        section.RefuseUnknownKeys();
        return output;
    }

    private static ProfileFault ReadFault(TomlSection section, int count)
    {
        var fault = new ProfileFault(
            Place(section, count, length: 1),
            (byte)(section.Integer("equals", byte.MinValue, byte.MaxValue, required: true) ?? 0),
            ProfileFile.Line(section, "text"));
        section.RefuseUnknownKeys();
        return fault;
    }

    private static int Place(TomlSection section, int count, int length)
    {
        var bytes = count * BytesPerRegister;
        var at = (int)(section.Integer("at", 0, byte.MaxValue, required: true) ?? 0);
        if (at + length > bytes)
        {
            section.Report(
                "at",
                string.Create(CultureInfo.InvariantCulture, $"byte {at} and the {length - 1} after it are not within the {bytes} bytes read"),
                "raise count or lower at");
            return 0;
        }

        return at;
    }

    private static Band? ReadRange(TomlSection section)
    {
        if (section.Numbers("range", 2) is not [var low, var high])
        {
            return null;
        }

        if (low < high)
        {
            return new Band(low, high);
        }

        section.Report("range", "range must be [low, high]", "put the lower number first");
        return null;
    }
}
