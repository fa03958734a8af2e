using System.Buffers;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Broker;

namespace PondSentinel.Tests.Backend.Broker;

public sealed class InboxTests
{
    private static readonly GatewayQuota Small = new() { BytesPerSecond = 64 * 1024, BytesPerDay = 1L << 40 };

    private readonly FakeTimeProvider time = new();
    private int acknowledged;

    [Fact]
    public void Bucket_never_lets_through_more_than_it_holds_and_what_has_flowed_in()
    {
        const double PerSecond = 100;
        const double Capacity = 1_000;
        for (var seed = 0; seed < TestDepth.Cases(100); seed++)
        {
            var random = new Random(seed);
            var buckets = new GatewayBuckets(PerSecond, Capacity, time);
            List<(double At, double Cost)> taken = [];
            var at = 0.0;
            for (var step = 0; step < 300; step++)
            {
                var pause = random.Next(4) == 0 ? random.NextDouble() * 20 : random.NextDouble() / 10;
                time.Advance(TimeSpan.FromSeconds(pause));
                at += pause;
                var cost = random.Next(1, 300);
                if (buckets.Has("a", cost))
                {
                    buckets.Take("a", cost);
                    taken.Add((at, cost));
                }
                else
                {
                    // Who is told to wait has had its share: it comes to that much since some moment before.
                    Assert.True(MostAbove(at, cost) > -0.01, $"seed {seed}");
                }

                Assert.True(MostAbove(at, 0) < 0.01, $"seed {seed}");
            }

            // By how much what was taken since any moment is above what a bucket may give until now.
            double MostAbove(double until, double wanted)
            {
                var (most, sum) = (double.MinValue, wanted);
                foreach (var (begin, cost) in Enumerable.Reverse(taken))
                {
                    sum += cost;
                    most = Math.Max(most, sum - Capacity - ((until - begin) * PerSecond));
                }

                return most;
            }
        }
    }

    [Fact]
    public void Larger_than_the_bucket_goes_when_it_is_full_and_is_paid_for_afterwards()
    {
        var buckets = new GatewayBuckets(10, 100, time);
        Assert.True(buckets.Has("a", 150));
        buckets.Take("a", 150);
        Assert.False(buckets.Has("a", 1));
        time.Advance(TimeSpan.FromSeconds(5.2));
        Assert.True(buckets.Has("a", 1));
        Assert.False(buckets.Has("a", 3));
    }

    [Fact]
    public void Gateways_whose_buckets_are_full_again_are_forgotten()
    {
        var buckets = new GatewayBuckets(1, 10, time);
        for (var gateway = 0; gateway < 10_000; gateway++)
        {
            buckets.Take($"gz-{gateway}", 1);
            time.Advance(TimeSpan.FromSeconds(0.1));
        }

        Assert.InRange(buckets.Count, 1, 2_000);
    }

    [Fact]
    public void Beyond_its_quota_a_gateway_is_let_go_at_once_and_the_others_are_not()
    {
        var inbox = new Inbox(Small, time);
        for (var message = 0; message < 1_000; message++)
        {
            Offer(inbox, "gz-66", 100);
        }

        var most = (int)(Small.BurstBytes / (GatewayQuota.MessageBytes + 100));
        Assert.Equal(1_000 - most, acknowledged);
        Assert.Equal([new Surplus("gz-66", SurplusCause.Rate, 1_000 - most)], inbox.TakeSurplus());
        Assert.Empty(inbox.TakeSurplus());

        Offer(inbox, "gz-07", 100);
        Assert.Equal(1_000 - most, acknowledged);
        Assert.Equal(["gz-66", "gz-07", "gz-66"], Take(inbox, 3));

        time.Advance(TimeSpan.FromSeconds(1));
        Offer(inbox, "gz-66", 100);
        Assert.Empty(inbox.TakeSurplus());
    }

    [Fact]
    public void Day_is_counted_beside_the_second()
    {
        var inbox = new Inbox(new GatewayQuota { BytesPerDay = 1 << 20 }, time);
        for (var message = 0; message < 200; message++)
        {
            Offer(inbox, "gz-66", 100);
        }

        Assert.Equal(SurplusCause.Day, Assert.Single(inbox.TakeSurplus()).Cause);
        time.Advance(TimeSpan.FromDays(1));
        Offer(inbox, "gz-66", 100);
        Assert.Empty(inbox.TakeSurplus());
    }

    [Fact]
    public void What_costs_more_than_its_bytes_say_is_paid_for()
    {
        var inbox = new Inbox(Small, time);
        Offer(inbox, "gz-66", 1);
        Offer(inbox, "gz-66", 1);
        Offer(inbox, "gz-07", 1);
        Assert.Equal(["gz-66"], Take(inbox, 1));

        // Also by what waits already.
        inbox.Charge("gz-66", Small.BurstBytes);
        Assert.Equal(["gz-07"], Take(inbox, 2));
        Assert.Equal(1, acknowledged);
        Offer(inbox, "gz-66", 1);
        Assert.Equal(2, acknowledged);
        Assert.Equal([new Surplus("gz-66", SurplusCause.Rate, 2)], inbox.TakeSurplus());
    }

    [Fact]
    public void Where_there_is_no_room_the_greediest_gives_way_and_what_comes_again_goes_first()
    {
        var inbox = new Inbox(new GatewayQuota { BytesPerSecond = 1L << 40, BytesPerDay = 1L << 50 }, time);
        var isOver = false;
        for (var message = 0; message < 2_048; message++)
        {
            Offer(inbox, "gz-66", 32 * 1024, () => isOver);
        }

        Assert.Equal(0, acknowledged);
        Offer(inbox, "gz-07", 32 * 1024);
        Assert.Equal(1, acknowledged);
        Assert.Equal([new Surplus("gz-66", SurplusCause.Busy, 1)], inbox.TakeSurplus());

        isOver = true;
        inbox.NoteStale();
        Offer(inbox, "gz-08", 32 * 1024);
        Assert.Equal(["gz-07", "gz-08"], Take(inbox, 3));
        Assert.Equal(1, acknowledged);
    }

    [Fact]
    public void Live_batches_go_before_the_backlog_of_their_gateway_and_of_no_other()
    {
        var inbox = new Inbox(Small, time);
        Offer(inbox, "gz-07", 1, lane: "back");
        Offer(inbox, "gz-07", 2, lane: "back");
        Offer(inbox, "gz-08", 3, lane: "back");
        Offer(inbox, "gz-07", 4);
        List<int> taken = [];
        while (inbox.TryTakeBatch(out var arrival))
        {
            taken.Add(arrival.Delivery.Payload.Length);
        }

        Assert.Equal([4, 3, 1, 2], taken);
    }

    [Fact]
    public void Topic_of_nobody_takes_no_room()
    {
        var inbox = new Inbox(Small, time);
        inbox.Offer("pond/v1/pond/gz-07/data/other", default, () => acknowledged++, () => false);
        Assert.Equal(1, acknowledged);
        Assert.Empty(Take(inbox, 1));
    }

    private static List<string> Take(Inbox inbox, int most)
    {
        List<string> taken = [];
        while (taken.Count < most && inbox.TryTakeBatch(out var arrival))
        {
            taken.Add(arrival.Topic.Gateway);
        }

        return taken;
    }

    private void Offer(Inbox inbox, string gateway, int bytes, Func<bool>? isStale = null, string lane = "live") => inbox.Offer(
        $"pond/v1/pond/{gateway}/data/{lane}", new ReadOnlySequence<byte>(new byte[bytes]), () => acknowledged++, isStale ?? (() => false));
}
