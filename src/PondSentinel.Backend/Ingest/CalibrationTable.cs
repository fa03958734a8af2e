using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>The calibration records of gateways, kept for ever, where events are not: history is computed anew with them.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class CalibrationTable(SqliteTransaction transaction)
{
    // One a day for each of thirty channels makes that in a year; the oldest make room.
    private const int RecordsMax = 10_000;

    private const long MsPerSecond = 1000;

    /// <summary>Whether the database has the table: a backend of this version has run on it.</summary>
    public bool IsThere => transaction.Query(
        "SELECT count(*) FROM sqlite_master WHERE name = 'ingest_calibration'", reader => reader.GetInt64(0))[0] > 0;

    /// <summary>Keeps the record that an event tells of, where it tells of one. The first of a name counts: records are never
    /// changed.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="message">The event.</param>
    /// <param name="nowMs">The backend's time: UTC ms since 1970.</param>
    public void Keep(string gateway, EventMessage message, long nowMs)
    {
        if (RecordIn(message) is not { } record)
        {
            return;
        }

        if (transaction.Execute(
            "INSERT OR IGNORE INTO ingest_calibration VALUES ($gateway, $id, $now, $record)",
            ("$gateway", gateway), ("$id", record.Id), ("$now", nowMs), ("$record", CalibrationCodec.Encode(record))) > 0)
        {
            new UnwrittenCalibrations(transaction).Add(gateway, record);
        }

        transaction.Execute(
            """
            DELETE FROM ingest_calibration WHERE gateway = $gateway AND id IN (
              SELECT id FROM ingest_calibration WHERE gateway = $gateway ORDER BY at_ms DESC, id DESC LIMIT -1 OFFSET $most)
            """,
            ("$gateway", gateway), ("$most", RecordsMax));
    }

    /// <summary>A record of a gateway.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="id">Its name.</param>
    public CalibrationRecord? Find(string gateway, string id) => transaction.Query(
        "SELECT record FROM ingest_calibration WHERE gateway = $gateway AND id = $id",
        reader => CalibrationCodec.Decode(reader.GetFieldValue<byte[]>(0)).Value,
        ("$gateway", gateway), ("$id", id)) is [var record] ? record : null;

    /// <summary>The last accepted record of each channel of a gateway: the one that came last, whatever its date.</summary>
    /// <param name="gateway">The gateway.</param>
    public IReadOnlyDictionary<(string Device, string Channel), CalibrationRecord> LastAccepted(string gateway)
    {
        Dictionary<(string Device, string Channel), CalibrationRecord> last = [];
        var records = IsThere
            ? transaction.Query(
                "SELECT record FROM ingest_calibration WHERE gateway = $gateway ORDER BY at_ms, id",
                reader => CalibrationCodec.Decode(reader.GetFieldValue<byte[]>(0)).Value,
                ("$gateway", gateway))
            : [];
        foreach (var record in records)
        {
            if (record is { IsAccepted: true })
            {
                last[(record.Device, record.Channel)] = record;
            }
        }

        return last;
    }

    /// <summary>The newest accepted record of each channel of each gateway: the one that came last, whatever its date.</summary>
    public IReadOnlyList<(string Gateway, CalibrationRecord Record)> Newest() =>
    [
        .. (IsThere
            ? transaction.Query(
                "SELECT gateway, record FROM ingest_calibration ORDER BY at_ms, id",
                reader => (Gateway: reader.GetString(0), Record: CalibrationCodec.Decode(reader.GetFieldValue<byte[]>(1)).Value))
            : [])
            .Where(row => row.Record is { IsAccepted: true })
            .GroupBy(row => (row.Gateway, row.Record!.Device, row.Record.Channel))
            .Select(channel => (channel.Key.Gateway, channel.Last().Record!)),
    ];

    /// <summary>The first calibration of a channel after a time, accepted or not: a visit. One in the same second is of that time, which
    /// people and lists write to the second.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="device">The device.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="ms">The time: UTC ms since 1970.</param>
    /// <param name="but">Name of one that does not count.</param>
    public CalibrationRecord? NextAfter(string gateway, string device, string channel, long ms, string but) => transaction.Query(
            "SELECT record FROM ingest_calibration WHERE gateway = $gateway",
            reader => CalibrationCodec.Decode(reader.GetFieldValue<byte[]>(0)).Value,
            ("$gateway", gateway))
        .Where(record => record is not null && record.Device == device && record.Channel == channel && record.TimeMs >= ms + MsPerSecond && record.Id != but)
        .MinBy(record => record!.TimeMs);

    /// <summary>The calibrations of a channel in a stretch of time, accepted or not, oldest first.</summary>
    /// <param name="series">The channel, wherever it stood.</param>
    /// <param name="fromMs">From this time on: UTC ms since 1970.</param>
    /// <param name="toMs">Before this time.</param>
    public IReadOnlyList<CalibrationRecord> Between(SeriesKey series, long fromMs, long toMs) =>
    [
        .. transaction.Query(
            "SELECT record FROM ingest_calibration WHERE gateway = $gateway",
            reader => CalibrationCodec.Decode(reader.GetFieldValue<byte[]>(0)).Value,
            ("$gateway", series.Gateway))
            .OfType<CalibrationRecord>()
            .Where(record => record.Device == series.Device && record.Channel == series.Channel && record.Measurand == series.Measurand
                && record.TimeMs >= fromMs && record.TimeMs < toMs)
            .OrderBy(record => record.TimeMs),
    ];

    /// <summary>The series that a channel has had: of each place it stood at one.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="device">The device.</param>
    /// <param name="channel">The channel.</param>
    public IReadOnlyList<SeriesKey> SeriesOf(string gateway, string device, string channel) =>
    [
        .. transaction.Query(
            "SELECT measurand, site, station FROM ingest_channel WHERE gateway = $gateway AND device = $device AND channel = $channel",
            reader => (Name: reader.GetString(0), Site: reader.GetString(1), Station: reader.GetString(2)),
            ("$gateway", gateway), ("$device", device), ("$channel", channel))
            .Where(row => MeasurandNames.TryParse(row.Name, out _))
            .Select(row => new SeriesKey(
                MeasurandNames.TryParse(row.Name, out var measurand) ? measurand : default, row.Site, row.Station, gateway, device, channel)),
    ];

    /// <summary>The record that an event tells of; null where it tells of none.</summary>
    /// <param name="message">The event.</param>
    public static CalibrationRecord? RecordIn(EventMessage message) =>
        message is { Type: "cal", Body: { ValueKind: JsonValueKind.Object } body }
        && body.TryGetProperty("record", out var record) && record.ValueKind == JsonValueKind.Object
        && CalibrationCodec.Decode(Encoding.UTF8.GetBytes(record.GetRawText())).Value is { } read && read.Device == message.Device
            ? read
            : null;
}
