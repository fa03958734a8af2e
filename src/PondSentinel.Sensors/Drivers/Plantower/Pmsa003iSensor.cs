using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.I2c;

namespace PondSentinel.Sensors.Drivers.Plantower;

/// <summary>Reads a Plantower PMSA003I over I2C, address 0x12. Not thread-safe.</summary>
/// <param name="line">The bus; not disposed of.</param>
internal sealed class Pmsa003iSensor(II2cLine line) : ISensor
{
    private const int Address = 0x12;

    // 32 bytes at 100 kHz.
    private static readonly TimeSpan LineTime = TimeSpan.FromMilliseconds(4);

    private readonly byte[] frame = new byte[PmsFrame.Length];

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "plantower-pmsa003i",
        Name = "Plantower PMSA003I dust sensor",
        Grade = "indicative",
        VerifiedOnHardware = false,
        Outputs = PmsFrame.Outputs,
        Attachments =
        [
            Attachment.I2c(new I2cAddresses(Address, Address, Address), LineTime, static (bus, _) => new Pmsa003iSensor(bus.Line)),
        ],
    };

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await line.TransferAsync(Address, default, frame) is { } fault
            ? fault.AsReading()
            : PmsFrame.Interpret(frame)
                ?? new Reading.Failed(SensorFault.Garbled, $"no good frame: {Convert.ToHexString(frame.AsSpan(..8))}");
    }
}
