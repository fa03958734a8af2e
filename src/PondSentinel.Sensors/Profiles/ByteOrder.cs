namespace PondSentinel.Sensors.Profiles;

/// <summary>How the bytes of a number lie in registers. A is its highest byte; the first letter comes first on the line.
/// A number of 16 bits has AB and BA, which are the first and the third of these; one of 64 bits has the same four, with as
/// many letters again.</summary>
public enum ByteOrder
{
    /// <summary>Big-endian: registers and bytes both high first.</summary>
    ABCD,

    /// <summary>Registers low first, bytes high first.</summary>
    CDAB,

    /// <summary>Registers high first, bytes low first.</summary>
    BADC,

    /// <summary>Little-endian: registers and bytes both low first.</summary>
    DCBA,
}
