using System.Globalization;
using PondSentinel.Averages;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Averages;

/// <summary>An average of the configuration: of which channels, over what, and by which standard.</summary>
internal sealed record AverageDefinition
{
    private const int MinutesOfHour = 60;

    /// <summary>Its name, for ever: results are kept under it, and rules watch them by it.</summary>
    public required string Id { get; init; }

    /// <summary>What is made of the hours.</summary>
    public required LiveKind Kind { get; init; }

    /// <summary>What the channels measure.</summary>
    public required Measurand Measurand { get; init; }

    /// <summary>Only this site, or null for every one.</summary>
    public string? Site { get; init; }

    /// <summary>Only this station, or null for every one.</summary>
    public string? Station { get; init; }

    /// <summary>Only this device, or null for every one.</summary>
    public string? Device { get; init; }

    /// <summary>Only this channel, or null for every one of the measurand.</summary>
    public string? Channel { get; init; }

    /// <summary>What the time that hours and days go by is ahead of UTC, whole minutes.</summary>
    public TimeSpan UtcOffset { get; init; }

    /// <summary>Least number of valid hours of a window.</summary>
    public required int Needed { get; init; }

    /// <summary>Whose pH goes with it, of the same gateway; null where the kind needs none.</summary>
    public InputName? Ph { get; init; }

    /// <summary>Whose water temperature goes with it, of the same gateway; null where the kind needs none.</summary>
    public InputName? Temperature { get; init; }

    /// <summary>The table of its index, where it is another than the kind's own; null otherwise.</summary>
    public IndexTable? OtherTable { get; init; }

    /// <summary>What its values are numbers of.</summary>
    public Measurand Gives => Kind.Gives ?? Measurand;

    /// <summary>Usual time between two of its values.</summary>
    public TimeSpan Spacing => TimeSpan.FromHours(Kind.StepHours);

    /// <summary>What it is, for people.</summary>
    public string Label => (OtherTable ?? Kind.Table) is { } table ? $"{Kind.Label} ({table.Label})" : Kind.Label;

    /// <summary>The same in Chinese.</summary>
    public string LabelZh => (OtherTable ?? Kind.Table) is { } table ? $"{Kind.LabelZh}（{table.LabelZh}）" : Kind.LabelZh;

    /// <summary>The windows.</summary>
    public WindowRule Rule => Kind.Rule with { Needed = Needed };

    /// <summary>How far the hours that it goes by begin after the hours of UTC: 0 to 59 min.</summary>
    public int ShiftMinutes => (int)(((long)UtcOffset.TotalMinutes % MinutesOfHour) + MinutesOfHour) % MinutesOfHour;

    /// <summary>How many whole hours its days are ahead of those hours.</summary>
    public int HoursAhead => ((int)UtcOffset.TotalMinutes - ShiftMinutes) / MinutesOfHour;

    /// <summary>All that decides its results, as one text.</summary>
    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kind.Word} {Measurand.WireName} {Site ?? "*"}/{Station ?? "*"}/{Device ?? "*"}/{Channel ?? "*"} {UtcOffset:c} {Needed} {Ph} {Temperature}{(OtherTable is { } table ? $" {table.Word}" : "")}");

    /// <summary>What a window comes to.</summary>
    /// <param name="view">The window.</param>
    public WindowValue Of(WindowView view) => Kind.Make(view, OtherTable ?? Kind.Table);

    /// <summary>Whether it is made of a channel: the first of its inputs.</summary>
    /// <param name="series">The channel.</param>
    public bool AppliesTo(SeriesKey series) =>
        series.Measurand == Measurand
        && (Site ?? series.Site) == series.Site
        && (Station ?? series.Station) == series.Station
        && (Device ?? series.Device) == series.Device
        && (Channel ?? series.Channel) == series.Channel;

    /// <summary>Whether a channel goes into it in any part.</summary>
    /// <param name="series">The channel.</param>
    public bool Takes(SeriesKey series) =>
        AppliesTo(series)
        || (Ph?.Is(series, Measurand.Ph) ?? false)
        || (Temperature?.Is(series, Measurand.WaterTemperature) ?? false);
}

/// <summary>A channel by its name within its gateway.</summary>
/// <param name="Device">Device.</param>
/// <param name="Channel">Channel.</param>
internal sealed record InputName(string Device, string Channel)
{
    /// <summary>Whether it is this channel, and measures what it should.</summary>
    /// <param name="series">The channel.</param>
    /// <param name="measurand">What it should measure.</param>
    public bool Is(SeriesKey series, Measurand measurand) =>
        (series.Device, series.Channel, series.Measurand) == (Device, Channel, measurand);

    /// <inheritdoc/>
    public override string ToString() => $"{Device}.{Channel}";
}
