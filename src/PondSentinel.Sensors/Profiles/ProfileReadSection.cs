using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Reads <c>[[read]]</c> of a profile.</summary>
internal static class ProfileReadSection
{
    private static readonly Dictionary<string, bool> Functions = new(StringComparer.Ordinal)
    {
        ["holding"] = false, ["input"] = true,
    };

    private static readonly Dictionary<string, (bool IsBits, bool IsInput)> AllFunctions = new(StringComparer.Ordinal)
    {
        ["holding"] = (false, false), ["input"] = (false, true), ["coils"] = (true, false), ["discrete"] = (true, true),
    };

    private static readonly Dictionary<string, bool> Numbers = new(StringComparer.Ordinal)
    {
        ["keep"] = true, ["drop"] = false,
    };

    // What a probe can say of itself; the others are what its line says of it.
    private static readonly Dictionary<string, SensorFault> Faults =
        ((SensorFault[])[SensorFault.DeviceFault, SensorFault.NotReady, SensorFault.Absent, SensorFault.Refused, SensorFault.OverRange])
        .ToDictionary(fault => WhyTokens.Tokens(fault.Why).Single(), StringComparer.Ordinal);

    /// <summary>Reads all reads and what holds between them.</summary>
    /// <param name="top">The file.</param>
    public static IReadOnlyList<ProfileRead> ReadAll(TomlSection top)
    {
        List<ProfileRead> reads = [];
        List<(TomlSection Section, ProfileFault Fault)> elsewhere = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        HashSet<string> outputs = new(StringComparer.Ordinal);
        foreach (var section in top.Tables("read"))
        {
            var read = Read(section, outputs, elsewhere);
            reads.Add(read);
            if (!names.Add(read.Name))
            {
                section.Report("name", $"the read {read.Name} stands here twice", "rename one");
            }

            if (read.Name == ProfileVector.Identity)
            {
                section.Report("name", $"no read can have the name {read.Name}: it stands for the serial number", "rename it");
            }
        }

        foreach (var (section, fault) in elsewhere)
        {
            RefuseUnknownOutputs(section, fault, outputs, "in this profile", "name outputs of its reads");
        }

        if (!reads.Any(read => read.Outputs.Count > 0))
        {
            top.Report(null, "there is no [[read]] with an output", "add one for each run of registers that a poll asks for");
        }

        return reads;
    }

    /// <summary>Reads which registers they are.</summary>
    /// <param name="section">Where that stands.</param>
    /// <param name="isBits">Whether they are coils or inputs.</param>
    public static (ushort Register, int Count) ReadRegisters(TomlSection section, bool isBits = false)
    {
        var register = section.Integer("register", 0, ushort.MaxValue, required: true) ?? 0;
        var count = (int)(section.Integer("count", 1, isBits ? ModbusRequest.ReadBitsMax : ModbusRequest.ReadCountMax, required: true) ?? 1);
        if (register + count > ushort.MaxValue + 1)
        {
            section.Report("count", "the last register would be beyond 0xFFFF", "lower register or count");
        }

        return ((ushort)register, count);
    }

    /// <summary>Reads what kind of registers they are: true for input registers.</summary>
    /// <param name="section">Where that stands.</param>
    public static bool ReadFunction(TomlSection section) => section.Word("function", Functions, required: true) ?? false;

    private static ProfileRead Read(
        TomlSection section, HashSet<string> outputs, List<(TomlSection Section, ProfileFault Fault)> elsewhere)
    {
        var (isBits, isInput) = section.Word("function", AllFunctions, required: true) ?? default;
        var (register, count) = ReadRegisters(section, isBits);
        var length = ProfileRead.LengthOf(isBits, count);
        var here = section.Tables("output").Select(output => ProfileOutputSection.Read(output, isBits ? count : null, length, outputs)).ToList();
        var read = new ProfileRead
        {
            Name = ProfileFile.Name(section, "name"),
            IsInput = isInput,
            IsBits = isBits,
            Register = register,
            Count = count,
            Outputs = here,
            Faults = [.. section.Tables("fault").Select(fault =>
            {
                var read = ReadFault(fault, length);
                if (here.Count == 0)
                {
                    elsewhere.Add((fault, read));
                }
                else
                {
                    RefuseUnknownOutputs(fault, read, [.. here.Select(output => output.Output.Name)], "in this read", "name outputs of the same read");
                }

                return read;
            })],
        };
        if (read.Outputs.Count == 0 && read.Faults.Count == 0)
        {
            section.Report(null, "this read yields nothing", "add a [[read.output]] for each number in it");
        }

        section.RefuseUnknownKeys();
        return read;
    }

    private static void RefuseUnknownOutputs(
        TomlSection section, ProfileFault fault, HashSet<string> known, string where, string mend)
    {
        foreach (var name in fault.Outputs.Where(name => !known.Contains(name)))
        {
            section.Report("outputs", $"there is no output \"{name}\" {where}", mend);
        }
    }

    private static ProfileFault ReadFault(TomlSection section, int bytes)
    {
        var mask = section.Integer("mask", 1, byte.MaxValue);
        var value = section.Integer("equals", byte.MinValue, byte.MaxValue);
        if (mask is null && value is null && !section.Has("mask") && !section.Has("equals"))
        {
            section.Report(null, "nobody can tell when this fault is", "write equals = 0xFF, or mask = 0x04 for single bits");
        }

        var fault = new ProfileFault(Place(section, "at", bytes, length: 1), ProfileFile.Line(section, "text"))
        {
            Mask = (byte)(mask ?? byte.MaxValue),
            Value = (byte?)value,
            Fault = section.Word("fault", Faults) ?? SensorFault.DeviceFault,
            Outputs = section.Texts("outputs") ?? [],
            KeepsNumbers = section.Word("numbers", Numbers) ?? false,
        };
        section.RefuseUnknownKeys();
        return fault;
    }

    /// <summary>Reads where in the registers something stands.</summary>
    /// <param name="section">Where that stands.</param>
    /// <param name="key">Its key.</param>
    /// <param name="bytes">How many bytes are read.</param>
    /// <param name="length">Bytes that it takes.</param>
    public static int Place(TomlSection section, string key, int bytes, int length)
    {
        var at = (int)(section.Integer(key, 0, byte.MaxValue, required: true) ?? 0);
        if (at + length > bytes)
        {
            section.Report(
                key,
                string.Create(CultureInfo.InvariantCulture, $"byte {at} and the {length - 1} after it are not within the {bytes} bytes read"),
                $"raise count or lower {key}");
            return 0;
        }

        return at;
    }
}
