using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Tests.Backend.Ingest;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>The history of alerts in the measurement store.</summary>
public sealed class EpisodeSeriesTests
{
    private static readonly long StartMs = AlertBench.Start.ToUnixTimeMilliseconds();

    [Fact]
    public async Task Episode_is_one_point_from_its_beginning_to_its_end()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        var store = new FakeStore();
        bench.Store((0, 20), (5, 22), (10, 21));
        await bench.WriteHistoryAsync(store);
        var firing = Assert.Single(store.Episodes).Value;
        Assert.Equal(
            new EpisodePoint
            {
                Of = SeriesKey.Of(AlertBench.PointOf(0, 0)),
                Rule = "nh4-high",
                TimeNs = (StartMs + 600_000) * 1_000_000,
                Id = bench.Told[0].Episode,
                Standing = "firing",
                Severity = "high",
                SinceMs = StartMs,
                RaisedMs = StartMs + 600_000,
                ClearedMs = 0,
                Peak = 22,
                Notices = 1,
                Summary = bench.Told[0].Summary,
            },
            firing);

        bench.Store((20, 3), (30, 3));
        await bench.WriteHistoryAsync(store);
        Assert.Equal(
            firing with { Standing = "over", ClearedMs = StartMs + 1_800_000, Notices = 2, Summary = bench.Told[1].Summary },
            Assert.Single(store.Episodes).Value);

        // Late values show that it began earlier: the point keeps its key.
        bench.Store((-20, 25), (-15, 25), (-10, 25), (-5, 25));
        await bench.WriteHistoryAsync(store);
        var moved = Assert.Single(store.Episodes).Value;
        Assert.Equal((firing.TimeNs, StartMs - 1_200_000, 25.0), (moved.TimeNs, moved.SinceMs, moved.Peak));
    }

    [Fact]
    public async Task What_was_taken_back_and_what_was_never_told_stand_there_too()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        var store = new FakeStore();
        bench.Store((0, 20), (10, 20));
        bench.RestartWithoutRules();
        await bench.WriteHistoryAsync(store);
        Assert.Equal(("withdrawn", 2), (store.Episodes.Values.Single().Standing, store.Episodes.Values.Single().Notices));
    }

    [Fact]
    public async Task Store_that_was_away_gets_it_later_and_what_is_written_is_not_written_again()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        var store = new FakeStore { Before = () => throw new StoreUnavailableException("away") };
        bench.Store((0, 20), (10, 20));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => bench.WriteHistoryAsync(store));

        // What changes while the store is writing is written once more.
        store.Before = null;
        store.After = () =>
        {
            store.After = null;
            bench.Store((20, 3), (30, 3));
        };
        await bench.WriteHistoryAsync(store);
        Assert.Equal("firing", store.Episodes.Values.Single().Standing);
        await bench.WriteHistoryAsync(store);
        Assert.Equal("over", store.Episodes.Values.Single().Standing);

        var writes = store.Writes;
        await bench.WriteHistoryAsync(store);
        Assert.Equal(writes, store.Writes);
    }

    [Fact]
    public async Task Episodes_of_a_database_from_before_there_was_a_history_are_written_too()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        var store = new FakeStore();
        bench.Store((0, 20), (10, 20));
        bench.Execute("DROP TABLE alert_unwritten");
        bench.Restart();
        await bench.WriteHistoryAsync(store);
        Assert.Equal("firing", Assert.Single(store.Episodes).Value.Standing);
    }

    [Theory]
    [InlineData("r.dev-ph-3fa9c1d2.1782886200000", 1_782_886_200_000_000_000)]
    [InlineData("r.dev-ph-3fa9c1d2.1782886200000-again", 1_782_886_200_000_000_001)]
    [InlineData("r.dev-ph-3fa9c1d2.1782886200000-again-again", 1_782_886_200_000_000_002)]
    [InlineData("r.dev-ph-3fa9c1d2.-62000", -62_000_000_000)]
    public void Key_of_an_episode_is_the_time_of_its_id(string id, long keyNs) => Assert.Equal(keyNs, EpisodeIds.KeyNs(id));
}
