using System.Buffers.Binary;
using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Drivers.MaximDs18b20;

/// <summary>What the kernel's file <c>w1_slave</c> says of a DS18B20. Pure.</summary>
/// <remarks>Sources: DS18B20 data sheet 19-7487 (scratchpad, CRC); Documentation/w1/slaves/w1_therm.rst. See README.md beside
/// this file.</remarks>
internal static class Ds18b20Scratchpad
{
    private const int Length = 9;
    private const double StepsPerDegree = 16;
    private const double CelsiusMin = -55;
    private const double CelsiusMax = 125;

    // After a loss of supply the chip holds 85 °C until it has measured, and this in the byte that is reserved.
    private const short PowerOnSteps = 85 * 16;
    private const byte PowerOnReserved = 0x0C;
    private const int ReservedAt = 6;

    // x^8 + x^5 + x^4 + 1, bits in the other order.
    private const byte Polynomial = 0x8C;

    /// <summary>What it can measure.</summary>
    public static Band Range { get; } = new(CelsiusMin, CelsiusMax);

    /// <summary>What the file means.</summary>
    /// <param name="text">All of it.</param>
    public static Reading Interpret(string text)
    {
        var lines = text.Split('\n');
        if (text.Length == 0)
        {
            return new Reading.Failed(SensorFault.NoAnswer, "it has gone from the bus");
        }

        if (Bytes(lines[0]) is not { } bytes || !lines[0].TrimEnd().EndsWith("YES", StringComparison.Ordinal)
            || Crc(bytes.AsSpan(..^1)) != bytes[^1])
        {
            return new Reading.Failed(SensorFault.Garbled, $"wrong check sum: {Shown(lines[0])}");
        }

        // All zeros have the check sum zero: a data wire that is short-circuited reads like a device at 0 °C.
        if (bytes.AsSpan().IndexOfAnyExcept((byte)0) < 0)
        {
            return new Reading.Failed(SensorFault.Garbled, "all zeros: the data wire is short-circuited to ground");
        }

        var steps = BinaryPrimitives.ReadInt16LittleEndian(bytes);
        if (steps == PowerOnSteps && bytes[ReservedAt] == PowerOnReserved)
        {
            return new Reading.Failed(SensorFault.TimedOut, "it has lost its supply and has not measured since");
        }

        var celsius = steps / StepsPerDegree;
        return new Reading.Measured(
        [
            new OutputReading(
                "temperature", Measurement.Of(new WaterCelsius(celsius)), Range.Contains(celsius) ? null : SensorFault.OverRange),
        ]);
    }

    /// <summary>The check sum of 1-Wire.</summary>
    /// <param name="bytes">What it is of.</param>
    public static byte Crc(ReadOnlySpan<byte> bytes)
    {
        byte crc = 0;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (byte)((crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1);
            }
        }

        return crc;
    }

    // "7f 01 4b 46 7f ff 01 10 33 : crc=33 YES"
    private static byte[]? Bytes(string line)
    {
        var words = line.Split(' ', Length + 1);
        if (words.Length <= Length)
        {
            return null;
        }

        var bytes = new byte[Length];
        for (var i = 0; i < Length; i++)
        {
            if (words[i].Length != 2
                || !byte.TryParse(words[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[i]))
            {
                return null;
            }
        }

        return bytes;
    }

    private static string Shown(string line)
    {
        const int shownMax = 48;
        return line[..Math.Min(line.Length, shownMax)];
    }
}
