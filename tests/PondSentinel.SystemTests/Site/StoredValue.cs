using System.Globalization;
using PondSentinel.Backend.Storage;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Site;

/// <summary>A value as InfluxDB gives it back.</summary>
/// <param name="Site">The site.</param>
/// <param name="Gateway">The gateway.</param>
/// <param name="Epoch">Epoch of its record.</param>
/// <param name="Sequence">Number of its record.</param>
/// <param name="Device">The device.</param>
/// <param name="Channel">The channel.</param>
/// <param name="TimeNs">The point's time, ns since 1970.</param>
/// <param name="Value">The value; null where it was missing.</param>
/// <param name="Flag">Its QARTOD flag.</param>
internal sealed record StoredValue(
    string Site, string Gateway, string Epoch, long Sequence, string Device, string Channel, long TimeNs, double? Value, int Flag)
{
    private const long NanosecondsPerMillisecond = 1_000_000;
    private const int FlagMissing = 9;
    private static readonly TimeSpan WholeWithin = TimeSpan.FromSeconds(30);
    private static readonly string[] Fields = ["ep", "seq", "qc"];

    /// <summary>When it was measured, UTC ms.</summary>
    public long TimeMs => TimeNs / NanosecondsPerMillisecond;

    /// <summary>The time key that the wire contract gives a record.</summary>
    /// <param name="timeMs">Its time, UTC ms.</param>
    /// <param name="sequence">Its number.</param>
    public static long KeyNs(long timeMs, long sequence) =>
        (timeMs * NanosecondsPerMillisecond) + (sequence % NanosecondsPerMillisecond);

    /// <summary>Reads every value that is stored.</summary>
    /// <param name="influx">The store.</param>
    /// <remarks>InfluxDB shows the fields of a point one by one while it writes it: it is asked again until all are whole.
    /// </remarks>
    public static async Task<IReadOnlyList<StoredValue>> AllAsync(InfluxDb influx)
    {
        IReadOnlyList<InfluxRow> rows = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                rows = [.. (await influx.QueryAsync(SiteSettings.Database, "SELECT * FROM /.*/ WHERE gw =~ /./"))
                    .Where(row => row.Measurement is not (DayPoint.Measurement or EpisodePoint.Measurement or AveragePoint.Measurement))];
                return rows.All(IsWhole);
            },
            WholeWithin,
            () => $"A point has not all of its fields: {string.Join(' ', rows.First(row => !IsWhole(row)).Columns)}");
        return [.. rows.Select(Of)];
    }

    /// <summary>How many values of a gateway are stored that were measured since a time.</summary>
    /// <param name="influx">The store.</param>
    /// <param name="gateway">The gateway.</param>
    /// <param name="fromMs">The time, UTC ms.</param>
    public static async Task<int> CountAsync(InfluxDb influx, string gateway, long fromMs) => (await influx.QueryAsync(
        SiteSettings.Database,
        string.Create(CultureInfo.InvariantCulture, $"SELECT seq FROM /.*/ WHERE gw = '{gateway}' AND time >= {fromMs}ms"))).Count;

    /// <summary>When the newest stored value of a gateway was measured, UTC ms; 0 where there is none.</summary>
    /// <param name="influx">The store.</param>
    /// <param name="gateway">The gateway.</param>
    public static async Task<long> NewestAsync(InfluxDb influx, string gateway) => (await influx.QueryAsync(
        SiteSettings.Database, $"SELECT seq FROM /.*/ WHERE gw = '{gateway}' ORDER BY time DESC LIMIT 1"))
        .Select(row => row.Whole("time") / NanosecondsPerMillisecond).DefaultIfEmpty().Max();

    /// <summary>Whether a value of a gateway is stored that was measured at a time.</summary>
    /// <param name="influx">The store.</param>
    /// <param name="gateway">The gateway.</param>
    /// <param name="timeMs">The time, UTC ms.</param>
    public static async Task<bool> HasAsync(InfluxDb influx, string gateway, long timeMs) => (await influx.QueryAsync(
        SiteSettings.Database,
        string.Create(CultureInfo.InvariantCulture, $"SELECT seq FROM /.*/ WHERE gw = '{gateway}' AND time >= {timeMs}ms AND time < {timeMs + 1}ms"))).Count > 0;

    private static bool IsWhole(InfluxRow row) => Array.TrueForAll(Fields, row.Columns.ContainsKey)
        && (row.Columns.ContainsKey("value") || row.Whole("qc") == FlagMissing);

    private static StoredValue Of(InfluxRow row) => new(
        row.Text("site"), row.Text("gw"), row.Text("ep"), row.Whole("seq"), row.Text("device"), row.Text("channel"),
        row.Whole("time"), row.Number("value"), (int)row.Whole("qc"));
}
