using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>What the log promises while it is open, on a card that works.</summary>
public sealed class SegmentedLogTests
{
    private readonly BufferBench bench = new();

    [Fact]
    public void Records_come_back_as_they_were_with_consecutive_numbers_from_zero()
    {
        var log = bench.Open();
        bench.Append(log, 3);

        var run = BufferBench.Next(log)!;

        Assert.Equal(new SequenceRange(0, 2), run.Range);
        Assert.Equal(log.Epoch, run.Epoch);
        Assert.Equal("zudong", run.Site);
        Assert.Empty(run.Gone);
        Assert.Equal([0, 1, 2], run.Records.Select(record => record.Sequence));
        Assert.Equal(BufferBench.StartMs + 2000, run.Records[2].TimeMs);
        Assert.Equal(new ClockStamp(ClockSource.Ntp, 12), run.Records[2].Stamp);
        Assert.Equivalent(BufferBench.Record(2), run.Records[2].Record, strict: true);
    }

    [Fact]
    public void Epoch_begins_with_the_first_append_and_is_new_for_each_opening()
    {
        var log = bench.Open();
        Assert.Null(log.Epoch);
        bench.Append(log, 1);
        var first = log.Epoch;

        var again = bench.CutPower();
        Assert.Null(again.Epoch);
        bench.Append(again, 1);

        Assert.NotEqual(first, again.Epoch);
        Assert.Equal([first, again.Epoch], again.Inventory.Select(held => held.Epoch));
    }

