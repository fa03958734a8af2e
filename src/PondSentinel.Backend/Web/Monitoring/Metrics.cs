using System.Reflection;
using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Web.Monitoring;

/// <summary>What <c>GET /metrics</c> gives: the numbers of the page and of what stands behind it.</summary>
/// <remarks>Labels are gateways (at most <see cref="LiveView.GatewaysMax"/>) and fixed words: a channel has no series of its own, it
/// is only counted. Thread-safe.</remarks>
/// <param name="maker">What the page shows: the same numbers.</param>
/// <param name="store">How writing goes.</param>
/// <param name="link">The connection to the broker.</param>
/// <param name="ingest">How ingest goes.</param>
/// <param name="certificates">The certificates of this machine.</param>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="time">The clock.</param>
internal sealed class Metrics(
    SnapshotMaker maker, WatchedStore store, IBrokerLink link, IngestGauge ingest, CertificateFiles certificates, Func<SqliteConnection> open, TimeProvider time)
{
    private static readonly string Version =
        typeof(Metrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static readonly AlertPhase[] Phases = [AlertPhase.Pending, AlertPhase.Firing, AlertPhase.Clearing];
    private static readonly string[] Standings = ["on", "stopped", "offline"];

    /// <summary>The numbers now.</summary>
    /// <exception cref="IOException">The state database cannot be read.</exception>
    public string Make()
    {
        StateCounts counts;
        using (var connection = open())
        {
            counts = StateCounts.Read(connection, time.GetUtcNow());
        }

        var (text, now) = (new MetricsText(), maker.Make());
        WriteBackend(text, now);
        WriteIngest(text, counts);
        WriteAlerts(text, now, counts);
        WriteGateways(text, now);
        WriteHealth(text, now);
        return text.ToString();
    }

    private void WriteBackend(MetricsText text, Snapshot now)
    {
        text.Gauge("pond_backend_info", "The backend's name and version; always 1.", new MetricSample(1, ("backend", now.Backend), ("version", Version)));
        text.Gauge("pond_backend_uptime_seconds", "Time since the backend started.", new MetricSample(ingest.Uptime.TotalSeconds));
        text.Gauge("pond_backend_time_seconds", "The backend's clock, Unix time.", new MetricSample(now.NowMs / 1000.0));
        text.Gauge("process_resident_memory_bytes", "Resident memory of the process.", new MetricSample(Environment.WorkingSet));
        text.Gauge("pond_broker_connected", "Whether there is a connection to the broker.", new MetricSample(link.ConnectedSince is null ? 0 : 1));
        text.Gauge(
            "pond_certificate_end_timestamp_seconds", "When a certificate of this machine, or a list of the revoked, ends, Unix time.",
            certificates.Ends.Select(end => new MetricSample(end.At.ToUnixTimeSeconds(), ("file", end.File))));
    }

    private void WriteIngest(MetricsText text, StateCounts counts)
    {
        var standing = store.Standing;
        text.Counter("pond_ingest_values_total", "Values stored since the start.", new MetricSample(ingest.Points));
        text.Gauge(
            "pond_ingest_last_stored_timestamp_seconds", "When values were last stored, Unix time.",
            ingest.StoredMs is { } ms ? [new MetricSample(ms / 1000.0)] : []);
        text.Gauge("pond_ingest_idle_seconds", "Time since ingest last committed anything; about a minute at most while it works.", new MetricSample(ingest.Idle.TotalSeconds));
        text.Counter("pond_store_writes_total", "Writes of values that the store took since the start.", new MetricSample(standing.Writes));
        text.Counter("pond_store_write_seconds_total", "Time that these writes took.", new MetricSample(standing.Seconds));
        text.Counter("pond_store_write_failures_total", "Tries to write that the store did not take.", new MetricSample(standing.Failures));
        text.Gauge(
            "pond_store_lag_seconds", "For how long values have waited for the store to take them; 0 where none wait.",
            new MetricSample(standing.PendingSince is { } since ? Math.Max(0, (time.GetUtcNow() - since).TotalSeconds) : 0));
        text.Gauge("pond_dead_letters", "Values that the store has refused and not taken since.", new MetricSample(counts.DeadLetters));
        var tallies = counts.Tallies.Take(LiveView.GatewaysMax).ToList();
        text.Counter(
            "pond_records_stored_total", "Records in the store, since the state database was made.",
            tallies.Select(tally => new MetricSample(tally.Stored, ("gateway", tally.Gateway))));
        text.Counter("pond_records_lost_total", "Records lost for good, by cause.", ByCause(tallies, tally => tally.Lost));
        text.Counter("pond_records_rejected_total", "Records refused, by cause.", ByCause(tallies, tally => tally.Rejected));
        text.Counter("pond_messages_refused_total", "Messages refused whole or let go, by cause.", ByCause(tallies, tally => tally.Refused));
        text.Counter(
            "pond_values_expired_total", "Values deleted because they were older than they are kept; means of them stay.",
            counts.Expired.Take(LiveView.GatewaysMax).Select(pair => new MetricSample(pair.Value, ("gateway", pair.Key))));
        text.Counter(
            "pond_records_ahead_total", "Records with times ahead of now: stored, but neither shown nor alarmed on.",
            tallies.Select(tally => new MetricSample(tally.Ahead, ("gateway", tally.Gateway))));
    }

    private static void WriteAlerts(MetricsText text, Snapshot now, StateCounts counts)
    {
        text.Gauge("pond_rules", "Rules.", new MetricSample(now.Rules));
        text.Gauge("pond_rules_watched_channels", "Pairs of a rule and a channel that it watches.", new MetricSample(now.Watched));
        text.Gauge(
            "pond_alerts", "Alerts by phase and severity.",
            from phase in Phases
            from severity in Enum.GetValues<Severity>()
            select new MetricSample(
                now.Alerts.Count(alert => alert.Phase == phase.Word && alert.Severity == severity.Word),
                ("phase", phase.Word), ("severity", severity.Word)));
        text.Gauge("pond_silences", "Silences in force.", new MetricSample(counts.Silences));
        text.Gauge("pond_outbox_notices", "Notices that wait for a channel, over all channels.", new MetricSample(counts.NoticesWaiting));
        text.Gauge("pond_outbox_messages", "Messages that are made and that no receiver has taken yet.", new MetricSample(counts.MessagesWaiting));
        text.Gauge(
            "pond_notices_unreadable", "Notices that this version cannot read and has set aside, by cause, for as long as alarms are kept.",
            Enum.GetValues<UnreadableCause>().Select(cause => new MetricSample(counts.Unreadable.GetValueOrDefault(cause.Word), ("cause", cause.Word))));
        text.Counter(
            "pond_recipients_missed_total", "Recipients that have not got a message though others have, since the channel was named.",
            [new MetricSample(counts.RecipientsMissed)]);
    }

    private static void WriteGateways(MetricsText text, Snapshot now)
    {
        var values = now.Sites.SelectMany(site => site.Stations).SelectMany(station => station.Values).ToList();
        text.Gauge(
            "pond_channels", "Channels by the flag of their newest value.",
            Enum.GetValues<QualityFlag>().Select(Wording.Token).Distinct()
                .Select(flag => new MetricSample(values.Count(value => value.Flag == flag), ("flag", flag))));
        text.Gauge("pond_channels_old", "Channels whose newest value is old.", new MetricSample(values.Count(value => value.IsOld)));
        text.Gauge("pond_live_view_full", "Whether there are more gateways or channels than the page takes.", new MetricSample(now.IsFull ? 1 : 0));
        text.Gauge(
            "pond_gateways", "Gateways by how they stand.",
            Standings.Select(standing => new MetricSample(now.Gateways.Count(gateway => gateway.Standing == standing), ("standing", standing))));
        text.Gauge(
            "pond_gateway_up", "Whether a gateway has been heard lately.",
            now.Gateways.Select(gateway => Of(gateway, gateway.Standing == "on" ? 1 : 0)));
        text.Gauge(
            "pond_gateway_last_heard_timestamp_seconds", "When a gateway was last heard, Unix time.",
            now.Gateways.Where(gateway => gateway.HeardMs is not null).Select(gateway => Of(gateway, gateway.HeardMs!.Value / 1000.0)));
    }

    private static void WriteHealth(MetricsText text, Snapshot now)
    {
        var known = now.Gateways.Where(gateway => gateway.Health is not null).Select(gateway => (Gateway: gateway, Health: gateway.Health!)).ToList();
        void Each(string name, string help, Func<HealthView, double?> value) => text.Gauge(
            name, help,
            known.Select(pair => (pair.Gateway, Value: value(pair.Health))).Where(pair => pair.Value is not null)
                .Select(pair => Of(pair.Gateway, pair.Value!.Value)));
        Each("pond_gateway_health_timestamp_seconds", "When a gateway last told of its health, Unix time.", health => health.TimeMs / 1000.0);
        Each("pond_gateway_unsettled_records", "Records in a gateway that wait for a receipt.", health => health.Unsettled);
        Each("pond_gateway_unsettled_bytes", "Bytes that they take.", health => health.UnsettledBytes);
        Each("pond_gateway_oldest_unsettled_timestamp_seconds", "Time of the oldest of them, Unix time.", health => health.OldestUnsettledMs / 1000.0);
        Each("pond_gateway_buffer_bytes", "Bytes of a gateway's buffer.", health => health.BufferBytes);
        Each("pond_gateway_buffer_max_bytes", "Most that it may take.", health => health.BufferBytesMax);
        Each("pond_gateway_buffer_fault", "Whether something is wrong with a gateway's card.", health => health.BufferFault is null ? 0 : 1);
        Each("pond_gateway_clock_trusted", "Whether anybody vouches for a gateway's clock.", health => health.Clock is null ? 0 : 1);
        Each("pond_gateway_clock_error_seconds", "How far a gateway's clock may be off.", health => health.ClockErrorMs / 1000.0);
        Each("pond_gateway_clock_ahead_seconds", "How far a gateway's clock is ahead of the backend's, by a question and its answer.", health => health.ClockAheadMs / 1000.0);
        Each("pond_gateway_certificate_days", "Whole days until a gateway's certificate ends, below 0 after it has.", health => health.CertificateDays);
        text.Counter(
            "pond_gateway_lost_records_total", "Records that a gateway says it lost since its buffer was made, by cause.",
            from pair in known
            from loss in pair.Health.Lost
            select new MetricSample(loss.Count, ("site", pair.Gateway.Site), ("gateway", pair.Gateway.Id), ("cause", loss.Token)));
    }

    private static MetricSample Of(GatewayView gateway, double value) => new(value, ("site", gateway.Site), ("gateway", gateway.Id));

    private static IEnumerable<MetricSample> ByCause(
        IEnumerable<GatewayTally> tallies, Func<GatewayTally, IReadOnlyDictionary<string, long>> counts) =>
        tallies.SelectMany(tally => counts(tally).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new MetricSample(pair.Value, ("gateway", tally.Gateway), ("cause", pair.Key))));
}
