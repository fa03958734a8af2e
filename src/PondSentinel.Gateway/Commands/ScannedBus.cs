using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors.Scanning;

namespace PondSentinel.Gateway.Commands;

/// <summary>A bus that was looked at.</summary>
/// <param name="Bus">The bus.</param>
/// <param name="IsConfigured">Whether it stands in the configuration.</param>
/// <param name="Found">Who was found on it, beside the devices that are configured.</param>
/// <param name="Failure">Why it could not be looked at, or not to the end; null where it was.</param>
internal sealed record ScannedBus(BusOptions Bus, bool IsConfigured, IReadOnlyList<FoundDevice> Found, string? Failure);
