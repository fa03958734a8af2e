using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Duty;

namespace PondSentinel.Sensors.Drivers.Plantower;

/// <summary>Reads a Plantower PMSA003I over I2C, address 0x12. It cannot be sent to sleep over I2C. Not thread-safe.</summary>
internal sealed class Pmsa003iSensor : IPausingSensor, IDutyDevice
{
    private const int Address = 0x12;

    // 32 bytes at 100 kHz.
    private static readonly TimeSpan LineTime = TimeSpan.FromMilliseconds(4);

    private readonly II2cLine line;
    private readonly TimeProvider time;
    private readonly DutyCycle cycle;
    private readonly byte[] frame = new byte[PmsFrame.Length];

    /// <summary>Makes the sensor.</summary>
    /// <param name="line">The bus; not disposed of.</param>
    /// <param name="plan">When it is believed.</param>
    /// <param name="time">For the warm-up.</param>
    public Pmsa003iSensor(II2cLine line, DutyPlan plan, TimeProvider time)
    {
        (this.line, this.time) = (line, time);
        cycle = new DutyCycle(this, plan, time);
    }

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "plantower-pmsa003i",
        Name = "Plantower PMSA003I dust sensor",
        Grade = "indicative",
        VerifiedOnHardware = false,
        Outputs = PmsFrame.Outputs,
        ReadSettings = DutySettings.ReadWarmUp,
        Attachments =
        [
            Attachment.I2c(
                new I2cAddresses(Address, Address, Address),
                LineTime,
                static (bus, order) => new Pmsa003iSensor(
                    bus.Line, DutyPlan.Of(order, PmsFrame.WarmUp) with { Rests = false }, bus.Time)),
        ],
    };

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) =>
        ReadAsync(new LoneTurn(time), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(IBusTurn turn, CancellationToken cancellationToken) =>
        cycle.ReadAsync(turn, cancellationToken);

    /// <inheritdoc/>
    public void Forget() => cycle.Forget();

    /// <inheritdoc/>
    public async ValueTask<Reading.Failed?> StartAsync(CancellationToken cancellationToken) =>
        await ReadFrameAsync(cancellationToken) as Reading.Failed;

    /// <inheritdoc/>
    public ValueTask<Reading> AskAsync(IBusTurn turn, CancellationToken cancellationToken) => ReadFrameAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask RestAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private async ValueTask<Reading> ReadFrameAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await line.TransferAsync(Address, default, frame) is { } fault
            ? fault.AsReading()
            : PmsFrame.Interpret(frame)
                ?? new Reading.Failed(SensorFault.Garbled, $"no good frame: {Convert.ToHexString(frame.AsSpan(..8))}");
    }
}
