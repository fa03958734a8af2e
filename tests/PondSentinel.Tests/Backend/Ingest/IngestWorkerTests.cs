using System.Text;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Calibration;
using PondSentinel.Tests.Backend.Recalculation;
using PondSentinel.Tests.Wire;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

public sealed class IngestWorkerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_are_stored_shown_acknowledged_and_receipted()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 3));

        var receipt = await bench.ReceiptAsync();
        Assert.Equal(4, bench.Store.Points.Count);
        Assert.Equal(["7q2mzk4a 0", "7q2mzk4a 1", "7q2mzk4a 2", "7q2mzk4a 3"], bench.Observer.Seen);
        Assert.Equal(1, bench.Observer.Commits);
        Assert.Equal(("b1", IngestBench.Epoch, 3L), (receipt.By, receipt.Epoch, receipt.UpTo));
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

    [Fact]
    public async Task Nothing_is_acknowledged_while_the_store_does_not_answer_and_the_rest_goes_on()
    {
        await using var bench = new IngestBench();
        var opened = new TaskCompletionSource();
        bench.Store.Before = () => opened.Task;
        var first = bench.Send(IngestBench.BatchOf(0, 1));
        var second = bench.Send(IngestBench.BatchOf(2, 3));

        await bench.Broker.Send(
            new Topic(IngestBench.Site, IngestBench.Gateway, TopicKind.Time), TimeCodec.Encode(new TimeRequest("n1")));
        var answer = (await bench.Broker.NextAsync(Cancelled)).Time!;
        Assert.Equal(("n1", IngestBench.Start.ToUnixTimeMilliseconds()), (answer.Nonce, answer.NowMs));
        await bench.Broker.Send(new Topic(IngestBench.Site, IngestBench.Gateway, TopicKind.Event), Event(0));
        Assert.False(first.IsCompleted || second.IsCompleted);
        Assert.Empty(bench.Observer.Seen);

        opened.SetResult();
        await Task.WhenAll(first, second).WaitAsync(Cancelled);
        Assert.Equal(4, bench.Observer.Seen.Count);
    }

    [Fact]
    public async Task Store_that_is_away_is_tried_until_it_is_back()
    {
        await using var bench = new IngestBench();
        var tries = 0;
        bench.Store.Before = () => ++tries < 6 ? throw new StoreUnavailableException("away.") : Task.CompletedTask;
        var sent = bench.Send(IngestBench.BatchOf(0, 1));
        while (!sent.IsCompleted)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(6, tries);
        Assert.Equal(["7q2mzk4a 0", "7q2mzk4a 1"], bench.Observer.Seen);
    }

    [Fact]
    public async Task Store_that_breaks_off_is_given_the_rest_and_what_it_refused_meanwhile_is_known()
    {
        await using var bench = new IngestBench();
        bench.Store.PerTry = 3;
        bench.Store.Refuse = point => point.Sequence is 1 or 8 ? "type" : null;
        var sent = bench.Send(IngestBench.BatchOf(0, 9));
        while (!sent.IsCompleted)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal((4, 10), (bench.Store.Writes, bench.Store.Given));
        Assert.Equal((8L, 2L), (bench.Tally.Stored, bench.Tally.Rejected["type"]));
        Assert.Equal(8, bench.Observer.Seen.Count);
        Assert.Equal(2, File.ReadAllLines(Assert.Single(Directory.GetFiles(Path.Combine(bench.Folder, "dead-letters")))).Length);
    }

    [Fact]
    public async Task Messages_that_come_again_take_no_place_from_those_that_bring_something()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 0));
        var (begun, opened) = (new TaskCompletionSource(), new TaskCompletionSource());
        bench.Store.Before = () =>
        {
            begun.TrySetResult();
            return opened.Task;
        };
        List<Task> sent = [bench.Send(IngestBench.BatchOf(1, 1))];
        await begun.Task.WaitAsync(Cancelled);
        for (var number = 2; number < 42; number++)
        {
            sent.AddRange(Enumerable.Range(0, 5).Select(_ => bench.Send(IngestBench.BatchOf(0, 1), IngestBench.Back)));
            sent.Add(bench.Send(IngestBench.BatchOf(number, number)));
        }

        await bench.AsksForTheTimeAsync();
        opened.SetResult();
        await Task.WhenAll(sent).WaitAsync(Cancelled);
        Assert.Equal(42, bench.Store.Points.Count);
        Assert.Equal(3, bench.Store.Writes);
    }

    [Fact]
    public async Task Gone_numbers_are_settled_and_counted_by_cause_and_a_record_that_comes_after_all_takes_it_back()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(
            0, 9, [new GoneRange(new SequenceRange(2, 5), LossCause.Full), new GoneRange(new SequenceRange(7, 7), LossCause.Thin)]));
        Assert.Equal(9, (await bench.ReceiptAsync()).UpTo);
        Assert.Equal((5L, 4L, 1L), (bench.Tally.Stored, bench.Tally.Lost["full"], bench.Tally.Lost["thin"]));

        await bench.Send(IngestBench.BatchOf(3, 4), IngestBench.Back);
        Assert.Equal((7L, 2L, 1L), (bench.Tally.Stored, bench.Tally.Lost["full"], bench.Tally.Lost["thin"]));
        Assert.Equal(7, bench.Observer.Seen.Count);

        // And what is stored is not lost because somebody says so later.
        await bench.Send(IngestBench.BatchOf(0, 9, [new GoneRange(new SequenceRange(0, 9), LossCause.Bad)]));
        Assert.Equal((7L, 2L, 0L), (bench.Tally.Stored, bench.Tally.Lost["full"], bench.Tally.Lost.GetValueOrDefault("bad")));
    }

    [Fact]
    public async Task What_a_gateway_gave_up_after_an_earlier_database_had_it_is_settled_and_neither_lost_nor_open_again()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 9, [new GoneRange(new SequenceRange(2, 5), LossCause.Had)]));
        Assert.Equal(9, (await bench.ReceiptAsync()).UpTo);
        Assert.Equal((6L, 4L), (bench.Tally.Stored, bench.Tally.Before));
        Assert.Empty(bench.Tally.Lost);

        // A state from before the receipt names it still.
        await bench.SendState(new HeldEpoch(IngestBench.Epoch, 0, 9));
        Assert.Equal(4, bench.Tally.Before);

        await bench.Send(IngestBench.BatchOf(3, 3));
        Assert.Equal((7L, 3L), (bench.Tally.Stored, bench.Tally.Before));
    }

    [Fact]
    public async Task Points_that_the_store_refuses_are_listed_in_receipts_until_the_gateway_stops_sending_them()
    {
        await using var bench = new IngestBench();
        bench.Store.Refuse = point => point.Sequence == 1 ? "type" : null;
        await bench.Send(IngestBench.BatchOf(0, 2));

        var refused = new RejectedRange(new SequenceRange(1, 1), "type");
        var receipt = await bench.ReceiptAsync();
        Assert.Equal((2L, refused), (receipt.UpTo, Assert.Single(receipt.Rejected)));
        Assert.Equal(["7q2mzk4a 0", "7q2mzk4a 2"], bench.Observer.Seen);
        Assert.Equal((2L, 1L), (bench.Tally.Stored, bench.Tally.Rejected["type"]));
        var letter = Assert.Single(File.ReadAllLines(
            Assert.Single(Directory.GetFiles(Path.Combine(bench.Folder, "dead-letters")))));
        Assert.Contains("\"cause\":\"type\"", letter, StringComparison.Ordinal);
        Assert.Contains("\"seq\":1", letter, StringComparison.Ordinal);

        bench.Time.Advance(TimeSpan.FromMinutes(50));
        await bench.Send(IngestBench.BatchOf(0, 2));
        Assert.Equal([refused], (await bench.ReceiptAsync()).Rejected);
        bench.Time.Advance(TimeSpan.FromMinutes(50));
        await bench.Send(IngestBench.BatchOf(3, 3));
        Assert.Equal([refused], (await bench.ReceiptAsync()).Rejected);
        bench.Time.Advance(TimeSpan.FromMinutes(50));
        await bench.Send(IngestBench.BatchOf(4, 4));
        Assert.Empty((await bench.ReceiptAsync()).Rejected);
    }

    [Fact]
    public async Task Dead_letter_is_written_once_however_often_the_archive_fails()
    {
        await using var bench = new IngestBench();
        bench.Store.Refuse = _ => "type";
        var archive = Path.Combine(bench.Folder, "archive");
        await File.WriteAllTextAsync(archive, "", Cancelled);
        var sent = bench.Send(IngestBench.BatchOf(0, 0));
        var letters = Path.Combine(bench.Folder, "dead-letters");
        for (var second = 0; second < 60; second++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        File.Delete(archive);
        while (!sent.IsCompleted)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Single(File.ReadAllLines(Assert.Single(Directory.GetFiles(letters))));
    }

    [Theory]
    [InlineData(9_223_372_036_854)]
    [InlineData(9_223_372_036_855)]
    [InlineData(-9_223_372_036_855)]
    [InlineData((1L << 53) - 1)]
    [InlineData(-((1L << 53) - 1))]
    public async Task Time_that_no_store_can_hold_is_refused_as_range(long timeMs)
    {
        await using var bench = new IngestBench();
        var batch = IngestBench.BatchOf(0, 1, record: number => IngestBench.Record(number, timeMs: number == 0 ? timeMs : null));
        await bench.Send(batch);
        Assert.Equal([new RejectedRange(new SequenceRange(0, 0), "range")], (await bench.ReceiptAsync()).Rejected);
        Assert.Equal(["7q2mzk4a 1"], bench.Observer.Seen);
    }

    /// <summary>Two hundred of 1.7e308 made an infinite mean of an hour, which ended the backend at each resend.</summary>
    [Theory]
    [InlineData(1.7e308, null, 1)]
    [InlineData(-1.1e100, null, 1)]
    [InlineData(2, 1e200, 1)]
    [InlineData(1e100, -1e100, 0)]
    public async Task Number_whose_sums_are_infinite_is_refused_as_range_and_takes_no_other_with_it(double value, double? raw, int refused)
    {
        await using var bench = new IngestBench();
        var batch = IngestBench.BatchOf(0, 1, record: number =>
        {
            var record = IngestBench.Record(number);
            return number == 1 ? record : record with { Channels = [record.Channels[0] with { Value = value, Raw = raw }] };
        });
        await bench.Send(batch);
        Assert.Equal(
            Enumerable.Repeat(new RejectedRange(new SequenceRange(0, 0), "range"), refused), (await bench.ReceiptAsync()).Rejected);
        Assert.Equal(2 - refused, bench.Observer.Seen.Count);
    }

    [Fact]
    public async Task Measurand_that_nobody_knows_is_refused_as_type()
    {
        await using var bench = new IngestBench();
        var text = Encoding.UTF8.GetString(BatchCodec.Encode(IngestBench.BatchOf(0, 1), compress: false));
        await bench.Broker.Send(
            IngestBench.Live,
            Encoding.UTF8.GetBytes(text.Replace("ammonium_n_mg_l", "unobtainium_mg_l", StringComparison.Ordinal)));
        var receipt = await bench.ReceiptAsync();
        Assert.Equal(1, receipt.UpTo);
        Assert.Equal([new RejectedRange(new SequenceRange(0, 1), "type")], Joined(receipt.Rejected));
        Assert.Empty(bench.Store.Points);
    }

    [Fact]
    public async Task Any_bytes_on_any_topic_are_acknowledged_and_harm_nothing()
    {
        await using var bench = new IngestBench();
        var random = new Random(7);
        foreach (var kind in Enum.GetValues<TopicKind>())
        {
            for (var length = 0; length < 400; length += 80)
            {
                var bytes = new byte[length];
                random.NextBytes(bytes);
                await bench.Broker.Send(new Topic(IngestBench.Site, IngestBench.Gateway, kind), bytes).WaitAsync(Cancelled);
            }
        }

        await bench.Send(IngestBench.BatchOf(0, 0)).WaitAsync(Cancelled);
        Assert.Equal(1L, bench.Tally.Stored);
    }

    [Fact]
    public async Task Batch_that_names_another_gateway_harms_only_its_sender()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 3), IngestBench.Live with { Gateway = "other" });
        Assert.Empty(bench.Store.Points);
        Assert.Equal("other", bench.Tally.Gateway);
        await bench.Send(IngestBench.BatchOf(0, 3));
        Assert.Equal(4, bench.Store.Points.Count);
    }

    [Fact]
    public async Task Archive_holds_every_accepted_batch_as_it_came_and_no_duplicate()
    {
        await using var bench = new IngestBench();
        var batches = new[] { IngestBench.BatchOf(0, 3), IngestBench.BatchOf(4, 7) };
        foreach (var batch in batches)
        {
            await bench.Send(batch);
            await bench.Send(batch, IngestBench.Back);
        }

        var archived = BatchArchive.Read(Path.Combine(bench.Folder, "archive", "2026-07-01.jsonl")).ToList();
        Assert.Equal(batches.Select(batch => BatchCodec.Encode(batch)), archived.Select(batch => batch!.Payload.ToArray()));
        Assert.All(archived, batch => Assert.Equal("pond/v1/pond/gz-07/data/live", batch!.Topic));
    }

    [Fact]
    public async Task Events_are_kept_shown_once_and_receipted()
    {
        await using var bench = new IngestBench();
        var topic = new Topic(IngestBench.Site, IngestBench.Gateway, TopicKind.Event);
        await bench.Broker.Send(topic, Event(1));
        await bench.Broker.Send(topic, Event(1));
        await bench.Broker.Send(topic, Event(2));
        bench.Time.Advance(TimeSpan.FromSeconds(10));
        Receipt receipt;
        do
        {
            receipt = await bench.ReceiptAsync();
        }
        while (receipt.Events!.UpTo < 2);

        Assert.Equal([new SequenceRange(0, 0)], receipt.Events.Gaps);
        Assert.Equal(-1, receipt.UpTo);
        Assert.Equal(["event 7q2mzk4a 1", "event 7q2mzk4a 2"], bench.Observer.Messages);
        await using var connection = bench.Database.Connect();
        await using var transaction = connection.BeginTransaction();
        Assert.Equal(
            [Event(1), Event(2)],
            transaction.Query("SELECT payload FROM ingest_event ORDER BY id", reader => reader.GetFieldValue<byte[]>(0)));
    }

    [Fact]
    public async Task Calibration_is_kept_longer_than_its_event_and_the_first_of_a_name_counts()
    {
        await using var bench = new IngestBench(quotas: new Quotas { Events = 2 });
        var topic = new Topic(IngestBench.Site, IngestBench.Gateway, TopicKind.Event);
        var record = CalibrationCodec.Decode(Encoding.UTF8.GetBytes(
            EventCodec.Decode(Example.Bytes("event-cal")).Value!.Body.GetProperty("record").GetRawText())).Value!;
        await bench.Broker.Send(topic, EventCodec.Encode(CalibrationEvents.Of(record, 0)));
        await bench.Broker.Send(topic, EventCodec.Encode(CalibrationEvents.Of(record with { By = "Wang" }, 1)));
        await bench.Broker.Send(topic, EventCodec.Encode(CalibrationEvents.Of(record with { Id = "c2" }, 2) with { Device = "other" }));
        for (var number = 3; number < 9; number++)
        {
            await bench.Broker.Send(topic, Event(number));
        }

        await using var connection = bench.Database.Connect();
        await using var transaction = connection.BeginTransaction();
        Assert.Equal(2, transaction.Query("SELECT id FROM ingest_event", reader => reader.GetInt64(0)).Count);
        Assert.Equal("Li", new CalibrationTable(transaction).Find(IngestBench.Gateway, record.Id)!.By);
        Assert.Null(new CalibrationTable(transaction).Find(IngestBench.Gateway, "c2"));
        Assert.Null(new CalibrationTable(transaction).Find("gz-08", record.Id));
    }

    [Fact]
    public async Task Newest_state_is_kept_for_the_next_start()
    {
        await using var bench = new IngestBench();
        await bench.SendState(new HeldEpoch(IngestBench.Epoch, 0, 5));
        await using var connection = bench.Database.Connect();
        var latest = Assert.Single(LatestMessages.Read(connection));
        Assert.Equal((new GatewayName("pond", "gz-07"), TopicKind.State), (latest.Gateway, latest.Kind));
        Assert.True(StateCodec.Decode(latest.Payload.Span).Value!.On);
        Assert.Equal(["state pond/gz-07 True"], bench.Observer.Messages);
    }

    [Fact]
    public async Task What_a_gateway_holds_no_more_and_never_sent_is_lost_by_the_card_until_it_comes()
    {
        await using var bench = new IngestBench();
        await bench.SendState();
        await bench.Send(IngestBench.BatchOf(10, 19));
        await bench.SendState(new HeldEpoch(IngestBench.Epoch, 5, 30));
        Assert.Equal((10L, 5L), (bench.Tally.Stored, bench.Tally.Lost["card"]));

        await bench.SendState(new HeldEpoch("bbbbbbbb", 0, 3));
        Assert.Equal(21L, bench.Tally.Lost["card"]);
        await bench.Send(IngestBench.BatchOf(0, 9), IngestBench.Back);
        Assert.Equal((20L, 11L), (bench.Tally.Stored, bench.Tally.Lost["card"]));
    }

    [Fact]
    public async Task What_a_gateway_held_no_more_when_this_database_first_heard_of_it_is_no_loss()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(510, 519));
        await bench.Send(IngestBench.BatchOf(20, 29, epoch: "bbbbbbbb"));
        await bench.SendState(new HeldEpoch(IngestBench.Epoch, 500, 600));
        Assert.Equal(20L, bench.Tally.Stored);
        Assert.Empty(bench.Tally.Lost);
        Assert.Empty(bench.Tally.Rejected);
        bench.Time.Advance(TimeSpan.FromSeconds(6));
        Receipt receipt;
        do
        {
            receipt = await bench.ReceiptAsync();
        }
        while (receipt.Epoch != IngestBench.Epoch || receipt.Gaps is not [{ First: > 0 }]);

        Assert.Equal(new SequenceRange(500, 509), Assert.Single(receipt.Gaps));
        Assert.Empty(receipt.Rejected);

        // From then on the database was there: what vanishes now is lost.
        await bench.SendState(new HeldEpoch(IngestBench.Epoch, 505, 600));
        Assert.Equal(5L, bench.Tally.Lost["card"]);
        await bench.Send(IngestBench.BatchOf(490, 509), IngestBench.Back);
        Assert.Equal(40L, bench.Tally.Stored);
        Assert.Empty(bench.Tally.Lost);
    }

    [Fact]
    public async Task Held_epoch_that_was_taken_elsewhere_is_not_tied_to_the_site_of_the_state()
    {
        await using var bench = new IngestBench();
        await bench.SendState(new HeldEpoch(IngestBench.Epoch, 5, 30));
        await bench.Send(IngestBench.BatchOf(5, 6), IngestBench.Back with { Site = "old-site" });
        Assert.Equal(2L, bench.Tally.Stored);
    }

    [Fact]
    public async Task Time_is_not_given_away_while_nobody_keeps_it_right()
    {
        await using var bench = new IngestBench(wallClock: new TestWallClock(false));
        await bench.Broker.Send(
            new Topic(IngestBench.Site, IngestBench.Gateway, TopicKind.Time), TimeCodec.Encode(new TimeRequest("n1")));
        await bench.SendState(new HeldEpoch(IngestBench.Epoch, 0, 5));
        Assert.NotNull((await bench.Broker.NextAsync(Cancelled)).Receipt);
    }

    [Fact]
    public async Task Quotas_harm_only_the_gateway_that_exceeds_them()
    {
        await using var bench = new IngestBench(quotas: new Quotas { Epochs = 2, Runs = 3, Channels = 1 });
        foreach (var epoch in new[] { "aaaaaaaa", "bbbbbbbb", "cccccccc" })
        {
            await bench.Send(IngestBench.BatchOf(1, 1, epoch: epoch));
        }

        foreach (var first in new[] { 3, 5, 7, 9 })
        {
            await bench.Send(IngestBench.BatchOf(first, first, epoch: "aaaaaaaa"));
        }

        await bench.Send(IngestBench.BatchOf(2, 2, epoch: "bbbbbbbb", record: number => IngestBench.Record(number) with { Station = "more" }));
        await bench.Send(IngestBench.BatchOf(0, 0) with { Gateway = "other" }, IngestBench.Live with { Gateway = "other" });
        await using var connection = bench.Database.Connect();
        var tallies = LatestMessages.Tallies(connection).ToDictionary(tally => tally.Gateway);
        Assert.Equal(
            [("epochs", 1L), ("gaps", 2L)],
            tallies["gz-07"].Refused.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value)));
        Assert.Equal(1L, tallies["gz-07"].Rejected["channels"]);
        Assert.Equal(4L, tallies["gz-07"].Stored);
        Assert.Equal(1L, tallies["other"].Stored);
    }

    internal static byte[] Event(long number, string epoch = IngestBench.Epoch)
    {
        using var body = System.Text.Json.JsonDocument.Parse("{}");
        return EventCodec.Encode(new EventMessage
        {
            Gateway = IngestBench.Gateway,
            Epoch = epoch,
            Number = number,
            TimeMs = IngestBench.Start.ToUnixTimeMilliseconds(),
            Clock = new ClockStamp(ClockSource.Ntp, 5),
            Type = "fault",
            Body = body.RootElement.Clone(),
        });
    }

    private static IEnumerable<RejectedRange> Joined(IReadOnlyList<RejectedRange> ranges) => ranges.Count == 0
        ? []
        : [new RejectedRange(new SequenceRange(ranges[0].Range.First, ranges[^1].Range.Last), ranges[0].Cause)];
}
