using System.Globalization;
using System.Text;
using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>How a channel is compared with another.</summary>
public enum ComparisonScale
{
    /// <summary>What it is above the other, in the channel's unit.</summary>
    Difference,

    /// <summary>How many times the other it is; nothing where the other is 0 or below, unless a <see cref="Comparison.Floor"/> is set.</summary>
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

    /// <summary>What the other counts as at least, for a ratio, in its unit: what its probe can tell from nothing. 0: nothing of the kind.
    /// </summary>
    public double Floor { get; init; }

    /// <summary>In words: <c>difference to upstream</c>.</summary>
    public string Text => $"{(Scale == ComparisonScale.Ratio ? "ratio" : "difference")} to {Of.Place}";

    /// <summary>Compares.</summary>
    /// <param name="sample">A value of the channel.</param>
    /// <param name="other">What the other channel had then; null where nothing is known.</param>
    /// <returns>The value compared, one that is missing where it cannot be.</returns>
    public AlertSample Compared(in AlertSample sample, double? other) =>
        other is not { } o || (Scale == ComparisonScale.Ratio && Math.Max(o, Floor) <= 0) ? sample with
        {
            Value = null, Low = null, High = null, Flag = QualityFlag.Missing, IsBound = false,
        }
        : Scale == ComparisonScale.Ratio && Math.Max(o, Floor) is var divisor
            ? sample with { Value = sample.Value / divisor, Low = sample.Low / divisor, High = sample.High / divisor }
        : sample with { Value = sample.Value - o, Low = sample.Low - o, High = sample.High - o };

    // A rule is computed anew where this text of it changes: what came later is not said unless it is in use.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Of = {Of}, Scale = {Scale}, Within = {Within}, Text = {Text}");
        builder.Append(CultureInfo.InvariantCulture, $"{(Floor == 0 ? "" : $", Floor = {Floor:R}")}");
        return true;
    }
}
