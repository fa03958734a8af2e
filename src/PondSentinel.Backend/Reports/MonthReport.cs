using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Samples;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web.History;
using PondSentinel.Calibration;

namespace PondSentinel.Backend.Reports;

/// <summary>A month of a site.</summary>
/// <param name="Site">The site.</param>
/// <param name="Month">The month.</param>
/// <param name="MadeAt">When the report was made.</param>
/// <param name="Backend">By which backend.</param>
/// <param name="Series">Its series, by station, device and channel.</param>
/// <param name="IsOver">Whether the month was over by then.</param>
internal sealed record MonthReport(
    string Site, ReportMonth Month, DateTimeOffset MadeAt, string Backend, IReadOnlyList<SeriesMonth> Series, bool IsOver)
{
    /// <summary>Values that it rests on.</summary>
    public long Values => Series.Sum(series => series.Digest.Points);

    /// <summary>SHA-256 over the digests of all series, in their order: the same values give the same digits.</summary>
    public string Digest => SeriesDigest.Of(Series.Select(series => series.Digest));
}

/// <summary>A month of a series.</summary>
/// <param name="Key">The series.</param>
/// <param name="Days">What stood out on each day that has points.</param>
/// <param name="Ledger">What became of its polls; null where the ledger has nothing of it.</param>
/// <param name="Exceedances">Episodes of alerts, but for those that were taken back.</param>
/// <param name="Limits">The rules that watch it, of those that are in force at some time of the month.</param>
/// <param name="Calibrations">Calibrations, accepted or not.</param>
/// <param name="Maintenance">When somebody worked at it.</param>
/// <param name="Samples">Grab samples, with the probe's value nearest to each; null where there is none within 15 min.</param>
/// <param name="Digest">What all this rests on.</param>
internal sealed record SeriesMonth(
    SeriesKey Key,
    IReadOnlyList<SeriesBucket> Days,
    LedgerSummary? Ledger,
    IReadOnlyList<Exceedance> Exceedances,
    IReadOnlyList<AlertRule> Limits,
    IReadOnlyList<CalibrationRecord> Calibrations,
    IReadOnlyList<MaintenanceView> Maintenance,
    IReadOnlyList<SamplePair> Samples,
    SeriesDigest Digest)
{
    /// <summary>Whether the month had more episodes than stand here.</summary>
    public bool HasMoreExceedances { get; init; }

    /// <summary>Whether it had more grab samples.</summary>
    public bool HasMoreSamples { get; init; }

    /// <summary>Whether it had more maintenance.</summary>
    public bool HasMoreMaintenance { get; init; }
}

/// <summary>An exceedance.</summary>
/// <param name="Episode">The episode.</param>
/// <param name="Rule">Its rule; null for one that is no longer in the configuration, and for an alarm of a gateway of which what it said is no
/// longer kept.</param>
/// <param name="BackMs">Since when the value was back, ms since 1970, where a hold followed; null where none did or nobody knows.</param>
internal sealed record Exceedance(EpisodePoint Episode, AlertRule? Rule, long? BackMs)
{
    /// <summary>How far it reached, ms since 1970; null where it goes on.</summary>
    public long? ToMs => BackMs ?? (Episode.ClearedMs == 0 ? null : Episode.ClearedMs);
}
