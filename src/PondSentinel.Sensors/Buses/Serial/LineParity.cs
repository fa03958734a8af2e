namespace PondSentinel.Sensors.Buses.Serial;

/// <summary>The parity bit of a serial line.</summary>
public enum LineParity
{
    /// <summary>No parity bit.</summary>
    None,

    /// <summary>Even parity.</summary>
    Even,

    /// <summary>Odd parity.</summary>
    Odd,
}
