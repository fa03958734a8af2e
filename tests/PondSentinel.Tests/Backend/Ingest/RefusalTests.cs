using System.Text;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>What is refused ends: settled with its cause where that cannot cost a good record, and kept.</summary>
public sealed class RefusalTests
{
    private static readonly TimeSpan Resent = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static Topic EventTopic => new(IngestBench.Site, IngestBench.Gateway, TopicKind.Event);

    [Fact]
    public async Task Batch_that_only_the_way_has_spoilt_settles_nothing_and_is_stored_when_it_comes_whole()
    {
        await using var bench = new IngestBench();
        await bench.Broker.Send(IngestBench.Live, Spoilt(IngestBench.BatchOf(0, 3)));
        Assert.Equal(0L, bench.Tally.Rejected.Values.Sum());

        bench.Time.Advance(Resent);
        await bench.Send(IngestBench.BatchOf(0, 3));
        Assert.Equal((3L, 4L), ((await bench.ReceiptAsync()).UpTo, bench.Tally.Stored));
        Assert.Empty(bench.Tally.Rejected);
    }

    [Fact]
    public async Task Batch_that_comes_malformed_again_is_settled_and_kept_as_it_came()
    {
        await using var bench = new IngestBench();
        var spoilt = Spoilt(IngestBench.BatchOf(0, 3));
        await bench.Broker.Send(IngestBench.Live, spoilt);

        // The broker delivers it again because the connection was lost: that is the same coming.
        bench.Time.Advance(TimeSpan.FromSeconds(30));
        await bench.Broker.Send(IngestBench.Live, spoilt);
        Assert.Empty(bench.Broker.Receipts);

        bench.Time.Advance(Resent);
        await bench.Broker.Send(IngestBench.Back, spoilt);
        var receipt = await bench.ReceiptAsync();
        Assert.Equal(
            (3L, new RejectedRange(new SequenceRange(0, 3), "malformed")), (receipt.UpTo, Assert.Single(receipt.Rejected)));
        Assert.Equal(4L, bench.Tally.Rejected["malformed"]);
        Assert.Equal(3L, bench.Tally.Refused["malformed"]);
        Assert.All(
            Directory.GetFiles(Path.Combine(bench.Folder, "malformed")), file => Assert.Equal(spoilt, File.ReadAllBytes(file)));
        Assert.Equal([spoilt], Kept(bench));

        // It is welcome all the same, and known when it comes malformed once more.
        await bench.Send(IngestBench.BatchOf(0, 1));
        await bench.Broker.Send(IngestBench.Back, spoilt);
        Assert.Equal((2L, 2L), (bench.Tally.Stored, bench.Tally.Rejected["malformed"]));
        Assert.Single(Kept(bench));
    }

    [Fact]
    public async Task Of_a_batch_cut_anew_only_the_numbers_that_were_malformed_before_are_settled()
    {
        await using var bench = new IngestBench();
        await bench.Broker.Send(IngestBench.Live, Spoilt(IngestBench.BatchOf(0, 9)));
        bench.Time.Advance(Resent);
        await bench.Broker.Send(IngestBench.Back, Spoilt(IngestBench.BatchOf(5, 14)));
        Assert.Equal([new RejectedRange(new SequenceRange(5, 9), "malformed")], (await bench.ReceiptAsync()).Rejected);
        Assert.Equal(5L, bench.Tally.Rejected["malformed"]);
    }

    [Fact]
    public async Task Broken_packing_settles_nothing_however_often_it_comes()
    {
        await using var bench = new IngestBench();
        var packed = BatchCodec.Encode(IngestBench.BatchOf(0, 99));
        packed[^6] ^= 0x55;
        for (var coming = 0; coming < 4; coming++)
        {
            await bench.Broker.Send(IngestBench.Live, packed);
            bench.Time.Advance(Resent);
        }

        Assert.Equal((0L, 4L), (bench.Tally.Rejected.Values.Sum(), bench.Tally.Refused["malformed"]));
        Assert.Empty(bench.Broker.Receipts);
    }

