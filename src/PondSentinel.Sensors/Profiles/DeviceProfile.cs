using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Sensors.Profiles;

/// <summary>A Modbus RTU probe as data: what to ask, what the answer means, and the maker's own examples of both.
/// </summary>
public sealed record DeviceProfile
{
    /// <summary>The model's id.</summary>
    public required string Id { get; init; }

    /// <summary>Who makes it.</summary>
    public required string Maker { get; init; }

    /// <summary>What the maker calls it.</summary>
    public required string Name { get; init; }

    /// <summary><c>reference</c> or <c>indicative</c>.</summary>
    public required string Grade { get; init; }

    /// <summary>Whether anybody has run it against the real thing.</summary>
    public required bool VerifiedOnHardware { get; init; }

    /// <summary>Where all this is from.</summary>
    public required ProfileSource Source { get; init; }

    /// <summary>How the probe comes from the factory, and how fast it answers.</summary>
    public required ProfileLine Line { get; init; }

    /// <summary>What one poll asks, in this order.</summary>
    public required IReadOnlyList<ProfileRead> Reads { get; init; }

    /// <summary>Sourced examples; tests and virtual probes live by them.</summary>
    public required IReadOnlyList<ProfileVector> Vectors { get; init; }

    /// <summary>How long a poll of everything keeps a line busy.</summary>
    /// <param name="baud">Bits per second.</param>
    public TimeSpan LineTime(int baud)
    {
        var line = new SerialSettings("", baud, Line.Parity, Line.StopBits);
        return Reads.Aggregate(TimeSpan.Zero, (sum, read) =>
        {
            var request = read.Request(ProfileLine.AddressMin);
            return sum + ModbusRtuMaster.SilenceOn(line) + Line.Turnaround
                + line.TimeOf(request.Frame.Length + request.ReplyLength);
        });
    }
}

/// <summary>Where a profile's facts are from.</summary>
/// <param name="Manual">The document.</param>
/// <param name="Revision">Its revision or date.</param>
/// <param name="Where">Pages and figures.</param>
public sealed record ProfileSource(string Manual, string Revision, string Where);

/// <summary>A probe's side of the line.</summary>
public sealed record ProfileLine
{
    /// <summary>Lowest address (Modbus over Serial Line V1.02, 2.2).</summary>
    public const int AddressMin = 1;

    /// <summary>Highest address.</summary>
    public const int AddressMax = 247;

    /// <summary>Baud rate from the factory.</summary>
    public required int Baud { get; init; }

    /// <summary>Parity from the factory.</summary>
    public required LineParity Parity { get; init; }

    /// <summary>Stop bits from the factory.</summary>
    public required int StopBits { get; init; }

    /// <summary>Address from the factory.</summary>
    public required int Address { get; init; }

    /// <summary>How long it has for a reply.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>How long it normally takes to begin its reply; only for the load of a bus.</summary>
    public required TimeSpan Turnaround { get; init; }
}

/// <summary>Registers that are read together.</summary>
public sealed record ProfileRead
{
    /// <summary>Its name within the profile.</summary>
    public required string Name { get; init; }

    /// <summary>Whether they are input registers (function 04), else holding registers (function 03).</summary>
    public required bool IsInput { get; init; }

    /// <summary>The first register, counted from 0.</summary>
    public required ushort Register { get; init; }

    /// <summary>How many registers.</summary>
    public required int Count { get; init; }

    /// <summary>The numbers in them.</summary>
    public required IReadOnlyList<ProfileOutput> Outputs { get; init; }

    /// <summary>Bytes by which the probe says that it cannot measure.</summary>
    public required IReadOnlyList<ProfileFault> Faults { get; init; }

    /// <summary>The request for it.</summary>
    /// <param name="address">The device.</param>
    public ModbusRequest Request(byte address) => IsInput
        ? ModbusRequest.ReadInput(address, Register, Count)
        : ModbusRequest.ReadHolding(address, Register, Count);

    /// <summary>What the registers say. Pure; never throws for as many bytes as were asked for.</summary>
    /// <param name="registers">Two bytes for each register.</param>
    public Reading Interpret(ReadOnlySpan<byte> registers)
    {
        foreach (var fault in Faults)
        {
            if (registers[fault.At] == fault.Value)
            {
                return new Reading.Failed(SensorFault.DeviceFault, fault.Text);
            }
        }

        var outputs = new OutputReading[Outputs.Count];
        for (var i = 0; i < outputs.Length; i++)
        {
            outputs[i] = Outputs[i].Interpret(registers);
        }

        return new Reading.Measured(outputs);
    }
}

/// <summary>A number in the registers of a read.</summary>
public sealed record ProfileOutput
{
    /// <summary>What it is.</summary>
    public required SensorOutput Output { get; init; }

    /// <summary>Its first byte within the read.</summary>
    public required int At { get; init; }

    /// <summary>How its bytes lie.</summary>
    public required ByteOrder Order { get; init; }

    /// <summary>What the number is multiplied by to be in the measurand's unit.</summary>
    public required double Scale { get; init; }

    /// <summary>Whether the number is still worth keeping when it is out of range. It is never clamped.</summary>
    public required bool KeepsOverRange { get; init; }

    /// <summary>What the registers say of it.</summary>
    /// <param name="registers">The bytes of the read.</param>
    public OutputReading Interpret(ReadOnlySpan<byte> registers)
    {
        var raw = FloatBytes.Read(registers.Slice(At, FloatBytes.Length), Order);
        var value = float.IsFinite(raw) ? FloatBytes.Widen(raw) * Scale : double.NaN;
        if (!double.IsFinite(value))
        {
            // A probe says so when a measurement fails inside it.
            return new OutputReading(Output.Name, null, SensorFault.DeviceFault);
        }

        var measurement = new Measurement(Output.Measurand, value);
        return Output.Range is { } range && !range.Contains(value)
            ? new OutputReading(Output.Name, KeepsOverRange ? measurement : null, SensorFault.OverRange)
            : new OutputReading(Output.Name, measurement, null);
    }
}

/// <summary>A byte by which a probe says that it cannot measure; the numbers beside it are not from now.</summary>
/// <param name="At">Where it stands within the read.</param>
/// <param name="Value">The value that says so.</param>
/// <param name="Text">What it means and what to do.</param>
public sealed record ProfileFault(int At, byte Value, string Text);

/// <summary>An example of a request, its reply and what it means.</summary>
public sealed record ProfileVector
{
    /// <summary>The read it is an example of.</summary>
    public required string Read { get; init; }

    /// <summary>Where it is from.</summary>
    public required string Source { get; init; }

    /// <summary>The request, checksum included.</summary>
    public required ReadOnlyMemory<byte> Request { get; init; }

    /// <summary>The reply, checksum included.</summary>
    public required ReadOnlyMemory<byte> Reply { get; init; }

    /// <summary>What each output says; empty where there is a fault.</summary>
    public required IReadOnlyDictionary<string, double> Values { get; init; }

    /// <summary>The fault it shows, or null.</summary>
    public required SensorFault? Fault { get; init; }
}
