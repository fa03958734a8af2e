namespace PondSentinel.Measurements;

/// <summary>Quality of a value by the QARTOD scheme (IOOS, Manual for Real-Time Oceanographic Data Quality Control
/// Flags, version 1.2). The numbers are the ones on the wire and in the stores.</summary>
public enum QualityFlag : byte
{
    /// <summary>Passed every test that ran.</summary>
    Good = 1,

    /// <summary>No test was able to judge it.</summary>
    NotEvaluated = 2,

    /// <summary>Questionable: kept and shown, with the reason.</summary>
    Suspect = 3,

    /// <summary>Failed a critical test: kept, never trusted alone.</summary>
    Fail = 4,

    /// <summary>Due and not there.</summary>
    Missing = 9,
}
