using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>Channels that a rule looks at beside the one that it watches; that one itself is never among them.</summary>
/// <param name="Measurand">What they measure.</param>
public sealed record ChannelSelector(Measurand Measurand)
{
    /// <summary>The word for all sites, and for all stations.</summary>
    public const string All = "*";

    /// <summary>Of this site, or of <see cref="All"/>; null: of the same as the watched channel.</summary>
    public string? Site { get; init; }

    /// <summary>Of this station, or of <see cref="All"/>; null: of the same as the watched channel.</summary>
    public string? Station { get; init; }

    /// <summary>Of this device, or null for any.</summary>
    public string? Device { get; init; }

    /// <summary>Of this name, or null for any.</summary>
    public string? Channel { get; init; }

    /// <summary>Where they are, for people: <c>upstream nh4-2</c>; <c>the same station</c>.</summary>
    public string Place
    {
        get
        {
            var parts = new[]
            {
                Site is null or All ? null : Site, Station == All ? "any station" : Station, Device, Channel,
            }.OfType<string>().ToList();
            return parts.Count > 0 ? string.Join(' ', parts) : Site == All ? "any site" : "the same station";
        }
    }
}
