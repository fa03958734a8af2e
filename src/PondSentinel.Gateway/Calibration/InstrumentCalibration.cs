using System.Globalization;
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
    // Three readings that agree, 10 s apart, within 5 min: sooner a probe is still on its way.
    private const int ReadingsAlike = 3;
    private const int ReadingsMax = 30;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    // What only asks may be asked again where an answer is lost: that changes nothing in the instrument. What tells is told once.
    private const int AskedMax = 3;

    // Replaced, never changed: somebody may be looking at them.
    private IReadOnlyList<StandardReading> found = [];
    private IReadOnlyList<StandardReading> left = [];

    /// <summary>The standards, in the order in which the probe is put into them.</summary>
    public IReadOnlyList<HeldStandard> Standards { get; } = [.. sensor.Standards.Where(standard => standard.Output == channel.Output.Name)];

    /// <summary>What it showed in the standards so far, before it was told.</summary>
    public IReadOnlyList<StandardReading> Found => found;

    /// <summary>What it showed in them afterwards.</summary>
    public IReadOnlyList<StandardReading> Left => left;

    /// <summary>The probe stands in a standard: waits until it has been there long enough and its reading no longer moves, tells it,
    /// and reads it again.</summary>
    /// <param name="standard">One of <see cref="Standards"/>, perhaps with the value of the bottle.</param>
    /// <param name="celsius">Temperature of the standard, °C.</param>
    /// <param name="lot">The lot on the bottle; null where nobody said.</param>
    /// <param name="telling">Called with what it shows just before it is told; where that throws, it is told nothing.</param>
    /// <param name="cancellationToken">Gives up; the device is then calibrated in part.</param>
    /// <returns>Null where it was done; else what the device has against it, and nothing of the standard is noted.</returns>
    public async Task<Reading.Failed?> TakeAsync(
        HeldStandard standard, double celsius, string? lot, Action<StandardReading> telling, CancellationToken cancellationToken)
    {
        await Task.Delay(standard.Soak, time, cancellationToken);
        var (before, failure) = await ReadSettledAsync(standard.Value, cancellationToken);
        if (failure is not null)
        {
            return failure;
        }

        telling(Of(before));
        failure = await errands.RunAsync(channel.Device, turn => sensor.CalibrateAsync(standard, celsius, turn, cancellationToken), cancellationToken);
        if (failure is not null)
        {
            return failure;
        }

        (var after, failure) = await ReadAsync(cancellationToken);
        if (failure is not null)
        {
            return failure;
        }

        (found, left) = ([.. found, Of(before)], [.. left, Of(after)]);
        return null;

        StandardReading Of(double raw) => new(standard.Value, raw) { Name = standard.Name, Lot = lot };
    }

    /// <summary>Asks the device how it is, after the last standard.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<HeldCalibration> AskAsync(CancellationToken cancellationToken)
    {
        for (var asked = 1; ; asked++)
        {
            var held = await errands.RunAsync(
                channel.Device, turn => sensor.AskCalibrationAsync(left.Count, turn, cancellationToken), cancellationToken);
            if (!held.IsUnanswered || asked == AskedMax)
            {
                return held;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>What was done so far.</summary>
    /// <param name="by">Who did it.</param>
    /// <param name="celsius">Temperature of the standards, °C.</param>
    /// <param name="nowMs">Now: UTC ms since 1970.</param>
    /// <param name="held">What the device says of it.</param>
    public CalibrationDraft Draft(string by, double celsius, long nowMs, HeldCalibration held) => new()
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

    private async Task<(double Value, Reading.Failed? Failure)> ReadSettledAsync(double standard, CancellationToken cancellationToken)
    {
        var tolerance = StabilityLimits.Of(CalibrationKind.Instrument, channel.Measurand, standard).Spread;
        Queue<double> last = new(ReadingsAlike);
        for (var reading = 0; reading < ReadingsMax; reading++)
        {
            if (reading > 0)
            {
                await Task.Delay(Pause, time, cancellationToken);
            }

            var (value, failure) = await ReadAsync(cancellationToken);
            if (failure is not null)
            {
                return (0, failure);
            }

            last.Enqueue(value);
            if (last.Count == ReadingsAlike)
            {
                if (last.Max() - last.Min() <= tolerance)
                {
                    return (value, null);
                }

                last.Dequeue();
            }
        }

        return (0, new Reading.Failed(SensorFault.NotReady, string.Create(
            CultureInfo.InvariantCulture,
            $"its reading does not settle: from {last.Min():0.###} to {last.Max():0.###} within {Pause.TotalSeconds * ReadingsAlike:0} s, not within {tolerance:0.###}; rinse it, stir the standard, and try again")));
    }

    private async Task<(double Value, Reading.Failed? Failure)> ReadAsync(CancellationToken cancellationToken)
    {
        for (var asked = 1; ; asked++)
        {
            var read = await ReadOnceAsync(cancellationToken);
            if (read.Failure is not { } failure || !PollPipeline.MayPass(failure.Fault) || asked == AskedMax)
            {
                return read;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private async Task<(double Value, Reading.Failed? Failure)> ReadOnceAsync(CancellationToken cancellationToken)
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
