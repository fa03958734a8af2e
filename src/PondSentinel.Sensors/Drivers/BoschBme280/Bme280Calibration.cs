using System.Buffers.Binary;

namespace PondSentinel.Sensors.Drivers.BoschBme280;

/// <summary>The numbers that were burnt into a BME280, and what its raw values mean with them. Pure.</summary>
/// <remarks>Source: BME280 data sheet BST-BME280-DS001, 4.2.2 (places) and 8.1 (equations in floating point); see README.md
/// beside this file.</remarks>
internal sealed class Bme280Calibration
{
    /// <summary>First register of the first block.</summary>
    public const byte FirstRegister = 0x88;

    /// <summary>Bytes of the first block.</summary>
    public const int FirstLength = 26;

    /// <summary>First register of the second block.</summary>
    public const byte SecondRegister = 0xE1;

    /// <summary>Bytes of the second block.</summary>
    public const int SecondLength = 7;

    private const int PressureFrom = 6;
    private const int PressureWords = 9;
    private const int Humidity1At = 25;

    private readonly ushort t1;
    private readonly short t2;
    private readonly short t3;
    private readonly ushort p1;
    private readonly short[] p = new short[PressureWords + 1];
    private readonly byte h1;
    private readonly short h2;
    private readonly byte h3;
    private readonly int h4;
    private readonly int h5;
    private readonly sbyte h6;

    private Bme280Calibration(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        t1 = BinaryPrimitives.ReadUInt16LittleEndian(first);
        t2 = BinaryPrimitives.ReadInt16LittleEndian(first[2..]);
        t3 = BinaryPrimitives.ReadInt16LittleEndian(first[4..]);
        p1 = BinaryPrimitives.ReadUInt16LittleEndian(first[PressureFrom..]);
        for (var i = 2; i <= PressureWords; i++)
        {
            p[i] = BinaryPrimitives.ReadInt16LittleEndian(first[(PressureFrom + (2 * (i - 1)))..]);
        }

        h1 = first[Humidity1At];
        h2 = BinaryPrimitives.ReadInt16LittleEndian(second);
        h3 = second[2];

        // Two signed 12-bit numbers share the byte in the middle.
        h4 = (unchecked((sbyte)second[3]) << 4) | (second[4] & 0x0F);
        h5 = (unchecked((sbyte)second[5]) << 4) | (second[4] >> 4);
        h6 = unchecked((sbyte)second[6]);
    }

    /// <summary>Reads both blocks.</summary>
    /// <param name="first">The first block.</param>
    /// <param name="second">The second.</param>
    /// <returns>Null where these are no numbers of a BME280: a bus that is held reads all zeros or all ones.</returns>
    public static Bme280Calibration? Of(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var calibration = new Bme280Calibration(first, second);
        return calibration.t1 is 0 or ushort.MaxValue || calibration.p1 is 0 or ushort.MaxValue ? null : calibration;
    }

    /// <summary>What the other two equations call t_fine.</summary>
    /// <param name="raw">20 bits.</param>
    public double FineTemperature(int raw)
    {
        var rough = (raw / 16384.0) - (t1 / 1024.0);
        var fine = (raw / 131072.0) - (t1 / 8192.0);
        return (rough * t2) + (fine * fine * t3);
    }

    /// <summary>Temperature, °C.</summary>
    /// <param name="fine">Of <see cref="FineTemperature"/>.</param>
    public static double Celsius(double fine) => fine / 5120.0;

    /// <summary>Pressure, Pa.</summary>
    /// <param name="raw">20 bits.</param>
    /// <param name="fine">Of <see cref="FineTemperature"/>.</param>
    /// <returns>Not finite where the calibration makes no sense.</returns>
    public double Pascals(int raw, double fine)
    {
        var x = (fine / 2) - 64000;
        var offset = (((x * x * p[6] / 32768) + (x * p[5] * 2)) / 4) + (p[4] * 65536.0);
        var sensitivity = (1 + (((p[3] * x * x / 524288) + (p[2] * x)) / 524288 / 32768)) * p1;
        var pascals = (1048576.0 - raw - (offset / 4096)) * 6250 / sensitivity;
        return pascals + (((p[9] * pascals * pascals / 2147483648) + (pascals * p[8] / 32768) + p[7]) / 16);
    }

    /// <summary>Relative humidity, %; kept within 0 and 100 by the maker's own equation.</summary>
    /// <param name="raw">16 bits.</param>
    /// <param name="fine">Of <see cref="FineTemperature"/>.</param>
    public double HumidityPercent(int raw, double fine)
    {
        var x = fine - 76800;
        var humidity = (raw - ((h4 * 64.0) + (h5 / 16384.0 * x)))
            * (h2 / 65536.0 * (1 + (h6 / 67108864.0 * x * (1 + (h3 / 67108864.0 * x)))));
        return Math.Clamp(humidity * (1 - (h1 * humidity / 524288)), 0, 100);
    }
}
