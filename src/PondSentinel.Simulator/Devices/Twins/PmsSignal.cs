using System.Buffers.Binary;
using PondSentinel.Measurements;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>The frame of a Plantower sensor: 42 4D, a length, words with the high byte first, and their sum. Pure.</summary>
internal static class PmsSignal
{
    private const byte HeadHigh = 0x42;
    private const byte HeadLow = 0x4D;
    private const int DataBytes = 28;
    private const byte ErrorCode = 0x40;

    /// <summary>A frame of 32 bytes: mass "CF=1", mass in air, counts, version and error code.</summary>
    /// <param name="there">What there is to sense.</param>
    /// <param name="fault">What is wrong.</param>
    /// <param name="character">What the served log calls the kind of answer.</param>
    public static (byte[] Frame, ServedValues? Values) Measure(Sense there, FaultKind fault, string character)
    {
        ushort[] mass = [Word(there(Measurand.Pm1)), Word(there(Measurand.Pm25)), Word(there(Measurand.Pm10))];
        ushort[] masses = fault switch
        {
            FaultKind.Zeros => new ushort[3],
            _ => mass,
        };

        // The counts are a choice: no more is known than that they fall with the size.
        ushort[] counts = [.. new[] { 60, 20, 5, 1, 0.2, 0.05 }.Select(perMass => Word(masses[1] * perMass))];
        byte[] data =
        [
            .. masses.Concat(masses).Concat(counts).SelectMany(word => new[] { (byte)(word >> 8), (byte)(word & 0xFF) }),
            0x97, fault == FaultKind.Error ? ErrorCode : (byte)0,
        ];
        var values = new ServedValues(
            character, data[6..12], [("pm1", masses[0]), ("pm25", masses[1]), ("pm10", masses[2])]);
        return (Frame([0, DataBytes, .. data]), values);
    }

    /// <summary>A frame.</summary>
    /// <param name="body">Length and data.</param>
    public static byte[] Frame(ReadOnlySpan<byte> body)
    {
        byte[] frame = [HeadHigh, HeadLow, .. body, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(^2..), Sum(frame.AsSpan(..^2)));
        return frame;
    }

    /// <summary>The sum of all bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    public static ushort Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        foreach (var value in bytes)
        {
            sum += value;
        }

        return (ushort)(sum & ushort.MaxValue);
    }

    private static ushort Word(double number) => (ushort)Math.Clamp(Math.Round(number), 0, ushort.MaxValue);
}
