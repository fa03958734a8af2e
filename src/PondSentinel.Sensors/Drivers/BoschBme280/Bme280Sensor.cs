using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.I2c;

namespace PondSentinel.Sensors.Drivers.BoschBme280;

/// <summary>Reads temperature, humidity and pressure of the air with a Bosch BME280.</summary>
/// <remarks>Each poll asks for one measurement and waits for it. What the chip is, and its calibration, are read before the
/// first and after every failure: another chip has other numbers. Not thread-safe.</remarks>
/// <param name="line">The bus; not disposed of.</param>
/// <param name="address">7-bit address.</param>
/// <param name="settings">Where it hangs.</param>
/// <param name="time">For waiting.</param>
internal sealed class Bme280Sensor(II2cLine line, int address, Bme280Settings settings, TimeProvider time) : ISensor
{
    private const int AddressUsual = 0x76;
    private const int AddressOther = 0x77;

    private const byte KindRegister = 0xD0;
    private const byte Kind = 0x60;
    private const byte KindWithoutHumidity = 0x58;
    private const byte HumidityControl = 0xF2;
    private const byte Status = 0xF3;
    private const byte MeasurementControl = 0xF4;
    private const byte MeasuringBit = 0x08;

    // Each quantity once; "forced": measure now, then sleep.
    private const byte HumidityOnce = 0x01;
    private const byte MeasureOnce = 0x25;

    // Data sheet 9.1: 9.3 ms at most.
    private static readonly TimeSpan MeasuringTime = TimeSpan.FromMilliseconds(10);

    private readonly byte[] one = new byte[1];
    private Bme280Calibration? calibration;

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "bosch-bme280",
        Name = "Bosch BME280 air sensor",
        Grade = "reference",
        VerifiedOnHardware = false,
        Outputs = new Bme280Settings(IsOutdoors: true).Outputs,
        ReadSettings = Bme280Settings.Read,
        Attachments =
        [
            Attachment.I2c(
                new I2cAddresses(AddressUsual, AddressUsual, AddressOther),
                MeasuringTime,
                static (bus, order) => new Bme280Sensor(
                    bus.Line, (int)order.Address, order.Settings as Bme280Settings ?? new Bme280Settings(IsOutdoors: true), bus.Time)),
        ],
    };

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        var known = calibration;
        calibration = null;
        if (known is null)
        {
            (known, var objection) = await GetToKnowAsync();
            if (known is null)
            {
                return objection!;
            }
        }

        var reading = await MeasureAsync(known, cancellationToken);
        calibration = reading is Reading.Measured ? known : null;
        return reading;
    }

    /// <inheritdoc/>
    public void Forget() => calibration = null;

    private async ValueTask<Reading> MeasureAsync(Bme280Calibration known, CancellationToken cancellationToken)
    {
        // In this order: the first takes effect only with the second.
        var fault = await line.TransferAsync(address, new[] { HumidityControl, HumidityOnce }, default)
            ?? await line.TransferAsync(address, new[] { MeasurementControl, MeasureOnce }, default);
        if (fault is not null)
        {
            return fault.AsReading();
        }

        await Task.Delay(MeasuringTime, time, cancellationToken);
        var data = new byte[Bme280Data.Length];
        fault = await ReadAsync(Status, one) ?? await ReadAsync(Bme280Data.Register, data);
        return fault is not null ? fault.AsReading()
            : (one[0] & MeasuringBit) != 0 ? new Reading.Failed(SensorFault.TimedOut, "it has not measured within its time")
            : Bme280Data.Interpret(data, known, settings.Outputs);
    }

    private async ValueTask<(Bme280Calibration? Known, Reading.Failed? Objection)> GetToKnowAsync()
    {
        var (first, second) = (new byte[Bme280Calibration.FirstLength], new byte[Bme280Calibration.SecondLength]);
        if (await ReadAsync(KindRegister, one) is { } silent)
        {
            return (null, silent.AsReading());
        }

        if (one[0] != Kind)
        {
            return (null, new Reading.Failed(SensorFault.WrongDevice, one[0] == KindWithoutHumidity
                ? "it is a BMP280, which has no humidity"
                : $"no BME280: its kind is {one[0]:X2}"));
        }

        if ((await ReadAsync(Bme280Calibration.FirstRegister, first) ?? await ReadAsync(Bme280Calibration.SecondRegister, second)) is { } fault)
        {
            return (null, fault.AsReading());
        }

        return Bme280Calibration.Of(first, second) is { } known
            ? (known, null)
            : (null, new Reading.Failed(SensorFault.Garbled, "its calibration is no numbers of a BME280"));
    }

    private async ValueTask<I2cFault?> ReadAsync(byte register, byte[] bytes) =>
        await line.TransferAsync(address, new[] { register }, bytes);
}
