using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.SystemTests.Storage;

/// <summary>InfluxDB 1.x.</summary>
public sealed class InfluxStoreTests : InfluxContract
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Point_whose_field_has_another_type_is_refused_and_the_others_are_stored()
    {
        Assert.Empty(await Store.WriteAsync([PointOf(0) with { Channel = "first" }], Cancelled));
        // The type of a field is fixed by shard, so at the same time.
        using (var http = new HttpClient())
        using (var line = new StringContent($"ph,channel=nh4n value=\"text\" {PointOf(9).TimeNs}\n"))
        {
            var address = new Uri(Server.Url, $"/write?db={Uri.EscapeDataString(Database)}");
            using var answer = await http.PostAsync(address, line, Cancelled);
            answer.EnsureSuccessStatusCode();
        }

        var bad = PointOf(1) with { Measurand = Measurand.Ph, Value = PointOf(1).Value with { Measurand = Measurand.Ph } };
        var refused = await Store.WriteAsync([PointOf(2), bad, PointOf(3)], Cancelled);
        var one = Assert.Single(refused);
        Assert.Same(bad, one.Point);
        Assert.Equal("type", one.Cause);
        Assert.Equal([2L, 3L], (await ReadAsync(SeriesKey.Of(PointOf(2)))).Select(point => point.Sequence));
    }

    [Fact]
    public async Task Server_that_is_away_is_no_refusal_and_takes_the_points_when_it_is_back()
    {
        await Server.KillAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.WriteAsync([PointOf(1)], Cancelled));
        await Server.StartAsync();
        Assert.Empty(await Store.WriteAsync([PointOf(1)], Cancelled));
        Assert.Single(await ReadAsync(SeriesKey.Of(PointOf(1))));
    }

    // Nobody creates the database but the store.
    private protected override Task<InfluxStore> OpenAsync() => Task.FromResult(new InfluxStore(
        new InfluxOptions { Url = Server.Url, Database = Database }, TimeProvider.System, NullLogger<InfluxStore>.Instance));
}
