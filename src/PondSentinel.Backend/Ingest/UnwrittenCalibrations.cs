using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Calibration;

namespace PondSentinel.Backend.Ingest;

/// <summary>Which calibrations InfluxDB does not have yet, within one transaction of the state database.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class UnwrittenCalibrations(SqliteTransaction transaction)
{
    private const string Name = "ingest_calibration_unwritten";

    /// <summary>Creates the table. Where it is new every calibration is unwritten.</summary>
    public void Create()
    {
        if (transaction.Query($"SELECT 1 FROM sqlite_master WHERE name = '{Name}'", _ => true).Count > 0)
        {
            return;
        }

        transaction.Execute(
            $"""
            CREATE TABLE {Name}(
              gateway TEXT NOT NULL, id TEXT NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL, PRIMARY KEY(gateway, id)) STRICT, WITHOUT ROWID
            """);
        foreach (var (gateway, record) in transaction.Query(
            "SELECT gateway, record FROM ingest_calibration",
            reader => (reader.GetString(0), CalibrationCodec.Decode(reader.GetFieldValue<byte[]>(1)).Value)))
        {
            if (record is not null)
            {
                Add(gateway, record);
            }
        }
    }

    /// <summary>One that is new.</summary>
    /// <param name="gateway">Its gateway.</param>
    /// <param name="record">The record.</param>
    public void Add(string gateway, CalibrationRecord record) => transaction.Execute(
        $"INSERT OR IGNORE INTO {Name} VALUES ($gateway, $id, $device, $channel)",
        ("$gateway", gateway), ("$id", record.Id), ("$device", record.Device), ("$channel", record.Channel));

    /// <summary>Some of those whose channel is known, so that the place where it stands is; the others wait for its first value.</summary>
    /// <param name="most">At most so many.</param>
    public IReadOnlyList<(string Gateway, string Id)> Some(int most) => transaction.Query(
        $"""
        SELECT gateway, id FROM {Name} u WHERE EXISTS (
          SELECT 1 FROM ingest_channel c WHERE c.gateway = u.gateway AND c.device = u.device AND c.channel = u.channel)
        ORDER BY gateway, id LIMIT $most
        """,
        reader => (reader.GetString(0), reader.GetString(1)),
        ("$most", most));

    /// <summary>Notes that one is written.</summary>
    /// <param name="gateway">Its gateway.</param>
    /// <param name="id">Its name.</param>
    public void Remove(string gateway, string id) => transaction.Execute(
        $"DELETE FROM {Name} WHERE gateway = $gateway AND id = $id", ("$gateway", gateway), ("$id", id));
}