    [Fact]
    public async Task Ticket_completes_at_the_end_of_the_commit_window_and_not_before()
    {
        await using var log = bench.Open(isByHand: false);
        var ticket = log.Append(BufferBench.Record(1));

        bench.Time.Advance(bench.Options.CommitWindow - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, bench.Card.Names.Count(name => name.StartsWith("r-", StringComparison.Ordinal)));
        Assert.False(ticket.Durable.IsCompleted);
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));

        await ticket.Durable.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Urgent_record_takes_those_before_it_along_at_once()
    {
        await using var log = bench.Open(isByHand: false);
        var before = log.Append(BufferBench.Record(1));
        var urgent = log.Append(BufferBench.Record(2), urgent: true);

        await Task.WhenAll(before.Durable, urgent.Durable).WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Next_run_is_awaited_until_something_is_durable()
    {
        await using var log = bench.Open(isByHand: false);
        var next = log.NextAsync(Lane.Backlog, 10, TestContext.Current.CancellationToken).AsTask();
        log.Append(BufferBench.Record(7));
        Assert.False(next.IsCompleted);
        bench.Time.Advance(bench.Options.CommitWindow);

        Assert.Equal([7], BufferBench.Values([await next]));
    }

    [Fact]
    public async Task Closing_commits_what_is_pending_and_ends_all_waits()
    {
        var log = bench.Open(isByHand: false);
        var waiting = log.NextEventAsync(TestContext.Current.CancellationToken).AsTask();
        var ticket = log.Append(BufferBench.Record(1));
        await log.DisposeAsync();

        Assert.True(ticket.Durable.IsCompletedSuccessfully);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.True(log.Append(BufferBench.Record(2)).Durable.IsFaulted);
        Assert.Equal([0], BufferBench.Values(BufferBench.Drain(bench.Open())).Select(value => value - 1));
    }

    [Fact]
    public void Same_run_is_handed_out_until_it_is_marked_sent()
    {
        var log = bench.Open();
        bench.Append(log, 5);

        Assert.Equal(new SequenceRange(0, 1), BufferBench.Next(log, countMax: 2)!.Range);
        Assert.Equal(new SequenceRange(0, 0), BufferBench.Next(log, countMax: 1)!.Range);
        log.MarkSent(log.Epoch!, new SequenceRange(0, 1));
        Assert.Equal(new SequenceRange(2, 4), BufferBench.Next(log)!.Range);
    }

    [Fact]
    public void What_is_appended_after_the_line_is_live_and_the_rest_backlog()
    {
        var log = bench.Open();
        bench.Append(log, 2);
        Assert.Null(BufferBench.Next(log, Lane.Live));
        log.StartLive();
        bench.Append(log, 2);

        Assert.Equal(new SequenceRange(2, 3), BufferBench.Next(log, Lane.Live)!.Range);
        Assert.Equal(new SequenceRange(0, 1), BufferBench.Next(log)!.Range);
        log.StartLive();
        Assert.Null(BufferBench.Next(log, Lane.Live));
        Assert.Equal(new SequenceRange(0, 3), BufferBench.Next(log)!.Range);
    }

    [Fact]
    public void Requeued_live_records_go_out_as_backlog()
    {
        var log = bench.Open();
        log.StartLive();
        bench.Append(log, 4);
        BufferBench.Drain(log, Lane.Live);
        log.Apply(BufferBench.Receipt(log.Epoch!, 0));

        Assert.Equal(2, log.Requeue(log.Epoch!, new SequenceRange(0, 2)));

        Assert.Null(BufferBench.Next(log, Lane.Live));
        Assert.Equal(new SequenceRange(1, 2), BufferBench.Next(log)!.Range);
    }

    [Fact]
    public void Run_ends_where_a_batch_has_to_end()
    {
        var log = bench.Open();
        var srv = new ClockStamp(ClockSource.Srv, 500);
        log.Append(BufferBench.Record(0));
        log.Append(BufferBench.Record(1, schema: "00000001"));
        log.Append(BufferBench.Record(2, srv, "00000001"));
        log.Append(BufferBench.Record(3, srv, "00000001", "c17"));
        log.Append(BufferBench.Record(4, srv with { ErrorMs = 9 }, "00000001", "c17"));
        log.CommitNow();

        Assert.Equal(
            [new(0, 0), new(1, 1), new(2, 2), new(3, 4)],
            BufferBench.Drain(log).Select(run => run.Range));
    }

    [Fact]
    public void Another_site_begins_another_epoch()
    {
        var log = bench.Open();
        var first = log.Append(BufferBench.Record(0));
        var second = log.Append(BufferBench.Record(1, site: "other"));
        log.CommitNow();

        Assert.NotEqual(first.Id.Epoch, second.Id.Epoch);
        Assert.Equal(["zudong", "other"], BufferBench.Drain(log).Select(run => run.Site));
    }

    [Fact]
    public void Events_are_numbered_apart_in_the_same_epoch_and_read_back()
    {
        var log = bench.Open();
        bench.Append(log, 2);
        Assert.Equal(new RecordId(log.Epoch!, 0), log.AppendEvent(BufferBench.Event("meta")).Id);
        log.AppendEvent(BufferBench.Event("fault"));
        log.CommitNow();

        var entry = BufferBench.NextEvent(log)!;
        Assert.Equal((0, "meta", "pond1", BufferBench.StartMs), (entry.Number, entry.Event.Type, entry.Event.Device, entry.TimeMs));
        Assert.Equal("""{"what":"test"}"""u8.ToArray(), entry.Event.Body.ToArray());
        log.MarkEventSent(entry.Epoch, entry.Number);
        Assert.Equal("fault", BufferBench.NextEvent(log)!.Event.Type);
        log.MarkEventSent(entry.Epoch, 1);
        log.Apply(BufferBench.Receipt(log.Epoch!, -1) with { Events = new EventReceipt(0, []) });
        Assert.Null(BufferBench.NextEvent(log));
        log.RequeueEvents();
        Assert.Equal(1, BufferBench.NextEvent(log)!.Number);
    }

    [Fact]
    public void Record_too_large_for_the_buffer_is_refused_by_its_ticket_and_goes_out_as_gone()
    {
        var log = bench.Open();
        var ticket = log.Append(BufferBench.Record(1, schema: new string('a', 100_000)));
        bench.Append(log, 1);

        Assert.True(ticket.Durable.IsFaulted);
        var run = BufferBench.Next(log)!;
        Assert.Equal([new GoneRange(new SequenceRange(0, 0), LossCause.Bad)], run.Gone);
        Assert.Equal([1], run.Records.Select(record => record.Sequence));
    }

    [Fact]
    public void Status_counts_what_is_not_settled()
    {
        var log = bench.Open();
        bench.Append(log, 10);
        BufferBench.Drain(log);
        log.Apply(BufferBench.Receipt(log.Epoch!, 5, gaps: new SequenceRange(2, 2)));

        var status = log.Status;

        Assert.Equal(5, status.Unsettled);
        Assert.Equal(BufferBench.StartMs + 2000, status.OldestUnsettledMs);
        Assert.InRange(status.UnsettledBytes, 5 * 64, 5 * 256);
        Assert.InRange(status.Bytes, 1, status.BytesMax);
        Assert.Null(status.Fault);
        Assert.All(status.Lost.Values, count => Assert.Equal(0, count));
    }

    [Fact]
    public void Status_tells_the_bytes_of_what_is_not_settled_over_many_stretches_and_segments()
    {
        var larger = new BufferBench { Options = bench.Options with { BytesMax = 1 << 20 } };
        var log = larger.Open();
        larger.Append(log, 1000);
        var all = log.Status.UnsettledBytes;
        var each = Frame.SizeOf(RecordBody.Write(BufferBench.Record(1)).Length);
        BufferBench.Drain(log);

        log.Apply(BufferBench.Receipt(log.Epoch!, 249));
        var most = log.Status.UnsettledBytes;
        log.Apply(BufferBench.Receipt(log.Epoch!, 999, number: 2));

        Assert.True(larger.Card.Names.Count(name => name.StartsWith("r-", StringComparison.Ordinal)) > 1);
        Assert.InRange(all, 998 * each, 1002 * each);
        Assert.InRange(most, 748 * each, 752 * each);
        Assert.Equal(0, log.Status.UnsettledBytes);
    }
}
