using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;

namespace PondSentinel.SystemTests.Links;

/// <summary>Connections that die in every way a connection can, one after the other, under one and the same fleet.</summary>
/// <param name="shared">The fleet.</param>
public sealed class LinkFaultTests(LinkFaultTests.Shared shared) : IClassFixture<LinkFaultTests.Shared>, IAsyncDisposable
{
    /// <summary>From the deadline to the line that says so, and from one try to connect to the next, on a busy machine.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(20);

    private Fleet Fleet => shared.Fleet;

    private GatewaySite Site => Fleet.Site;

    [Fact]
    public async Task Half_open_link_is_noticed_within_the_deadline_and_nothing_is_lost()
    {
        await Fleet.FlowsAsync(Site);
        var before = Ends("no answer of the broker");
        await Fleet.SiteLink.FreezeAsync();
        await Eventually.HoldsAsync(
            () => Ends("no answer of the broker") > before,
            Fleet.AckDeadline + Slack,
            () => $"The gateway does not notice.\n{Site.Tail}");
        await Fleet.FlowsAsync(Site);
        await Fleet.AccountsAgreeAsync();
    }

    [Fact]
    public async Task Silent_link_is_given_up_and_what_was_sent_into_it_arrives_once()
    {
        await Fleet.FlowsAsync(Site);
        var before = Ends("no answer of the broker");
        await Fleet.SiteLink.HoldAsync();
        await Eventually.HoldsAsync(
            () => Ends("no answer of the broker") > before,
            Fleet.AckDeadline + Slack,
            () => $"The gateway does not notice.\n{Site.Tail}");

        // What was on its way comes out after all, behind the back of whoever has sent it again.
        await Fleet.SiteLink.HealAsync();
        await Fleet.FlowsAsync(Site);
        await Fleet.AccountsAgreeAsync();
    }

    [Fact]
    public async Task Resets_in_the_middle_of_packets_lose_and_double_nothing()
    {
        foreach (var bytes in new[] { 1, 90, 700 })
        {
            await Fleet.FlowsAsync(Site);
            await Fleet.SiteLink.CutAfterAsync(bytes);
        }

        await Fleet.FlowsAsync(Site);
        await Fleet.AccountsAgreeAsync();
    }

    [Fact]
    public async Task Half_open_link_of_the_backend_is_noticed_and_nothing_is_lost()
    {
        await Fleet.FlowsAsync(Site);
        await Fleet.BackendLink.FreezeAsync();
        await Site.GathersAsync(records: 12, Fleet.Patience);
        await Fleet.FlowsAsync(Site);
        await Fleet.AccountsAgreeAsync();
    }

    public ValueTask DisposeAsync() => shared.AfterTestAsync();

    private int Ends(string reason) => Site.Tail.Split(reason).Length;

    /// <summary>The fleet.</summary>
    public sealed class Shared : SharedFleet;
}
