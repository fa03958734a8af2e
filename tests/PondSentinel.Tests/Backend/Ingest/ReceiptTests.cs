using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

public sealed class ReceiptTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task State_brings_a_receipt_for_every_epoch_that_is_held_also_one_never_heard_of()
    {
        await using var bench = new IngestBench();
        await bench.SendState(new HeldEpoch("aaaaaaaa", 0, 9), new HeldEpoch("bbbbbbbb", 0, 3));
        var receipts = new[] { await bench.ReceiptAsync(), await bench.ReceiptAsync() };
        Assert.Equal([("aaaaaaaa", -1L), ("bbbbbbbb", -1L)], receipts.Select(receipt => (receipt.Epoch, receipt.UpTo)));
        Assert.All(receipts, receipt => Assert.Null(receipt.Events));
        Assert.Equal(receipts[0].Number + 1, receipts[1].Number);
    }

    [Fact]
    public async Task Numbers_of_receipts_grow_through_restarts_and_the_generation_stays()
    {
        var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 1));
        var before = await bench.ReceiptAsync();
        bench.Time.Advance(TimeSpan.FromDays(1));
        await using var again = await bench.RestartAsync();
        await again.SendState(new HeldEpoch(IngestBench.Epoch, 0, 1));
        var after = await again.ReceiptAsync();
        Assert.True(after.Number > before.Number);
        Assert.Equal((before.Generation, 1L), (after.Generation, after.UpTo));
    }

    [Fact]
    public async Task Changes_are_told_at_once_after_quiet_and_then_every_5_s_at_most()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 0));
        Assert.Equal(0, (await bench.ReceiptAsync()).UpTo);
        await bench.Send(IngestBench.BatchOf(1, 1));
        await bench.Send(IngestBench.BatchOf(2, 2));
        bench.Time.Advance(TimeSpan.FromSeconds(4));
        await bench.Send(IngestBench.BatchOf(3, 3));
        Assert.Single(bench.Broker.Receipts);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, (await bench.ReceiptAsync()).UpTo);
    }

    [Fact]
    public async Task After_64_KiB_no_time_is_waited_for()
    {
        await using var bench = new IngestBench();
        var random = new Random(1);
        for (var first = 0; bench.Broker.Receipts.Count < 2; first += 500)
        {
            var batch = IngestBench.BatchOf(first, first + 499, record: number => IngestBench.Record(number, random.NextDouble()));
            await bench.Broker.Send(IngestBench.Live, BatchCodec.Encode(batch, compress: false)).WaitAsync(Cancelled);
            Assert.True(first < 10_000, "no receipt after far more than 64 KiB");
        }
    }

    [Fact]
    public async Task While_anything_is_missing_it_is_told_every_60_s()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(5, 6));
        Assert.Equal([new SequenceRange(0, 4)], (await bench.ReceiptAsync()).Gaps);
        bench.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(6, (await bench.ReceiptAsync()).UpTo);
        bench.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(6, (await bench.ReceiptAsync()).UpTo);
    }

    [Fact]
    public async Task Receipt_that_does_not_reach_the_broker_is_given_again()
    {
        await using var bench = new IngestBench();
        bench.Broker.IsUp = false;
        await bench.Send(IngestBench.BatchOf(0, 1));
        bench.Time.Advance(TimeSpan.FromSeconds(6));
        await bench.Send(IngestBench.BatchOf(2, 3));
        bench.Broker.IsUp = true;
        var given = bench.ReceiptAsync();
        while (!given.IsCompleted)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(3, (await given).UpTo);
    }

    [Fact]
    public async Task Where_there_are_more_gaps_than_a_receipt_holds_upto_is_lowered()
    {
        await using var bench = new IngestBench();
        for (var first = 1; first < 2 * 70; first += 2)
        {
            await bench.Send(IngestBench.BatchOf(first, first));
        }

        bench.Time.Advance(TimeSpan.FromSeconds(6));
        Receipt receipt;
        do
        {
            receipt = await bench.ReceiptAsync();
        }
        while (receipt.Gaps.Count < Receipt.GapsMax);

        Assert.Equal(127, receipt.UpTo);
        Assert.Equal(new SequenceRange(126, 126), receipt.Gaps[^1]);
    }

    [Fact]
    public async Task Receipts_go_to_the_site_where_the_gateway_is_and_not_to_the_one_it_left()
    {
        await using var bench = new IngestBench();
        await bench.SendState(new HeldEpoch(IngestBench.Epoch, 0, 1));
        await bench.ReceiptAsync();
        await bench.Send(IngestBench.BatchOf(0, 1), IngestBench.Back with { Site = "old-site" });
        bench.Time.Advance(TimeSpan.FromSeconds(6));
        await bench.ReceiptAsync();
        Assert.All(bench.Broker.Published, message => Assert.Equal("pond/v1/pond/gz-07/ack", message.Topic));
    }
}
