using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Web;

/// <summary>The newest values in the state database, so that the page knows after a restart what it knew before.</summary>
/// <param name="transaction">The transaction they are read and written in.</param>
internal sealed class LiveTables(SqliteTransaction transaction)
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS live_value(
          site TEXT NOT NULL, gateway TEXT NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL, station TEXT NOT NULL,
          measurand TEXT NOT NULL, time_ns INTEGER NOT NULL, value REAL, flag INTEGER NOT NULL, why INTEGER NOT NULL,
          clock INTEGER NOT NULL, last_value REAL, last_ms INTEGER,
          PRIMARY KEY(site, gateway, device, channel)) STRICT, WITHOUT ROWID;
        """;

    /// <summary>Creates the table where it is missing, and forgets channels that have been silent for long.</summary>
    /// <param name="forgottenNs">Values older than this are forgotten: devices that are gone.</param>
    public void Create(long forgottenNs)
    {
        transaction.Execute(Schema);
        transaction.Execute("DELETE FROM live_value WHERE time_ns < $old", ("$old", forgottenNs));
    }

    /// <summary>Reads every value of a measurand that this version knows.</summary>
    public IEnumerable<LiveValue> Values() => transaction.Query(
        """
        SELECT site, gateway, device, channel, station, measurand, time_ns, value, flag, why, clock, last_value, last_ms
        FROM live_value
        """,
        reader => MeasurandNames.TryParse(reader.GetString(5), out var measurand)
            ? new LiveValue
            {
                Name = new ChannelName(
                    new GatewayName(reader.GetString(0), reader.GetString(1)), reader.GetString(2), reader.GetString(3)),
                Station = reader.GetString(4),
                Measurand = measurand,
                TimeNs = reader.GetInt64(6),
                Value = reader.Optional<double>(7),
                Flag = (QualityFlag)reader.GetByte(8),
                Why = (Why)reader.GetInt64(9),
                Clock = (ClockSource)reader.GetInt32(10),
                LastNumber = reader.Optional<double>(11) is { } number ? (number, reader.GetInt64(12)) : null,
            }
            : null).OfType<LiveValue>();

    /// <summary>Writes a value.</summary>
    /// <param name="value">The value.</param>
    public void Save(LiveValue value) => transaction.Execute(
        """
        INSERT OR REPLACE INTO live_value
        VALUES ($site, $gateway, $device, $channel, $station, $measurand, $time, $value, $flag, $why, $clock, $last, $lastMs)
        """,
        ("$site", value.Name.Gateway.Site), ("$gateway", value.Name.Gateway.Gateway), ("$device", value.Name.Device),
        ("$channel", value.Name.Channel), ("$station", value.Station), ("$measurand", value.Measurand.WireName),
        ("$time", value.TimeNs), ("$value", value.Value), ("$flag", (long)value.Flag), ("$why", (long)value.Why),
        ("$clock", (long)value.Clock), ("$last", value.LastNumber?.Value), ("$lastMs", value.LastNumber?.TimeMs));
}
