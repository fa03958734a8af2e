using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>A channel together with what its model says it measures.</summary>
/// <param name="Options">Its settings.</param>
/// <param name="Measurand">What its numbers are; the only one accepted from the driver.</param>
public sealed record PolledChannel(ChannelOptions Options, Measurand Measurand);
