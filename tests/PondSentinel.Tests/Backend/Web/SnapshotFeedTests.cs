using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Web;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Web;

public sealed class SnapshotFeedTests : IAsyncDisposable
{
    private readonly PageBench bench = new();
    private readonly CancellationTokenSource stop = new();
    private readonly IAsyncEnumerator<FeedEvent> items;

    public SnapshotFeedTests() => items = bench.Feed.FollowAsync(Language.English, stop.Token).GetAsyncEnumerator(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await items.DisposeAsync();
        stop.Dispose();
        bench.Dispose();
    }

    [Fact]
    public async Task Whole_comes_at_once_and_silence_has_a_pulse()
    {
        Assert.Equal("snapshot", await NextAsync());
        var next = items.MoveNextAsync().AsTask();

        bench.Time.Advance(SnapshotFeed.Rest);
        bench.Time.Advance(SnapshotFeed.PulseInterval - TimeSpan.FromMilliseconds(1));
        Assert.False(next.IsCompleted);
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(await next);
        Assert.Equal("pulse", items.Current.EventType);
        Assert.Equal($"{{\"nowMs\":{bench.Time.GetUtcNow().ToUnixTimeMilliseconds()}}}", items.Current.Data);
    }

    [Fact]
    public async Task Many_changes_at_once_are_told_together_after_a_rest()
    {
        await NextAsync();
        var next = items.MoveNextAsync().AsTask();
        for (var minute = 1; minute <= 100; minute++)
        {
            bench.Store(AlertBench.PointOf(minute - 101, minute));
        }

        Assert.False(next.IsCompleted);
        bench.Time.Advance(SnapshotFeed.Rest);

        Assert.True(await next);
        Assert.Contains("\"value\":100,", items.Current.Data, StringComparison.Ordinal);
        next = items.MoveNextAsync().AsTask();
        bench.Time.Advance(SnapshotFeed.Rest);
        Assert.False(next.IsCompleted);
        await stop.CancelAsync();
        Assert.False(await next);
    }

    [Fact]
    public async Task Change_during_the_rest_is_not_lost()
    {
        await NextAsync();
        var next = items.MoveNextAsync().AsTask();
        bench.Time.Advance(SnapshotFeed.Rest / 2);
        bench.Store(AlertBench.PointOf(-1, 5));
        bench.Time.Advance(SnapshotFeed.Rest / 2);

        Assert.True(await next);
        Assert.Contains("\"value\":5,", items.Current.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_that_look_within_a_moment_are_told_the_same_and_the_change_after_it_is_not_lost()
    {
        await NextAsync();
        await using var other = bench.Feed.FollowAsync(Language.English, stop.Token).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        bench.Time.Advance(SnapshotFeed.Rest / 4);
        bench.Store(AlertBench.PointOf(-1, 5));

        Assert.True(await other.MoveNextAsync());
        Assert.Same(items.Current, other.Current);
        var next = other.MoveNextAsync().AsTask();
        bench.Time.Advance(SnapshotFeed.Rest);

        Assert.True(await next);
        Assert.Contains("\"value\":5,", other.Current.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_snapshot_comes_less_often()
    {
        await NextAsync();
        var next = items.MoveNextAsync().AsTask();
        bench.Store([.. Enumerable.Range(0, 400).Select(number => AlertBench.PointOf(-1, 5, station: FormattableString.Invariant($"s{number}")) with { Device = FormattableString.Invariant($"d{number}") })]);
        bench.Time.Advance(SnapshotFeed.Rest);
        Assert.True(await next);
        Assert.True(items.Current.Bytes.Length > SnapshotFeed.LargeBytes);

        next = items.MoveNextAsync().AsTask();
        bench.Store(AlertBench.PointOf(0, 6));
        bench.Time.Advance(SnapshotFeed.Rest);
        Assert.False(next.IsCompleted);
        bench.Time.Advance(SnapshotFeed.RestOfLarge - SnapshotFeed.Rest);
        Assert.True(await next);
    }

    private async Task<string> NextAsync()
    {
        Assert.True(await items.MoveNextAsync());
        return items.Current.EventType;
    }
}
