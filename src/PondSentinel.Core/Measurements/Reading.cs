namespace PondSentinel.Measurements;

/// <summary>Why a sensor gave no usable value. Expected in the field, so data and not an exception.</summary>
public enum SensorFault
{
    /// <summary>Nothing answered: power, cable, address or connector.</summary>
    NoAnswer,

    /// <summary>Still busy, or only part of an answer, when the deadline passed.</summary>
    TimedOut,

    /// <summary>The device answered that it rejects the request or has no data.</summary>
    Refused,

    /// <summary>Bytes came, but not in the form or with the checksum of the protocol.</summary>
    Garbled,

    /// <summary>The port or bus cannot be opened or has gone.</summary>
    BusDown,

    /// <summary>Another device answers than the one configured: another serial number or model, or numbers that the
    /// configured model cannot give.</summary>
    WrongDevice,

    /// <summary>The device says of itself that it cannot measure.</summary>
    DeviceFault,

    /// <summary>The device says that it is still warming up.</summary>
    NotReady,

    /// <summary>The part that would measure this is not fitted.</summary>
    Absent,

    /// <summary>The value depends on the water's temperature or on another ion, which could not be taken into account well
    /// enough.</summary>
    Uncompensated,

    /// <summary>Something that is counted may be missing from the value, which is a lower bound.</summary>
    Incomplete,

    /// <summary>The value is outside what the device can measure.</summary>
    OverRange,
}

/// <summary>The <c>why</c> of a fault.</summary>
public static class SensorFaults
{
    extension(SensorFault fault)
    {
        /// <summary>The reason that goes out beside the missing or doubted value.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The value is not a defined fault.</exception>
        public Why Why => fault switch
        {
            SensorFault.NoAnswer => Why.NoAnswer,
            SensorFault.TimedOut => Why.TimedOut,
            SensorFault.Refused => Why.Refused,
            SensorFault.Garbled => Why.Garbled,
            SensorFault.BusDown => Why.BusDown,
            SensorFault.WrongDevice => Why.WrongDevice,
            SensorFault.DeviceFault => Why.DeviceFault,
            SensorFault.NotReady => Why.NotReady,
            SensorFault.Absent => Why.Absent,
            SensorFault.Uncompensated => Why.Uncompensated,
            SensorFault.Incomplete => Why.Incomplete,
            SensorFault.OverRange => Why.OverRange,
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "Not a defined fault."),
        };
    }
}

/// <summary>One output of a device in one poll: a measurement, or the reason there is none, or both where the device
/// gave a number and doubts it.</summary>
/// <param name="Output">Name of the output in the device's profile, for example <c>ph</c>.</param>
/// <param name="Measurement">The value, or null where there is none.</param>
/// <param name="Fault">What is wrong with it, or null.</param>
public readonly record struct OutputReading(string Output, Measurement? Measurement, SensorFault? Fault)
{
    /// <summary>The instrument's own number behind the value, before calibration; null where that is the value itself.</summary>
    public double? Raw { get; init; }

    /// <summary>The calibration that made the value of it; null where none did.</summary>
    public string? Calibration { get; init; }

    /// <summary>Of a value that is computed from others: what their quality makes of it; null for what is measured.</summary>
    public (QualityFlag Flag, Why Why)? Inherited { get; init; }

    /// <summary>What an engineer needs at the pond about the fault, or, where there is none any more, about why there was one;
    /// null where its class says all.</summary>
    public string? Detail { get; init; }
}

/// <summary>The outcome of asking a device once.</summary>
public abstract record Reading
{
    private Reading()
    {
    }

    /// <summary>The device answered.</summary>
    /// <param name="Outputs">At least one output, all from the same poll.</param>
    public sealed record Measured(IReadOnlyList<OutputReading> Outputs) : Reading;

    /// <summary>The device did not answer with a usable value. No earlier value is ever repeated instead.</summary>
    /// <param name="Fault">The class of failure, which is counted and reported.</param>
    /// <param name="Detail">What an engineer needs at the pond: address, bytes, code.</param>
    public sealed record Failed(SensorFault Fault, string Detail) : Reading;
}
