using System.Net.ServerSentEvents;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Web;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Web;

public sealed class SnapshotFeedTests : IAsyncDisposable
{
    private readonly PageBench bench = new();
    private readonly CancellationTokenSource stop = new();
    private readonly IAsyncEnumerator<SseItem<string>> items;

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

    private async Task<string> NextAsync()
    {
        Assert.True(await items.MoveNextAsync());
        return items.Current.EventType;
    }
}
