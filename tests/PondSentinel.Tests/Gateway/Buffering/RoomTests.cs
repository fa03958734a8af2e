using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>What is given up when there is no room, and what a failing card costs.</summary>
public sealed class RoomTests
{
    private readonly BufferBench bench = new();

    [Fact]
    public void Full_buffer_gives_up_the_oldest_and_accounts_for_them()
    {
        var log = bench.Open();
        bench.Append(log, 8000);

        var runs = BufferBench.Drain(log);
        var gone = runs.SelectMany(run => run.Gone).ToList();
        Assert.Equal((0, LossCause.Full), (gone[0].Range.First, gone[0].Cause));
        Assert.All(gone.Skip(1), range => Assert.Equal(LossCause.Thin, range.Cause));
        Assert.Equal(8000, BufferBench.Values(runs).Count() + gone.Sum(range => range.Range.Count));
        Assert.Equal(gone[0].Range.Count, log.Status.Lost[LossCause.Full]);
        Assert.Equal(7999, BufferBench.Values(runs).Last());
        Assert.InRange(log.Status.Bytes, 1, bench.Options.BytesMax);
    }

    [Fact]
    public void Settled_records_are_given_up_before_older_ones_that_are_not()
    {
        var log = bench.Open();
        bench.Append(log, 150);
        log.StartLive();
        bench.Append(log, 350);
        BufferBench.Drain(log, Lane.Live);
        log.Apply(BufferBench.Receipt(log.Epoch!, 499, gaps: new SequenceRange(0, 149)));
        bench.Append(log, 500);

        Assert.Equal(0, log.Status.Lost.Values.Sum());
        Assert.Equal(150 + 500, log.Status.Unsettled);
    }

    [Fact]
    public void Below_the_floor_the_buffer_grows_no_more_and_keeps_the_newest()
    {
        var floored = new BufferBench { Options = bench.Options with { FreeSpaceFloor = 1000 } };
        floored.Card.Capacity = 60 * 1024;
        var log = floored.Open();
        floored.Append(log, 4000);

        Assert.True(log.Status.Lost[LossCause.Space] > 0);
        Assert.Equal(4000, log.Status.Unsettled + log.Status.Lost[LossCause.Space] + log.Status.Lost[LossCause.Thin]);
        Assert.InRange(floored.Card.FreeBytes, 1000, long.MaxValue);
        Assert.Equal(3999, BufferBench.Values(BufferBench.Drain(log)).Last());
    }

    [Fact]
    public void Events_that_had_to_go_are_told_as_drop_under_their_numbers()
    {
        var log = bench.Open();
        for (var i = 0; i < 400; i++)
        {
            log.AppendEvent(BufferBench.Event($"type-{i}"));
        }

        log.CommitNow();
        var types = new List<string>();
        while (BufferBench.NextEvent(log) is { } entry)
        {
            Assert.Equal(types.Count, entry.Number);
            types.Add(entry.Event.Type);
            log.MarkEventSent(entry.Epoch, entry.Number);
        }

        Assert.Equal(400, types.Count);
        Assert.Equal(("drop", "type-399"), (types[0], types[^1]));
    }
}
