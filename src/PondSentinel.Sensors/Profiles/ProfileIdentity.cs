using System.Globalization;
using System.Text;
using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Sensors.Profiles;

/// <summary>How to tell which piece a probe is: a serial number, as a number or in ASCII, where some characters may name the
/// model.</summary>
public sealed record ProfileIdentity
{
    /// <summary>Whether it stands in input registers, else in holding registers.</summary>
    public required bool IsInput { get; init; }

    /// <summary>The first register, counted from 0.</summary>
    public required ushort Register { get; init; }

    /// <summary>How many registers.</summary>
    public required int Count { get; init; }

    /// <summary>How it lies, where it is a number; null where it is a text.</summary>
    public RegisterNumber? Number { get; init; }

    /// <summary>First byte of the text within them.</summary>
    public required int At { get; init; }

    /// <summary>Characters of the text.</summary>
    public required int Length { get; init; }

    /// <summary>Where in the serial number the model is named.</summary>
    public int ModelAt { get; init; }

    /// <summary>The names that stand there for this model; none where the serial number does not say.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>The request for it.</summary>
    /// <param name="address">The device.</param>
    public ModbusRequest Request(byte address) => IsInput
        ? ModbusRequest.ReadInput(address, Register, Count)
        : ModbusRequest.ReadHolding(address, Register, Count);

    /// <summary>The serial number. Pure; never throws for as many bytes as were asked for.</summary>
    /// <param name="registers">Two bytes for each register.</param>
    /// <returns>Letters and digits; empty where there are none. Signs that some pieces put before it are left out.</returns>
    public string SerialIn(ReadOnlySpan<byte> registers)
    {
        if (Number is { } number)
        {
            return number.Read(registers).ToString("0", CultureInfo.InvariantCulture);
        }

        var text = new StringBuilder(Length);
        foreach (var value in registers.Slice(At, Length))
        {
            if (char.IsAsciiLetterOrDigit((char)value))
            {
                text.Append((char)value);
            }
        }

        return text.ToString();
    }

    /// <summary>Whether a serial number is one of this model's.</summary>
    /// <param name="serial">The serial number.</param>
    public bool IsOfModel(string serial) =>
        Models.Count == 0
        || (serial.Length > ModelAt && Models.Any(model => serial.AsSpan(ModelAt).StartsWith(model, StringComparison.Ordinal)));
}

/// <summary>How the address of a probe is changed: on the bench, alone on its line.</summary>
/// <param name="Write">Function and data of the request, without checksum, up to where the new address stands.</param>
/// <param name="After">What follows the new address.</param>
/// <param name="Ask">The whole request, without checksum, by which a lone probe tells its address; empty where there is
/// none.</param>
/// <param name="AskAt">Where the address stands in the reply to that, counted from the reply's first byte.</param>
/// <param name="Source">Where it is from.</param>
public sealed record ProfileAddressChange(
    ReadOnlyMemory<byte> Write, ReadOnlyMemory<byte> After, ReadOnlyMemory<byte> Ask, int AskAt, string Source);
