using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;

namespace PondSentinel.SystemTests.Links;

/// <summary>A gateway in a network of its own, whose packets are lost.</summary>
/// <param name="shared">The fleet.</param>
public sealed class PacketTests(PacketTests.Shared shared) : IClassFixture<PacketTests.Shared>, IAsyncDisposable
{
    /// <summary>From the deadline to the line that says so, on a busy machine.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(20);

    private Fleet Fleet => shared.Fleet;

    private GatewaySite Site => Fleet.Site;

    [Fact]
    public async Task Every_fifth_packet_lost_loses_no_record_and_live_goes_on()
    {
        await shared.Room.LoseAsync(20);
        await UntilEnoughAreLostAsync(() => Fleet.FlowsAsync(Site));
        await Fleet.AccountsAgreeAsync();
        await shared.Room.HealAsync();
    }

    [Fact]
    public async Task Link_that_lost_every_second_packet_is_as_good_as_any_afterwards()
    {
        await Fleet.FlowsAsync(Site);
        await shared.Room.LoseAsync(50);
        await UntilEnoughAreLostAsync(() => Site.GathersAsync(records: 40, Fleet.Patience));
        await shared.Room.HealAsync();
        await Fleet.FlowsAsync(Site);
        await Fleet.AccountsAgreeAsync();
    }

    [Fact]
    public async Task Cable_that_is_pulled_without_a_word_is_noticed_within_the_deadline()
    {
        const string Notices = "no answer of the broker";
        await Fleet.FlowsAsync(Site);
        var before = Site.Tail.Split(Notices).Length;
        await shared.Room.PullAsync();
        await Eventually.HoldsAsync(
            () => Site.Tail.Split(Notices).Length > before,
            Fleet.AckDeadline + Slack,
            () => $"The gateway does not notice.\n{Site.Tail}");
        await shared.Room.HealAsync();
        await Fleet.FlowsAsync(Site);
        await Fleet.AccountsAgreeAsync();
    }

    public ValueTask DisposeAsync() => shared.AfterTestAsync();

    /// <summary>Goes on with the work until the link was a bad one: few packets go while one round is looked at, and chance may let
    /// all of them through.</summary>
    private async Task UntilEnoughAreLostAsync(Func<Task> work)
    {
        const int Enough = 5;
        const int Rounds = 20;
        for (var round = 0; await shared.Room.LostAsync() < Enough; round++)
        {
            Assert.True(round < Rounds, "The link loses nothing: look at the rules of nft.");
            await work();
        }
    }

    /// <summary>The fleet and its network.</summary>
    public sealed class Shared : SharedFleet
    {
        internal NetRoom Room { get; private set; } = null!;

        private protected override FleetPlan Plan => new() { GatewayAddress = Room.Address, GatewayWrapper = Room.Wrapper };

        private protected override async Task BeforeAsync() => Room = await NetRoom.MakeAsync();

        private protected override Task HealAsync() => Room.HealAsync();

        private protected override ValueTask AfterAsync() => Room.DisposeAsync();
    }
}
