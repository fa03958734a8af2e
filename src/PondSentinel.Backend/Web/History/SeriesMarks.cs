using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Samples;
using PondSentinel.Backend.Storage;
using PondSentinel.Calibration;

namespace PondSentinel.Backend.Web.History;

/// <summary>A calibration; <c>found</c> is what was found, in words, <c>offset</c> in mV of an electrode, else in the channel's unit.</summary>
internal sealed record CalibrationView(
    long TimeMs, string Id, string Kind, string By, bool IsAccepted, IReadOnlyList<string> Reasons, string Found, IReadOnlyList<double> SlopePercent, double? Offset);

/// <summary>A grab sample, with what the probe had at that time; null where it had nothing within 15 min.</summary>
internal sealed record SampleView(long TimeMs, double Value, string Method, string Who, string Laboratory, string Note, ProbeView? Probe)
{
    /// <summary>As the API gives it.</summary>
    /// <param name="pair">The sample and the probe.</param>
    public static SampleView Of(SamplePair pair)
    {
        var sample = pair.Sample;
        return new SampleView(
            Point.MsOf(sample.TimeNs), sample.Value, sample.Method, sample.Who, sample.Laboratory, sample.Note,
            pair.Probe is { } near ? new ProbeView(Point.MsOf(near.TimeNs), near.Value, Wording.Token(near.Flag), pair.Difference!.Value, pair.Percent, pair.Text) : null);
    }
}

/// <summary>What a probe had when a sample was taken; the difference is the probe's value less the sample's, <c>text</c> is it for people.</summary>
internal sealed record ProbeView(long TimeMs, double Value, string Flag, double Difference, double? Percent, string Text);

/// <summary>An episode of an alert; <c>clearedMs</c> is null while it goes on, <c>backMs</c> is since when the value was back where a hold followed, <c>peakBound</c> says that the worst was <c>peak</c> or worse, <c>peakText</c> is <c>peak</c> for people.</summary>
internal sealed record EpisodeView(
    string Rule, string Id, string Standing, string Severity, long SinceMs, long RaisedMs, long? ClearedMs, long? BackMs, double Peak, bool PeakBound, string PeakText);

/// <summary>What else is known of a stretch of a series: it stands in the state database.</summary>
/// <param name="Calibrations">Calibrations, oldest first; the latest 200.</param>
/// <param name="Maintenance">Maintenance, oldest first; the latest 200.</param>
/// <param name="Samples">Grab samples, oldest first; the latest 500.</param>
/// <param name="Episodes">Episodes of alerts, oldest first; the latest 500.</param>
internal sealed record SeriesMarks(
    IReadOnlyList<CalibrationView> Calibrations,
    IReadOnlyList<MaintenanceView> Maintenance,
    IReadOnlyList<SamplePoint> Samples,
    IReadOnlyList<EpisodeView> Episodes)
{
    private const int CalibrationsMax = 200;
    private const int MaintenanceMax = 200;
    private const int SamplesMax = 500;
    private const int EpisodesMax = 500;

    /// <summary>Reads them, as of one moment.</summary>
    /// <param name="connection">The state database, of a backend that runs.</param>
    /// <param name="series">The series.</param>
    /// <param name="rules">The rules, for what their episodes are numbers of.</param>
    /// <param name="stretch">From this time on, and before that, ms since 1970.</param>
    /// <param name="words">The language of what is told.</param>
    public static SeriesMarks Read(SqliteConnection connection, SeriesKey series, IReadOnlyList<AlertRule> rules, (long FromMs, long ToMs) stretch, Wording words)
    {
        var (fromMs, toMs) = stretch;
        using var transaction = connection.BeginTransaction(deferred: true);
        var alerts = new AlertTables(transaction);
        return new SeriesMarks(
            [
                .. new CalibrationTable(transaction).Between(series, fromMs, toMs).TakeLast(CalibrationsMax)
                    .Select(record => new CalibrationView(
                        record.TimeMs, record.Id, record.Kind.Token, record.By, record.IsAccepted, record.Reasons, words.Found(record), record.SlopePercent, record.Offset)),
            ],
            MaintenanceStretches.Read(transaction, series, stretch, MaintenanceMax),
            new SampleTable(transaction).Between(series, fromMs * 1_000_000, toMs * 1_000_000, SamplesMax),
            [
                .. alerts.Between(series, fromMs, toMs, EpisodesMax)
                    .Select(episode => new EpisodeView(
                        episode.Rule, episode.Id, episode.Standing, episode.Severity, episode.SinceMs, episode.RaisedMs,
                        episode.ClearedMs == 0 ? null : episode.ClearedMs, alerts.BackMs(episode.Id), episode.Peak, episode.IsPeakBound,
                        words.Worst(rules.FirstOrDefault(rule => rule.Id == episode.Rule), series.Measurand, episode.Peak, episode.IsPeakBound))),
            ]);
    }
}
