using PondSentinel.Tests.Gateway.Uplink;
using PondSentinel.Wire;

namespace PondSentinel.Tests.BothEnds;

/// <summary>Both ends of the wire together, where a card or a database is not what it was: every record that a gateway has
/// called durable is stored once, or counted as lost with its cause, and nobody waits for anything for ever.</summary>
public sealed class BothEndsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Each = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Gateway_that_comes_back_with_an_old_image_goes_on_and_what_the_lost_card_had_is_counted()
    {
        await using var site = new BothEndsSite();
        var gateway = site.SwitchOn(site.NewCard());
        await site.RunAsync(TimeSpan.FromSeconds(30), Each);
        var image = gateway.CopyFolder(site.NewCard() + "-image");
        var known = site.Witnessed(gateway);

        // What comes after the image is stored in part: the backend is away for some of it, and then the card dies.
        await site.RunAsync(TimeSpan.FromSeconds(20), Each);
        await site.Backend.KillAsync();
        site.AppendEach();
        await site.RunAsync(TimeSpan.FromSeconds(10), Each);
        var measured = site.Witnessed(gateway);
        await site.UntilAsync(
            () => measured.IsSubsetOf(site.Office.Batches.SelectMany(item =>
                item.Batch.Records.Select(record => new RecordId(item.Batch.Epoch, record.Sequence)))),
            Soon,
            () => "all under way");
        site.Office.Forget("b1");
        site.Backend.Start();
        site.AppendEach();
        await site.RunAsync(TimeSpan.FromSeconds(1));
        await site.ThrowAwayAsync(gateway, known);

        site.SwitchOn(image);
        await site.RunAsync(TimeSpan.FromSeconds(30), Each);
        await site.SettleAsync(Soon);
        Assert.Equal(["card"], site.Backend.Tally.Lost.Keys);
        Assert.InRange(site.Backend.Tally.Lost["card"], 1, 10);
    }

    [Fact]
    public async Task Two_gateways_with_one_card_lose_nothing_of_each_other()
    {
        await using var site = new BothEndsSite();
        var gateway = site.SwitchOn(site.NewCard());
        await site.RunAsync(TimeSpan.FromSeconds(30), Each);
        var clone = site.SwitchOn(gateway.CopyFolder(site.NewCard() + "-clone"));
        await site.RunAsync(TimeSpan.FromMinutes(6), TimeSpan.FromSeconds(5));

        Assert.InRange(site.Office.Takeovers, 2, 20);
        Assert.Contains(gateway.Journal.All.Concat(clone.Journal.All), line => line.Contains("duplicate gateway", StringComparison.Ordinal));
        await site.SettleAsync(TimeSpan.FromHours(2));
        Assert.Empty(site.Backend.Tally.Lost);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Backend_put_back_from_a_backup_has_again_what_the_gateway_still_holds(bool storeToo)
    {
        await using var site = new BothEndsSite();
        site.SwitchOn(site.NewCard());
        await site.RunAsync(TimeSpan.FromSeconds(30), Each);
        await site.Backend.KillAsync();
        site.Backend.BackUp();
        site.Backend.Start();
        await site.RunAsync(TimeSpan.FromSeconds(60), Each);
        await site.SettleAsync(Soon);

        await site.Backend.KillAsync();
        site.Backend.Restore(storeToo);
        site.Backend.Start();
        await site.RunAsync(TimeSpan.FromSeconds(30), Each);
        await site.SettleAsync(Soon);
        Assert.Empty(site.Backend.Tally.Lost);
    }

    [Fact]
    public async Task Backend_put_back_from_a_backup_takes_what_the_gateway_holds_no_more_for_what_it_had_and_not_for_lost()
    {
        await using var site = new BothEndsSite(bytesMax: 64 * 1024);
        var gateway = site.SwitchOn(site.NewCard());
        await site.RunAsync(TimeSpan.FromSeconds(10), Each);
        await site.Backend.KillAsync();
        site.Backend.BackUp();
        site.Backend.Start();
        for (var i = 0; gateway.Inventory is [{ FirstHeld: 0 }]; i++)
        {
            Assert.True(i < 200, "The ring never goes round.");
            for (var n = 0; n < 20; n++)
            {
                gateway.Append();
                site.Clocks.Advance(TimeSpan.FromMilliseconds(1));
            }

            await site.RunAsync(TimeSpan.FromSeconds(2));
        }

        await site.SettleAsync(Soon);
        await site.Backend.KillAsync();
        site.Backend.Restore(storeToo: true);
        site.Backend.Start();
        await site.RunAsync(TimeSpan.FromSeconds(10), Each);
        await site.SettleAsync(Soon, mayLose: true);
        Assert.Empty(site.Backend.Tally.Lost);
        Assert.True(site.Backend.Tally.Before > 0);
    }

    [Fact]
    public async Task Of_two_backends_one_settles_and_the_other_has_all_that_is_held_too()
    {
        await using var site = new BothEndsSite();
        var gateway = site.SwitchOn(site.NewCard());
        await site.RunAsync(TimeSpan.FromSeconds(90), Each);
        await site.CutPowerAsync(gateway);
        await site.RunAsync(TimeSpan.FromSeconds(20), Each);

        // What is settled already it can only be given where it asks for it.
        var second = site.AddSecond();
        await site.RunAsync(TimeSpan.FromSeconds(20), Each);

        // What comes meanwhile is settled by the one and lost for the other.
        await second.KillAsync();
        await site.RunAsync(TimeSpan.FromSeconds(20), Each);
        site.Office.Forget("b2");
        second.Start();
        await site.RunAsync(TimeSpan.FromSeconds(20), Each);
        await site.SettleAsync(Soon);
        Assert.Empty(second.Tally.Lost);
        Assert.Equal(0, second.Tally.Before);
    }

    [Fact]
    public async Task Backend_asks_for_nothing_that_is_on_its_way()
    {
        await using var site = new BothEndsSite();
        site.SwitchOn(site.NewCard());
        await site.RunAsync(TimeSpan.FromSeconds(20), Each);
        await site.Backend.KillAsync();
        await site.RunAsync(TimeSpan.FromMinutes(5), Each);
        site.Office.Forget("b1");
        site.Backend.Start();
        await site.RunAsync(TimeSpan.FromMinutes(16), TimeSpan.FromSeconds(20));
        await site.SettleAsync(Soon);
        Assert.Equal(0, site.Office.Wishes);
    }

    [Fact]
    public async Task Replay_of_what_is_held_in_part_takes_nothing_back_from_the_store()
    {
        await using var site = new BothEndsSite(bytesMax: 64 * 1024);
        var gateway = site.SwitchOn(site.NewCard());
        for (var i = 0; i < 200 && gateway.Inventory is not [{ FirstHeld: > 0 }]; i++)
        {
            for (var n = 0; n < 20; n++)
            {
                gateway.Append();
                site.Clocks.Advance(TimeSpan.FromMilliseconds(1));
            }

            await site.RunAsync(TimeSpan.FromSeconds(2));
        }

        await site.SettleAsync(Soon);
        var held = Assert.Single(gateway.Inventory);
        var stored = site.Backend.Tally.Stored;
        var before = site.Office.Batches.Count;
        site.Office.Say(
            new Topic(RecordLogInMemory.Site, UplinkBench.Gateway, TopicKind.Replay).ToString(),
            ReplayCodec.Encode(new ReplayCommand(held.Epoch, new SequenceRange(held.FirstHeld - 10, held.FirstHeld + 9))));
        await site.UntilAsync(
            () => site.Office.Batches.Skip(before).Any(item => item.Batch.Records.Any(record => record.Sequence == held.FirstHeld + 9)),
            Soon,
            () => "sent again");
        var again = site.Office.Batches.Skip(before).Select(item => item.Batch).ToList();
        Assert.Contains(again, batch => batch.Gone.Any(gone => gone.Range.Contains(held.FirstHeld - 1)));
        await site.SettleAsync(Soon);
        Assert.Equal(stored, site.Backend.Tally.Stored);
        Assert.Empty(site.Backend.Tally.Lost);
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, (int)TestDepth.Cases(4))];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_becomes_of_cards_and_databases_nothing_is_lost_uncounted(int seed)
    {
        var random = new Random(seed);
        await using var site = new BothEndsSite();
        site.SwitchOn(site.NewCard());
        await site.Backend.KillAsync();
        site.Backend.BackUp();
        site.Backend.Start();
        (string Folder, IReadOnlySet<RecordId> Known)? image = null;
        for (var step = 0; step < 25; step++)
        {
            await site.RunAsync(TimeSpan.FromSeconds(random.Next(2, 30)), TimeSpan.FromMilliseconds(random.Next(500, 5000)));
            var gateway = site.Gateways[random.Next(site.Gateways.Count)];
            switch (random.Next(8))
            {
                case 0:
                    await site.CutPowerAsync(gateway);
                    break;
                case 1 when site.Backend.Runs:
                    await site.Backend.KillAsync();
                    break;
                case 2 when !site.Backend.Runs:
                    site.Office.Forget("b1");
                    break;
                case 3 when !site.Backend.Runs && random.Next(2) == 0:
                    site.Backend.BackUp();
                    break;
                case 3 when !site.Backend.Runs:
                    site.Backend.Restore(storeToo: random.Next(2) == 0);
                    break;
                case 4 when image is null:
                    image = (gateway.CopyFolder(site.NewCard() + "-image"), site.Witnessed(gateway));
                    break;
                case 4:
                    await site.ThrowAwayAsync(gateway, image!.Value.Known);
                    site.SwitchOn(image.Value.Folder);
                    image = null;
                    break;
                case 5 when site.Gateways.Count == 1 && random.Next(2) == 0:
                    site.SwitchOn(gateway.CopyFolder(site.NewCard() + "-clone"));
                    break;
                case 6 when site.Second is null && random.Next(3) == 0:
                    site.AddSecond();
                    break;
                default:
                    break;
            }

            if (!site.Backend.Runs && random.Next(2) == 0)
            {
                site.Backend.Start();
            }
        }

        if (!site.Backend.Runs)
        {
            site.Backend.Start();
        }

        await site.SettleAsync(TimeSpan.FromHours(6));
    }
}
