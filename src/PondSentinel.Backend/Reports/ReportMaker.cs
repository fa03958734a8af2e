using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Samples;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web.History;

namespace PondSentinel.Backend.Reports;

/// <summary>Puts a month of a site together: of the state database what was found and done, of the store the values.</summary>
/// <param name="backend">The backend's name.</param>
/// <param name="store">The store.</param>
/// <param name="open">Opens a connection of its own to the state database, of a backend that runs or has run.</param>
/// <param name="rules">The rules as they are now.</param>
/// <param name="time">The clock.</param>
internal sealed class ReportMaker(
    string backend, IStore store, Func<SqliteConnection> open, IReadOnlyList<AlertRule> rules, TimeProvider time)
{
    /// <summary>Most episodes of alerts of a channel.</summary>
    public const int EpisodesMax = 1_000;

    /// <summary>Most grab samples of a channel.</summary>
    public const int SamplesMax = 500;

    /// <summary>Most stretches of maintenance of a channel.</summary>
    public const int MaintenanceMax = 200;

    /// <summary>Makes it.</summary>
    /// <param name="site">The site.</param>
    /// <param name="month">The month.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The report; null where no gateway has sent anything of the site.</returns>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    /// <exception cref="IOException">The state database cannot be read.</exception>
    public async Task<MonthReport?> MakeAsync(string site, ReportMonth month, CancellationToken cancellationToken)
    {
        var found = Find(site, month);
        if (found.Count == 0)
        {
            return null;
        }

        List<SeriesMonth> series = [];
        foreach (var known in found)
        {
            series.Add(await ReadAsync(known, month, cancellationToken));
        }

        var now = time.GetUtcNow();
        return new MonthReport(site, month, now, backend, series, now.ToUnixTimeMilliseconds() >= month.ToMs);
    }

    // As of one moment.
    private List<SeriesMonth> Find(string site, ReportMonth month)
    {
        using var connection = open();
        using var transaction = connection.BeginTransaction(deferred: true);
        var rows = new RowTables(transaction) is { AreThere: true } tables
            ? tables.Rows(null, month.FirstDay, month.LastDay).Where(row => row.Site == site).ToList()
            : [];
        return
        [
            .. ChannelBook.OfSite(transaction, site)
                .OrderBy(key => key.Station, StringComparer.Ordinal).ThenBy(key => key.Device, StringComparer.Ordinal)
                .ThenBy(key => key.Channel, StringComparer.Ordinal).ThenBy(key => key.Gateway, StringComparer.Ordinal).ThenBy(key => key.Measurand)
                .Select(key => Of(transaction, key, month, rows)),
        ];
    }

    private SeriesMonth Of(SqliteTransaction transaction, SeriesKey key, ReportMonth month, List<LedgerRow> rows)
    {
        var subject = new AlertSubject(key.Site, key.Station, key.Gateway, key.Device, key.Channel, key.Measurand);
        var own = rows.Where(row => row.Gateway == key.Gateway && row.Station == key.Station && row.Channel == new LedgerChannel(key.Device, key.Channel)).ToList();
        var alerts = new AlertTables(transaction);
        var episodes = alerts.Between(key, month.FromMs, month.ToMs, EpisodesMax + 1);
        List<AlertRule> known = [.. rules, .. alerts.GatewayAlarms.Of(subject.Owner).Where(told => told.Row.Subject == subject).Select(told => told.Rule)];
        var samples = new SampleTable(transaction).Between(key, month.FromMs * 1_000_000, month.ToMs * 1_000_000, SamplesMax + 1);
        var maintenance = MaintenanceStretches.Read(transaction, key, (month.FromMs, month.ToMs), MaintenanceMax + 1);
        return new SeriesMonth(
            key,
            [],
            own.Count == 0 ? null : LedgerSummary.Of(own),
            [
                .. episodes.TakeLast(EpisodesMax)
                    .Where(episode => episode.Standing != EpisodeStanding.Withdrawn.Word)
                    .Select(episode => new Exceedance(episode, known.Find(rule => rule.Id == episode.Rule), alerts.BackMs(episode.Id))),
            ],
            [.. rules.Where(rule => rule.AppliesTo(subject) && rule.Validity.Meets(month.FromMs, month.ToMs))],
            new CalibrationTable(transaction).Between(key, month.FromMs, month.ToMs),
            [.. maintenance.TakeLast(MaintenanceMax)],
            [.. samples.TakeLast(SamplesMax).Select(sample => new SamplePair(sample, Probe: null))],
            new SeriesDigest(key, 0, ""))
        {
            HasMoreExceedances = episodes.Count > EpisodesMax,
            HasMoreSamples = samples.Count > SamplesMax,
            HasMoreMaintenance = maintenance.Count > MaintenanceMax,
        };
    }

    private async Task<SeriesMonth> ReadAsync(SeriesMonth series, ReportMonth month, CancellationToken cancellationToken)
    {
        var (fromNs, toNs) = (month.FromMs * 1_000_000, month.ToMs * 1_000_000);
        List<SamplePair> samples = [];
        foreach (var pair in series.Samples)
        {
            samples.Add(await SamplePair.OfAsync(pair.Sample, store, cancellationToken));
        }

        return series with
        {
            Days = await store.SketchAsync(series.Key, fromNs, toNs, DayGrid.DayMs, cancellationToken),
            Samples = samples,
            Digest = await SeriesDigest.ReadAsync(store, series.Key, fromNs, toNs, cancellationToken),
        };
    }
}
