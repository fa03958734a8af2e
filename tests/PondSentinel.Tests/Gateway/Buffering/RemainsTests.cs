using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>Damage to the very last frames, which nothing behind them shows, is accounted for too, once.</summary>
public sealed class RemainsTests
{
    private const string Tail = "r-0000000000000001.seg";

    private readonly BufferBench bench = new();

    [Fact]
    public void Any_bit_of_the_last_frame_that_turns_costs_one_record_and_says_so()
    {
        var log = bench.Open();
        bench.Append(log, 3);
        bench.Card.Kill();
        var covered = Frame.HeaderBytes + RecordBody.Write(BufferBench.Record(2)).Length;
        for (var bit = 0; bit < covered * 8; bit++)
        {
            var spoilt = new BufferBench { Card = bench.Card.Copy(), Options = bench.Options };
            spoilt.Card.Bytes(Tail)[OffsetOf(2) + (bit / 8)] ^= (byte)(1 << (bit % 8));

            var again = spoilt.Open();
            var runs = BufferBench.Drain(again);
            Assert.Equal([0.0, 1.0], BufferBench.Values(runs));
            Assert.Equal([new GoneRange(new SequenceRange(2, 2), LossCause.Bad)], runs.SelectMany(run => run.Gone));
            Assert.Equal(1, again.Status.Lost[LossCause.Bad]);
        }
    }

    [Fact]
    public void What_was_accounted_once_is_not_counted_again_and_new_frames_are_found_behind_it()
    {
        var log = bench.Open();
        bench.Append(log, 3);
        bench.Card.Kill();
        bench.Card.Bytes(Tail)[OffsetOf(2) + 40] ^= 1;
        for (var life = 0; life < 3; life++)
        {
            var again = bench.Open();
            Assert.Equal(1, again.Status.Lost[LossCause.Bad]);
            bench.Append(again, 1);
            bench.Card.CutPower(new Random(life));
        }

        Assert.Equal(5, bench.Open().Status.Unsettled);
    }

    [Fact]
    public void Rotten_frame_that_is_alone_in_its_segment_is_counted()
    {
        var log = bench.Open();
        bench.Append(log, 200);
        bench.Card.Kill();
        var last = bench.Card.Names.Last(name => name.StartsWith("r-", StringComparison.Ordinal));
        Assert.NotEqual(Tail, last);
        var length = bench.Card.Bytes(last).Length;
        bench.Card.Bytes(last).AsSpan(Segment.HeaderBytes, 4).Fill(0x11);
        var first = Frame.HeaderBytes + RecordBody.Write(BufferBench.Record(100)).Length;
        bench.Card.Bytes(last).AsSpan(Segment.HeaderBytes + first, length - Segment.HeaderBytes - first).Clear();

        var again = bench.Open();
        Assert.Equal(1, again.Status.Lost[LossCause.Bad]);
    }

    [Fact]
    public void Several_rotten_frames_are_counted_each()
    {
        var log = bench.Open();
        bench.Append(log, 10);
        bench.Card.Kill();
        for (var frame = 5; frame < 10; frame++)
        {
            bench.Card.Bytes(Tail)[OffsetOf(frame) + 45] ^= 1;
        }

        var again = bench.Open();
        Assert.Equal(5, again.Status.Lost[LossCause.Bad]);
        Assert.Equal(5, again.Status.Unsettled);
    }

    [Fact]
    public void Process_that_was_cut_off_in_its_first_commit_is_accounted_for()
    {
        var log = bench.Open();
        bench.Append(log, 4);
        bench.Card.Kill();
        log = bench.Open();
        bench.Append(log, 2);
        bench.Card.Kill();
        bench.Card.Bytes(Tail)[OffsetOf(4) + 45] ^= 1;
        bench.Card.Bytes(Tail)[OffsetOf(5) + 45] ^= 1;

        var again = bench.Open();
        Assert.Equal(2, again.Status.Lost[LossCause.Bad]);
        Assert.Equal(4, again.Status.Unsettled);
    }

    [Fact]
    public void Bit_that_turns_in_empty_room_is_no_loss()
    {
        var log = bench.Open();
        bench.Append(log, 3);
        bench.Card.Kill();
        var length = bench.Card.Bytes(Tail).Length;
        for (var at = 500; at < length; at += 13)
        {
            var spoilt = new BufferBench { Card = bench.Card.Copy(), Options = bench.Options };
            spoilt.Card.Bytes(Tail)[at] ^= 4;

            Assert.Equal(0, spoilt.Open().Status.Lost.Values.Sum());
        }
    }

    private static int OffsetOf(int frame) => Segment.HeaderBytes + Enumerable.Range(0, frame)
        .Sum(value => Frame.SizeOf(RecordBody.Write(BufferBench.Record(value)).Length));
}
