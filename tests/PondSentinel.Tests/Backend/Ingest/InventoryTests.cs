using PondSentinel.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>What a gateway tells to hold decides what is lost: nothing of it stays open for ever, and nothing is lost for good that
/// is held after all.</summary>
public sealed class InventoryTests
{
    private const string Old = "aaaaaaa2";
    private const string Own = "bbbbbbb2";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Epoch_that_vanishes_is_lost_up_to_the_highest_number_that_was_told(bool someCame)
    {
        await using var bench = new IngestBench();
        await bench.SendState();
        await bench.SendState(new HeldEpoch(Old, 0, 99));
        if (someCame)
        {
            await bench.Send(IngestBench.BatchOf(0, 9, epoch: Old));
        }

        await bench.SendState(new HeldEpoch(Own, 0, 3));
        Assert.Equal(someCame ? 90 : 100, bench.Tally.Lost["card"]);

        // It is lost once.
        await bench.SendState(new HeldEpoch(Own, 0, 3));
        Assert.Equal(someCame ? 90 : 100, bench.Tally.Lost["card"]);
    }

    [Fact]
    public async Task Epoch_that_is_over_has_no_number_above_its_last()
    {
        await using var bench = new IngestBench();
        await bench.SendState(new HeldEpoch(Old, 0, 20));
        await bench.Send(IngestBench.BatchOf(0, 4, epoch: Old));
        await bench.Send(IngestBench.BatchOf(18, 20, epoch: Old));

        // A card of before has come back: what the other one had above 9 will not come.
        await bench.SendState(new HeldEpoch(Old, 0, 9), new HeldEpoch(Own, 0, 1));
        Assert.Equal(8, bench.Tally.Lost["card"]);
        var receipt = await NewestAsync(bench, Old, receipt => receipt.UpTo == 20);
        Assert.Equal([new SequenceRange(5, 9)], receipt.Gaps);
    }

    [Fact]
    public async Task What_is_held_after_all_is_open_again()
    {
        await using var bench = new IngestBench();
        await bench.SendState(new HeldEpoch(Old, 0, 20));
        await bench.Send(IngestBench.BatchOf(10, 20, epoch: Old));
        await bench.SendState(new HeldEpoch(Own, 0, 3));
        Assert.Equal(10, bench.Tally.Lost["card"]);

        await bench.SendState(new HeldEpoch(Old, 2, 20), new HeldEpoch(Own, 0, 3));
        Assert.Equal(2, bench.Tally.Lost["card"]);
        Assert.Equal([new SequenceRange(2, 9)], (await NewestAsync(bench, Old, receipt => receipt.Gaps.Count > 0)).Gaps);
        await bench.Send(IngestBench.BatchOf(2, 9, epoch: Old));
        Assert.Equal(19, bench.Tally.Stored);
        Assert.Equal(2, bench.Tally.Lost["card"]);
    }

    [Fact]
    public async Task What_had_been_called_lost_and_is_given_up_before_it_comes_is_lost_though_the_gateway_takes_it_for_had()
    {
        await using var bench = new IngestBench();
        await bench.SendState(new HeldEpoch(Old, 0, 20));
        await bench.Send(IngestBench.BatchOf(10, 20, epoch: Old));
        await bench.SendState(new HeldEpoch(Own, 0, 3));
        Assert.Equal(10, bench.Tally.Lost["card"]);

        // The card is back and holds them, but the receipt has said that they are settled, and they make room.
        await bench.SendState(new HeldEpoch(Old, 0, 20), new HeldEpoch(Own, 0, 3));
        Assert.Empty(bench.Tally.Lost);
        await bench.Send(IngestBench.BatchOf(4, 5, epoch: Old));
        await bench.Send(IngestBench.BatchOf(0, 20, [new GoneRange(new SequenceRange(0, 7), LossCause.Had)], epoch: Old));
        Assert.Equal((6L, 0L, 15L), (bench.Tally.Lost["card"], bench.Tally.Before, bench.Tally.Stored));
    }

