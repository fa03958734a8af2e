using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Uplink;

/// <summary>What a broker refuses, closes and gives to somebody else.</summary>
public sealed class RefusalTests : IAsyncDisposable
{
    private const string OldMine = "yyyyyyyy";
    private const string Before = "zzzzzzzz";
    private const string NotAuthorised = "not authorised (0x87); check";

    private readonly UplinkBench bench = new();
    private readonly string folder = Directory.CreateTempSubdirectory("pond-refusal").FullName;

    public async ValueTask DisposeAsync()
    {
        await bench.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Site_that_the_broker_refuses_holds_back_no_epoch_behind_it_and_stays_counted_until_it_is_taken()
    {
        bench.Log.Inherit(OldMine, 3, sent: false, site: "old-mine");
        bench.Log.Inherit(Before, 5, sent: false);
        Refuse("/old-mine/");
        _ = bench.Start();
        bench.Run(600, step: 1);

        Assert.Equal(new SequenceRange(0, 4), Assert.Single(bench.Batches("back"), batch => batch.Epoch == Before).Range);
        Assert.Equal(8, bench.Log.Status.Unsettled);

        // 0, 5, 15, 35, 75, 155, 315 s, each with less than 2 s until somebody looks.
        Assert.Equal(7, bench.Batches("back").Count(batch => batch.Epoch == OldMine));
        Assert.Contains(bench.Journal.All, line =>
            line.Contains($"pond/v1/old-mine/gz-07/data/back: {NotAuthorised}", StringComparison.Ordinal));

        bench.Broker.Answer = _ => Taken;
        bench.Run(301, step: 1);
        var last = bench.Batches("back").Last();
        Assert.Equal((OldMine, new SequenceRange(0, 2)), (last.Epoch, last.Range));
        bench.Run(3600, step: 1);
        Assert.Equal(8, bench.Batches("back").Count(batch => batch.Epoch == OldMine));
    }

    [Fact]
    public void What_the_broker_refuses_is_an_event_for_whoever_looks_after_it_and_one_line_an_hour()
    {
        bench.Log.Inherit(OldMine, 3, sent: false, site: "old-mine");
        Refuse("/old-mine/");
        _ = bench.Start();
        bench.Run(2 * 3600, step: 1);

        var events = bench.On("evt").Select(message => EventCodec.Decode(message.Payload.Span).Value!).ToList();
        Assert.InRange(events.Count, 2, 14);
        Assert.All(events, happening => Assert.Equal("fault", happening.Type));
        Assert.Equal("refused", events[0].Body.GetProperty("fault").GetString());
        Assert.Contains("old-mine", events[0].Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.InRange(bench.Journal.All.Count(line => line.Contains("old-mine", StringComparison.Ordinal)), 2, 3);
    }

    [Fact]
    public void Backend_that_speaks_does_not_make_a_broker_take_what_it_refuses()
    {
        Refuse("/data/");
        _ = bench.Start();
        bench.Append();
        for (var i = 0; i < 60; i++)
        {
            bench.Settle(RecordLogInMemory.OwnEpoch, -1);
            bench.Run(5);
        }

        Assert.InRange(bench.On("back").Count(), 5, 7);
    }

    [Fact]
    public void Backlog_that_was_put_aside_does_not_count_as_sent_to_a_backend_that_has_it_not()
    {
        bench.Log.Inherit(OldMine, 3, sent: false, site: "old-mine");
        Refuse("/old-mine/");
        _ = bench.Start();
        bench.Settle(OldMine, 2, gaps: new SequenceRange(0, 2));

        Assert.Empty(bench.Log.Settled(OldMine));
        Assert.Equal(3, bench.Log.Status.Unsettled);
    }

    [Fact]
    public void Description_larger_than_the_brokers_packets_is_not_sent_but_told()
    {
        bench.Meta = new byte[5000];
        bench.Broker.Terms = bench.Broker.Terms with { PacketBytesMax = 5000 };
        _ = bench.Start();
        bench.Run(10);

        Assert.Empty(bench.On("meta"));
        Assert.Contains(bench.Journal.All, line => line.Contains(
            "the broker refuses pond/v1/zudong/gz-07/meta: 5000 bytes, and the broker takes packets of 5000 at most; raise its limit",
            StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_gateways_with_one_id_throw_each_other_out_ever_more_rarely_and_say_so()
    {
        _ = bench.Start();
        for (var minute = 0; minute < 8 * 60; minute++)
        {
            bench.Link.Break("the broker ended it: session taken over (0x8E)", LinkEndKind.TakenOver);
            bench.Run(60, step: 20);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        // 1, 2, 4, 8, then 15 min give or take a quarter.
        Assert.InRange(bench.Broker.Links.Count, 20, 55);
        Assert.InRange(bench.Journal.All.Count(line => line.Contains(
            "duplicate gateway: another client has the id gz-07", StringComparison.Ordinal)), 20, 55);
        var events = bench.On("evt").Select(message => EventCodec.Decode(message.Payload.Span).Value!)
            .Where(happening => happening.Body.GetProperty("fault").GetString() == "duplicate-gateway")
            .DistinctBy(happening => happening.Number)
            .ToList();
        Assert.InRange(events.Count, 15, 8 * 7);
    }

    [Fact]
    public async Task Link_that_lasts_is_not_mistrusted_for_a_takeover_of_long_ago()
    {
        _ = bench.Start();
        for (var i = 0; i < 4; i++)
        {
            await TakeOver();
        }

        bench.Run(3700, step: 10);
        var before = bench.Clocks.Elapsed;
        await TakeOver();

        Assert.InRange((bench.Clocks.Elapsed - before).TotalSeconds, 44, 80);
    }

    [Fact]
    public async Task Second_gateway_of_which_the_broker_says_nothing_makes_no_storm_either()
    {
        _ = bench.Start();
        while (bench.Clocks.Elapsed < TimeSpan.FromHours(2))
        {
            var links = bench.Broker.Links.Count;
            bench.Link.Break("closed", LinkEndKind.Closed);
            await UplinkBench.Soon(() =>
                bench.Journal.All.Count(line => line.Contains("the link is gone", StringComparison.Ordinal)) == links);
            var broken = bench.Clocks.Elapsed;
            while (bench.Broker.Links.Count == links)
            {
                bench.Run(1, step: 1);
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
            }

            // The other waits as long, and then throws this one out.
            bench.Run((bench.Clocks.Elapsed - broken).TotalSeconds, step: 1);
        }

        // Where each link that lasted 10 s made it hurry, each half minute would see several.
        Assert.InRange(bench.Broker.Links.Count, 20, 130);
    }

    [Fact]
    public void Broker_that_wants_to_hear_more_often_does()
    {
        bench.Broker.Terms = bench.Broker.Terms with { KeepAlive = TimeSpan.FromSeconds(20) };
        bench.Clocks.Discipline = new(Synchronised: true, TimeSpan.FromMilliseconds(5));
        _ = bench.Start();
        bench.Run(50);

        Assert.Equal(3, bench.Link.Pings);
    }

    [Fact]
    public void Brokers_word_settles_what_it_has_taken_where_that_was_asked_for()
    {
        bench.Options = bench.Options with { Delivery = Delivery.Broker };
        bench.Log.Inherit(Before, 700, sent: false);
        bench.Broker.Answer = message => message.Topic.EndsWith("back", StringComparison.Ordinal)
            && BatchCodec.Decode(message.Payload.Span).Batch!.Range.Contains(0) ? new SendAnswer(SendOutcome.Unheard, "nobody") : Taken;
        _ = bench.Start();
        bench.Append(3);
        bench.Event();
        Assert.Equal([0, 1, 2], bench.Log.Settled(RecordLogInMemory.OwnEpoch));
        Assert.Equal([0], bench.Log.SettledEvents);
        Assert.DoesNotContain(0, bench.Log.Settled(Before));

        bench.Broker.Answer = _ => Taken;
        bench.Run(10);
        Assert.Equal(700, bench.Log.Settled(Before).Count);
    }

    [Fact]
    public async Task Buffer_goes_by_the_brokers_word_for_what_was_sent_alone_and_forgets_it_when_a_backend_speaks()
    {
        await using var log = SegmentedLog.Open(new BufferOptions { Folder = folder }, TimeProvider.System, NullLogger.Instance);
        for (var i = 0; i < 5; i++)
        {
            await log.Append(RecordLogInMemory.Ph(i), urgent: true).Durable;
        }

        log.StartLive();
        var run = await log.NextAsync(Lane.Backlog, 4, TestContext.Current.CancellationToken);
        log.MarkSent(log.Epoch!, run.Range);
        Assert.Equal(ReceiptOutcome.Applied, log.Apply(BrokerReceipt.Of(log.Epoch!, new SequenceRange(2, 3), null)));
        Assert.Equal(ReceiptOutcome.Applied, log.Apply(BrokerReceipt.Of(log.Epoch!, new SequenceRange(0, 0), null)));
        Assert.Equal(ReceiptOutcome.Unchanged, log.Apply(BrokerReceipt.Of(log.Epoch!, new SequenceRange(0, 0), null)));
        Assert.Equal(2, log.Status.Unsettled);

        log.Apply(new Receipt { By = "b1", Generation = 1, Number = 0, Epoch = log.Epoch!, UpTo = -1, Gaps = [] });
        Assert.Equal(5, log.Status.Unsettled);
    }

    [Fact]
    public void Where_the_brokers_word_settles_no_backends_does()
    {
        bench.Options = bench.Options with { Delivery = Delivery.Broker };
        bench.Broker.Answer = message => message.Topic.Contains("/data/", StringComparison.Ordinal) ? null : Taken;
        _ = bench.Start();
        bench.Append();
        bench.Settle(RecordLogInMemory.OwnEpoch, 0);

        Assert.Empty(bench.Log.Settled(RecordLogInMemory.OwnEpoch));
    }

    private async Task TakeOver()
    {
        var links = bench.Broker.Links.Count;
        bench.Link.Break("session taken over", LinkEndKind.TakenOver);
        for (var i = 0; bench.Broker.Links.Count == links; i++)
        {
            Assert.True(i < 1000, "It never came back.");
            bench.Run(2, step: 2);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private static SendAnswer Taken => new(SendOutcome.Taken);

    private void Refuse(string topicPart) => bench.Broker.Answer = message =>
        message.Topic.Contains(topicPart, StringComparison.Ordinal) ? new SendAnswer(SendOutcome.Refused, NotAuthorised) : Taken;
}
