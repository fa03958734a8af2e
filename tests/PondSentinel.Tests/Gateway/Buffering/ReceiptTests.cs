using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>What receipts, replays and a restored backend do.</summary>
public sealed class ReceiptTests
{
    private readonly BufferBench bench = new();

    [Fact]
    public void Gaps_are_not_settled_and_repeating_a_receipt_changes_nothing()
    {
        var log = Sent(10);
        var receipt = BufferBench.Receipt(log.Epoch!, 7, gaps: new SequenceRange(2, 3));

        Assert.Equal(ReceiptOutcome.Applied, log.Apply(receipt));
        Assert.Equal(ReceiptOutcome.Unchanged, log.Apply(receipt));

        Assert.Equal(4, log.Status.Unsettled);
        Assert.Equal(4, log.Requeue(log.Epoch!, new SequenceRange(0, 99)));
        Assert.Equal([new(2, 3), new(8, 9)], BufferBench.Drain(log).Select(run => run.Range));
    }

    [Fact]
    public void Older_receipts_are_stale()
    {
        var log = Sent(10);
        log.Apply(BufferBench.Receipt(log.Epoch!, 3, number: 5, generation: 7));

        Assert.Equal(ReceiptOutcome.Stale, log.Apply(BufferBench.Receipt(log.Epoch!, 9, number: 4, generation: 7)));
        Assert.Equal(ReceiptOutcome.Stale, log.Apply(BufferBench.Receipt(log.Epoch!, 9, number: 99, generation: 6)));
        Assert.Equal(6, log.Status.Unsettled);
    }

    [Fact]
    public void Receipt_of_a_store_that_never_gave_the_newest_one_settles_nothing()
    {
        var log = Sent(10);
        Assert.Null(log.Believed);
        log.Apply(BufferBench.Receipt(log.Epoch!, 3, number: 50, generation: 7));
        var believed = log.Believed;
        var after = BufferBench.Receipt(log.Epoch!, 9, number: 100, generation: 7);

        Assert.Equal(ReceiptOutcome.SetBack, log.Apply(after with { Unused = [new SequenceRange(5, 7), new SequenceRange(50, 99)] }));
        Assert.Equal((6L, believed), (log.Status.Unsettled, log.Believed));
        Assert.Equal(ReceiptOutcome.Applied, log.Apply(after with { Unused = [new SequenceRange(5, 7), new SequenceRange(51, 99)] }));
        Assert.Equal((0L, 100L), (log.Status.Unsettled, log.Believed!.Value.Number));
    }

    [Fact]
    public void Restored_backend_takes_back_what_it_settled_of_all_epochs()
    {
        var log = Sent(4);
        var first = log.Epoch!;
        log.Apply(BufferBench.Receipt(first, 3));
        bench.Card.Kill();
        log = Sent(4);
        log.Apply(BufferBench.Receipt(log.Epoch!, 3, number: 2));
        log.Requeue(first, new SequenceRange(0, 3));

        Assert.Equal(ReceiptOutcome.Applied, log.Apply(BufferBench.Receipt(first, 1, number: 1, generation: 2)));

        Assert.Equal(6, log.Status.Unsettled);
        Assert.Equal([(first, new SequenceRange(2, 3)), (log.Epoch!, new SequenceRange(0, 3))],
            BufferBench.Drain(log).Select(run => (run.Epoch, run.Range)));
    }

    [Fact]
    public void Restored_backend_is_told_what_is_gone_even_of_an_epoch_that_was_settled_and_given_up()
    {
        var log = Sent(4);
        var first = log.Epoch!;
        log.Apply(BufferBench.Receipt(first, 3));
        bench.Append(log, 1);
        bench.Card.Kill();
        log = bench.Open();
        log.Apply(BufferBench.Receipt(first, 4, number: 2));
        bench.Append(log, 2000);
        log = bench.CutPower();
        log = bench.CutPower();
        Assert.DoesNotContain(log.Inventory, held => held.Epoch == first);

        log.Apply(BufferBench.Receipt(first, -1, generation: 2));

        var run = BufferBench.Drain(log)[0];
        Assert.Equal((first, new SequenceRange(0, 4)), (run.Epoch, run.Range));
        Assert.Equal([new GoneRange(new SequenceRange(0, 4), LossCause.Had)], run.Gone);
    }

