using PondSentinel.Gateway.Uplink;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Uplink;

public sealed class UplinkTests : IAsyncDisposable
{
    private const string Before = "zzzzzzzz";

    private readonly UplinkBench bench = new();

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public void First_words_are_subscriptions_then_state_and_meta_for_whoever_comes_later_then_the_question_for_the_time()
    {
        bench.Log.Inherit(Before, 3, sent: true);
        bench.Broker.Answer = message => message.Topic.EndsWith("back", StringComparison.Ordinal) ? null : Taken;
        _ = bench.Start();

        Assert.Equal(["pond/v1/+/gz-07/ack", "pond/v1/+/gz-07/cmd/replay"], bench.Link.Subscriptions);
        Assert.Equal(
            [("state", true), ("meta", true)],
            bench.Link.Published.Take(2).Select(message => (message.Topic.Split('/')[^1], message.Retain)));
        var state = StateCodec.Decode(bench.Link.Published[0].Payload.Span).Value!;
        Assert.Equal((true, null, "Raspberry Pi 5"), (state.On, state.Epoch, state.Hardware));
        Assert.Equal([new HeldEpoch(Before, 0, 2)], state.Inventory);
        Assert.Single(bench.On("time"));
    }

    [Fact]
    public void Description_that_has_changed_goes_out_before_the_next_record_and_once()
    {
        _ = bench.Start();
        bench.Append();
        bench.Meta = """{"changed":1}"""u8.ToArray();
        bench.Append();
        bench.Append();

        Assert.Equal(
            ["meta", "live", "meta", "live", "live"],
            bench.Link.Published.Select(message => message.Topic.Split('/')[^1]).Where(kind => kind is "meta" or "live"));
        Assert.Equal(13, bench.On("meta").Last().Payload.Length);
    }

    [Fact]
    public void Live_record_does_not_wait_for_the_backlog_on_its_way_and_the_backlog_is_one_message_at_a_time()
    {
        bench.Log.Inherit(Before, 5000, sent: false);
        bench.Broker.Answer = message => message.Topic.EndsWith("back", StringComparison.Ordinal) ? null : Taken;
        _ = bench.Start();
        Assert.Single(bench.Batches("back"));

        bench.Append();

        Assert.Equal(new SequenceRange(0, 0), Assert.Single(bench.Batches("live")).Range);
        Assert.Single(bench.Batches("back"));
    }

    [Fact]
    public void Slot_that_comes_free_goes_to_events_then_live_then_backlog()
    {
        bench.Broker.Terms = bench.Broker.Terms with { InFlightMax = 1 };
        _ = bench.Start();
        bench.Append();
        bench.Event();
        bench.Link.Published.Clear();
        bench.Broker.Answer = _ => null;
        bench.Log.Inherit(Before, 600, sent: true);
        bench.Log.Requeue(Before, new SequenceRange(0, 599));
        bench.Append();
        bench.Event();

        bench.Link.Settle("back");
        bench.Link.Settle("evt");
        bench.Link.Settle("live");

        Assert.Equal(
            ["back", "evt", "live", "back"],
            bench.Link.Published.Select(message => message.Topic.Split('/')[^1])
                .Where(kind => kind is "back" or "evt" or "live"));
        Assert.Equal(1, bench.Link.InFlightMost);
    }

    [Fact]
    public async Task Broker_that_stops_answering_is_left_at_the_deadline_and_the_record_goes_over_the_next_link()
    {
        bench.Broker.Answer = message => message.Topic.EndsWith("live", StringComparison.Ordinal) ? null : Taken;
        _ = bench.Start();
        var dead = bench.Link;
        bench.Append();
        bench.Run(19.5);
        Assert.False(dead.IsDisposed);

        bench.Run(0.5);
        Assert.True(dead.IsDisposed);

        bench.Broker.Answer = _ => Taken;
        await bench.Until(() => bench.Batches("back").Any());
        Assert.Equal(bench.Batches("live").Single().Range, bench.Batches("back").Single().Range);
        Assert.Contains(bench.Journal.All, line => line.Contains("no answer of the broker in 20 s", StringComparison.Ordinal));
    }

