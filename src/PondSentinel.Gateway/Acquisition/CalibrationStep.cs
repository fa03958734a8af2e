using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>Puts the value beside the raw number: what is in force for the channels of a device is applied to what it gave.</summary>
/// <remarks>Electrodes are computed where the temperature of the water is known, in the driver; it asks the same book.</remarks>
/// <param name="device">The device.</param>
/// <param name="channels">Its channels.</param>
/// <param name="book">What is in force; null where nothing is ever calibrated.</param>
internal sealed class CalibrationStep(string device, IReadOnlyList<PolledChannel> channels, CalibrationBook? book)
{
    /// <summary>Applies calibrations to the numbers of a poll.</summary>
    /// <param name="reading">What came of it.</param>
    /// <returns>It with values; what has none in force is as it was.</returns>
    public Reading Apply(Reading reading)
    {
        if (book is null || reading is not Reading.Measured measured)
        {
            return reading;
        }

        return new Reading.Measured([.. measured.Outputs.Select(Apply)]);
    }

    /// <summary>Says of values that were judged which calibration goes with them.</summary>
    /// <param name="values">The channels of a record, in the order of the device's.</param>
    /// <returns>Them: a missing value names the calibration in force, so that a batch does not end at it; where a record cannot be
    /// read the value is doubted.</returns>
    public IReadOnlyList<ChannelValue> Name(IReadOnlyList<ChannelValue> values)
    {
        if (book is null)
        {
            return values;
        }

        return
        [
            .. values.Select(value => book.Of(device, value.Channel) switch
            {
                null => value,
                { IsDoubted: true } when value.Value is not null => value with
                {
                    Flag = value.Flag is QualityFlag.Good or QualityFlag.NotEvaluated ? QualityFlag.Suspect : value.Flag,
                    Why = value.Why | Why.Uncalibrated,
                },
                var force => value.Calibration is null && value.Value is null ? value with { Calibration = force.Id } : value,
            }),
        ];
    }

    private OutputReading Apply(OutputReading output)
    {
        if (output is not { Measurement: { } measurement, Calibration: null } || ChannelOf(output.Output) is not { } channel
            || book!.Of(device, channel) is not { } force)
        {
            return output;
        }

        return force.Curve is { Kind.IsElectrode: false } curve
            ? output with
            {
                Raw = measurement.Value,
                Measurement = measurement with { Value = curve.At(measurement.Value) },
                Calibration = force.Id,
            }
            : output with { Calibration = force.Curve is null ? force.Id : null };
    }

    private string? ChannelOf(string output)
    {
        foreach (var channel in channels)
        {
            if (string.Equals(channel.Options.Output, output, StringComparison.Ordinal))
            {
                return channel.Options.Id;
            }
        }

        return null;
    }
}
