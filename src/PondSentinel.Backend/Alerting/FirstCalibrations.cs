using System.Text.Json;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>Channels that never were calibrated and are to be, as their gateways say once: of others the record itself tells when the next is
/// due.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class FirstCalibrations(SqliteTransaction transaction)
{
    private const int ChannelsMax = 4096;

    /// <summary>The table.</summary>
    public const string Schema = """
        CREATE TABLE IF NOT EXISTS alert_first_calibration(
          gateway TEXT NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL, due_ms INTEGER NOT NULL,
          PRIMARY KEY(gateway, device, channel)) STRICT, WITHOUT ROWID;
        """;

    /// <summary>Takes note of an event.</summary>
    /// <param name="gateway">Its gateway.</param>
    /// <param name="message">The event.</param>
    /// <returns>Whether it tells of a calibration, or of one that is due.</returns>
    public bool Note(string gateway, EventMessage message)
    {
        if (CalibrationTable.RecordIn(message) is { } record)
        {
            if (record.IsAccepted)
            {
                transaction.Execute(
                    "DELETE FROM alert_first_calibration WHERE gateway = $gateway AND device = $device AND channel = $channel",
                    ("$gateway", gateway), ("$device", record.Device), ("$channel", record.Channel));
            }

            return true;
        }

        if (DueIn(message) is not var (channel, dueMs))
        {
            return false;
        }

        transaction.Execute(
            """
            INSERT OR REPLACE INTO alert_first_calibration SELECT $gateway, $device, $channel, $due
            WHERE (SELECT count(*) FROM alert_first_calibration WHERE gateway = $gateway) < $most
            """,
            ("$gateway", gateway), ("$device", message.Device), ("$channel", channel), ("$due", dueMs), ("$most", ChannelsMax));
        return true;
    }

    /// <summary>When they are due: UTC ms since 1970.</summary>
    /// <param name="gateway">The gateway.</param>
    public IReadOnlyDictionary<(string Device, string Channel), long> DueMs(string gateway) => transaction.Query(
        "SELECT device, channel, due_ms FROM alert_first_calibration WHERE gateway = $gateway",
        reader => (Key: (reader.GetString(0), reader.GetString(1)), Due: reader.GetInt64(2)),
        ("$gateway", gateway)).ToDictionary(row => row.Key, row => row.Due);

    private static (string Channel, long DueMs)? DueIn(EventMessage message) =>
        message is { Type: "cal", Device: not null, Body: { ValueKind: JsonValueKind.Object } body }
        && body.TryGetProperty("what", out var what) && what.ValueKind == JsonValueKind.String && what.GetString() is "due" or "overdue"
        && (!body.TryGetProperty("id", out var id) || id.ValueKind == JsonValueKind.Null)
        && body.TryGetProperty("channel", out var channel) && channel.ValueKind == JsonValueKind.String && Names.IsName(channel.GetString())
        && body.TryGetProperty("due", out var due) && due.ValueKind == JsonValueKind.Number && due.TryGetInt64(out var ms)
            ? (channel.GetString()!, ms)
            : null;
}
