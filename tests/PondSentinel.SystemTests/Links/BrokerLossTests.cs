using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;

namespace PondSentinel.SystemTests.Links;

/// <summary>The broker takes messages, acknowledges them and loses them, each time in another way.</summary>
/// <param name="shared">The fleet.</param>
public sealed class BrokerLossTests(BrokerLossTests.Shared shared) : IClassFixture<BrokerLossTests.Shared>, IAsyncDisposable
{
    /// <summary>More than two messages' worth, of those that hold a second each.</summary>
    private const int SomeRecords = 15;

    private const int QueuedMax = 3;

    private Fleet Fleet => shared.Fleet;

    private GatewaySite Site => Fleet.Site;

    [Fact]
    public async Task Messages_that_the_broker_loses_with_all_its_memory_arrive_after_all()
    {
        await Fleet.FlowsAsync(Site);
        await Fleet.Backend.KillAsync();
        await Site.GathersAsync(SomeRecords, Fleet.Patience);
        await Fleet.Broker.KillAsync();
        Fleet.Broker.LoseSaved();
        await Fleet.Broker.StartAsync();
        await Fleet.Backend.StartAsync();
        await Fleet.FlowsAsync(Site);
        await Fleet.AccountsAgreeAsync();
    }

    [Fact]
    public async Task Messages_that_the_broker_drops_for_want_of_room_arrive_after_all()
    {
        const string Drops = "Outgoing messages are being dropped for client pond-backend";
        await Fleet.FlowsAsync(Site);
        var before = Fleet.Broker.Times(Drops);
        await Fleet.Backend.KillAsync();
        await Eventually.HoldsAsync(
            () => Fleet.Broker.Times(Drops) > before, Fleet.Patience, () => $"The broker drops nothing.\n{Fleet.Broker.Tail}");
        await Site.GathersAsync(SomeRecords, Fleet.Patience);
        await Fleet.Backend.StartAsync();
        await Fleet.FlowsAsync(Site);
        await Fleet.AccountsAgreeAsync();
    }

    [Fact]
    public async Task Tail_that_the_broker_loses_in_a_crash_while_its_sessions_live_on_arrives_after_all()
    {
        await Fleet.FlowsAsync(Site);
        await Fleet.Backend.KillAsync();
        await Fleet.Broker.SaveAsync();
        await Site.GathersAsync(SomeRecords, Fleet.Patience);
        await Fleet.Broker.KillAsync();
        await Fleet.Broker.StartAsync();
        await Eventually.HoldsAsync(
            () => Site.Tail.TrimEnd().Split("uplink: connected")[^1].Contains("the session goes on", StringComparison.Ordinal),
            Fleet.Patience,
            () => $"The session does not go on.\n{Site.Tail}");
        await Fleet.Backend.StartAsync();
        await Fleet.FlowsAsync(Site);
        await Fleet.AccountsAgreeAsync();
    }

    public ValueTask DisposeAsync() => shared.AfterTestAsync();

    /// <summary>The fleet.</summary>
    public sealed class Shared : SharedFleet
    {
        private protected override FleetPlan Plan => new() { QueuedMax = QueuedMax };
    }
}
