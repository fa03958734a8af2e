using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>One gateway sends without end; another has a word to say.</summary>
public sealed class FloodTests
{
    private const string Other = "gz-08";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Other_gateway_has_its_turn_in_the_next_group_however_many_batches_wait()
    {
        await using var bench = new IngestBench();
        using var writes = new SemaphoreSlim(0);
        bench.Store.Before = () => writes.WaitAsync();
        _ = bench.Send(IngestBench.BatchOf(0, 0));
        List<Task> flood = [];
        for (var number = 1; number <= 600; number++)
        {
            flood.Add(bench.Send(IngestBench.BatchOf(number, number)));
        }

        var others = bench.Send(IngestBench.BatchOf(0, 0) with { Gateway = Other }, IngestBench.Live with { Gateway = Other });

        // What was being written, and the next group.
        writes.Release(2);
        await others.WaitAsync(Patience, TimeProvider.System, Cancelled);
        Assert.Contains(flood, sent => !sent.IsCompleted);
        writes.Release(1_000);
        await Task.WhenAll(flood).WaitAsync(Patience, TimeProvider.System, Cancelled);
    }

    [Fact]
    public async Task What_is_beyond_the_quota_is_counted_and_not_receipted_and_stored_when_it_comes_again()
    {
        var quota = new GatewayQuota { BytesPerSecond = 1024 };
        await using var bench = new IngestBench(quota: quota);
        await bench.Send(IngestBench.BatchOf(0, 0));
        var sent = 1;
        while (quota.BurstBytes / GatewayQuota.MessageBytes > sent)
        {
            await bench.Send(IngestBench.BatchOf(sent, sent));
            sent++;
        }

        await bench.Send(IngestBench.BatchOf(sent, sent));
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        var receipt = await bench.ReceiptSoonAsync();
        while (receipt.UpTo < sent - 2)
        {
            receipt = await bench.ReceiptSoonAsync();
        }

        Assert.True(receipt.UpTo < sent);
        Assert.True(bench.Tally.Refused["rate"] >= 1);
        bench.Time.Advance(TimeSpan.FromMinutes(5));
        await bench.Send(IngestBench.BatchOf(receipt.UpTo + 1, sent));
        Assert.Equal(sent + 1L, bench.Tally.Stored);
    }

    [Fact]
    public async Task Rows_of_the_state_database_have_an_end_for_who_sends_out_of_order_and_none_for_who_does_not()
    {
        await using var bench = new IngestBench(quotas: new Quotas { RowsADay = 20 });
        for (var number = 1; number < 100; number += 2)
        {
            await bench.Send(IngestBench.BatchOf(number, number));
        }

        for (var number = 0; number < 50; number++)
        {
            await bench.Send(IngestBench.BatchOf(number, number) with { Gateway = Other }, IngestBench.Live with { Gateway = Other });
        }

        await using var connection = bench.Database.Connect();
        var tallies = LatestMessages.Tallies(connection).ToDictionary(tally => tally.Gateway);
        Assert.Equal((19L, 31L), (tallies[IngestBench.Gateway].Stored, tallies[IngestBench.Gateway].Refused["rows"]));
        Assert.Equal(50L, tallies[Other].Stored);
        Assert.Empty(tallies[Other].Refused);

        // The rest comes again, and a day later there is room.
        bench.Time.Advance(TimeSpan.FromDays(1));
        await bench.Send(IngestBench.BatchOf(99, 99));
        Assert.Equal(20L, LatestMessages.Tallies(connection).Single(tally => tally.Gateway == IngestBench.Gateway).Stored);
    }

