using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Gateway.Configuration;

/// <summary>An output of a device that is kept, section <c>[[device.channel]]</c>.</summary>
public sealed record ChannelOptions
{
    /// <summary>Name on the wire, unique within the device and for ever: another measurand is a new channel.</summary>
    public required string Id { get; init; }

    /// <summary>The model's output.</summary>
    public required string Output { get; init; }

    /// <summary>Name for people.</summary>
    public string? Label { get; init; }

    /// <summary>A value outside is flagged as failed; null where there is no such limit.</summary>
    public Band? Fail { get; init; }

    /// <summary>A value outside is flagged as suspect; within <see cref="Fail"/>.</summary>
    public Band? Suspect { get; init; }

    /// <summary>A value outside is committed and sent at once.</summary>
    public Band? Urgent { get; init; }

    /// <summary>What it is tested for beside the two bands, table <c>qc</c>; without the gross range, which those are.</summary>
    public ChannelTests Tests { get; init; } = ChannelTests.None;

    /// <summary>What its values are held against, table <c>cross</c>.</summary>
    public IReadOnlyList<CrossReference> Cross { get; init; } = [];

    /// <summary>Who bears out what changed fast; null where nobody does.</summary>
    public Confirmation? ConfirmedBy { get; init; }

    /// <summary>How often it is calibrated; null for what its model's profile says, or is usual for what it measures.</summary>
    public TimeSpan? CalibrateEvery { get; init; }

    /// <summary>Depth below the surface, m.</summary>
    public double? DepthMetres { get; init; }
}