    [Fact]
    public void Link_that_is_gone_before_its_greeting_was_answered_is_sent_nothing_more()
    {
        bench.Broker.Answer = message =>
            message.Topic.EndsWith("/meta", StringComparison.Ordinal) ? null : new SendAnswer(SendOutcome.Taken);
        bench.Start();
        bench.Event();
        bench.Append();

        bench.Link.Break("reset");

        Assert.DoesNotContain(bench.Broker.Links[0].Published, message => !message.Topic.EndsWith("/state", StringComparison.Ordinal)
            && !message.Topic.EndsWith("/meta", StringComparison.Ordinal));
    }

    [Fact]
    public void Idle_link_is_asked_for_a_sign_of_life_and_left_where_none_comes()
    {
        bench.Clocks.Discipline = new(Synchronised: true, TimeSpan.FromMilliseconds(5));
        _ = bench.Start();
        bench.Run(45);
        Assert.Equal(1, bench.Link.Pings);

        bench.Link.AnswersPings = false;
        bench.Run(45 + 19.5);
        Assert.False(bench.Link.IsDisposed);
        bench.Run(0.5);
        Assert.True(bench.Broker.Links[0].IsDisposed);
    }

    [Fact]
    public void What_nobody_has_subscribed_to_is_not_sent_and_goes_again_after_a_pause_that_doubles()
    {
        bench.Broker.Answer = message =>
            message.Topic.Contains("/data/", StringComparison.Ordinal) ? new SendAnswer(SendOutcome.Unheard, "nobody") : Taken;
        _ = bench.Start();
        bench.Append();

        // The live try, then as backlog at once, then after 5, 10, 20 s.
        bench.Run(4.5);
        Assert.Equal(2, bench.On("live").Concat(bench.On("back")).Count());
        bench.Run(31);
        Assert.Equal(4, bench.On("back").Count());

        bench.Broker.Answer = _ => Taken;
        bench.Run(40);
        Assert.Equal(5, bench.On("back").Count());
        bench.Run(3600);
        Assert.Equal(5, bench.On("back").Count());
    }

    [Fact]
    public void Word_of_the_backend_ends_the_pause()
    {
        bench.Broker.Answer = message =>
            message.Topic.Contains("/data/", StringComparison.Ordinal) ? new SendAnswer(SendOutcome.Unheard, "nobody") : Taken;
        _ = bench.Start();
        bench.Append();
        bench.Broker.Answer = _ => Taken;

        bench.Settle(RecordLogInMemory.OwnEpoch, -1);

        Assert.Equal(2, bench.On("back").Count());
        Assert.Contains(bench.Journal.All, line => line.Contains("nobody", StringComparison.Ordinal));
    }

    [Fact]
    public void Backlog_stops_at_the_window_and_a_receipt_opens_it()
    {
        bench.Options = bench.Options with { Window = 32 * 1024, ResendAfter = TimeSpan.FromHours(1) };
        bench.Log.Inherit(Before, 30_000, sent: false, make: Noisy);
        _ = bench.Start();

        var first = bench.Batches("back").ToList();
        var bytes = bench.On("back").Sum(message => message.Payload.Length);
        Assert.InRange(bytes, 1, 32 * 1024);
        bench.Run(600);
        Assert.Equal(first.Count, bench.Batches("back").Count());

        bench.Settle(Before, first[^1].Range.Last);
        Assert.True(bench.Batches("back").Count() > first.Count);
    }

    [Fact]
    public void Backlog_keeps_under_its_bytes_a_second_and_live_is_not_held_by_that()
    {
        bench.Options = bench.Options with { BacklogBytesPerSecond = 2048, Window = 16 << 20, ResendAfter = TimeSpan.FromHours(1) };
        bench.Log.Inherit(Before, 30_000, sent: false, make: Noisy);
        _ = bench.Start();
        bench.Run(60);

        // One message is allowed to be ahead.
        var bytes = bench.On("back").Sum(message => message.Payload.Length);
        Assert.InRange(bytes, 2048 * 40, (2048 * 60) + Batch.SentBytesMax);
        bench.Append();
        Assert.Single(bench.On("live"));
    }

