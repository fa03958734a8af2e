namespace PondSentinel.Tests.Backend.Ingest;

public sealed class IngestWorkerTests
{
    [Fact]
    public async Task Records_are_stored_shown_acknowledged_and_receipted()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 3));

        var receipt = await bench.ReceiptAsync();
        Assert.Equal(4, bench.Store.Points.Count);
        Assert.Equal(["7q2mzk4a 0", "7q2mzk4a 1", "7q2mzk4a 2", "7q2mzk4a 3"], bench.Observer.Seen);
        Assert.Equal(1, bench.Observer.Commits);
        Assert.Equal(("b1", IngestBench.Epoch, 3L, 1L), (receipt.By, receipt.Epoch, receipt.UpTo, receipt.Number));
        Assert.Equal(bench.Database.CreatedMs, receipt.Generation);
        Assert.Empty(receipt.Gaps);
        Assert.Equal(("pond/v1/pond/gz-07/ack", TimeSpan.FromMinutes(10)), Assert.Single(bench.Broker.Published));
    }

    [Fact]
    public async Task Record_that_comes_again_is_neither_written_nor_shown_again_and_is_receipted()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 3));
        await bench.ReceiptAsync();
        await bench.Send(IngestBench.BatchOf(2, 5), IngestBench.Back);
        bench.Time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(5, (await bench.ReceiptAsync()).UpTo);
        Assert.Equal(6, bench.Observer.Seen.Count);
        await bench.Send(IngestBench.BatchOf(0, 5), IngestBench.Back);
        bench.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(5, (await bench.ReceiptAsync()).UpTo);
        Assert.Equal(2, bench.Store.Writes);
        Assert.Equal(6, bench.Observer.Seen.Count);
    }
}
