using PondSentinel.Gateway.Buffering;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>A card that takes nothing: what comes is kept in memory, marked, sent from there, and written once it can be.
/// </summary>
public sealed class UnsavedTests
{
    private const int ReadOnly = 30;
    private readonly BufferBench bench = new();

    [Fact]
    public void Write_that_fails_in_one_segment_is_made_in_another_and_nothing_is_lost()
    {
        var log = bench.Open();
        bench.Append(log, 2);
        bench.Card.Failure = (call, name) => call == "sync" && name == "r-0000000000000001.seg" ? SimulatedCard.Eio : 0;
        var tickets = bench.Append(log, 2);

        Assert.All(tickets, ticket => Assert.True(ticket.Durable.IsCompletedSuccessfully));
        Assert.Null(log.Status.Fault);
        Assert.Equal([0, 1, 2, 3], Sent(bench.CutPower()));
    }

    [Fact]
    public void What_a_card_gone_read_only_does_not_take_is_sent_from_memory_and_marked()
    {
        var log = bench.Open();
        bench.Append(log, 2);
        GoReadOnly();
        var tickets = bench.Append(log, 2);

        Assert.All(tickets, ticket => Assert.False(ticket.Durable.IsCompleted));
        Assert.Contains("the card cannot be written", log.Status.Fault, StringComparison.Ordinal);
        var run = Assert.Single(BufferBench.Drain(log));
        Assert.Equal([0, 1, 2, 3], run.Records.Select(record => record.Sequence));
        Assert.Equal([Why.None, Why.None, Why.Unsaved, Why.Unsaved], run.Records.Select(record => record.Record.Channels[0].Why));
        Assert.Empty(run.Gone);
        Assert.Equal(4, log.Status.Unsettled);
        Assert.Equal(0, log.Status.Lost.Values.Sum());
    }

    [Fact]
    public void What_was_in_memory_is_written_once_the_card_takes_it_and_its_tickets_complete_then()
    {
        var log = bench.Open();
        bench.Append(log, 1);
        GoReadOnly();
        var tickets = bench.Append(log, 3);
        bench.Card.Failure = (_, _) => 0;
        log.CommitNow();

        Assert.All(tickets, ticket => Assert.True(ticket.Durable.IsCompletedSuccessfully));
        Assert.Null(log.Status.Fault);
        var again = bench.CutPower();
        Assert.Equal([0, 1, 2, 3], Sent(again));
    }

    [Fact]
    public async Task Card_is_tried_again_by_itself()
    {
        await using var log = bench.Open(isByHand: false);
        await log.Append(BufferBench.Record(0), urgent: true).Durable.WaitAsync(TestContext.Current.CancellationToken);
        GoReadOnly();
        var fault = new TaskCompletionSource();
        log.FaultChanged += _ => fault.TrySetResult();
        var ticket = log.Append(BufferBench.Record(1), urgent: true);
        await fault.Task.WaitAsync(TestContext.Current.CancellationToken);
        bench.Card.Failure = (_, _) => 0;
        while (!ticket.Durable.IsCompleted)
        {
            // The timer may not have been set when the fault was told.
            bench.Time.Advance(CommitClock.RetryWindow);
            await Task.Yield();
        }

        await ticket.Durable;
    }

    [Fact]
    public void What_the_backend_has_meanwhile_is_written_all_the_same_because_it_may_ask_for_it_again()
    {
        var log = bench.Open();
        bench.Append(log, 1);
        GoReadOnly();
        bench.Append(log, 3);
        BufferBench.Drain(log);
        log.Apply(BufferBench.Receipt(log.Epoch!, 2));
        bench.Card.Failure = (_, _) => 0;
        log.CommitNow();

        Assert.Equal(1, log.Status.Unsettled);
        log.Replay(log.Epoch!, new SequenceRange(0, 3));
        Assert.Equal([0, 1, 2, 3], Sent(log).Order());
    }

    [Fact]
    public void Memory_is_bounded_and_keeps_the_newest_and_what_is_given_up_is_accounted()
    {
        var log = bench.Open();
        bench.Append(log, 1);
        GoReadOnly();
        var tickets = bench.Append(log, 60_000);

        var lost = log.Status.Lost[LossCause.Bad];
        Assert.InRange(lost, 1, 59_999);
        Assert.Equal(60_001, log.Status.Unsettled + lost);
        Assert.True(tickets[0].Durable.IsFaulted);
        Assert.False(tickets[^1].Durable.IsCompleted);
        var runs = BufferBench.Drain(log);
        Assert.Equal(60_000, BufferBench.Values(runs).Last());
        Assert.Equal(lost, runs.SelectMany(run => run.Gone).Sum(gone => gone.Range.Count));
    }

