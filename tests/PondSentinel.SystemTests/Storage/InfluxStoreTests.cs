using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Tests.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Storage;

/// <summary>The contract of stores against a real InfluxDB, read back by InfluxQL.</summary>
public sealed class InfluxStoreTests : MeasurementStoreContract, IAsyncLifetime
{
    // It has a space and a hyphen, so that quoting is tried too; and nobody creates it but the store.
    private const string Database = "pond 1-a";

    private string folder = null!;
    private InfluxDb server = null!;
    private InfluxStore store = null!;

    protected override IMeasurementStore Store => store;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        folder = TestFolder.Create();
        server = await InfluxDb.StartAsync(folder);
        store = new InfluxStore(
            new InfluxOptions { Url = server.Url, Database = Database }, TimeProvider.System, NullLogger<InfluxStore>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        await server.DisposeAsync();
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Point_whose_field_has_another_type_is_refused_and_the_others_are_stored()
    {
        Assert.Empty(await store.WriteAsync([PointOf(0) with { Channel = "first" }], Cancelled));
        // The type of a field is fixed by shard, so at the same time.
        using (var http = new HttpClient())
        using (var line = new StringContent($"ph,channel=nh4n value=\"text\" {PointOf(9).TimeNs}\n"))
        {
            var address = new Uri(server.Url, $"/write?db={Uri.EscapeDataString(Database)}");
            using var answer = await http.PostAsync(address, line, Cancelled);
            answer.EnsureSuccessStatusCode();
        }

        var bad = PointOf(1) with { Measurand = Measurand.Ph, Value = PointOf(1).Value with { Measurand = Measurand.Ph } };
        var refused = await store.WriteAsync([PointOf(2), bad, PointOf(3)], Cancelled);
        var one = Assert.Single(refused);
        Assert.Same(bad, one.Point);
        Assert.Equal("type", one.Cause);
        Assert.Equal([2L, 3L], (await ReadAsync(SeriesKey.Of(PointOf(2)))).Select(point => point.Sequence));
    }

    [Fact]
    public async Task Server_that_is_away_is_no_refusal_and_takes_the_points_when_it_is_back()
    {
        await server.KillAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.WriteAsync([PointOf(1)], Cancelled));
        await server.StartAsync();
        Assert.Empty(await store.WriteAsync([PointOf(1)], Cancelled));
        Assert.Single(await ReadAsync(SeriesKey.Of(PointOf(1))));
    }

    protected override async Task<IReadOnlyList<StoredPoint>> ReadAsync(SeriesKey series)
    {
        // The first and last nanosecond are outside of what InfluxQL asks for by itself.
        var rows = await server.QueryAsync(
            Database,
            $"SELECT * FROM {series.Measurand.WireName} WHERE site='{series.Site}' AND station='{series.Station}' AND gw='{series.Gateway}' "
            + $"AND device='{series.Device}' AND channel='{series.Channel}' "
            + "AND time >= -9223372036854775806 AND time <= 9223372036854775806");
        return [.. rows.Select(row => PointOf(series, row.Columns))];
    }

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
