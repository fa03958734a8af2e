using System.Globalization;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Reads <c>[identify]</c> and <c>[address_change]</c> of a profile.</summary>
internal static class ProfileIdentitySection
{
    private const int BytesPerRegister = 2;
    private const int BytesMax = 255;

    // A text is bytes, one a character.
    private static readonly Dictionary<string, NumberType> Types = new(StringComparer.Ordinal)
    {
        ["ascii"] = NumberType.U8, ["u32"] = NumberType.U32,
    };

    /// <summary>Reads how a probe tells which piece it is.</summary>
    /// <param name="section">The table, or null where there is none.</param>
    public static ProfileIdentity? Read(TomlSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var (register, count) = ProfileReadSection.ReadRegisters(section);
        var order = section.Word("type", Types, required: true) == NumberType.U32 ? section.Word("order", ProfileOutputSection.Orders, required: true) : null;
        var at = (int)(section.Integer("at", 0, BytesMax, required: true) ?? 0);
        var length = order is null ? (int)(section.Integer("length", 1, BytesMax, required: true) ?? 1) : RegisterNumber.LengthOf(NumberType.U32);
        if (at + length > count * BytesPerRegister)
        {
            section.Report(
                "length",
                string.Create(CultureInfo.InvariantCulture, $"the serial number would end behind the {count * BytesPerRegister} bytes read"),
                "raise count or lower length");
            (at, length) = (0, 1);
        }

        var models = section.Texts("models") ?? [];
        var modelAt = section.Integer("model_at", 0, length - 1, required: models.Count > 0);
        var identity = new ProfileIdentity
        {
            IsInput = ProfileReadSection.ReadFunction(section),
            Register = register,
            Count = count,
            Number = order is { } known ? new RegisterNumber(NumberType.U32, at, known) : null,
            At = at,
            Length = length,
            ModelAt = (int)(modelAt ?? 0),
            Models = models,
        };
        section.RefuseUnknownKeys();
        return identity;
    }

    /// <summary>Reads how the address of a probe is changed.</summary>
    /// <param name="section">The table, or null where there is none.</param>
    public static ProfileAddressChange? ReadAddressChange(TomlSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var change = new ProfileAddressChange(
            ProfileHex.Read(section, "write"),
            ProfileHex.Read(section, "after", required: false),
            ProfileHex.Read(section, "ask", required: false),
            (int)(section.Integer("ask_at", 0, BytesMax, required: section.Has("ask")) ?? 0),
            ProfileFile.Line(section, "source"));
        var example = ProfileHex.Read(section, "example");
        if (example.Length == change.Write.Length + change.After.Length + 2 + ModbusCrc.Length)
        {
            // The new address is whatever the example has in its place.
            byte[] send = [.. change.Write.Span, example[1 + change.Write.Length], .. change.After.Span];
            ProfileHex.CheckExample(section, example, send);
        }
        else if (example.Length > 0)
        {
            section.Report("example", "example is not as long as this command", "write address, write, new address, after and checksum");
        }

        section.RefuseUnknownKeys();
        return change;
    }
}