    [Fact]
    public void Every_record_goes_once_in_messages_within_the_limit()
    {
        bench.Options = bench.Options with { Window = 16 << 20 };
        bench.Log.Inherit(Before, 20_000, sent: false, make: Noisy);
        _ = bench.Start();

        Assert.All(bench.On("back"), message => Assert.InRange(message.Payload.Length, 1, Batch.SentBytesMax));
        Assert.Equal(
            Enumerable.Range(0, 20_000).Select(number => (long)number),
            bench.Batches("back").SelectMany(batch => batch.Records).Select(record => record.Sequence));
        Assert.True(bench.On("back").Count() > 5);
    }

    [Fact]
    public void Broker_with_small_packets_gets_small_messages()
    {
        bench.Broker.Terms = bench.Broker.Terms with { PacketBytesMax = 4096 };
        bench.Log.Inherit(Before, 3000, sent: false, make: Noisy);
        _ = bench.Start();

        Assert.All(bench.On("back"), message => Assert.InRange(message.Payload.Length, 1, 4096 - 256));
        Assert.Equal(3000, bench.Batches("back").Sum(batch => batch.Records.Count));
    }

    [Fact]
    public void Record_that_can_never_be_sent_holds_back_none_behind_it()
    {
        bench.Log.Inherit(
            Before, 100, sent: false, make: number => number == 42 ? RecordLogInMemory.Ph(number) with { Channels = [] } : RecordLogInMemory.Ph(number));
        _ = bench.Start();

        Assert.Equal(99, bench.Batches("back").Sum(batch => batch.Records.Count));
        Assert.Equal(1, bench.Tally.Unsendable);
        Assert.Contains(bench.Journal.All, line => line.Contains("record 42 of epoch zzzzzzzz cannot be sent", StringComparison.Ordinal));
    }

    [Fact]
    public void Batch_ends_where_description_clock_or_calibration_change()
    {
        bench.Log.Inherit(Before, 40, sent: false, make: number => RecordLogInMemory.Ph(number) with
        {
            Schema = number < 10 ? "aaaaaaaa" : "bbbbbbbb",
            Clock = RecordLogInMemory.Ph(number).Clock with { Trust = new ClockStamp(number < 20 ? ClockSource.Ntp : ClockSource.Srv, number) },
            Channels = [RecordLogInMemory.Ph(number).Channels[0] with { Calibration = number < 30 ? "c1" : "c2" }],
        });
        _ = bench.Start();

        Assert.Equal(
            [
                (new SequenceRange(0, 9), new ClockStamp(ClockSource.Ntp, 9)),
                (new SequenceRange(10, 19), new ClockStamp(ClockSource.Ntp, 19)),
                (new SequenceRange(20, 29), new ClockStamp(ClockSource.Srv, 29)),
                (new SequenceRange(30, 39), new ClockStamp(ClockSource.Srv, 39)),
            ],
            bench.Batches("back").Select(batch => (batch.Range, batch.Clock!.Value)));
    }

    [Fact]
    public void Backlog_goes_out_under_the_site_it_was_taken_at()
    {
        bench.Log.Inherit(Before, 2, sent: false, site: "old-mine");
        _ = bench.Start();

        Assert.Equal("pond/v1/old-mine/gz-07/data/back", Assert.Single(bench.On("back")).Topic);
    }

    [Fact]
    public void State_names_an_epoch_before_its_first_record_comes()
    {
        _ = bench.Start();
        bench.Append();
        bench.Append();

        Assert.Equal(
            ["state", "meta", "time", "state", "live", "live"],
            bench.Link.Published.Select(message => message.Topic.Split('/')[^1]));
        Assert.Equal(RecordLogInMemory.OwnEpoch, StateCodec.Decode(bench.Link.Published[3].Payload.Span).Value!.Epoch);
    }