    [Fact]
    public void Events_go_out_from_memory_too_and_outlive_records_there()
    {
        var log = bench.Open();
        GoReadOnly();
        log.AppendEvent(BufferBench.Event("fault"));
        bench.Append(log, 60_000);

        Assert.Equal("fault", BufferBench.NextEvent(log)!.Event.Type);
    }

    [Fact]
    public void Failing_card_costs_nothing_that_is_on_it_however_often_it_is_tried()
    {
        var full = new BufferBench { Options = bench.Options with { BytesMax = 64 * 1024 } };
        var log = full.Open();
        full.Append(log, 1500);
        var before = log.Status.Lost.Values.Sum();
        full.Card.Failure = (call, name) => SimulatedCard.IsChange(call) && name != LedgerFile.Name ? SimulatedCard.Eio : 0;
        for (var i = 0; i < 100; i++)
        {
            full.Append(log, 1);
        }

        Assert.Equal(before, log.Status.Lost.Values.Sum());
        full.Card.Failure = (_, _) => 0;
        Assert.Equal(1600, BufferBench.Values(BufferBench.Drain(log)).Count() + log.Status.Lost.Values.Sum());
    }

    [Fact]
    public void Waiting_record_in_memory_has_its_time_from_an_anchor_that_the_card_does_not_take()
    {
        var log = bench.Open();
        GoReadOnly();
        log.Append(BufferBench.Untrusted(7, BufferBench.LaterBoot));
        log.CommitNow();
        Assert.Null(BufferBench.Next(log));
        log.Trust(new(BufferBench.LaterBoot, TimeSpan.Zero, BufferBench.StartMs, new ClockStamp(ClockSource.Srv, 5)));
        log.CommitNow();

        Assert.Equal(BufferBench.StartMs + 7000, BufferBench.Next(log)!.Records[0].TimeMs);
    }

    [Fact]
    public void Fault_is_told_once_when_it_begins_and_once_when_it_ends()
    {
        var log = bench.Open();
        List<string?> told = [];
        log.FaultChanged += told.Add;
        bench.Append(log, 1);
        bench.Card.Failure = (call, name) =>
            SimulatedCard.IsChange(call) && name.StartsWith("r-", StringComparison.Ordinal) ? ReadOnly : 0;
        bench.Append(log, 1);
        log.AppendEvent(BufferBench.Event("fault"));
        bench.Append(log, 1);
        bench.Card.Failure = (_, _) => 0;
        bench.Append(log, 1);

        Assert.Equal(2, told.Count);
        Assert.Contains("the card cannot be written", told[0], StringComparison.Ordinal);
        Assert.Null(told[1]);
    }

    [Fact]
    public void Read_only_card_opens_and_what_it_holds_is_sent()
    {
        var log = bench.Open();
        bench.Append(log, 3);
        bench.Card.Kill();
        GoReadOnly();
        var again = bench.Open();
        bench.Append(again, 2);

        Assert.NotNull(again.Status.Fault);
        Assert.Equal([0, 1, 2, 0, 1], Sent(again));
    }

    [Fact]
    public void Card_that_cannot_even_be_listed_opens_empty_and_is_never_written_to()
    {
        var log = bench.Open();
        bench.Append(log, 3);
        bench.Card.Kill();
        bench.Card.Failure = (call, _) => call == "list" ? SimulatedCard.Eio : 0;
        var blind = bench.Open();
        bench.Card.Failure = (_, _) => 0;
        bench.Append(blind, 2);

        Assert.NotNull(blind.Status.Fault);
        Assert.Equal([0, 1], Sent(blind));
        bench.Card.Kill();
        Assert.Equal([0, 1, 2], Sent(bench.Open()));
    }

    [Fact]
    public async Task What_ends_with_the_process_is_accounted_where_the_ledger_can_be_written()
    {
        var log = bench.Open();
        bench.Append(log, 1);
        bench.Card.Failure = (call, name) =>
            SimulatedCard.IsChange(call) && name.StartsWith("r-", StringComparison.Ordinal) ? SimulatedCard.Enospc : 0;
        var tickets = bench.Append(log, 2);
        await log.DisposeAsync();
        bench.Card.Failure = (_, _) => 0;

        Assert.All(tickets, ticket => Assert.True(ticket.Durable.IsFaulted));
        var again = bench.Open();
        Assert.Equal(2, again.Status.Lost.Values.Sum());
        Assert.Equal(3, again.Status.Unsettled + 2);
    }

    private static IEnumerable<long> Sent(SegmentedLog log) =>
        BufferBench.Drain(log).SelectMany(run => run.Records).Select(record => record.Sequence);

    private void GoReadOnly() => bench.Card.Failure = (call, _) => SimulatedCard.IsChange(call) ? ReadOnly : 0;
}
