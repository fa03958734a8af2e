using System.Buffers.Binary;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.I2c;

namespace PondSentinel.Sensors.Drivers.TiIna219;

/// <summary>Reads voltage and current of a supply with a Texas Instruments INA219.</summary>
/// <remarks>Each poll starts a measurement of its own and waits for it, so that no value is from before. The chip's own
/// calibration register is not used: the current is the shunt's voltage by its resistance. Not thread-safe.</remarks>
/// <param name="line">The bus; not disposed of.</param>
/// <param name="address">7-bit address.</param>
/// <param name="settings">Its settings.</param>
/// <param name="time">For waiting.</param>
internal sealed class Ina219Sensor(II2cLine line, int address, Ina219Settings settings, TimeProvider time) : ISensor
{
    private const int AddressMin = 0x40;
    private const int AddressMax = 0x4F;
    private const double ShuntOhmsMin = 0.0001;
    private const double ShuntOhmsMax = 10;

    private readonly byte[] bus = new byte[sizeof(ushort)];
    private readonly byte[] shunt = new byte[sizeof(ushort)];
    private readonly byte[] configuration = new byte[sizeof(ushort)];

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "ti-ina219",
        Name = "Texas Instruments INA219 supply monitor",
        Grade = "reference",
        VerifiedOnHardware = false,
        Outputs =
        [
            new SensorOutput("voltage", Measurand.SupplyVoltage) { Range = new Band(0, Ina219Registers.BusVoltsMax) },
            new SensorOutput("current", Measurand.SupplyCurrent),
        ],
        ReadSettings = static section => section.Number("shunt_ohm", ShuntOhmsMin, ShuntOhmsMax) is { } ohms
            ? new Ina219Settings(ohms)
            : Ina219Settings.Usual,
        Attachments =
        [
            Attachment.I2c(
                new I2cAddresses(AddressMin, AddressMin, AddressMax),
                Ina219Registers.MeasuringTime,
                static (bus, order) => new Ina219Sensor(
                    bus.Line, (int)order.Address, order.Settings as Ina219Settings ?? Ina219Settings.Usual, bus.Time)),
        ],
    };

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        byte[] start =
            [Ina219Registers.Configuration, Ina219Registers.MeasureOnce >> 8, Ina219Registers.MeasureOnce & byte.MaxValue];
        if (await line.TransferAsync(address, start, default) is { } refused)
        {
            return refused.AsReading();
        }

        await Task.Delay(Ina219Registers.MeasuringTime, time, cancellationToken);
        var fault = await ReadAsync(Ina219Registers.Configuration, configuration)
            ?? await ReadAsync(Ina219Registers.BusVoltage, bus)
            ?? await ReadAsync(Ina219Registers.ShuntVoltage, shunt);
        if (fault is not null)
        {
            return fault.AsReading();
        }

        var set = BinaryPrimitives.ReadUInt16BigEndian(configuration);
        return set != Ina219Registers.MeasureOnce
            ? new Reading.Failed(SensorFault.WrongDevice, $"no INA219, or it started anew meanwhile: it is set to {set:X4} and not to {Ina219Registers.MeasureOnce:X4}")
            : Ina219Registers.IsReady(bus)
                ? Ina219Registers.Interpret(bus, shunt, settings.ShuntOhms)
                : new Reading.Failed(SensorFault.TimedOut, "it has not measured within its time");
    }

    private async ValueTask<I2cFault?> ReadAsync(byte register, byte[] word) =>
        await line.TransferAsync(address, new[] { register }, word);
}
