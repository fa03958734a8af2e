namespace PondSentinel.Measurements;

/// <summary>Reasons beside a value, as a set. The closed list of <c>why</c> tokens of the wire.</summary>
[Flags]
public enum Why : long
{
    /// <summary>Nothing to say.</summary>
    None = 0,

    /// <summary>Nothing answered at the address: power, cable or connector.</summary>
    NoAnswer = 1L << 0,

    /// <summary>The device was still busy, or its answer incomplete, when the deadline passed.</summary>
    TimedOut = 1L << 1,

    /// <summary>The device refused the request or has no data.</summary>
    Refused = 1L << 2,

    /// <summary>The bytes did not have the form, or the checksum, that the protocol gives.</summary>
    Garbled = 1L << 3,

    /// <summary>The port or bus itself is gone.</summary>
    BusDown = 1L << 4,

    /// <summary>The device reports that it is broken, for example a wiper in the wrong place.</summary>
    DeviceFault = 1L << 5,

    /// <summary>Outside what the device can measure; the number is never clamped.</summary>
    OverRange = 1L << 6,

    /// <summary>Outside the range configured for the channel.</summary>
    OutOfBounds = 1L << 7,

    /// <summary>Device or station is in maintenance.</summary>
    Maintenance = 1L << 8,

    /// <summary>A calibration is running.</summary>
    Calibrating = 1L << 9,

    /// <summary>Spike test.</summary>
    Spike = 1L << 10,

    /// <summary>Rate-of-change test.</summary>
    Rate = 1L << 11,

    /// <summary>Flat-line test.</summary>
    Flat = 1L << 12,

    /// <summary>Humidity too high for an optical dust sensor.</summary>
    Fog = 1L << 13,

    /// <summary>The time is an estimate: the clock was never trusted while the machine ran.</summary>
    EstimatedTime = 1L << 14,

    /// <summary>Sent from the gateway's memory: its card took nothing then, so a power cut would have lost it.</summary>
    Unsaved = 1L << 15,

    /// <summary>Another device answers than the one configured.</summary>
    WrongDevice = 1L << 16,

    /// <summary>The device is still warming up.</summary>
    NotReady = 1L << 17,

    /// <summary>The part that would measure this is not fitted.</summary>
    Absent = 1L << 18,

    /// <summary>The value depends on the water's temperature or on another ion, which could not be taken into account well
    /// enough.</summary>
    Uncompensated = 1L << 20,

    /// <summary>Something that is counted may be missing since the value before it: a lower bound.</summary>
    Incomplete = 1L << 21,

    /// <summary>Time-gap test: samples are missing before it.</summary>
    Gap = 1L << 22,

    /// <summary>The record of a calibration that may be in force cannot be read, or the instrument holds one that was refused or broken
    /// off: the value is what the instrument gave, or what its settings make of it.</summary>
    Uncalibrated = 1L << 25,

    /// <summary>Another channel that measures the same says something else.</summary>
    Disagrees = 1L << 27,

    /// <summary>The supply is too low for an analog value to be trusted.</summary>
    Undervoltage = 1L << 28,

    /// <summary>The water is outside what the electrode works in, for example too acid.</summary>
    OutOfWindow = 1L << 29,

    /// <summary>Another channel says that it cannot be so, for example too little conductivity for so much ammonium.</summary>
    Implausible = 1L << 30,

    /// <summary>Computed outside of the range that its formula was published for.</summary>
    Extrapolated = 1L << 34,

    /// <summary>A token that this version does not know; its meaning is in the archive.</summary>
    Other = 1L << 62,
}

/// <summary>Tokens of <see cref="Why"/> on the wire. A contract: never rename, only add.</summary>
public static class WhyTokens
{
    private static readonly (Why Why, string Token)[] Table =
    [
        (Why.NoAnswer, "no-answer"),
        (Why.TimedOut, "timed-out"),
        (Why.Refused, "refused"),
        (Why.Garbled, "garbled"),
        (Why.BusDown, "bus-down"),
        (Why.DeviceFault, "device-fault"),
        (Why.OverRange, "over-range"),
        (Why.OutOfBounds, "out-of-bounds"),
        (Why.Maintenance, "maint"),
        (Why.Calibrating, "calibrating"),
        (Why.Spike, "spike"),
        (Why.Rate, "rate"),
        (Why.Flat, "flat"),
        (Why.Fog, "fog"),
        (Why.EstimatedTime, "est-time"),
        (Why.Unsaved, "unsaved"),
        (Why.WrongDevice, "wrong-device"),
        (Why.NotReady, "not-ready"),
        (Why.Absent, "absent"),
        (Why.Uncompensated, "uncompensated"),
        (Why.Incomplete, "incomplete"),
        (Why.Gap, "gap"),
        (Why.Uncalibrated, "uncalibrated"),
        (Why.Disagrees, "disagrees"),
        (Why.Undervoltage, "undervoltage"),
        (Why.OutOfWindow, "out-of-window"),
        (Why.Implausible, "implausible"),
        (Why.Extrapolated, "extrapolated"),
        (Why.Other, "other"),
    ];

    /// <summary>Every reason that has a token.</summary>
    public static Why All { get; } = Table.Aggregate(Why.None, (sum, row) => sum | row.Why);

    /// <summary>The tokens of a set, in a fixed order.</summary>
    /// <param name="why">The reasons.</param>
    public static IEnumerable<string> Tokens(Why why) =>
        Table.Where(row => (why & row.Why) != 0).Select(row => row.Token);

    /// <summary>The reason a token stands for, or <see cref="Why.Other"/> where this version does not know it.</summary>
    /// <param name="token">A token from the wire.</param>
    public static Why Parse(string token)
    {
        foreach (var row in Table)
        {
            if (string.Equals(row.Token, token, StringComparison.Ordinal))
            {
                return row.Why;
            }
        }

        return Why.Other;
    }
}
