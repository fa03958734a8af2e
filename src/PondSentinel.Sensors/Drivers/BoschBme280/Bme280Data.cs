using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Drivers.BoschBme280;

/// <summary>What a BME280 gives for a measurement. Pure.</summary>
internal static class Bme280Data
{
    /// <summary>First register.</summary>
    public const byte Register = 0xF7;

    /// <summary>Bytes: pressure, temperature, humidity.</summary>
    public const int Length = 8;

    // What stands there when nothing was measured.
    private const int Skipped20 = 0x80000;
    private const int Skipped16 = 0x8000;
    private const double PascalsPerHectopascal = 100;

    /// <summary>Ranges of the data sheet, 1.1 to 1.4: °C, % and hPa.</summary>
    public static (Band Celsius, Band Percent, Band Hectopascals) Ranges { get; } =
        (new Band(-40, 85), new Band(0, 100), new Band(300, 1100));

    /// <summary>What the registers mean.</summary>
    /// <param name="bytes">As read.</param>
    /// <param name="calibration">The numbers of this very chip.</param>
    /// <param name="outputs">Temperature, humidity and pressure, by what they are where the chip hangs.</param>
    public static Reading Interpret(
        ReadOnlySpan<byte> bytes, Bme280Calibration calibration, IReadOnlyList<SensorOutput> outputs)
    {
        var (pressure, temperature) = (Twenty(bytes), Twenty(bytes[3..]));
        var humidity = (bytes[6] << 8) | bytes[7];
        if (pressure == Skipped20 || temperature == Skipped20 || humidity == Skipped16)
        {
            return new Reading.Failed(SensorFault.TimedOut, "it has not measured: did it lose its supply?");
        }

        var fine = calibration.FineTemperature(temperature);
        return new Reading.Measured(
        [
            Value(outputs[0], Bme280Calibration.Celsius(fine)),
            Value(outputs[1], calibration.HumidityPercent(humidity, fine)),
            Value(outputs[2], calibration.Pascals(pressure, fine) / PascalsPerHectopascal),
        ]);
    }

    private static int Twenty(ReadOnlySpan<byte> bytes) => (bytes[0] << 12) | (bytes[1] << 4) | (bytes[2] >> 4);

    private static OutputReading Value(SensorOutput output, double value) => double.IsFinite(value)
        ? new OutputReading(output.Name, new Measurement(output.Measurand, value), output.Range!.Value.Contains(value) ? null : SensorFault.OverRange)
        : new OutputReading(output.Name, null, SensorFault.Garbled);
}
