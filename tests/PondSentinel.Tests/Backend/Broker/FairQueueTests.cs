using PondSentinel.Backend.Broker;

namespace PondSentinel.Tests.Backend.Broker;

public sealed class FairQueueTests
{
    private const long WeightMax = 100;

    [Fact]
    public void Lines_are_served_in_turn_and_each_in_its_order()
    {
        var queue = new FairQueue<string>(WeightMax);
        foreach (var item in new[] { "a1", "a2", "a3", "b1", "c1", "b2" })
        {
            Assert.Empty(queue.Add(item[..1], item, 1));
        }

        Assert.Equal(["a1", "b1", "c1", "a2", "b2", "a3"], Drain(queue));
    }

    [Fact]
    public void Lone_line_may_have_all_of_the_room_and_gives_way_with_its_newest()
    {
        var queue = new FairQueue<string>(3);
        Assert.Empty(queue.Add("a", "a1", 1));
        Assert.Empty(queue.Add("a", "a2", 1));
        Assert.Empty(queue.Add("a", "a3", 1));
        Assert.Equal(["a4"], queue.Add("a", "a4", 1));
        Assert.Equal(["a3"], queue.Add("b", "b1", 1));
        Assert.Equal(["a1", "b1", "a2"], Drain(queue));
    }

    [Fact]
    public void What_is_pressing_goes_before_the_rest_of_its_line_only_and_gives_way_last()
    {
        var queue = new FairQueue<string>(4);
        queue.Add("a", "back 1", 1);
        queue.Add("a", "back 2", 1);
        queue.Add("a", "live 1", 1, isPressing: true);
        queue.Add("b", "other", 1);
        Assert.Equal(["back 2"], queue.Add("a", "live 2", 1, isPressing: true));
        queue.RemoveAll(item => item == "live 1");
        Assert.Equal(["live 2", "other", "back 1"], Drain(queue));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void Whatever_comes_is_taken_or_given_back_and_nobody_suffers_who_waits_with_little()
    {
        for (var seed = 0; seed < TestDepth.Cases(200); seed++)
        {
            var random = new Random(seed);
            var queue = new FairQueue<(string Key, int Number, long Weight)>(WeightMax);
            Dictionary<string, List<(string Key, int Number, long Weight)>> waiting = [];
            for (var step = 0; step < 300; step++)
            {
                if (random.Next(3) == 0)
                {
                    Assert.Equal(waiting.Values.Any(line => line.Count > 0), queue.TryTake(out var taken));
                    if (taken.Key is not null)
                    {
                        Assert.Equal(waiting[taken.Key][0], taken);
                        waiting[taken.Key].RemoveAt(0);
                    }

                    continue;
                }

                // One line is greedy: it adds nine in ten.
                var key = random.Next(10) > 0 ? "greedy" : $"small-{random.Next(3)}";
                var item = (Key: key, Number: step, Weight: random.NextInt64(1, key == "greedy" ? 40 : 4));
                waiting.TryAdd(key, []);
                waiting[key].Add(item);
                foreach (var gone in queue.Add(key, item, item.Weight))
                {
                    Assert.True(gone.Key == "greedy" || waiting["greedy"].Sum(one => one.Weight) <= waiting[gone.Key].Sum(one => one.Weight), $"seed {seed}: {gone}");
                    Assert.Equal(waiting[gone.Key][^1], gone);
                    waiting[gone.Key].RemoveAt(waiting[gone.Key].Count - 1);
                }

                Assert.Equal(waiting.Values.Sum(line => line.Count), queue.Count);
                Assert.True(waiting.Values.Sum(line => line.Sum(one => one.Weight)) <= WeightMax, $"seed {seed}");
            }
        }
    }

    [Fact]
    public void Removed_items_leave_no_turn_behind()
    {
        var queue = new FairQueue<string>(WeightMax);
        queue.Add("a", "a1", 60);
        queue.Add("b", "b1", 40);
        queue.RemoveAll(item => item == "a1");
        Assert.True(queue.HasRoom(60));
        Assert.False(queue.HasRoom(61));
        Assert.Empty(queue.Add("a", "a2", 60));
        Assert.Equal(["b1", "a2"], Drain(queue));
        Assert.Equal(0, queue.Count);
    }

    private static List<string> Drain(FairQueue<string> queue)
    {
        List<string> drained = [];
        while (queue.TryTake(out var item))
        {
            drained.Add(item);
        }

        return drained;
    }
}