    [Fact]
    public async Task Epoch_under_another_site_is_settled_as_refused_and_kept_and_takes_nothing_from_what_is_stored()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 1));
        await bench.ReceiptAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(6));
        var elsewhere = BatchCodec.Encode(IngestBench.BatchOf(1, 3));
        await bench.Broker.Send(IngestBench.Back with { Site = "elsewhere" }, elsewhere);
        var receipt = await bench.ReceiptAsync();
        Assert.Equal((3L, new RejectedRange(new SequenceRange(2, 3), "site")), (receipt.UpTo, Assert.Single(receipt.Rejected)));
        Assert.Equal((2L, 2L, 1L), (bench.Tally.Stored, bench.Tally.Rejected["site"], bench.Tally.Refused["site"]));
        Assert.Equal([elsewhere], Kept(bench));

        // The right one is welcome whenever it comes.
        await bench.Send(IngestBench.BatchOf(0, 3), IngestBench.Back);
        Assert.Equal(4L, bench.Tally.Stored);
        Assert.Empty(bench.Tally.Rejected);
    }

    [Fact]
    public async Task What_finds_no_room_to_be_kept_is_not_settled_before_there_is_room()
    {
        await using var bench = new IngestBench(quotas: new Quotas { RefusedBytesADay = 10 });
        await bench.Send(IngestBench.BatchOf(0, 1));
        await bench.Send(IngestBench.BatchOf(2, 3), IngestBench.Live with { Site = "elsewhere" });
        Assert.Empty(bench.Tally.Rejected);
        Assert.False(Directory.Exists(Path.Combine(bench.Folder, "refused")));
    }

    [Fact]
    public async Task Nothing_is_settled_while_the_disk_does_not_take_what_is_refused()
    {
        await using var bench = new IngestBench();
        var refused = Path.Combine(bench.Folder, "refused");
        await bench.Send(IngestBench.BatchOf(0, 1));
        await File.WriteAllTextAsync(refused, "", Cancelled);
        var sent = bench.Send(IngestBench.BatchOf(2, 3), IngestBench.Live with { Site = "elsewhere" });
        for (var second = 0; second < 60; second++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.False(sent.IsCompleted);
        Assert.Empty(bench.Tally.Rejected);
        File.Delete(refused);
        while (!sent.IsCompleted)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(2L, bench.Tally.Rejected["site"]);
    }

    [Fact]
    public async Task Records_with_one_channel_too_many_are_refused_by_number_and_the_rest_of_their_batch_is_stored()
    {
        await using var bench = new IngestBench(quotas: new Quotas { Channels = 1 });
        await bench.Send(IngestBench.BatchOf(
            0, 5, record: number => IngestBench.Record(number) with { Device = number is 2 or 3 ? "one-more" : "probe" }));
        var receipt = await bench.ReceiptAsync();
        Assert.Equal(
            (5L, new RejectedRange(new SequenceRange(2, 3), "channels")), (receipt.UpTo, Assert.Single(receipt.Rejected)));
        Assert.Equal((4L, 2L), (bench.Tally.Stored, bench.Tally.Rejected["channels"]));

        // The archive has them, once.
        await bench.Send(IngestBench.BatchOf(
            2, 3, record: number => IngestBench.Record(number) with { Device = "one-more" }));
        Assert.Equal(6, BatchCodec.Decode(Assert.Single(BatchArchive.Read(
            Path.Combine(bench.Folder, "archive", "2026-07-01.jsonl")))!.Payload.Span).Batch!.Records.Count);
    }

    [Fact]
    public async Task Malformed_event_is_settled_when_it_comes_so_again_and_those_around_it_stand()
    {
        await using var bench = new IngestBench();
        byte[] Broken() => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(IngestWorkerTests.Event(1))
            .Replace("\"type\":\"fault\"", "\"type\":\"NO NAME\"", StringComparison.Ordinal));
        await bench.Broker.Send(EventTopic, IngestWorkerTests.Event(0));
        await bench.Broker.Send(EventTopic, Broken());
        await bench.Broker.Send(EventTopic, IngestWorkerTests.Event(2));
        bench.Time.Advance(Resent);
        await bench.Broker.Send(EventTopic, Broken());
        var receipt = await LastAsync(bench, receipt => receipt.Events is { Rejected.Count: > 0 });
        Assert.Equal((2L, 0), (receipt.Events!.UpTo, receipt.Events.Gaps.Count));
        Assert.Equal([new RejectedRange(new SequenceRange(1, 1), "malformed")], receipt.Events.Rejected);
        Assert.Equal([Standing.Malformed], RefusedEvents(bench));
        Assert.Equal([Broken()], Kept(bench));

        await bench.Broker.Send(EventTopic, IngestWorkerTests.Event(1));
        Assert.Empty(RefusedEvents(bench));
        Assert.Equal("event 7q2mzk4a 1", bench.Observer.Messages[^1]);
    }

    [Fact]
    public async Task Event_that_is_too_large_or_of_another_site_is_settled_at_once()
    {
        await using var bench = new IngestBench(quotas: new Quotas { EventBytes = 500 });
        await bench.Broker.Send(EventTopic, IngestWorkerTests.Event(0));
        await bench.Broker.Send(EventTopic with { Site = "elsewhere" }, IngestWorkerTests.Event(1));
        var large = Encoding.UTF8.GetString(IngestWorkerTests.Event(2)).Replace(
            "\"e\":{}", $"\"e\":{{\"x\":\"{new string('x', 500)}\"}}", StringComparison.Ordinal);
        await bench.Broker.Send(EventTopic, Encoding.UTF8.GetBytes(large));
        var receipt = await LastAsync(bench, receipt => receipt.Events is { Rejected.Count: 2 });
        Assert.Equal(["1 site", "2 size"], receipt.Events!.Rejected.Select(item => $"{item.Range.First} {item.Cause}"));
        Assert.Equal(2L, receipt.Events.UpTo);
    }

    [Fact]
    public async Task Refused_events_are_told_until_the_gateway_has_stopped_sending_them()
    {
        await using var bench = new IngestBench();
        await bench.Broker.Send(EventTopic, IngestWorkerTests.Event(0));
        await bench.Broker.Send(EventTopic with { Site = "elsewhere" }, IngestWorkerTests.Event(1));
        bench.Time.Advance(TimeSpan.FromMinutes(50));
        await bench.Broker.Send(EventTopic with { Site = "elsewhere" }, IngestWorkerTests.Event(1));
        bench.Time.Advance(TimeSpan.FromMinutes(50));
        await bench.Broker.Send(EventTopic, IngestWorkerTests.Event(2));
        Assert.Single((await LastAsync(bench, receipt => receipt.Events!.UpTo == 2)).Events!.Rejected);
        bench.Time.Advance(TimeSpan.FromMinutes(50));
        await bench.Broker.Send(EventTopic, IngestWorkerTests.Event(3));
        Assert.Empty((await LastAsync(bench, receipt => receipt.Events!.UpTo == 3)).Events!.Rejected);
    }

    private static List<Standing> RefusedEvents(IngestBench bench)
    {
        using var connection = bench.Database.Connect();
        using var transaction = connection.BeginTransaction();
        return transaction.Query("SELECT standing FROM ingest_event_refused", reader => (Standing)reader.GetInt64(0));
    }

    internal static byte[] Spoilt(Batch batch) => Encoding.UTF8.GetBytes(
        Encoding.UTF8.GetString(BatchCodec.Encode(batch, compress: false)).Replace("\"q\":1", "\"q\":77", StringComparison.Ordinal));

    private static IEnumerable<byte[]> Kept(IngestBench bench) => Directory
        .GetFiles(Path.Combine(bench.Folder, "refused")).SelectMany(BatchArchive.Read).Select(kept => kept!.Payload.ToArray());

    private static async Task<Receipt> LastAsync(IngestBench bench, Func<Receipt, bool> isIt)
    {
        bench.Time.Advance(TimeSpan.FromSeconds(6));
        while (true)
        {
            var receipt = await bench.ReceiptSoonAsync();
            if (isIt(receipt))
            {
                return receipt;
            }
        }
    }
}
