using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Alarms;

/// <summary>What nobody wants to be told of for a while. Null stands for all.</summary>
public sealed record Silence
{
    /// <summary>Its number.</summary>
    public long Id { get; init; }

    /// <summary>The rule's id.</summary>
    public string? Rule { get; init; }

    /// <summary>Site.</summary>
    public string? Site { get; init; }

    /// <summary>Station.</summary>
    public string? Station { get; init; }

    /// <summary>Device.</summary>
    public string? Device { get; init; }

    /// <summary>From when on.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Before when.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Who wanted it.</summary>
    public required string By { get; init; }

    /// <summary>Why.</summary>
    public required string Why { get; init; }

    /// <summary>Whether it is about an alarm.</summary>
    /// <param name="alarm">The alarm.</param>
    public bool Covers(Alarm alarm)
    {
        ArgumentNullException.ThrowIfNull(alarm);
        return (Rule ?? alarm.Rule) == alarm.Rule && (Site ?? alarm.Site) == alarm.Site
            && (Station ?? alarm.Station) == alarm.Station && (Device ?? alarm.Device) == alarm.Device;
    }

    /// <summary>What it is about, as one reads it.</summary>
    public string What => string.Join(' ', new[]
    {
        Rule is null ? null : $"rule {Rule}", Site is null ? null : $"site {Site}",
        Station is null ? null : $"station {Station}", Device is null ? null : $"device {Device}",
    }.Where(part => part is not null));
}

/// <summary>Silences in the state database. They are kept when they are over.</summary>
internal sealed class SilenceTable(SqliteTransaction transaction)
{
    private const string Columns = "SELECT id, rule, site, station, device, from_ms, until_ms, by, why FROM alarm_silence";

    /// <summary>Those in force, the one that ends first first.</summary>
    public List<Silence> Active(DateTimeOffset now) => transaction.Query(
        $"{Columns} WHERE from_ms <= $now AND until_ms > $now ORDER BY until_ms, id", Read, ("$now", now.ToUnixTimeMilliseconds()));

    public Silence? Find(long id) => transaction.Query($"{Columns} WHERE id = $id", Read, ("$id", id)) is [var silence] ? silence : null;

    /// <summary>Adds one.</summary>
    /// <returns>Its number.</returns>
    public long Add(Silence silence) => transaction.Query(
        """
        INSERT INTO alarm_silence(rule, site, station, device, from_ms, until_ms, by, why)
        VALUES ($rule, $site, $station, $device, $from, $until, $by, $why) RETURNING id
        """,
        reader => reader.GetInt64(0),
        ("$rule", silence.Rule), ("$site", silence.Site), ("$station", silence.Station), ("$device", silence.Device),
        ("$from", silence.From.ToUnixTimeMilliseconds()), ("$until", silence.Until.ToUnixTimeMilliseconds()),
        ("$by", silence.By), ("$why", silence.Why))[0];

    /// <summary>Ends one early; what it held back is looked at again.</summary>
    public void End(long id, DateTimeOffset now)
    {
        transaction.Execute(
            "UPDATE alarm_silence SET until_ms = $now WHERE id = $id", ("$now", now.ToUnixTimeMilliseconds()), ("$id", id));
        transaction.Execute("UPDATE notification_delivery SET due_ms = 0 WHERE standing = 0 AND silence = $id", ("$id", id));
    }

    private static Silence Read(SqliteDataReader reader) => new()
    {
        Id = reader.GetInt64(0),
        Rule = Text(reader, 1),
        Site = Text(reader, 2),
        Station = Text(reader, 3),
        Device = Text(reader, 4),
        From = reader.Instant(5),
        Until = reader.Instant(6),
        By = reader.GetString(7),
        Why = reader.GetString(8),
    };

    private static string? Text(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