    [Fact]
    public async Task What_had_been_settled_before_it_was_given_up_is_told_apart_from_what_was_lost_across_restarts()
    {
        var log = Sent(6);
        var epoch = log.Epoch!;
        log.Apply(BufferBench.Receipt(epoch, 5, gaps: [new SequenceRange(2, 3)]));
        bench.Append(log, 4000);
        var last = BufferBench.Drain(log).Max(run => run.Range.Last);
        Assert.Equal(0, log.Status.Lost[LossCause.Bad]);

        // What was told as lost and settled as such is no less lost for it, and is lost for the next backend too.
        log.Apply(BufferBench.Receipt(epoch, last, number: 2));
        for (var life = 0; life < 2; life++)
        {
            await log.DisposeAsync();
            log = bench.Open();
            log.Apply(BufferBench.Receipt(epoch, -1, generation: life + 2));
            var gone = BufferBench.Drain(log).SelectMany(run => run.Gone).TakeWhile(gone => gone.Range.First < 6)
                .Select(gone => (gone.Range.First, gone.Cause));
            Assert.Equal([(0, LossCause.Had), (2, LossCause.Full), (4, LossCause.Had), (6, LossCause.Full)], gone.Append((6, LossCause.Full)));
            log.Apply(BufferBench.Receipt(epoch, last, number: 2, generation: life + 2));
        }
    }

    [Fact]
    public void Receipt_beyond_what_was_handed_out_settles_only_the_rest()
    {
        var log = Sent(4);
        bench.Append(log, 4);

        Assert.Equal(ReceiptOutcome.Unknown, log.Apply(BufferBench.Receipt(log.Epoch!, 7)));
        Assert.Equal(ReceiptOutcome.Unknown, log.Apply(BufferBench.Receipt("abcdefgh", 7, number: 2)));

        Assert.Equal(new SequenceRange(4, 7), BufferBench.Next(log)!.Range);
        Assert.Equal(4, log.Status.Unsettled);
    }

    [Fact]
    public void Rejected_records_are_settled()
    {
        var log = Sent(4);
        log.Apply(BufferBench.Receipt(log.Epoch!, -1) with { Rejected = [new RejectedRange(new SequenceRange(1, 2), "type")] });
        Assert.Equal(2, log.Status.Unsettled);
    }

    [Fact]
    public void Replay_sends_settled_records_again_once_and_no_receipt_stops_it()
    {
        var log = Sent(6);
        log.Apply(BufferBench.Receipt(log.Epoch!, 5));
        log.Replay(log.Epoch!, new SequenceRange(1, 2));
        log.Apply(BufferBench.Receipt(log.Epoch!, 5, number: 2));

        Assert.Equal([new(1, 2)], BufferBench.Drain(log).Select(run => run.Range));
    }

    [Fact]
    public void Replay_that_did_not_reach_the_broker_goes_again_until_a_receipt_has_spoken_of_it()
    {
        var log = Sent(5);
        log.Apply(BufferBench.Receipt(log.Epoch!, 4));
        var range = new SequenceRange(1, 3);
        log.Replay(log.Epoch!, range);
        log.MarkSent(log.Epoch!, BufferBench.Next(log)!.Range);
        Assert.Null(BufferBench.Next(log));
        log.Requeue(log.Epoch!, range);
        Assert.Equal(range, BufferBench.Next(log)!.Range);

        log.MarkSent(log.Epoch!, range);
        log.Apply(BufferBench.Receipt(log.Epoch!, 4, number: 2));
        log.Requeue(log.Epoch!, range);
        Assert.Null(BufferBench.Next(log));
    }

    [Fact]
    public void Replay_of_what_is_not_held_any_more_is_answered_as_gone()
    {
        var log = Sent(3);
        log.Apply(BufferBench.Receipt(log.Epoch!, 2));
        bench.Append(log, 2000);
        log.Replay(log.Epoch!, new SequenceRange(0, 2));

        var run = BufferBench.Next(log)!;
        Assert.Equal(new GoneRange(new SequenceRange(0, 2), LossCause.Had), run.Gone[0] with { Range = new SequenceRange(0, 2) });
    }

    [Fact]
    public void Settled_records_are_settled_after_closing_and_opening()
    {
        var log = Sent(6);
        log.Apply(BufferBench.Receipt(log.Epoch!, 3));
        bench.Time.Advance(CommitClock.SaveWindow);
        log.CommitNow();

        Assert.Equal(2, bench.CutPower().Status.Unsettled);
    }

    private SegmentedLog Sent(int count)
    {
        var log = bench.Open();
        bench.Append(log, count);
        BufferBench.Drain(log);
        return log;
    }
}
