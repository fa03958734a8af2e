using System.Collections.Concurrent;
using Xunit.Sdk;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>The promise of the log, whatever happens: what was durable is handed out until it is settled, or is gone with a
/// cause; no number is used twice; every opening succeeds; the sums close.</summary>
public sealed class BufferModelTests
{
    private const int Histories = 800;
    private const int Steps = 100;
    private const int CrashPointsMin = 100_000;
    private const int ThinnedMin = 20_000;

    [Fact]
    public void Nothing_durable_vanishes_in_any_history()
    {
        var count = (int)TestDepth.Cases(Histories);
        var failures = new ConcurrentBag<(int Seed, Exception Error)>();
        var done = new ConcurrentBag<BufferHistory>();
        Parallel.For(0, count, seed =>
        {
            var history = new BufferHistory(seed);
            if (Record.Exception(() => history.Run(Steps)) is { } error)
            {
                failures.Add((seed, error));
            }

            done.Add(history);
        });

        if (!failures.IsEmpty)
        {
            var (seed, error) = failures.MinBy(failure => failure.Seed);
            throw new InvalidOperationException(
                $"{failures.Count} histories fail, the first of seed {seed} ({BufferHistory.HardshipOf(seed)}): {error.Message}", error);
        }

        var crashes = done.Sum(history => history.CrashPoints.Count);
        var thinned = done.Sum(history => history.CrashPoints.ThinnedCount);
        var exact = done.Sum(history => history.CrashPoints.ThinnedExact);
        TestContext.Current.SendDiagnosticMessage(
            "{0} histories, {1} ends, {2} crash points, {3} durable records; {4} thinned ones came out, {5} held against all of theirs",
            count, done.Sum(history => history.Ends), crashes, done.Sum(history => history.DurableCount), thinned, exact);
        Assert.InRange(thinned, TestDepth.Cases(ThinnedMin), long.MaxValue);
        Assert.InRange(exact, thinned / 2, thinned);
        Assert.InRange(crashes, TestDepth.Cases(CrashPointsMin), long.MaxValue);
        Assert.InRange(done.Sum(history => history.DurableCount), count * 40, int.MaxValue);
        for (var point = SyncPoint.Append; point < SyncPoint.All; point++)
        {
            Assert.True(done.Sum(history => history.Syncs[(int)point]) > count / 4, $"{point} is hardly ever met");
        }
    }

    [Theory]
    [InlineData(SyncPoint.Append)]
    [InlineData(SyncPoint.Thinning)]
    [InlineData(SyncPoint.NewSegment)]
    [InlineData(SyncPoint.NewSegmentName)]
    [InlineData(SyncPoint.ReusedSegment)]
    [InlineData(SyncPoint.ReusedSegmentName)]
    [InlineData(SyncPoint.LedgerSave)]
    [InlineData(SyncPoint.NewLedger)]
    [InlineData(SyncPoint.RecordTailAtOpening)]
    [InlineData(SyncPoint.EventTailAtOpening)]
    [InlineData(SyncPoint.ThinnedTailAtOpening)]
    [InlineData(SyncPoint.NamesAtOpening)]
    [InlineData(SyncPoint.All)]
    internal void Sync_that_is_ignored_is_found_out(SyncPoint point)
    {
        for (var seed = 0; seed < 200; seed++)
        {
            if (Record.Exception(() => new BufferHistory(seed, point).Run(Steps)) is XunitException error)
            {
                new BufferHistory(seed).Run(Steps);
                TestContext.Current.SendDiagnosticMessage("{0} ignored: seed {1}, {2}", point, seed, error.Message);
                return;
            }
        }

        Assert.Fail($"nobody notices that {point} is not synced");
    }
}