    [Fact]
    public async Task Events_out_of_order_and_epochs_that_are_made_up_cost_rows_too()
    {
        await using var bench = new IngestBench(quotas: new Quotas { RowsADay = 20 });
        var events = new Topic(IngestBench.Site, IngestBench.Gateway, TopicKind.Event);
        for (var number = 1; number < 60; number += 2)
        {
            await bench.Broker.Send(events, IngestWorkerTests.Event(number));
        }

        await bench.SendState([.. Enumerable.Range(0, 16).Select(step => new HeldEpoch($"aaaaaaa{(char)('a' + step)}", 5, 9))]);
        await using var connection = bench.Database.Connect();
        using var transaction = connection.BeginTransaction();
        Assert.Equal(
            (1L, 19L),
            (Count("SELECT count(*) FROM ingest_epoch"), Count("SELECT count(*) FROM ingest_settled")));

        long Count(string sql)
        {
            using var command = connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction, sql);
            return (long)command.ExecuteScalar()!;
        }
    }

    [Fact]
    public async Task Thousands_of_losses_in_a_message_are_settled_at_once_and_counted_as_rows()
    {
        const int Losses = 8_000;
        await using var bench = new IngestBench(quotas: new Quotas { RowsADay = 10_000 });
        foreach (var first in new[] { 0, Losses })
        {
            await bench.Send(IngestBench.BatchOf(first, first + Losses - 1, Enumerable.Range(first, Losses).Select(number =>
                new GoneRange(new SequenceRange(number, number), number % 2 == 0 ? LossCause.Full : LossCause.Space))));
        }

        Assert.Equal((Losses / 2, Losses / 2), (bench.Tally.Lost["full"], bench.Tally.Lost["space"]));
        Assert.Equal(1L, bench.Tally.Refused["rows"]);
    }

    [Fact]
    public void What_is_sent_again_costs_no_look_at_all_the_losses_and_refusals_of_its_epoch()
    {
        const int Many = 20_000;
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        using var transaction = connection.BeginTransaction();
        var tables = new IngestTables(transaction);
        tables.Create();
        var epoch = tables.Enter(IngestBench.Gateway, IngestBench.Epoch, null).Id;
        for (var number = 0L; number < Many; number++)
        {
            tables.SettleRefused(epoch, new SequenceRange(number, number), number % 2 == 0 ? Standing.Type : Standing.Range, nowMs: 1);
        }

        // The virtual machine of SQLite tells each hundred of its steps.
        var hundreds = 0;
        SQLitePCL.raw.sqlite3_progress_handler(connection.Handle, 100, _ => hundreds++ < 0 ? 1 : 0, null);
        tables.SeeAgain(epoch, new SequenceRange(Many - 3, Many + 100), nowMs: 1_000);
        Assert.Equal([Many - 3, Many - 2, Many - 1], tables.Refused(epoch, 500, 256).Select(rejected => rejected.Range.First));
        Assert.InRange(hundreds, 1, 20);

        // Of more than a receipt holds those that came last.
        tables.SeeAgain(epoch, new SequenceRange(10, 99), nowMs: 2_000);
        Assert.Equal(Enumerable.Range(10, 90).Select(number => (long)number), tables.Refused(epoch, 500, 90).Select(rejected => rejected.Range.First));
    }

    [Fact]
    public async Task Epoch_begins_at_one_site_also_within_a_group()
    {
        await using var bench = new IngestBench();
        var held = new TaskCompletionSource();
        bench.Store.Before = () => held.Task;
        _ = bench.Send(IngestBench.BatchOf(0, 0, epoch: "zzzzzzzz"));
        var here = bench.Send(IngestBench.BatchOf(0, 0));
        var elsewhere = bench.Send(IngestBench.BatchOf(1, 1), IngestBench.Live with { Site = "elsewhere" });
        held.SetResult();
        await Task.WhenAll(here, elsewhere).WaitAsync(Patience, TimeProvider.System, Cancelled);
        Assert.Equal((2L, 1L, 1L), (bench.Tally.Stored, bench.Tally.Refused["site"], bench.Tally.Rejected["site"]));
    }

    [Fact]
    public async Task Times_ahead_of_now_are_stored_and_counted()
    {
        await using var bench = new IngestBench();
        var ahead = IngestBench.Start.AddYears(73).ToUnixTimeMilliseconds();
        await bench.Send(IngestBench.BatchOf(0, 3, record: number => IngestBench.Record(number, timeMs: number < 2 ? ahead : null)));
        await bench.Send(IngestBench.BatchOf(4, 4, record: number => IngestBench.Record(
            number, timeMs: IngestBench.Start.AddMinutes(2).ToUnixTimeMilliseconds())));
        Assert.Equal((5L, 3L), (bench.Tally.Stored, bench.Tally.Ahead));
    }
}
