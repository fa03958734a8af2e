using PondSentinel.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>A state database that is put back from a backup finds out, asks again for what it lost, and calls nothing lost that
/// it has only forgotten.</summary>
public sealed class RestoreTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Database_that_was_set_back_is_told_by_the_receipt_that_a_gateway_believes()
    {
        var (bench, backup, _) = await WithBackupAsync();
        await bench.Send(IngestBench.BatchOf(4, 7));
        var believed = await NewestAsync(bench, receipt => receipt.UpTo == 7);

        // The gateway has given up the oldest of what was settled.
        await using var restored = await RestoreAsync(bench, backup);
        await restored.SendState(believed, new HeldEpoch(IngestBench.Epoch, 6, 9));
        var receipt = await restored.ReceiptAsync();
        Assert.True(receipt.Generation > believed.Generation);
        Assert.Equal(receipt.Generation, restored.Time.GetUtcNow().ToUnixTimeMilliseconds());
        Assert.Equal((5L, 0), (receipt.UpTo, receipt.Gaps.Count));
        Assert.Equal(4L, restored.Tally.Stored);
        Assert.Empty(restored.Tally.Lost);

        await restored.Send(IngestBench.BatchOf(6, 9), IngestBench.Back);
        Assert.Equal(8L, restored.Tally.Stored);

        // Once is enough, whatever is said again.
        await restored.SendState(believed, new HeldEpoch(IngestBench.Epoch, 8, 9));
        Assert.Equal(receipt.Generation, (await NewestAsync(restored, other => other.UpTo == 9)).Generation);
    }

    [Fact]
    public async Task What_it_settled_before_it_was_told_does_not_hide_that_it_was_set_back()
    {
        var (bench, backup, _) = await WithBackupAsync();
        await bench.Send(IngestBench.BatchOf(4, 7));
        var believed = await NewestAsync(bench, receipt => receipt.UpTo == 7);

        await using var restored = await RestoreAsync(bench, backup);
        for (var first = 8; first < 40; first += 4)
        {
            await restored.Send(IngestBench.BatchOf(first, first + 3));
        }

        var receipt = await NewestAsync(restored, receipt => receipt.UpTo == 39);
        Assert.True(receipt.Number > believed.Number);
        Assert.Equal(believed.Generation, receipt.Generation);
        Assert.True(receipt.Unused.Any(range => range.Contains(believed.Number)), "the gateway must not take it for an addition");

        await restored.SendState(believed, new HeldEpoch(IngestBench.Epoch, 0, 39));
        Assert.NotEmpty((await NewestAsync(restored, receipt => receipt.UpTo == 39 && receipt.Generation > believed.Generation)).Unused);
    }

    [Fact]
    public async Task Gateway_that_comes_after_the_next_restarts_tells_it_too()
    {
        var (bench, backup, _) = await WithBackupAsync();
        await bench.Send(IngestBench.BatchOf(4, 7));
        var believed = await NewestAsync(bench, receipt => receipt.UpTo == 7);

        var restored = await RestoreAsync(bench, backup);
        for (var start = 0; start < Receipt.UnusedMax + 3; start++)
        {
            // Each life of the process gives numbers away.
            await restored.Send(IngestBench.BatchOf(8 + start, 8 + start));
            await restored.ReceiptSoonAsync();
            restored.Time.Advance(TimeSpan.FromMinutes(5));
            restored = await restored.RestartAsync();
        }

        await using var last = restored;
        await last.SendState(believed, new HeldEpoch(IngestBench.Epoch, 0, 9));
        Assert.True((await last.ReceiptAsync()).Generation > believed.Generation);
    }

    [Fact]
    public async Task Number_that_a_process_before_gave_away_is_known_and_what_was_unused_below_it_is_forgotten()
    {
        var bench = new IngestBench();
        for (var start = 0; start < 5; start++)
        {
            await bench.Send(IngestBench.BatchOf(start, start));
            await bench.ReceiptSoonAsync();
            bench.Time.Advance(TimeSpan.FromMinutes(5));
            bench = await bench.RestartAsync();
        }

        await bench.Send(IngestBench.BatchOf(5, 5));
        var first = await bench.ReceiptSoonAsync();
        Assert.InRange(first.Unused.Count, 5, Receipt.UnusedMax);
        bench = await bench.RestartAsync();
        await using var again = bench;
        await again.SendState(first, new HeldEpoch(IngestBench.Epoch, 0, 5));
        var receipt = await again.ReceiptSoonAsync();
        Assert.Equal(first.Generation, receipt.Generation);
        Assert.InRange(receipt.Unused.Count, 0, 1);
    }

    [Fact]
    public async Task Backup_of_a_running_backend_is_told_by_what_the_same_process_has_settled_since()
    {
        var bench = new IngestBench();
        await bench.SendState(new HeldEpoch(IngestBench.Epoch, 0, 3));
        await bench.Send(IngestBench.BatchOf(0, 3));
        var before = await NewestAsync(bench, receipt => receipt.UpTo == 3);
        var backup = Directory.CreateTempSubdirectory("pond-backup-").FullName;
        await using (var connection = bench.Database.Connect())
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = $"VACUUM INTO '{backup}/state.db'";
            await command.ExecuteNonQueryAsync(Cancelled);
        }

        await bench.Send(IngestBench.BatchOf(4, 4));
        var believed = await NewestAsync(bench, receipt => receipt.UpTo == 4);
        await using var restored = await RestoreAsync(bench, backup);

        // Who has heard nothing since has nothing to take back.
        await restored.SendState(before, new HeldEpoch(IngestBench.Epoch, 0, 4));
        Assert.Equal(before.Generation, (await restored.ReceiptAsync()).Generation);
        await restored.SendState(believed, new HeldEpoch(IngestBench.Epoch, 0, 4));
        Assert.True((await NewestAsync(restored, receipt => receipt.UpTo == 3 && receipt.Generation > before.Generation)).Number > 0);
    }

    [Fact]
    public async Task Gateway_that_the_backup_had_never_heard_of_tells_it_too()
    {
        var bench = new IngestBench();
        _ = bench.Database.CreatedMs;
        await bench.KillAsync();
        var backup = Backup(bench);
        bench = await bench.RestartAsync();
        await bench.Send(IngestBench.BatchOf(0, 3));
        var believed = await NewestAsync(bench, receipt => receipt.UpTo == 3);
        await using var restored = await RestoreAsync(bench, backup);
        await restored.SendState(believed, new HeldEpoch(IngestBench.Epoch, 0, 3));
        Assert.True((await restored.ReceiptAsync()).Generation > believed.Generation);
    }

    [Fact]
    public async Task Ordinary_restart_raises_nothing_whatever_the_gateway_believes_of_its_receipts()
    {
        var bench = new IngestBench();
        List<Receipt> given = [];
        for (var life = 0; life < 3; life++)
        {
            for (var first = life * 20; first < (life * 20) + 20; first += 5)
            {
                await bench.Send(IngestBench.BatchOf(first, first + 4));
                var upTo = first + 4;
                given.Add(await NewestAsync(bench, receipt => receipt.UpTo == upTo));
            }

            foreach (var believed in given)
            {
                await bench.SendState(believed, new HeldEpoch(IngestBench.Epoch, 0, 99));
                bench.Time.Advance(TimeSpan.FromSeconds(6));
                Assert.Equal(given[0].Generation, (await bench.ReceiptAsync()).Generation);
            }

            bench = await bench.RestartAsync();
        }

        Assert.Equal(given.Select(receipt => receipt.Number).Order(), given.Select(receipt => receipt.Number));
        await bench.DisposeAsync();
    }

    [Fact]
    public async Task Restart_while_the_clock_is_behind_gives_no_number_twice()
    {
        var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 3));
        var before = await bench.ReceiptAsync();
        await bench.KillAsync();
        await using var again = new IngestBench(
            bench.Folder, bench.Store, time: new(IngestBench.Start - TimeSpan.FromDays(30)));
        await again.SendState(new HeldEpoch(IngestBench.Epoch, 0, 3));
        var after = await again.ReceiptAsync();
        Assert.True(after.Number > before.Number);
        Assert.Equal(before.Generation, after.Generation);
        Assert.DoesNotContain(after.Unused, range => range.Contains(before.Number) || range.Contains(after.Number));
    }

    [Fact]
    public async Task Unused_numbers_are_told_for_an_hour_after_the_start_and_in_some_receipts_at_least()
    {
        await using var bench = new IngestBench();
        for (var number = 0; number < 8; number++)
        {
            await bench.Send(IngestBench.BatchOf(number, number));
            Assert.NotEmpty((await bench.ReceiptAsync()).Unused);
            bench.Time.Advance(TimeSpan.FromMinutes(number == 0 ? 61 : 1));
        }

        await bench.Send(IngestBench.BatchOf(8, 8));
        Assert.Empty((await bench.ReceiptAsync()).Unused);
    }

    [Fact]
    public async Task Generation_from_a_clock_of_2099_is_overtaken_by_a_new_database()
    {
        await using var bench = new IngestBench();
        var of2099 = new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        await bench.SendState(
            new Receipt { By = "b1", Generation = of2099, Number = 5, Epoch = IngestBench.Epoch, UpTo = -1 },
            new HeldEpoch(IngestBench.Epoch, 0, 3));
        Assert.Equal(of2099 + 1, (await bench.ReceiptAsync()).Generation);
    }

    [Fact]
    public async Task Lie_of_one_gateway_moves_no_other_and_the_highest_lie_not_even_its_own()
    {
        await using var bench = new IngestBench();
        await bench.SendState(
            new Receipt { By = "b1", Generation = SequenceRange.SequenceMax, Number = 5, Epoch = IngestBench.Epoch, UpTo = -1 },
            new HeldEpoch(IngestBench.Epoch, 0, 3));
        Assert.Equal(bench.Database.CreatedMs, (await bench.ReceiptAsync()).Generation);
        await bench.SendState(
            new Receipt { By = "b1", Generation = SequenceRange.SequenceMax - 1, Number = 5, Epoch = IngestBench.Epoch, UpTo = -1 },
            new HeldEpoch(IngestBench.Epoch, 0, 3));
        Assert.Equal(SequenceRange.SequenceMax, (await bench.ReceiptAsync()).Generation);

        await bench.Send(IngestBench.BatchOf(0, 0) with { Gateway = "other" }, IngestBench.Live with { Gateway = "other" });
        Assert.Equal(bench.Database.CreatedMs, (await bench.ReceiptAsync()).Generation);
    }

    [Fact]
    public async Task Word_of_another_backend_is_not_its_business()
    {
        await using var bench = new IngestBench();
        await bench.SendState(
            new Receipt { By = "b2", Generation = 9_000_000_000_000, Number = 5, Epoch = IngestBench.Epoch, UpTo = -1 },
            new HeldEpoch(IngestBench.Epoch, 0, 3));
        Assert.Equal(bench.Database.CreatedMs, (await bench.ReceiptAsync()).Generation);
    }

    [Fact]
    public async Task Person_who_says_so_raises_all_generations_each_above_its_own_and_draws_the_line_anew()
    {
        var (bench, _, _) = await WithBackupAsync();
        await bench.SendState(
            new Receipt { By = "b1", Generation = SequenceRange.SequenceMax - 2, Number = 5, Epoch = IngestBench.Epoch, UpTo = -1 },
            new HeldEpoch(IngestBench.Epoch, 0, 9));
        await bench.KillAsync();
        var raised = Restoration.Declare(bench.Database, bench.Time.GetUtcNow());
        Assert.Equal(bench.Time.GetUtcNow().ToUnixTimeMilliseconds(), raised);

        // What a gateway claims drives up its own alone.
        await using var again = await bench.RestartAsync();
        await again.SendState(new HeldEpoch(IngestBench.Epoch, 6, 9));
        Assert.Equal(SequenceRange.SequenceMax, (await again.ReceiptAsync()).Generation);
        Assert.Empty(again.Tally.Lost);
        await again.Broker.Send(
            new Topic(IngestBench.Site, "gz-08", TopicKind.State),
            StateCodec.Encode(new StateMessage { On = true, Inventory = [new HeldEpoch("aaaaaaa2", 0, 9)] }));
        Assert.Equal(raised, (await again.ReceiptAsync()).Generation);
    }

    private static async Task<(IngestBench Bench, string Backup, Receipt Believed)> WithBackupAsync()
    {
        var bench = new IngestBench();
        await bench.SendState(new HeldEpoch(IngestBench.Epoch, 0, 3));
        await bench.Send(IngestBench.BatchOf(0, 3));
        var believed = await NewestAsync(bench, receipt => receipt.UpTo == 3);
        await bench.KillAsync();
        var backup = Backup(bench);
        bench.Time.Advance(TimeSpan.FromHours(1));
        return (await bench.RestartAsync(), backup, believed);
    }

    private static string Backup(IngestBench bench)
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        var backup = Directory.CreateTempSubdirectory("pond-backup-").FullName;
        foreach (var file in Directory.GetFiles(bench.Folder, "state.db*"))
        {
            File.Copy(file, Path.Combine(backup, Path.GetFileName(file)));
        }

        return backup;
    }

    private static async Task<IngestBench> RestoreAsync(IngestBench bench, string backup)
    {
        await bench.KillAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(bench.Folder, recursive: true);
        bench.Time.Advance(TimeSpan.FromDays(1));
        return new IngestBench(backup, new FakeStore(), time: bench.Time);
    }

    private static async Task<Receipt> NewestAsync(IngestBench bench, Func<Receipt, bool> isIt)
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