    [Theory]
    [InlineData(true, 60, 700)]
    [InlineData(false, 900, 3_000)]
    public async Task What_is_held_and_does_not_come_is_asked_for_soon_where_it_had_been_called_lost(bool wasLost, int least, int most)
    {
        await using var bench = new IngestBench();
        await bench.SendState(new HeldEpoch(Old, 0, 20));
        await bench.Send(IngestBench.BatchOf(10, 20, epoch: Old));
        if (wasLost)
        {
            await bench.SendState(new HeldEpoch(Own, 0, -1));
        }

        await bench.SendState(new HeldEpoch(Old, 0, 20));
        var wish = bench.Broker.NextWishAsync(TestContext.Current.CancellationToken).AsTask();
        var begun = bench.Time.GetTimestamp();
        while (!wish.IsCompleted)
        {
            Assert.True(bench.Time.GetElapsedTime(begun) < TimeSpan.FromSeconds(most), "It is not asked for.");
            bench.Time.Advance(TimeSpan.FromSeconds(5));
            await Task.WhenAny(wish, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        Assert.Equal(new ReplayCommand(Old, new SequenceRange(0, 9)), await wish);
        Assert.True(bench.Time.GetElapsedTime(begun) >= TimeSpan.FromSeconds(least), "It is asked for too soon.");
    }

    [Fact]
    public async Task Where_more_epochs_are_held_than_are_looked_at_the_newest_are()
    {
        var quotas = new Quotas { Epochs = 4 };
        await using var bench = new IngestBench(quotas: quotas);
        await bench.SendState([.. Enumerable.Range(2, 6).Select(number => new HeldEpoch($"aaaaaaa{number}", 0, 3))]);
        var receipt = await bench.ReceiptAsync();
        List<string> told = [receipt.Epoch];
        for (var i = 1; i < quotas.Epochs; i++)
        {
            told.Add((await bench.ReceiptAsync()).Epoch);
        }

        Assert.Equal(["aaaaaaa4", "aaaaaaa5", "aaaaaaa6", "aaaaaaa7"], told.Order());
    }

    [Fact]
    public async Task State_settles_and_opens_a_bounded_number_of_gaps_and_the_next_states_the_rest()
    {
        await using var bench = new IngestBench();
        await bench.SendState(new HeldEpoch(Old, 0, 9_999));
        MakeGaps(bench, 3_000);
        List<long> lost = [];
        for (var i = 0; i < 4; i++)
        {
            await bench.SendState(new HeldEpoch(Own, 0, 3));
            lost.Add(bench.Tally.Lost["card"]);
        }

        // Above the last that came lies one more range, up to the highest number told.
        Assert.Equal([1_024, 2_048, 7_000, 7_000], lost);
        Assert.Equal(3, bench.Observer.Otherwise.Count);
        bench.Observer.Otherwise.Clear();
        lost.Clear();
        for (var i = 0; i < 4; i++)
        {
            await bench.SendState(new HeldEpoch(Old, 0, 9_999), new HeldEpoch(Own, 0, 3));
            lost.Add(bench.Tally.Lost.GetValueOrDefault("card"));
        }

        Assert.Equal([7_000 - 1_024, 7_000 - 2_048, 0, 0], lost);
        Assert.Equal(3, bench.Observer.Otherwise.Count);
    }

    [Fact]
    public async Task Line_of_the_first_inventory_is_drawn_by_as_many_states_as_it_takes()
    {
        await using var bench = new IngestBench();
        MakeGaps(bench, 3_000);
        for (var i = 0; i < 3; i++)
        {
            await bench.SendState(new HeldEpoch(Old, 6_000, 9_999));
        }

        Assert.Equal((3_000L, 0L), (bench.Tally.Before, bench.Tally.Lost.GetValueOrDefault("card")));
    }

    [Fact]
    public async Task State_that_a_broker_keeps_of_the_site_before_does_not_end_what_is_asked_for()
    {
        await using var bench = new IngestBench();
        await bench.SendState(new HeldEpoch(Old, 0, 20));
        await bench.Send(IngestBench.BatchOf(10, 20, epoch: Old));
        await bench.Broker.Send(
            new Topic("before", IngestBench.Gateway, TopicKind.State),
            StateCodec.Encode(new StateMessage { On = false, Reason = "stop", Inventory = [] }));
        var wish = bench.Broker.NextWishAsync(TestContext.Current.CancellationToken).AsTask();
        for (var waited = 0; waited < 1_500 && !wish.IsCompleted; waited += 5)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(5));
            await Task.WhenAny(wish, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        Assert.True(wish.IsCompleted, "It is not asked for.");
    }

    // Every other number is stored.
    private static void MakeGaps(IngestBench bench, int count)
    {
        using var connection = bench.Database.Connect();
        using var transaction = connection.BeginTransaction();
        var tables = new IngestTables(transaction);
        var row = tables.Enter(IngestBench.Gateway, Old, null);
        for (var number = 0; number < count; number++)
        {
            tables.SettleStored(row.Id, new SequenceRange((2 * number) + 1, (2 * number) + 1));
        }

        tables.Close(row.Id);
        transaction.Commit();
    }

    private static async Task<Receipt> NewestAsync(IngestBench bench, string epoch, Func<Receipt, bool> wanted)
    {
        while (true)
        {
            if (await bench.ReceiptSoonAsync() is var receipt && receipt.Epoch == epoch && wanted(receipt))
            {
                return receipt;
            }
        }
    }
}
