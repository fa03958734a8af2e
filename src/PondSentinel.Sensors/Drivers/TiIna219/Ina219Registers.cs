using System.Buffers.Binary;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Drivers.TiIna219;

/// <summary>The registers of an INA219. Pure, so that signs and full scales can be tested on bytes.</summary>
/// <remarks>Source: INA219 data sheet SBOS448, 8.6; see README.md beside this file.</remarks>
internal static class Ina219Registers
{
    /// <summary>Pointer of the configuration register.</summary>
    public const byte Configuration = 0;

    /// <summary>Pointer of the shunt voltage register.</summary>
    public const byte ShuntVoltage = 1;

    /// <summary>Pointer of the bus voltage register.</summary>
    public const byte BusVoltage = 2;

    /// <summary>One measurement of both voltages, on demand: 32 V, ±320 mV, the mean of 128 samples of 12 bits each.
    /// </summary>
    public const ushort MeasureOnce = 0x3FFB;

    /// <summary>What the chip stands above ground at most, V.</summary>
    public const double BusVoltsMax = 26;

    private const int BusShift = 3;
    private const double VoltsPerBusStep = 0.004;
    private const double VoltsPerShuntStep = 10e-6;
    private const ushort ReadyBit = 0x0002;

    // The full scale of the shunt in steps: at its end the current may be anything beyond.
    private const int ShuntStepsMax = 32_000;

    /// <summary>How long <see cref="MeasureOnce"/> takes: 68.10 ms for each voltage, and a tenth more, because that is typical.
    /// </summary>
    public static TimeSpan MeasuringTime { get; } = TimeSpan.FromMilliseconds(151);

    /// <summary>Whether the measurement is done.</summary>
    /// <param name="bus">The bus voltage register.</param>
    public static bool IsReady(ReadOnlySpan<byte> bus) => (BinaryPrimitives.ReadUInt16BigEndian(bus) & ReadyBit) != 0;

    /// <summary>The voltage of the supply. The register is unsigned: 24 V is BB82.</summary>
    /// <param name="bus">The bus voltage register.</param>
    public static double BusVolts(ReadOnlySpan<byte> bus) =>
        (BinaryPrimitives.ReadUInt16BigEndian(bus) >> BusShift) * VoltsPerBusStep;

    /// <summary>The voltage over the shunt. The register is signed: a battery that is charged gives the other sign than one
    /// that is used.</summary>
    /// <param name="shunt">The shunt voltage register.</param>
    public static double ShuntVolts(ReadOnlySpan<byte> shunt) => BinaryPrimitives.ReadInt16BigEndian(shunt) * VoltsPerShuntStep;

    /// <summary>What both registers mean.</summary>
    /// <param name="bus">The bus voltage register.</param>
    /// <param name="shunt">The shunt voltage register.</param>
    /// <param name="shuntOhms">The shunt.</param>
    public static Reading Interpret(ReadOnlySpan<byte> bus, ReadOnlySpan<byte> shunt, double shuntOhms)
    {
        var volts = BusVolts(bus);
        var isAtEnd = Math.Abs((int)BinaryPrimitives.ReadInt16BigEndian(shunt)) >= ShuntStepsMax;
        return new Reading.Measured(
        [
            new OutputReading("voltage", new Measurement(Measurand.SupplyVoltage, volts), volts > BusVoltsMax ? SensorFault.OverRange : null),
            new OutputReading("current", new Measurement(Measurand.SupplyCurrent, ShuntVolts(shunt) / shuntOhms), isAtEnd ? SensorFault.OverRange : null),
        ]);
    }
}
