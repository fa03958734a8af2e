using System.Buffers.Binary;
using PondSentinel.Measurements;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>Bosch BME280 with the calibration of its data sheet's own example. BST-BME280-DS001: registers 5.3, calibration 4.2.2.
/// </summary>
/// <remarks>It looks for the raw values that mean what there is to sense, by its maker's equations, so that what it serves is what those
/// raw values mean.</remarks>
/// <param name="id">Name of the device.</param>
/// <param name="address">7-bit address.</param>
/// <param name="isOutdoors">Whether it hangs outdoors, else in a housing.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="sense">What there is to sense now.</param>
internal sealed class Bme280Twin(string id, int address, bool isOutdoors, Faults faults, Func<Sense> sense) : II2cTwin
{
    private const byte First = 0x88;
    private const byte ChipRegister = 0xD0;
    private const byte Second = 0xE1;
    private const byte HumidityControl = 0xF2;
    private const byte Status = 0xF3;
    private const byte MeasurementControl = 0xF4;
    private const byte Data = 0xF7;
    private const byte Chip = 0x60;
    private const byte ChipWithoutHumidity = 0x58;
    private const byte Measuring = 0x08;
    private const int Raw20Max = (1 << 20) - 1;
    private const int Raw16Max = (1 << 16) - 1;
    private const double PascalsPerHectopascal = 100;

    private static readonly TimeSpan Takes = TimeSpan.FromMilliseconds(9.3);

    private static readonly short[] T = [27504, 26435, -1000];
    private static readonly int[] P = [36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000];
    private static readonly int[] H = [75, 362, 0, 315, 50, 30];

    private readonly byte[] registers = Fresh();
    private byte pointer;
    private bool humidityIsOn;
    private TimeSpan done;
    private ServedValues? served;

    /// <summary>What can be wrong with it. Nothing guards its bytes, so a wrong bit cannot be told from a right one.</summary>
    public static IReadOnlyList<FaultKind> Knobs { get; } =
        [.. FaultWords.OnI2c, FaultKind.NoNumber, FaultKind.NotReady, FaultKind.OtherChip];

    /// <inheritdoc/>
    public string Id => id;

    /// <inheritdoc/>
    public int Address => address;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        // After the first, register and value take turns (6.2.1).
        pointer = bytes[0];
        for (var i = 1; i < bytes.Length; i += 2)
        {
            Set(bytes[i - 1], bytes[i], now);
        }
    }

    /// <inheritdoc/>
    public I2cAnswer Read(int count, TimeSpan now)
    {
        registers[ChipRegister] = faults.Kind == FaultKind.OtherChip ? ChipWithoutHumidity : Chip;
        registers[Status] = now < done || faults.Kind == FaultKind.NotReady ? Measuring : (byte)0;
        var bytes = registers.AsSpan(pointer, Math.Min(count, registers.Length - pointer)).ToArray();
        return new I2cAnswer(bytes, pointer == Data && count >= 8 && now >= done ? served : null);
    }

    private void Set(byte register, byte value, TimeSpan now)
    {
        if (register == HumidityControl)
        {
            humidityIsOn = (value & 7) != 0;
        }

        // "Forced": once, then sleep.
        if (register == MeasurementControl && (value & 3) is 1 or 2)
        {
            Measure();
            done = now + Takes;
        }
    }

    private void Measure()
    {
        var there = sense();
        var temperature = Search(Raw20Max, raw => Celsius(raw), there(isOutdoors ? Measurand.AirTemperature : Measurand.HousingTemperature));
        var fine = Fine(temperature);
        var pressure = Search(Raw20Max, raw => -Pascals(raw, fine), -there(Measurand.AirPressure) * PascalsPerHectopascal);
        var humidity = Search(Raw16Max, raw => Humidity(raw, fine), there(isOutdoors ? Measurand.AirHumidity : Measurand.HousingHumidity));
        var isNone = faults.Kind == FaultKind.NoNumber;
        if (isNone)
        {
            // What stands there where nothing was measured.
            (temperature, pressure, humidity) = (0x80000, 0x80000, 0x8000);
        }

        humidity = humidityIsOn ? humidity : 0x8000;
        byte[] data =
        [
            .. Twenty(pressure), .. Twenty(temperature), (byte)(humidity >> 8), (byte)(humidity & 0xFF),
        ];
        data.CopyTo(registers, Data);
        served = isNone ? null : new ServedValues(
            "F7",
            data,
            [
                ("temperature", Celsius(temperature)), ("humidity", Humidity(humidity, fine)),
                ("pressure", Pascals(pressure, fine) / PascalsPerHectopascal),
            ]);
    }

    private static byte[] Twenty(int raw) => [(byte)(raw >> 12), (byte)((raw >> 4) & 0xFF), (byte)((raw << 4) & 0xF0)];

    private static int Search(int max, Func<int, double> rising, double wanted)
    {
        var (low, high) = (0, max);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = rising(middle) < wanted ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    // The equations in floating point, 8.1.
    private static double Fine(int raw)
    {
        var v1 = ((raw / 16384.0) - (T[0] / 1024.0)) * T[1];
        var v2 = (raw / 131072.0) - (T[0] / 8192.0);
        return v1 + (v2 * v2 * T[2]);
    }

    private static double Celsius(int raw) => Fine(raw) / 5120.0;

    private static double Pascals(int raw, double fine)
    {
        var v1 = (fine / 2.0) - 64000.0;
        var v2 = v1 * v1 * P[5] / 32768.0;
        v2 += v1 * P[4] * 2.0;
        v2 = (v2 / 4.0) + (P[3] * 65536.0);
        v1 = ((P[2] * v1 * v1 / 524288.0) + (P[1] * v1)) / 524288.0;
        v1 = (1.0 + (v1 / 32768.0)) * P[0];
        var p = (1048576.0 - raw - (v2 / 4096.0)) * 6250.0 / v1;
        v1 = P[8] * p * p / 2147483648.0;
        v2 = p * P[7] / 32768.0;
        return p + ((v1 + v2 + P[6]) / 16.0);
    }

    private static double Humidity(int raw, double fine)
    {
        var h = fine - 76800.0;
        h = (raw - ((H[3] * 64.0) + (H[4] / 16384.0 * h)))
            * (H[1] / 65536.0 * (1.0 + (H[5] / 67108864.0 * h * (1.0 + (H[2] / 67108864.0 * h)))));
        return Math.Clamp(h * (1.0 - (H[0] * h / 524288.0)), 0, 100);
    }

    private static byte[] Fresh()
    {
        var registers = new byte[256];
        var at = First;
        foreach (var word in T.Select(word => (int)word).Concat(P))
        {
            BinaryPrimitives.WriteUInt16LittleEndian(registers.AsSpan(at), unchecked((ushort)word));
            at += 2;
        }

        registers[First + 25] = (byte)H[0];
        BinaryPrimitives.WriteInt16LittleEndian(registers.AsSpan(Second), (short)H[1]);
        registers[Second + 2] = (byte)H[2];

        // Two numbers of 12 bits share the byte in the middle.
        registers[Second + 3] = (byte)(H[3] >> 4);
        registers[Second + 4] = (byte)((H[3] & 0x0F) | ((H[4] & 0x0F) << 4));
        registers[Second + 5] = (byte)(H[4] >> 4);
        registers[Second + 6] = (byte)H[5];
        return registers;
    }
}
