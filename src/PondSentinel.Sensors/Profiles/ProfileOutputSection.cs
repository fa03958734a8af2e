using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Reads <c>[[read.output]]</c> of a profile.</summary>
internal static class ProfileOutputSection
{
    private static readonly Dictionary<string, NumberType> Types = new(StringComparer.Ordinal)
    {
        ["u8"] = NumberType.U8, ["s8"] = NumberType.S8, ["u16"] = NumberType.U16, ["s16"] = NumberType.S16,
        ["u32"] = NumberType.U32, ["s32"] = NumberType.S32, ["f32"] = NumberType.F32, ["f64"] = NumberType.F64,
        ["bits"] = NumberType.Bits,
    };

    private static readonly Dictionary<string, ByteOrder> WordOrders = new(StringComparer.Ordinal)
    {
        ["AB"] = ByteOrder.ABCD, ["BA"] = ByteOrder.BADC,
    };

    /// <summary>The orders of a number of more than 16 bits.</summary>
    public static readonly Dictionary<string, ByteOrder> Orders =
        Enum.GetValues<ByteOrder>().ToDictionary(order => order.ToString(), StringComparer.Ordinal);

    private static readonly Dictionary<string, bool> OverRanges = new(StringComparer.Ordinal)
    {
        ["keep"] = true, ["drop"] = false,
    };

    private static readonly Dictionary<string, bool> Zeros = new(StringComparer.Ordinal)
    {
        ["absent"] = true, ["value"] = false,
    };

    private static readonly Dictionary<string, OutputRole> Roles = new(StringComparer.Ordinal)
    {
        ["value"] = OutputRole.Value, ["temperature"] = OutputRole.Temperature,
        ["electrode"] = OutputRole.Electrode, ["diagnostic"] = OutputRole.Diagnostic,
    };

    // The basis is part of the measurand; whoever writes a profile says it again, because makers confuse them.
    private static readonly Dictionary<string, Measurand> Bases = new(StringComparer.Ordinal)
    {
        ["N"] = Measurand.AmmoniumNitrogen, ["NH4"] = Measurand.AmmoniumIon, ["TAN"] = Measurand.TotalAmmoniaNitrogen,
    };

    private static readonly Dictionary<string, Measurand> Measurands =
        MeasurandNames.All.ToDictionary(measurand => measurand.WireName, StringComparer.Ordinal);

    /// <summary>Reads an output.</summary>
    /// <param name="section">Its table.</param>
    /// <param name="bits">How many coils or inputs its read has; null where it has registers.</param>
    /// <param name="bytes">How many bytes its read has.</param>
    /// <param name="outputs">Names of the outputs so far; receives its own.</param>
    public static ProfileOutput Read(TomlSection section, int? bits, int bytes, HashSet<string> outputs)
    {
        var name = ProfileFile.Name(section, "name");
        if (name.Length > 0 && !outputs.Add(name))
        {
            section.Report("name", $"the output {name} stands here twice", "rename one");
        }

        var range = ReadBand(section, "range");
        var keepsOverRange = section.Word("over_range", OverRanges);
        if (keepsOverRange is not null && range is null)
        {
            section.Report("over_range", "over_range without a range", "add range = [low, high] or remove it");
        }

        var measurand = section.Word("measurand", Measurands, required: true);
        CheckBasis(section, measurand);
        var output = new ProfileOutput
        {
            Output = new SensorOutput(name, measurand ?? default)
            {
                Method = section.Has("method") ? ProfileFile.Line(section, "method") : null,
                Range = range,
                LimitOfDetection = section.Number("limit_of_detection", min: 0),
            },
            Number = bits is { } count ? ReadBit(section, count) : ReadNumber(section, bytes),
            Role = section.Word("role", Roles) ?? OutputRole.Value,
            Scale = section.Number("scale") ?? 1,
            Offset = section.Number("offset") ?? 0,
            Decimals = bits is null && section.Has("decimals_at")
                ? new RegisterNumber(
                    NumberType.U16,
                    ProfileReadSection.Place(section, "decimals_at", bytes, RegisterNumber.LengthOf(NumberType.U16)),
                    ByteOrder.ABCD)
                : null,
            Invalid = section.Numbers("invalid") ?? [],
            IsAbsentAtZero = section.Word("zero", Zeros) ?? false,
            KeepsOverRange = keepsOverRange ?? true,
            Plausible = ReadBand(section, "plausible"),
        };
        if (output.Scale == 0)
        {
            section.Report("scale", "scale must not be 0", "leave it out where the number is in the measurand's unit");
        }

        section.RefuseUnknownKeys();
        return output;
    }

    // One bit has no form, no order and no decimals: keys about these are not known here.
    private static RegisterNumber ReadBit(TomlSection section, int count) =>
        new(NumberType.Bit, (int)(section.Integer("at", 0, count - 1, required: true) ?? 0), ByteOrder.ABCD);

    private static RegisterNumber ReadNumber(TomlSection section, int bytes)
    {
        // A text is no number: it would only be found out at the pond.
        var type = section.Word("type", Types, required: true);
        var length = type is { } known ? RegisterNumber.LengthOf(known) : 1;
        var order = length switch
        {
            1 => OrderOfByte(section, known: type is not null),
            2 => section.Word("order", WordOrders, required: true),
            _ => section.Word("order", Orders, required: true),
        };
        var number = new RegisterNumber(type ?? NumberType.U8, ProfileReadSection.Place(section, "at", bytes, length), order ?? ByteOrder.ABCD);
        if (type == NumberType.Bits)
        {
            return number with { Mask = (ushort)(section.Integer("mask", 1, ushort.MaxValue, required: true) ?? 1) };
        }

        if (section.Integer("mask", 1, ushort.MaxValue) is not null)
        {
            section.Report("mask", "mask is for type \"bits\" alone", "write type = \"bits\", or remove it");
        }

        return number;
    }

    private static ByteOrder? OrderOfByte(TomlSection section, bool known)
    {
        // Asked for in any case, so that it is not called unknown where the type is what is wrong.
        var order = section.Text("order");
        if (order is not null && known)
        {
            section.Report("order", "a single byte has no order", "remove it");
        }

        return null;
    }

    private static void CheckBasis(TomlSection section, Measurand? measurand)
    {
        var needed = measurand is { } known && Bases.ContainsValue(known);
        var basis = section.Word("basis", Bases, required: needed);
        if (basis is { } said && measurand is { } kept && said != kept)
        {
            section.Report(
                "basis",
                $"basis does not go with {kept.WireName}",
                needed ? $"write {said.WireName}, or basis = \"{Bases.First(pair => pair.Value == kept).Key}\"" : "remove it");
        }
    }

    private static Band? ReadBand(TomlSection section, string key)
    {
        if (section.Numbers(key, 2) is not [var low, var high])
        {
            return null;
        }

        if (low < high)
        {
            return new Band(low, high);
        }

        section.Report(key, $"{key} must be [low, high]", "put the lower number first");
        return null;
    }
}
