using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>One value of one channel as a rule sees it.</summary>
/// <param name="At">When it was measured; for a thinned record the end of the time it stands for.</param>
/// <param name="Value">The value, for a thinned record the mean; null where it was due and is missing.</param>
/// <param name="Flag">Quality.</param>
/// <param name="Why">Reasons for the flag.</param>
/// <param name="Low">Lowest of the values a thinned record stands for; null where it is not thinned.</param>
/// <param name="High">Highest of them; null where it is not thinned.</param>
/// <param name="Covered">Time a thinned record stands for, ending at <paramref name="At"/>; zero where it is not thinned.
/// </param>
/// <param name="Origin">Whose value it is: by itself that of the channel which the rule watches.</param>
/// <param name="IsBarred">Whether a condition of the rule forbids that it raises: it may clear all the same.</param>
/// <param name="IsBound">Whether all that is known is that the truth lies at <paramref name="Value"/> or beyond it. It raises and
/// holds where that is on the bad side of a limit, and never clears. <see cref="BeyondRange"/> says so of single values.</param>
/// <param name="Complete">Of a mean, how much of its period has values, 0 to 1; null where it is none, or nobody has said.</param>
public readonly record struct AlertSample(
    DateTimeOffset At,
    double? Value,
    QualityFlag Flag = QualityFlag.Good,
    Why Why = Why.None,
    double? Low = null,
    double? High = null,
    TimeSpan Covered = default,
    SampleOrigin Origin = default,
    bool IsBarred = false,
    bool IsBound = false,
    double? Complete = null)
{
    /// <summary>Whether a limit may be held against it.</summary>
    /// <remarks>A failed or missing value is no evidence of anything: it neither raises nor clears. Nor does one taken
    /// while the probe was in maintenance or in a calibration solution. A suspect value does count: a limit exceeded by a
    /// doubtful value is a reason to look, and the flag is shown beside it.</remarks>
    public bool IsEvidence =>
        Value is { } value && double.IsFinite(value)
        && Flag is not (QualityFlag.Fail or QualityFlag.Missing)
        && !IsMaintained;

    /// <summary>Whether a limit takes any notice of it: as evidence, or as what can only raise and hold.</summary>
    public bool Counts => IsEvidence || (IsBound && Value is { } value && double.IsFinite(value));

    /// <summary>Whether people are told that it is at least so much: it is a bound for being beyond its probe, and for nothing else.</summary>
    public bool IsAtLeast => IsBound && (Why & Why.OverRange) != 0;

    /// <summary>Whether it was taken while people were at the probe.</summary>
    public bool IsMaintained => (Why & (Why.Maintenance | Why.Calibrating)) != 0;

    /// <summary>The highest number it stands for; a number where <see cref="Value"/> is, though what was made of <see cref="High"/> is
    /// beyond all: it is to be told and written.</summary>
    public double Top => High is { } high && high > Value ? Math.Min(high, double.MaxValue) : Value ?? double.NaN;

    /// <summary>The lowest number it stands for, in the same way.</summary>
    public double Bottom => Low is { } low && low < Value ? Math.Max(low, double.MinValue) : Value ?? double.NaN;
}
