using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using PondSentinel.Sensors.Profiles;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>A probe that is made of nothing but its profile: for profiles of the gateway's owner. It can show how a gateway goes on with
/// such a probe, and nothing about whether the profile is right.</summary>
/// <param name="id">Name of the device.</param>
/// <param name="address">Its address, 1 to 247.</param>
/// <param name="profile">The profile.</param>
/// <param name="serial">The serial number that it shall have; null for any.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="sense">What there is to sense now.</param>
internal sealed class ProfileProbe(
    string id, byte address, DeviceProfile profile, string? serial, Faults faults, Func<Sense> sense) : IModbusSlave
{
    private const byte ReadCoils = 1;
    private const byte ReadDiscrete = 2;
    private const byte ReadHolding = 3;
    private const byte ReadInput = 4;
    private const int Decimals = 2;

    /// <inheritdoc/>
    public string Id => id;

    /// <inheritdoc/>
    public byte Address => address;

    /// <inheritdoc/>
    public TimeSpan Thinking => profile.Line.Turnaround;

    /// <summary>What can be wrong with a probe of a profile.</summary>
    /// <param name="profile">The profile.</param>
    public static IReadOnlyList<FaultKind> Knobs(DeviceProfile profile) =>
        profile.Reads.Any(read => read.Faults.Count > 0) ? [.. FaultWords.OnModbus, FaultKind.Error] : FaultWords.OnModbus;

    /// <inheritdoc/>
    public SlaveAnswer? Answer(ReadOnlySpan<byte> request, TimeSpan now)
    {
        var command = request[1..].ToArray();
        var steps = (profile.Sequence?.Prelude ?? []).Concat(profile.Sequence?.Postlude ?? []);
        if (steps.FirstOrDefault(step => step.Send.Span.SequenceEqual(command)) is { } step)
        {
            return step.Reply.IsEmpty ? null : new SlaveAnswer([address, .. step.Reply.Span], null);
        }

        if (request.Length != 6 || request[1] is not (ReadCoils or ReadDiscrete or ReadHolding or ReadInput))
        {
            return SlaveAnswer.Exception(address, request[1], SlaveAnswer.NoSuchFunction);
        }

        var (isInput, isBits) = (request[1] is ReadInput or ReadDiscrete, request[1] is ReadCoils or ReadDiscrete);
        var register = BinaryPrimitives.ReadUInt16BigEndian(request[2..]);
        var count = BinaryPrimitives.ReadUInt16BigEndian(request[4..]);
        var read = profile.Reads.FirstOrDefault(
            read => read.IsInput == isInput && read.IsBits == isBits && read.Register == register && read.Count == count);
        return read is not null ? Measure(request[1], read)
            : profile.Identity is { } identity && !isBits && identity.IsInput == isInput && identity.Register == register && identity.Count == count
                ? Plain(request[1], Identity(identity))
                : SlaveAnswer.Exception(address, request[1], SlaveAnswer.NoSuchRegister);
    }

    private SlaveAnswer Measure(byte function, ProfileRead read)
    {
        var there = sense();
        var bytes = new byte[read.Length];
        foreach (var output in read.Outputs)
        {
            var scale = output.Scale;
            if (output.Decimals is { } place)
            {
                Put(bytes, place, Decimals);
                scale *= Math.Pow(10, -Decimals);
            }

            Put(bytes, output.Number, (there(output.Output.Measurand) - output.Offset) / scale);
        }

        List<(string Name, double Value)> values = [];
        foreach (var output in read.Outputs)
        {
            if (output.Interpret(bytes).Measurement is { } measurement)
            {
                values.Add((output.Output.Name, measurement.Value));
            }
        }

        var isNone = faults.Kind == FaultKind.NoNumber;
        if (isNone)
        {
            bytes.AsSpan().Fill(byte.MaxValue);
        }

        if (read.Faults is [var fault, ..])
        {
            var others = bytes[fault.At] & ~fault.Mask & byte.MaxValue;
            bytes[fault.At] = (byte)(others | (faults.Kind == FaultKind.Error ? fault.Value ?? fault.Mask : 0));
        }

        return Plain(function, bytes) with
        {
            Values = values.Count > 0 && !isNone
                ? new ServedValues(read.Register.ToString("X4", CultureInfo.InvariantCulture), bytes, values)
                : null,
        };
    }

    private byte[] Identity(ProfileIdentity identity)
    {
        var bytes = new byte[identity.Count * 2];
        if (identity.Number is { } number)
        {
            Put(bytes, number, double.TryParse(serial, NumberStyles.None, CultureInfo.InvariantCulture, out var own) ? own : 1);
            return bytes;
        }

        var text = serial ?? new string('0', identity.ModelAt) + (identity.Models.Count > 0 ? identity.Models[0] : "");
        Encoding.ASCII.GetBytes(text.PadRight(identity.Length, '0')[..identity.Length]).CopyTo(bytes, identity.At);
        return bytes;
    }

    private SlaveAnswer Plain(byte function, byte[] bytes) => new([address, function, (byte)bytes.Length, .. bytes], null);

    private static void Put(byte[] registers, RegisterNumber number, double value)
    {
        var rounded = Math.Round(value);
        if (number.Type == NumberType.Bit)
        {
            registers[number.At / 8] |= (byte)((rounded > 0 ? 1 : 0) << (number.At % 8));
            return;
        }

        Span<byte> sorted = stackalloc byte[sizeof(double)];
        sorted = sorted[..number.Length];
        switch (number.Type)
        {
            case NumberType.U8:
                sorted[0] = (byte)Math.Clamp(rounded, 0, byte.MaxValue - 1);
                break;
            case NumberType.S8:
                sorted[0] = unchecked((byte)(sbyte)Math.Clamp(rounded, sbyte.MinValue, sbyte.MaxValue));
                break;
            case NumberType.U16:
                BinaryPrimitives.WriteUInt16BigEndian(sorted, (ushort)Math.Clamp(rounded, 0, ushort.MaxValue - 1));
                break;
            case NumberType.S16:
                BinaryPrimitives.WriteInt16BigEndian(sorted, (short)Math.Clamp(rounded, short.MinValue, short.MaxValue));
                break;
            case NumberType.U32:
                BinaryPrimitives.WriteUInt32BigEndian(sorted, (uint)Math.Clamp(rounded, 0, uint.MaxValue - 1));
                break;
            case NumberType.S32:
                BinaryPrimitives.WriteInt32BigEndian(sorted, (int)Math.Clamp(rounded, int.MinValue, int.MaxValue));
                break;
            case NumberType.F32:
                BinaryPrimitives.WriteSingleBigEndian(sorted, (float)value);
                break;
            case NumberType.F64:
                BinaryPrimitives.WriteDoubleBigEndian(sorted, value);
                break;
            default:
                // Bits among others of their word.
                var shift = System.Numerics.BitOperations.TrailingZeroCount(number.Mask);
                var bits = (ushort)(((int)Math.Clamp(rounded, 0, number.Mask >> shift) << shift) & number.Mask);
                BinaryPrimitives.WriteUInt16BigEndian(sorted, bits);
                break;
        }

        Place(sorted, registers.AsSpan(number.At, number.Length), number.Order);
    }

    // Highest byte first, to how they lie.
    private static void Place(ReadOnlySpan<byte> sorted, Span<byte> bytes, ByteOrder order)
    {
        for (var i = 0; i < sorted.Length; i++)
        {
            var isLowRegisterFirst = order is ByteOrder.CDAB or ByteOrder.DCBA && sorted.Length > 2;
            var isLowByteFirst = order is ByteOrder.BADC or ByteOrder.DCBA && sorted.Length > 1;
            var register = isLowRegisterFirst ? (sorted.Length / 2) - 1 - (i / 2) : i / 2;
            bytes[sorted.Length == 1 ? 0 : (register * 2) + (isLowByteFirst ? 1 - (i % 2) : i % 2)] |= sorted[i];
        }
    }
}
