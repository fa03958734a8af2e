using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>How a channel is compared with another.</summary>
public enum ComparisonScale
{
    /// <summary>What it is above the other, in the channel's unit.</summary>
    Difference,

    /// <summary>How many times the other it is; nothing where the other is 0 or below.</summary>
    Ratio,
}

/// <summary>Another channel that a channel is compared with: upstream, upwind.</summary>
/// <remarks>Compared with its newest value, where that is no older than <see cref="Within"/>; else with nothing, and then the value
/// tells nothing. So it is where the other is beyond what its probe can measure: nobody knows by how much. Where several channels fit, with the mean of the newest value of each.</remarks>
public sealed record Comparison
{
    /// <summary>Which channels.</summary>
    public required ChannelSelector Of { get; init; }

    /// <summary>How.</summary>
    public ComparisonScale Scale { get; init; }

    /// <summary>How old the other's value may be.</summary>
    public required TimeSpan Within { get; init; }

    /// <summary>In words: <c>difference to upstream</c>.</summary>
    public string Text => $"{(Scale == ComparisonScale.Ratio ? "ratio" : "difference")} to {Of.Place}";

    /// <summary>Compares.</summary>
    /// <param name="sample">A value of the channel.</param>
    /// <param name="other">What the other channel had then; null where nothing is known.</param>
    /// <returns>The value compared, one that is missing where it cannot be.</returns>
    public AlertSample Compared(in AlertSample sample, double? other) =>
        other is not { } o || (Scale == ComparisonScale.Ratio && o <= 0) ? sample with
        {
            Value = null, Low = null, High = null, Flag = QualityFlag.Missing, IsBound = false,
        }
        : Scale == ComparisonScale.Ratio ? sample with { Value = sample.Value / o, Low = sample.Low / o, High = sample.High / o }
        : sample with { Value = sample.Value - o, Low = sample.Low - o, High = sample.High - o };
}
