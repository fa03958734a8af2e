using System.Text.Json;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Tests.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Storage;

/// <summary>The contract of stores against a real InfluxDB, read back by InfluxQL.</summary>
public abstract class InfluxContract : MeasurementStoreContract, IAsyncLifetime
{
    // It has a space and a hyphen, so that quoting is tried too.
    private protected const string Database = "pond 1-a";

    private InfluxStore store = null!;

    protected override IMeasurementStore Store => store;

    private protected string Folder { get; private set; } = null!;

    private protected InfluxDb Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Folder = TestFolder.Create();
        Server = await InfluxDb.StartAsync(Folder);
        store = await OpenAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        await Server.DisposeAsync();
        TestFolder.ShowLogsOnFailure(Folder);
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes the store under test; the server runs.</summary>
    private protected abstract Task<InfluxStore> OpenAsync();

    protected override async Task<IReadOnlyList<StoredPoint>> ReadAsync(SeriesKey series)
    {
        // The first and last nanosecond are outside of what InfluxQL asks for by itself.
        var rows = await Server.QueryAsync(
            Database,
            $"SELECT * FROM {series.Measurand.WireName} WHERE site='{series.Site}' AND station='{series.Station}' AND gw='{series.Gateway}' "
            + $"AND device='{series.Device}' AND channel='{series.Channel}' "
            + "AND time >= -9223372036854775806 AND time <= 9223372036854775806");
        return [.. rows.Select(row => PointOf(series, row.Columns))];
    }

    protected override async Task<IReadOnlyList<DayPoint>> ReadDaysAsync()
    {
        string[] fields = ["expected", "good", "lost_full"];
        var rows = await Server.QueryAsync(Database, $"SELECT * FROM {DayPoint.Measurement}");
        return
        [
            .. rows.Select(row => new DayPoint
            {
                Gateway = row.Text("gw"),
                Site = row.Text("site"),
                Station = row.Text("station"),
                Device = row.Text("device"),
                Channel = row.Text("channel"),
                StartMs = row.Whole("time") / 1_000_000,
                Fields = [.. fields.Where(row.Columns.ContainsKey).Select(field => new DayField(field, row.Whole(field))).Where(field => field.Count != 0)],
            }).OrderBy(day => day.Device, StringComparer.Ordinal),
        ];
    }

    protected override async Task<IReadOnlyList<AveragePoint>> ReadAveragesAsync()
    {
        var rows = await Server.QueryAsync(Database, $"SELECT * FROM {AveragePoint.Measurement}");
        return
        [
            .. rows.Select(row => new AveragePoint
            {
                Of = SeriesOf(row),
                Average = row.Text("average"),
                EndMs = row.Whole("time") / 1_000_000,
                Value = row.Text("state") == AveragePoint.Valid ? row.Columns["value"].GetDouble() : null,
                Mean = row.Text("state") == AveragePoint.Valid ? row.Columns["mean"].GetDouble() : null,
                Hours = (int)row.Whole("hours"),
                Needed = (int)row.Whole("needed"),
                Length = (int)row.Whole("length"),
            }),
        ];
    }

    protected override async Task<IReadOnlyList<EpisodePoint>> ReadEpisodesAsync()
    {
        var rows = await Server.QueryAsync(Database, $"SELECT * FROM {EpisodePoint.Measurement}");
        return
        [
            .. rows.Select(row => new EpisodePoint
            {
                Of = SeriesOf(row),
                Rule = row.Text("rule"),
                TimeNs = row.Whole("time"),
                Id = row.Text("id"),
                Standing = row.Text("standing"),
                Severity = row.Text("severity"),
                SinceMs = row.Whole("since_ms"),
                RaisedMs = row.Whole("raised_ms"),
                ClearedMs = row.Whole("cleared_ms"),
                Peak = row.Columns["peak"].GetDouble(),
                IsPeakBound = row.Columns["peak_bound"].GetBoolean(),
                Notices = row.Whole("notices"),
                Summary = row.Text("summary"),
            }),
        ];
    }

    protected override async Task<IReadOnlyList<SamplePoint>> ReadSamplesAsync()
    {
        var rows = await Server.QueryAsync(Database, $"SELECT * FROM {SamplePoint.Measurement}");
        return
        [
            .. rows.Select(row => new SamplePoint
            {
                Beside = SeriesOf(row),
                Method = row.Text("method"),
                TimeNs = row.Whole("time"),
                Value = row.Columns["value"].GetDouble(),
                Who = row.Text("who"),
                Laboratory = row.Text("lab"),
                Note = row.Text("note"),
                Epoch = row.Text("ep"),
                Sequence = row.Whole("seq"),
            }),
        ];
    }

    private static SeriesKey SeriesOf(InfluxRow row) => new(
        MeasurandNames.TryParse(row.Text("m"), out var measurand) ? measurand : throw new InvalidDataException(row.Text("m")),
        row.Text("site"),
        row.Text("station"),
        row.Text("gw"),
        row.Text("device"),
        row.Text("channel"));

    private static StoredPoint PointOf(SeriesKey series, IReadOnlyDictionary<string, JsonElement> columns)
    {
        Assert.True(ClockSourceTokens.TryParse(columns["clk"].GetString()!, out var clock));
        var why = columns["why"].GetString()!
            .Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Aggregate(Why.None, (all, token) => all | WhyTokens.Parse(token));
        return new StoredPoint(
            series,
            columns["time"].GetInt64(),
            Number("value"),
            Number("raw"),
            Number("lo"),
            Number("hi"),
            (QualityFlag)columns["qc"].GetInt64(),
            columns["seq"].GetInt64(),
            columns["ep"].GetString()!,
            clock,
            columns["cal"].GetString()!,
            why);

        double? Number(string field) => columns.TryGetValue(field, out var value) ? value.GetDouble() : null;
    }
}
