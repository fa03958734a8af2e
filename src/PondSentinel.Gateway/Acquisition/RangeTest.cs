using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>Turns the outcome of a poll into the values of a record: the gross range test of QARTOD. Pure; never changes
/// or clamps a number.</summary>
public static class RangeTest
{
    /// <summary>The channels of a record.</summary>
    /// <param name="channels">The channels that were due.</param>
    /// <param name="reading">What came of asking the device.</param>
    public static IReadOnlyList<ChannelValue> Judge(IReadOnlyList<PolledChannel> channels, Reading reading)
    {
        var values = new ChannelValue[channels.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = reading switch
            {
                Reading.Measured measured => Judge(channels[i], Find(measured, channels[i].Options.Output)),
                Reading.Failed failed => Missing(channels[i], failed.Fault.Why),
                _ => throw new ArgumentOutOfRangeException(nameof(reading), reading, "Not a defined reading."),
            };
        }

        return values;
    }

    private static OutputReading? Find(Reading.Measured measured, string output)
    {
        foreach (var candidate in measured.Outputs)
        {
            if (string.Equals(candidate.Output, output, StringComparison.Ordinal))
            {
                return candidate;
            }
        }

        return null;
    }

    private static ChannelValue Judge(PolledChannel channel, OutputReading? output)
    {
        // An output that did not come is data the device does not have. A number of another measurand, or none at all
        // in the sense of IEEE 754, is not one of this channel's: it must not be stored under its name.
        if (output is not { } given)
        {
            return Missing(channel, Why.Refused);
        }

        if (given.Measurement is not { } measurement)
        {
            return Missing(channel, given.Fault?.Why ?? given.Inherited?.Why ?? Why.Refused);
        }

        if (measurement.Measurand != channel.Measurand || !double.IsFinite(measurement.Value))
        {
            return Missing(channel, Why.Garbled);
        }

        var (flag, why) = Flag(channel, measurement.Value, given.Fault);
        if (given.Inherited is { } inherited)
        {
            (flag, why) = (Quality.FlagPrecedence.Aggregate(flag, inherited.Flag), why | inherited.Why);
        }

        return new ChannelValue
        {
            Channel = channel.Options.Id,
            Measurand = channel.Measurand,
            Value = measurement.Value,
            Raw = given.Raw,
            Calibration = given.Calibration,
            Flag = flag,
            Why = why,
        };
    }

    private static (QualityFlag Flag, Why Why) Flag(PolledChannel channel, double value, SensorFault? fault)
    {
        var (fail, suspect) = (channel.Options.Fail, channel.Options.Suspect);
        var why = fault?.Why ?? Why.None;
        if (fail is { } possible && !possible.Contains(value))
        {
            return (QualityFlag.Fail, why | Why.OutOfBounds);
        }

        var outside = suspect is { } usual && !usual.Contains(value) ? Why.OutOfBounds : Why.None;
        return fault switch
        {
            SensorFault.OverRange => (QualityFlag.Fail, why | outside),
            not null => (QualityFlag.Suspect, why | outside),
            null when outside != Why.None => (QualityFlag.Suspect, outside),
            null when fail is null && suspect is null => (QualityFlag.NotEvaluated, Why.None),
            null => (QualityFlag.Good, Why.None),
        };
    }

    private static ChannelValue Missing(PolledChannel channel, Why why) => new()
    {
        Channel = channel.Options.Id,
        Measurand = channel.Measurand,
        Value = null,
        Flag = QualityFlag.Missing,
        Why = why,
    };
}
