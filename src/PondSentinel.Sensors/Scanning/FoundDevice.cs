namespace PondSentinel.Sensors.Scanning;

/// <summary>A device that was found on a line.</summary>
/// <param name="Address">Its address, by the rule of the line.</param>
/// <param name="Models">Models that it may be, the likeliest first; none where nothing is known that answers so.</param>
/// <param name="Serial">Its serial number, where it tells one; else null.</param>
public sealed record FoundDevice(long Address, IReadOnlyList<string> Models, string? Serial = null);