    [Fact]
    public void Only_the_named_backend_settles()
    {
        _ = bench.Start();
        bench.Append(3);
        bench.Settle(RecordLogInMemory.OwnEpoch, 2, by: "b2");
        Assert.Empty(bench.Log.Settled(RecordLogInMemory.OwnEpoch));

        bench.Settle(RecordLogInMemory.OwnEpoch, 2);
        Assert.Equal([0, 1, 2], bench.Log.Settled(RecordLogInMemory.OwnEpoch));
    }

    [Fact]
    public void What_the_backend_passes_over_goes_again_each_time_later()
    {
        _ = bench.Start();
        bench.Append(3);
        var resent = new List<double>();
        for (var minute = 0; minute < 60; minute++)
        {
            bench.Settle(RecordLogInMemory.OwnEpoch, minute + 2, gaps: new SequenceRange(1, 1));
            bench.Append();
            bench.Run(60);
            resent.AddRange(Enumerable.Repeat((double)minute, bench.Batches("back").Count() - resent.Count));
        }

        // 5, then 10, then 20 minutes later; the next would be in 40.
        Assert.Equal([5, 15, 35], resent.Select(minute => Math.Round(minute)), (a, b) => Math.Abs(a - b) <= 1);
        Assert.All(bench.Batches("back"), batch => Assert.Equal(new SequenceRange(1, 1), batch.Range));
    }

    [Fact]
    public void What_a_slow_backend_has_not_come_to_yet_waits_for_its_turn_and_goes_again_only_after_four_times_as_long()
    {
        _ = bench.Start();
        bench.Append(3);
        bench.Run(1);
        for (var minute = 0; minute < 19; minute++)
        {
            bench.Append();
            bench.Settle(RecordLogInMemory.OwnEpoch, -1);
            bench.Run(60);
        }

        Assert.Empty(bench.Batches("back"));
        bench.Run(120);
        Assert.Equal(0, bench.Batches("back").First().Range.First);
    }

    [Fact]
    public void What_was_sent_twice_and_never_settled_goes_unpacked_so_that_no_broken_packing_lasts_for_ever()
    {
        bench.Log.Inherit(Before, 200, sent: false);
        _ = bench.Start();
        for (var minute = 0; minute < 40; minute++)
        {
            bench.Settle(RecordLogInMemory.OwnEpoch, minute - 1);
            bench.Append();
            bench.Run(60, 30);
        }

        var sent = bench.On("back").Select(message => message.Payload.Span[0] == 0x1F ? "packed" : "plain").ToList();
        Assert.Equal(["packed", "packed", "plain"], sent.Take(3));
        Assert.All(bench.Batches("back"), batch => Assert.Equal(200, batch.Records.Count));
    }

    [Fact]
    public void Nothing_goes_again_to_a_backend_that_is_silent_but_the_state_makes_it_speak()
    {
        _ = bench.Start();
        bench.Append(3);
        var states = bench.On("state").Count();
        bench.Run(3600);

        Assert.Empty(bench.On("back"));
        Assert.InRange(bench.On("state").Count() - states, 10, 12);
    }

    [Fact]
    public async Task Lost_session_sends_again_what_was_not_settled_and_a_kept_one_does_not()
    {
        _ = bench.Start();
        bench.Append(3);
        bench.Settle(RecordLogInMemory.OwnEpoch, 0);
        bench.Link.Break("reset");
        await bench.Until(() => bench.Broker.Links.Count == 2);
        await UplinkBench.Soon(() => bench.Link.Published.Count >= 3);
        Assert.Empty(bench.On("back"));

        bench.Broker.Terms = bench.Broker.Terms with { SessionPresent = false };
        bench.Link.Break("reset");
        await bench.Until(() => bench.On("back").Any());
        Assert.Equal(new SequenceRange(1, 2), Assert.Single(bench.Batches("back")).Range);
    }

    [Fact]
    public void What_a_process_before_had_sent_and_not_settled_goes_again_at_the_first_link()
    {
        bench.Log.Inherit(Before, 7, sent: true);
        _ = bench.Start();

        Assert.Equal(new SequenceRange(0, 6), Assert.Single(bench.Batches("back")).Range);
    }

