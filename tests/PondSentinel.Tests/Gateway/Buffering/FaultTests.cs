using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>Every call to the card failing in turn, every byte on it spoilt in turn, and an error in the program.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task Error_in_the_program_ends_the_log_in_order_and_the_next_opening_finds_what_was_durable()
    {
        var bench = new BufferBench();
        var log = bench.Open(isByHand: false);
        await log.Append(BufferBench.Record(0), urgent: true).Durable.WaitAsync(TestContext.Current.CancellationToken);
        log.MarkSent(log.Epoch!, new SequenceRange(0, 0));
        var next = log.NextAsync(Lane.Backlog, 10, TestContext.Current.CancellationToken).AsTask();
        bench.Card.Failure = (_, _) => throw new InvalidOperationException("a bug");
        var ticket = log.Append(BufferBench.Record(1), urgent: true);

        await Assert.ThrowsAsync<InvalidOperationException>(() => log.Committing);
        await Assert.ThrowsAsync<IOException>(() => ticket.Durable);
        await Assert.ThrowsAsync<IOException>(() => next);
        bench.Card.Failure = (_, _) => 0;
        Assert.True(log.Append(BufferBench.Record(2)).Durable.IsFaulted);
        Assert.Contains("a bug", log.Status.Fault, StringComparison.Ordinal);
        await log.DisposeAsync();
        Assert.Equal([0], BufferBench.Values(BufferBench.Drain(bench.Open())));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(28)]
    public void Whichever_call_fails_nothing_durable_is_lost_by_it_and_the_sums_close(int errno)
    {
        var failed = true;
        for (var nth = 1; failed; nth++)
        {
            var bench = new BufferBench { Options = new BufferOptions { BytesMax = 64 * 1024, FreeSpaceFloor = 0 } };
            var calls = 0;
            bench.Card.Failure = (call, _) => SimulatedCard.IsChange(call) && ++calls == nth ? errno : 0;
            failed = !Survives(bench, nth) || calls >= nth;
        }
    }

    [Fact]
    public void Kill_at_any_call_and_a_power_cut_at_any_call_of_the_opening_after_it_lose_nothing()
    {
        var bench = new BufferBench { Options = new BufferOptions { BytesMax = 64 * 1024, FreeSpaceFloor = 0 } };
        var before = bench.Open();
        bench.Append(before, 380);
        for (var seed = 0; seed < 240; seed++)
        {
            var (killAt, cutAt) = ((seed % 10) + 1, (seed / 10 % 6) + 1);
            var killed = new BufferBench { Card = bench.Card.Snapshot(), Options = bench.Options };
            var log = killed.Open();
            killed.Card.CutAt = killed.Card.Calls + killAt;
            Record.Exception(() => killed.Append(log, 60));
            killed.Card.Kill();
            killed.Card.CutAt = null;
            killed.Card.BeforeChange = () =>
            {
                if (--cutAt == 0)
                {
                    throw new PowerCutException();
                }
            };
            Record.Exception(() => killed.Open());
            killed.Card.BeforeChange = null;

            var runs = BufferBench.Drain(killed.CutPower(seed)).Where(run => run.Epoch == before.Epoch).ToList();

            Assert.All(runs.SelectMany(run => run.Gone), gone => Assert.True(gone.Cause is LossCause.Full or LossCause.Thin, $"{gone}"));
            Assert.Equal(379, runs[^1].Range.Last);
        }
    }

    [Fact]
    public void Damage_to_the_last_records_is_accounted_once_the_ledger_was_saved()
    {
        var bench = new BufferBench();
        var log = bench.Open();
        bench.Append(log, 50);
        bench.Time.Advance(CommitClock.SaveWindow);
        log.CommitNow();
        bench.Card.Kill();
        bench.Card.Bytes("r-0000000000000001.seg").AsSpan(4000).Clear();

        var status = bench.Open().Status;

        Assert.InRange(status.Lost[LossCause.Bad], 1, 49);
        Assert.Equal(50, status.Unsettled + status.Lost[LossCause.Bad]);
    }

    [Fact]
    public async Task Buffer_with_any_byte_spoilt_opens_and_accounts_for_every_number()
    {
        var bench = new BufferBench { Options = new BufferOptions { BytesMax = 64 * 1024, FreeSpaceFloor = 0 } };
        var log = bench.Open();
        bench.Append(log, 6);
        log.AppendEvent(BufferBench.Event("meta"));
        log.Trust(new(BufferBench.Boot, TimeSpan.Zero, BufferBench.StartMs, new ClockStamp(ClockSource.Srv, 5)));
        BufferBench.Drain(log);
        log.Apply(BufferBench.Receipt(log.Epoch!, 4, gaps: new SequenceRange(2, 2)));
        await log.DisposeAsync();
        foreach (var name in bench.Card.Names.ToList())
        {
            var length = bench.Card.Bytes(name).Length;
            for (var at = 0; at < length; at += at < 1200 ? 1 : 97)
            {
                var spoilt = new BufferBench { Card = bench.Card.Copy(), Options = bench.Options };
                spoilt.Card.Bytes(name)[at] ^= (byte)(1 << (at % 8));
                var again = spoilt.Open();
                var runs = BufferBench.Drain(again);
                BufferBench.NextEvent(again);
                var status = again.Status;
                Assert.True(
                    runs.Sum(run => run.Records.Count) + status.Lost.Values.Sum() is 2 or 3 or 6,
                    $"{name} at {at}: {runs.Sum(run => run.Records.Count)} sent, {status.Lost.Values.Sum()} lost");
            }
        }
    }

    // Whether the buffer could be opened at all; where it could, all that it owes holds.
    private static bool Survives(BufferBench bench, int nth)
    {
        SegmentedLog log;
        try
        {
            log = bench.Open();
        }
        catch (IOException)
        {
            bench.Card.Failure = (_, _) => 0;
            bench.Open();
            return false;
        }

        var tickets = new List<AppendTicket>();
        for (var i = 0; i < 12; i++)
        {
            tickets.AddRange(bench.Append(log, 60));
        }

        bench.Card.Failure = (_, _) => 0;
        var again = bench.CutPower(nth);
        var status = again.Status;
        Assert.Equal(720, status.Unsettled + status.Lost.Values.Sum());
        var runs = BufferBench.Drain(again);
        var held = runs.SelectMany(run => run.Records.Select(record => record.Sequence))
            .Concat(runs.SelectMany(run => run.Gone).SelectMany(gone => Enumerable.Range((int)gone.Range.First, (int)gone.Range.Count).Select(number => (long)number)))
            .ToHashSet();
        Assert.All(
            tickets.Where(ticket => ticket.Durable.IsCompletedSuccessfully), ticket => Assert.Contains(ticket.Id.Sequence, held));
        return true;
    }
}
