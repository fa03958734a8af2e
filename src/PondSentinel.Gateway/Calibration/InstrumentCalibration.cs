using PondSentinel.Calibration;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Calibration;

/// <summary>Calibrates a device that holds its calibration itself, a standard at a time, and makes the record of it.</summary>
/// <remarks>Each step is an errand on the device's bus, between its polls. Not thread-safe: one person calibrates a probe.</remarks>
/// <param name="sensor">The device.</param>
/// <param name="channel">The channel that is calibrated.</param>
/// <param name="errands">The bus.</param>
/// <param name="time">For the time that the probe stays in a standard.</param>
internal sealed class InstrumentCalibration(ICalibratingSensor sensor, CalibratedChannel channel, BusErrands errands, TimeProvider time)
{
    private readonly List<StandardReading> found = [];
    private readonly List<StandardReading> left = [];

    /// <summary>The standards, in the order in which the probe is put into them.</summary>
    public IReadOnlyList<HeldStandard> Standards { get; } = [.. sensor.Standards.Where(standard => standard.Output == channel.Output.Name)];

    /// <summary>The probe stands in a standard: waits until it has been there long enough, reads it, tells it, and reads it again.</summary>
    /// <param name="standard">The next of <see cref="Standards"/>, perhaps with the value of the bottle.</param>
    /// <param name="celsius">Temperature of the standard, °C.</param>
    /// <param name="lot">The lot on the bottle; null where nobody said.</param>
    /// <param name="cancellationToken">Gives up; the device is then calibrated in part.</param>
    /// <returns>Null where it was done; else what the device has against it, and nothing of the standard is noted.</returns>
    public async Task<Reading.Failed?> TakeAsync(HeldStandard standard, double celsius, string? lot, CancellationToken cancellationToken)
    {
        await Task.Delay(standard.Soak, time, cancellationToken);
        var (before, failure) = await ReadAsync(cancellationToken);
        failure ??= await errands.RunAsync(channel.Device, turn => sensor.CalibrateAsync(standard, celsius, turn, cancellationToken), cancellationToken);
        if (failure is not null)
        {
            return failure;
        }

        (var after, failure) = await ReadAsync(cancellationToken);
        if (failure is not null)
        {
            return failure;
        }

        found.Add(Of(before));
        left.Add(Of(after));
        return null;

        StandardReading Of(double raw) => new(standard.Value, raw) { Name = standard.Name, Lot = lot };
    }

    /// <summary>Asks the device how it is, and makes what was done of it.</summary>
    /// <param name="by">Who did it.</param>
    /// <param name="celsius">Temperature of the standards, °C.</param>
    /// <param name="nowMs">Now: UTC ms since 1970.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<CalibrationDraft> EndAsync(string by, double celsius, long nowMs, CancellationToken cancellationToken)
    {
        var held = await errands.RunAsync(
            channel.Device, turn => sensor.AskCalibrationAsync(left.Count, turn, cancellationToken), cancellationToken);
        return new CalibrationDraft
        {
            By = by,
            TimeMs = nowMs,
            Celsius = celsius,
            AsFound = found,
            AsLeft = left,
            IsHeldByInstrument = true,
            Objections = held.Objections,
            ToldSlopePercent = held.SlopePercent,
            ToldOffset = held.OffsetMillivolts,
        };
    }

    private async Task<(double Value, Reading.Failed? Failure)> ReadAsync(CancellationToken cancellationToken)
    {
        var reading = await errands.RunAsync(
            channel.Device,
            turn => sensor is IPausingSensor pausing ? pausing.ReadAsync(turn, cancellationToken) : sensor.ReadAsync(cancellationToken),
            cancellationToken);
        return reading switch
        {
            Reading.Failed failed => (0, failed),
            Reading.Measured measured when measured.Outputs.FirstOrDefault(output => output.Output == channel.Output.Name) is
                { Measurement: { } measurement } => (measurement.Value, null),
            _ => (0, new Reading.Failed(SensorFault.Refused, $"it gives no {channel.Output.Name}")),
        };
    }
}