    [Fact]
    public void Backend_restored_from_a_backup_gets_again_at_once_what_it_takes_back_and_what_it_may_never_have_settled()
    {
        _ = bench.Start();
        bench.Append(3);
        bench.Settle(RecordLogInMemory.OwnEpoch, 1);
        bench.Settle(RecordLogInMemory.OwnEpoch, 0, generation: 1_800_000_000_000);
        bench.Run(1);

        Assert.Equal(new SequenceRange(1, 2), Assert.Single(bench.Batches("back")).Range);
    }

    [Fact]
    public void Backend_that_does_not_remember_what_it_said_is_told_by_the_state_and_believed_nothing()
    {
        bench.Options = bench.Options with { ReceiptsFrom = "b1" };
        bench.Log.Inherit(Before, 10, sent: false);
        _ = bench.Start();
        Assert.Null(LastState().Believed);
        bench.Settle(Before, 4);
        bench.Settle(Before, 5);
        var states = bench.On("state").Count();

        bench.Link.Deliver("pond/v1/zudong/gz-07/ack", AckCodec.Encode(new Receipt
        {
            By = "b1", Generation = 1_700_000_000_000, Number = 1000, Epoch = Before, UpTo = 9,
            Unused = [new SequenceRange(1, 999)],
        }));
        bench.Run(3, step: 0.5);
        Assert.Equal(states + 1, bench.On("state").Count());
        Assert.Equal(new BelievedReceipt("b1", 1_700_000_000_000, 1), LastState().Believed);
        Assert.Equal(2, bench.Log.Applied.Count);

        // Then it speaks of a generation above, and is believed.
        bench.Settle(Before, 2, generation: 1_700_000_000_001);
        Assert.Equal(3, bench.Log.Applied.Count);

        StateMessage LastState() => StateCodec.Decode(bench.On("state").Last().Payload.Span).Value!;
    }

    [Fact]
    public void What_another_backend_has_said_is_not_told_to_the_one_that_settles()
    {
        bench.Options = bench.Options with { ReceiptsFrom = "b1" };
        bench.Log.Inherit(Before, 10, sent: false);
        bench.Log.Apply(new Receipt { By = "old", Generation = 5, Number = 5, Epoch = Before, UpTo = -1 });
        _ = bench.Start();
        Assert.Null(StateCodec.Decode(bench.On("state").Last().Payload.Span).Value!.Believed);
    }

    [Fact]
    public void Replay_sends_again_what_is_settled()
    {
        _ = bench.Start();
        bench.Append(5);
        bench.Settle(RecordLogInMemory.OwnEpoch, 4);
        bench.Link.Deliver(
            "pond/v1/zudong/gz-07/cmd/replay",
            ReplayCodec.Encode(new ReplayCommand(RecordLogInMemory.OwnEpoch, new SequenceRange(1, 3))));

        Assert.Equal(new SequenceRange(1, 3), Assert.Single(bench.Batches("back")).Range);
    }

    [Fact]
    public void Answer_to_the_question_for_the_time_sets_the_clock_and_an_echo_of_it_does_not()
    {
        _ = bench.Start();
        var question = TimeCodec.Decode(bench.On("time").Single().Payload.Span).Value!;
        Assert.Null(bench.Clock.Now().Trust);
        bench.Run(2);
        bench.Link.Deliver("pond/v1/zudong/gz-07/ack", AckCodec.Encode(new TimeAnswer("stranger", 1_790_000_000_000)));
        Assert.Null(bench.Clock.Now().Trust);

        bench.Link.Deliver("pond/v1/zudong/gz-07/ack", AckCodec.Encode(new TimeAnswer(question.Nonce, 1_790_000_000_000)));
        Assert.Equal(
            (ClockSource.Srv, 1002L, 1_790_000_001_000L),
            (bench.Clock.Now().Trust!.Value.Source, bench.Clock.Now().Trust!.Value.ErrorMs, bench.Clock.Now().WallMs));

        bench.Link.Deliver("pond/v1/zudong/gz-07/ack", AckCodec.Encode(new TimeAnswer(question.Nonce, 1_890_000_000_000)));
        Assert.Equal(1_790_000_001_000L, bench.Clock.Now().WallMs);
    }

