using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Registers, coils or inputs that are read together, by one request: nothing is merged and nothing read that stands not
/// here.</summary>
public sealed record ProfileRead
{
    private const int BitsPerByte = 8;
    private const int BytesPerRegister = 2;

    /// <summary>Its name within the profile.</summary>
    public required string Name { get; init; }

    /// <summary>Whether they are input registers (function 04) or discrete inputs (function 02), else holding registers (function 03) or coils
    /// (function 01).</summary>
    public required bool IsInput { get; init; }

    /// <summary>Whether they are single bits: coils or discrete inputs.</summary>
    public bool IsBits { get; init; }

    /// <summary>The first register, coil or input, counted from 0.</summary>
    public required ushort Register { get; init; }

    /// <summary>How many.</summary>
    public required int Count { get; init; }

    /// <summary>The numbers in them; none where the read is for its faults alone.</summary>
    public required IReadOnlyList<ProfileOutput> Outputs { get; init; }

    /// <summary>Bytes by which the probe says that something is wrong.</summary>
    public required IReadOnlyList<ProfileFault> Faults { get; init; }

    /// <summary>The request for it.</summary>
    /// <param name="address">The device.</param>
    public ModbusRequest Request(byte address) => (IsBits, IsInput) switch
    {
        (true, true) => ModbusRequest.ReadDiscrete(address, Register, Count),
        (true, false) => ModbusRequest.ReadCoils(address, Register, Count),
        (false, true) => ModbusRequest.ReadInput(address, Register, Count),
        (false, false) => ModbusRequest.ReadHolding(address, Register, Count),
    };

    /// <summary>Bytes that they take in a reply.</summary>
    public int Length => LengthOf(IsBits, Count);

    /// <summary>Bytes that registers, coils or inputs take in a reply.</summary>
    /// <param name="isBits">Whether they are coils or inputs: eight to a byte, the first in its lowest bit.</param>
    /// <param name="count">How many.</param>
    internal static int LengthOf(bool isBits, int count) => isBits ? (count + BitsPerByte - 1) / BitsPerByte : count * BytesPerRegister;

    /// <summary>What the registers say. Pure; never throws for as many bytes as were asked for.</summary>
    /// <param name="registers">The bytes that came, <see cref="Length"/> of them.</param>
    public Reading Interpret(ReadOnlySpan<byte> registers)
    {
        var outputs = new OutputReading[Outputs.Count];
        for (var i = 0; i < outputs.Length; i++)
        {
            outputs[i] = Outputs[i].Interpret(registers);
            if (outputs[i].Fault == SensorFault.WrongDevice)
            {
                // The other numbers only look possible.
                return new Reading.Failed(SensorFault.WrongDevice, outputs[i].Detail ?? "");
            }
        }

        foreach (var fault in Faults)
        {
            if (!fault.IsSetIn(registers))
            {
                continue;
            }

            if (fault.Outputs.Count == 0 && !fault.KeepsNumbers)
            {
                return new Reading.Failed(fault.Fault, fault.Text);
            }

            // A read without numbers has something to say against those of others only, see DoubtsIn.
            for (var i = 0; i < outputs.Length; i++)
            {
                outputs[i] = fault.Outputs.Count == 0 || fault.Outputs.Contains(outputs[i].Output, StringComparer.Ordinal)
                    ? fault.Applied(outputs[i])
                    : outputs[i];
            }
        }

        return new Reading.Measured(outputs);
    }

    /// <summary>What the registers say against the numbers of other reads; nothing where this one has numbers of its own.</summary>
    /// <param name="registers">The bytes that came, <see cref="Length"/> of them.</param>
    public IReadOnlyList<ProfileFault> DoubtsIn(ReadOnlySpan<byte> registers)
    {
        List<ProfileFault> doubts = [];
        foreach (var fault in Outputs.Count == 0 ? Faults : [])
        {
            if (fault.IsSetIn(registers))
            {
                doubts.Add(fault);
            }
        }

        return doubts;
    }
}

/// <summary>A byte by which a probe says that something is wrong.</summary>
/// <param name="At">Where it stands within the read.</param>
/// <param name="Text">What it means and what to do.</param>
public sealed record ProfileFault(int At, string Text)
{
    /// <summary>The bits that count.</summary>
    public byte Mask { get; init; } = byte.MaxValue;

    /// <summary>What those bits must be; null where any of them is enough.</summary>
    public byte? Value { get; init; }

    /// <summary>What is wrong.</summary>
    public SensorFault Fault { get; init; } = SensorFault.DeviceFault;

    /// <summary>The outputs that it concerns, of its read or, where that has none, of the profile; all, where none is named.
    /// </summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>Whether the numbers are still from now and only doubtful; else they are not kept.</summary>
    public bool KeepsNumbers { get; init; }

    /// <summary>Whether the probe says so.</summary>
    /// <param name="registers">The bytes of the read.</param>
    public bool IsSetIn(ReadOnlySpan<byte> registers)
    {
        var bits = registers[At] & Mask;
        return Value is { } value ? bits == value : bits != 0;
    }

    /// <summary>An output that it concerns.</summary>
    /// <param name="output">What its number says.</param>
    internal OutputReading Applied(OutputReading output) =>
        new(output.Output, KeepsNumbers ? output.Measurement : null, Fault) { Detail = Text };

    /// <summary>An output of another read, where it concerns that: one that is worse off already keeps its own fault.</summary>
    /// <param name="output">What its number says.</param>
    internal OutputReading AppliedOver(OutputReading output) =>
        output.Measurement is null || (output.Fault is not null && KeepsNumbers)
        || (Outputs.Count > 0 && !Outputs.Contains(output.Output, StringComparer.Ordinal))
            ? output
            : Applied(output);
}
