using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Gateway.Configuration;

/// <summary>A check against another channel, a key of the table <c>cross</c> of a channel.</summary>
/// <param name="Key">The key.</param>
/// <param name="Channel">The other channel, as <c>device.channel</c>.</param>
/// <param name="Measurands">What the other channel may measure.</param>
/// <param name="Check">The check.</param>
public sealed record CrossReference(string Key, string Channel, IReadOnlyList<Measurand> Measurands, CrossCheck Check);

/// <summary>The channel whose number bears out a value that changed fast, key <c>confirmed_by</c> of <c>cross</c>.</summary>
/// <param name="Channel">The other channel, as <c>device.channel</c>, of the same measurand.</param>
/// <param name="Within">How near its number has to be, in their unit; above zero.</param>
public sealed record Confirmation(string Channel, double Within);