    [Theory]
    [InlineData(38, 1040)]
    [InlineData(16_000, 17_002)]
    [InlineData(16_001, null)]
    [InlineData(long.MaxValue >> 11, null)]
    public void Backend_that_says_how_far_its_own_clock_may_be_wrong_adds_that_to_the_bound(long errorMs, int? boundMs)
    {
        _ = bench.Start();
        var question = TimeCodec.Decode(bench.On("time").Single().Payload.Span).Value!;
        bench.Run(2);
        bench.Link.Deliver(
            "pond/v1/zudong/gz-07/ack", AckCodec.Encode(new TimeAnswer(question.Nonce, 1_790_000_000_000, errorMs)));

        Assert.Equal(boundMs, bench.Clock.Now().Trust?.ErrorMs);
    }

    [Fact]
    public void Time_is_asked_for_every_minute_until_somebody_vouches_for_the_clock()
    {
        _ = bench.Start();
        bench.Run(125);
        Assert.Equal(3, bench.On("time").Count());

        var question = TimeCodec.Decode(bench.On("time").Last().Payload.Span).Value!;
        bench.Link.Deliver("pond/v1/zudong/gz-07/ack", AckCodec.Encode(new TimeAnswer(question.Nonce, 1_790_000_000_000)));
        bench.Run(600);
        Assert.Equal(3, bench.On("time").Count());
    }

    [Fact]
    public void Time_is_asked_for_each_hour_of_a_link_and_at_once_when_nobody_vouches_for_the_clock_any_more()
    {
        bench.Clocks.Discipline = new(Synchronised: true, TimeSpan.FromMilliseconds(5));
        _ = bench.Start();
        bench.Run(3700);
        Assert.Equal(2, bench.On("time").Count());

        bench.Clocks.Discipline = new(Synchronised: false, TimeSpan.FromSeconds(16));
        bench.Run(61);
        Assert.Equal(3, bench.On("time").Count());
    }

    [Fact]
    public void Events_that_a_backend_never_settles_go_again_ever_more_rarely_however_many_they_are()
    {
        _ = bench.Start();
        for (var minute = 0; minute < 600; minute++)
        {
            if (minute < 20)
            {
                bench.Event();
            }

            bench.Settle(RecordLogInMemory.OwnEpoch, minute - 1);
            bench.Append();
            bench.Run(60, step: 1);
        }

        // Each by itself would go 11 times in 10 hours: 5, 10, 20, 40 minutes later and then each hour. They go together, so
        // those that came in between take some of the others with them.
        Assert.InRange(bench.On("evt").Count(), 20 * 8, 20 * 25);
    }

