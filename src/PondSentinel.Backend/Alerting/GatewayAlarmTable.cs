using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>What a gateway last said of one of its own alarms.</summary>
/// <param name="Row">The channel, as it is kept for this alarm alone.</param>
/// <param name="Alarm">The alarm, as it was last told.</param>
/// <param name="Heard">When that came.</param>
internal sealed record ToldAlarm(SubjectRow Row, GatewayAlarm Alarm, DateTimeOffset Heard)
{
    private const string Prefix = "gw-";

    /// <summary>Which event said the latest of it; null where an earlier version kept that.</summary>
    public (string Epoch, long Number)? Latest { get; init; }

    /// <summary>The rule that it is here: each step of the alarm is a value beyond the limit, or back.</summary>
    public AlertRule Rule
    {
        get
        {
            var rule = new AlertRule
            {
                Id = IdOf(Alarm.Alarm),
                Measurand = Alarm.Measurand,
                Threshold = ThresholdOf(Alarm),
                Severity = Alarm.Severity,
                Site = Row.Subject.Site,
                Station = Row.Subject.Station,
                Device = Row.Subject.Device,
                Channel = Row.Subject.Channel,
                Text = Alarm.Text ?? "",
                TextZh = Alarm.TextZh,
                Do = Alarm.Do,
                DoZh = Alarm.DoZh,
                ToldBy = new GatewayWord(Row.Subject.Gateway, Alarm.Statistic, Alarm.Unit),
            };
            return Alarm.Text is null ? rule with { Text = rule.PlainText, TextZh = Alarm.TextZh ?? rule.PlainTextZh } : rule;
        }
    }

    /// <summary>The id of the rule that an alarm of a gateway is here.</summary>
    /// <param name="alarm">The alarm.</param>
    public static string IdOf(string alarm) => Prefix + alarm;

    /// <summary>Whether an id, or what a channel is kept for, is that of an alarm of a gateway.</summary>
    /// <param name="id">The id.</param>
    public static bool IsId(string id) => id.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The limits of an alarm, whose holds the gateway has waited for.</summary>
    /// <param name="alarm">The alarm.</param>
    public static ThresholdRule ThresholdOf(GatewayAlarm alarm) => new()
    {
        Side = alarm.Side,
        RaiseLimit = alarm.RaiseLimit,
        ClearLimit = alarm.ClearLimit,
        HoldRaise = TimeSpan.Zero,
        HoldClear = TimeSpan.Zero,
    };
}

/// <summary>Keeps what gateways said of their own alarms.</summary>
internal sealed class GatewayAlarmTable(SqliteTransaction transaction, AlertTables tables)
{
    private const string Columns = "SELECT subject, body, heard_ms FROM alert_gateway_alarm";

    // Beside the members of the event itself.
    private const string EpochKey = "event_epoch";
    private const string NumberKey = "event_number";

    /// <summary>What was said of the alarm that a channel is kept for; null where nothing was.</summary>
    /// <param name="subject">The number of the channel.</param>
    public ToldAlarm? Find(long subject) => Read("WHERE subject = $subject", ("$subject", subject)) is [var told] ? told : null;

    /// <summary>The alarms of a gateway.</summary>
    /// <param name="gateway">The gateway.</param>
    public List<ToldAlarm> Of(GatewayName gateway) =>
        Read("WHERE site = $site AND gateway = $gateway ORDER BY subject", ("$site", gateway.Site), ("$gateway", gateway.Gateway));

    /// <summary>The alarms that nothing was said of since a time.</summary>
    /// <param name="before">The time.</param>
    public List<ToldAlarm> Unheard(DateTimeOffset before) => Read("WHERE heard_ms < $before ORDER BY subject", ("$before", before.ToUnixTimeMilliseconds()));

    /// <summary>Keeps what was said.</summary>
    /// <param name="subject">The number of the channel.</param>
    /// <param name="gateway">The gateway.</param>
    /// <param name="alarm">What it said.</param>
    /// <param name="latest">The event that said the latest of it, where that is known.</param>
    /// <param name="heard">When it came.</param>
    public void Save(long subject, GatewayName gateway, GatewayAlarm alarm, (string Epoch, long Number)? latest, DateTimeOffset heard) => transaction.Execute(
        "INSERT OR REPLACE INTO alert_gateway_alarm VALUES ($subject, $site, $gateway, $body, $heard)",
        ("$subject", subject), ("$site", gateway.Site), ("$gateway", gateway.Gateway), ("$body", BodyOf(alarm, latest)),
        ("$heard", heard.ToUnixTimeMilliseconds()));

    /// <summary>Makes what is kept fit a clock that was set, as <see cref="HeardTable.Fit"/> does.</summary>
    /// <param name="step">By how much it was set.</param>
    /// <param name="now">The time.</param>
    public void Fit(TimeSpan step, DateTimeOffset now) => transaction.Execute(
        "UPDATE alert_gateway_alarm SET heard_ms = min(heard_ms + $step, $now) WHERE $step <> 0 OR heard_ms > $now",
        ("$step", (long)step.TotalMilliseconds), ("$now", now.ToUnixTimeMilliseconds()));

    // Written anew: what else stood in the event is of no use here, and may be long.
    private static string BodyOf(GatewayAlarm alarm, (string Epoch, long Number)? latest)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            GatewayAlarmCodec.Write(json, alarm);
            if (latest is var (epoch, number))
            {
                json.WriteString(EpochKey, epoch);
                json.WriteNumber(NumberKey, number);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private List<ToldAlarm> Read(string where, params ReadOnlySpan<(string, object?)> parameters) =>
    [
        .. transaction.Query($"{Columns} {where}", reader => (Subject: reader.GetInt64(0), Body: reader.GetString(1), Heard: reader.Instant(2)), parameters)
            .Select(kept =>
            {
                using var body = JsonDocument.Parse(kept.Body);
                return GatewayAlarmCodec.Read(body.RootElement).Value is { } alarm ? new ToldAlarm(tables.Subject(kept.Subject), alarm, kept.Heard) { Latest = LatestOf(body.RootElement) } : null;
            }).OfType<ToldAlarm>(),
    ];

    private static (string Epoch, long Number)? LatestOf(JsonElement body) =>
        body.TryGetProperty(EpochKey, out var epoch) && body.TryGetProperty(NumberKey, out var number) ? (epoch.GetString()!, number.GetInt64()) : null;
}
