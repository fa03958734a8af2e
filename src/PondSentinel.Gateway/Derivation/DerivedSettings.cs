using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Derivation;

/// <summary>What a virtual device computes.</summary>
/// <param name="Channels">Its channels, at least one.</param>
/// <param name="Measured">What their sources measure.</param>
public sealed record DerivedSettings(
    IReadOnlyList<DerivedChannelOptions> Channels, IReadOnlyDictionary<string, Measurand> Measured) : SensorSettings
{
    /// <inheritdoc/>
    public override IReadOnlyList<SensorOutput> Outputs { get; } =
        [.. Channels.Select(channel => new SensorOutput(channel.Id, channel.Formula.Output) { Method = channel.Formula.Method })];

    /// <inheritdoc/>
    public override IReadOnlyList<NeededChannel> Needs { get; } =
    [
        .. Channels.SelectMany(channel => channel.Formula.Inputs.Zip(channel.Sources))
            .Where(pair => pair.Second is not null)
            .Select(pair => new NeededChannel(pair.First.Key, pair.Second!, Measured[pair.Second!])),
    ];
}
