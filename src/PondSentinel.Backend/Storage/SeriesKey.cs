using PondSentinel.Measurements;

namespace PondSentinel.Backend.Storage;

/// <summary>What all points of one channel share: the measurand and the five tags.</summary>
/// <param name="Measurand">What the numbers are.</param>
/// <param name="Site">Tag.</param>
/// <param name="Station">Tag.</param>
/// <param name="Gateway">Tag.</param>
/// <param name="Device">Tag.</param>
/// <param name="Channel">Tag.</param>
public readonly record struct SeriesKey(
    Measurand Measurand, string Site, string Station, string Gateway, string Device, string Channel)
{
    /// <summary>The series a point belongs to.</summary>
    /// <param name="point">The point.</param>
    public static SeriesKey Of(Point point) =>
        new(point.Measurand, point.Site, point.Station, point.Gateway, point.Device, point.Channel);

    /// <summary>Parameters of SQL that name it.</summary>
    internal (string Name, object? Value)[] Parameters =>
    [
        ("$gateway", Gateway), ("$device", Device), ("$channel", Channel), ("$measurand", Measurand.WireName), ("$station", Station),
        ("$site", Site),
    ];
}