    [Fact]
    public void Backend_whose_receipts_are_all_old_is_told_of()
    {
        _ = bench.Start();
        bench.Append(3);
        bench.Settle(RecordLogInMemory.OwnEpoch, 0);
        for (var minute = 0; minute < 70; minute++)
        {
            bench.Settle(RecordLogInMemory.OwnEpoch, 2, generation: 1_600_000_000_000);
        }

        Assert.Equal([0], bench.Log.Settled(RecordLogInMemory.OwnEpoch));
        Assert.Equal(2, bench.Journal.All.Count(line => line.Contains("settle nothing; check", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_throws_when_a_message_is_taken_ends_the_uplink_aloud()
    {
        var running = bench.Start();
        bench.Link.Fail(new InvalidOperationException("a bug"));
        await UplinkBench.Soon(() => running.IsCompleted);

        Assert.Equal("a bug", running.Exception!.InnerException!.Message);
    }

    [Fact]
    public void Garbage_from_the_broker_is_a_line_in_the_journal_and_nothing_else()
    {
        _ = bench.Start();
        bench.Append();
        bench.Link.Deliver("pond/v1/zudong/gz-07/ack", [0x1f, 0x8b, 0xff]);
        bench.Link.Deliver("pond/v1/zudong/gz-07/cmd/replay", "{\"v\":1}"u8.ToArray());
        bench.Link.Deliver("somewhere/else", []);
        bench.Link.Deliver("pond/v1/zudong/gz-08/ack", []);
        bench.Append();

        Assert.Equal(2, bench.On("live").Count());
        Assert.Equal(4, bench.Journal.All.Count(line => line.Contains("check", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Wanted_stop_says_off_and_goodbye()
    {
        var running = bench.Start();
        bench.Append();
        await bench.StopAsync();

        Assert.True(running.IsCompletedSuccessfully);
        var state = StateCodec.Decode(bench.Link.Published[^1].Payload.Span).Value!;
        Assert.Equal((false, "stop", RecordLogInMemory.OwnEpoch), (state.On, state.Reason, state.Epoch));
        Assert.True(bench.Link.Published[^1].Retain);
        Assert.True(bench.Link.IsClosed);
    }

    [Fact]
    public async Task Wanted_stop_gives_a_dead_broker_one_second()
    {
        bench.Broker.Answer = message => message.Topic.EndsWith("live", StringComparison.Ordinal) ? null : Taken;
        _ = bench.Start();
        bench.Append();
        var before = bench.Clocks.Elapsed;
        await bench.StopAsync();

        Assert.InRange((bench.Clocks.Elapsed - before).TotalSeconds, 1, 1.5);
        Assert.False(bench.Link.IsClosed);
    }

    [Fact]
    public async Task Broker_that_is_away_is_tried_for_ever_ever_slower_up_to_a_minute_and_told_of_once_an_hour()
    {
        bench.Broker.Failure = "broker:1883: Connection refused";
        _ = bench.Start();
        var tries = new List<TimeSpan>();
        while (bench.Clocks.Elapsed < TimeSpan.FromHours(1.5))
        {
            bench.Clocks.Advance(TimeSpan.FromSeconds(1));
            tries.AddRange(Enumerable.Repeat(bench.Clocks.Elapsed, bench.Broker.Tries - tries.Count));
        }

        var waits = tries.Zip(tries.Skip(1), (one, next) => (next - one).TotalSeconds).ToList();
        Assert.InRange(waits[0], 0, 4);
        Assert.All(waits, wait => Assert.InRange(wait, 0, 75));
        Assert.InRange(waits.Count, 80, 400);
        Assert.Equal(2, bench.Journal.All.Count(line => line.Contains("Connection refused", StringComparison.Ordinal)));

        bench.Broker.Failure = null;
        await bench.Until(() => bench.Broker.Links.Count == 1);
    }

    [Fact]
    public async Task Link_that_is_thrown_away_at_once_does_not_make_it_hurry()
    {
        _ = bench.Start();
        for (var i = 0; i < 300; i++)
        {
            bench.Broker.Links.ForEach(link => link.Break("SessionTakenOver"));
            bench.Clocks.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Assert.InRange(bench.Broker.Links.Count, 5, 25);
    }

    [Fact]
    public async Task Broker_that_refuses_the_subscription_is_left_with_a_clear_line()
    {
        bench.Broker.Subscribed = new SendAnswer(SendOutcome.Refused, "pond/v1/+/gz-07/ack: NotAuthorized");
        _ = bench.Start();
        await UplinkBench.Soon(() => bench.Broker.Links[0].IsDisposed);

        Assert.Empty(bench.Broker.Links[0].Published);
        await UplinkBench.Soon(() => bench.Journal.All.Any(line => line.Contains(
            "refuses the subscription to pond/v1/+/gz-07/ack: NotAuthorized; check its access list", StringComparison.Ordinal)));
    }

    private static SendAnswer Taken => new(SendOutcome.Taken);

    private static PondSentinel.Gateway.Buffering.BufferedRecord Noisy(long number) => RecordLogInMemory.Ph(number) with
    {
        Channels =
        [
            .. Enumerable.Range(0, 4).Select(channel => new ChannelValue
            {
                Channel = $"c{channel}",
                Measurand = Measurand.Ph,
                Value = new Random((int)number + channel).NextDouble() * 14,
                Flag = QualityFlag.Good,
            }),
        ],
    };
}
