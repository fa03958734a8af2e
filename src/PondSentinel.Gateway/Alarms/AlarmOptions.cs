using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Gateway.Alarms;

/// <summary>A limit that the gateway watches by itself, table <c>[[alarm]]</c>.</summary>
public sealed record AlarmOptions
{
    /// <summary>Its name, for ever: what is told of it is kept under it.</summary>
    public required string Id { get; init; }

    /// <summary>The device.</summary>
    public required string Device { get; init; }

    /// <summary>The channel of the device.</summary>
    public required string Channel { get; init; }

    /// <summary>Station of the device.</summary>
    public required string Station { get; init; }

    /// <summary>What the channel's values are.</summary>
    public required Measurand Measurand { get; init; }

    /// <summary>The limits and holds.</summary>
    public required ThresholdRule Threshold { get; init; }

    /// <summary>What of the channel the limits are held against; null: each value by itself.</summary>
    public Statistic? Statistic { get; init; }

    /// <summary>How soon somebody has to look.</summary>
    public required Severity Severity { get; init; }

    /// <summary>What it means, for people; null where nobody says.</summary>
    public string? Text { get; init; }

    /// <summary>The same in Chinese; null where nobody says.</summary>
    public string? TextZh { get; init; }

    /// <summary>What to do about it, for people; null where nobody says.</summary>
    public string? Do { get; init; }

    /// <summary>The same in Chinese; null where nobody says.</summary>
    public string? DoZh { get; init; }

    /// <summary>The relays that it trips.</summary>
    public IReadOnlyList<string> Relays { get; init; } = [];

    /// <summary>The channel, as <c>device.channel</c>.</summary>
    public string Reference => Acquisition.LatestNumbers.Reference(Device, Channel);

    /// <summary>Whether one value is enough to raise it: its test for spikes waits for the next one.</summary>
    public bool RaisesByOneValue => Threshold.HoldRaise == TimeSpan.Zero && Statistic is null;

    /// <summary>Whether what people are told is the same, of two with one <see cref="Definition"/>.</summary>
    /// <param name="other">The other one.</param>
    public bool IsToldAs(AlarmOptions other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return (Station, Severity, Text, TextZh, Do, DoZh) == (other.Station, other.Severity, other.Text, other.TextZh, other.Do, other.DoZh);
    }

    /// <summary>Everything that decides when it is raised: what is kept of an alarm with another one is of no use to it.</summary>
    public string Definition => string.Create(
        CultureInfo.InvariantCulture,
        $"{Reference} {Measurand.WireName} {Threshold.Side} {Threshold.RaiseLimit:R} clear {Threshold.ClearLimit:R} hold {Threshold.HoldRaise:c} {Threshold.HoldClear:c} silence {Threshold.SilenceMax:c}{(Statistic is null ? "" : $" of {Statistic}")}");
}
