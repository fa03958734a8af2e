using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;

namespace PondSentinel.SystemTests.Scenarios;

/// <summary>While the link is down the owner changes everything that can be changed.</summary>
public sealed class ChangesDuringOutageTests : Bench
{
    private const string OtherSite = "zudong";
    private const int RecordsBetween = 12;
    private static readonly TimeSpan RecordsWithin = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Each_durable_record_is_stored_once_under_the_site_it_was_taken_at_whatever_is_changed_meanwhile()
    {
        await ArrivesAsync();
        await Broker.KillAsync();
        await GathersAsync();

        // Other intervals and other names for people: another description of the same channels.
        await Site.StopAsync();
        Site.Change(Site.Settings with { Interval = TimeSpan.FromMilliseconds(700), ChannelLabel = "As the owner calls it" });
        Site.Start();
        await GathersAsync();

        // The gateway is carried to another pond, and loses its power on the way.
        await Site.KillAsync();
        var moved = Site.Witnessed().Count;
        Site.Change(Site.Settings with { Site = OtherSite });
        Site.Start();
        await GathersAsync();

        // The broker gets another address.
        await Broker.MoveAsync();
        await Site.StopAsync();
        Site.Change(Site.Settings with { BrokerPort = Broker.Port });
        Site.Start();
        await Backend.KillAsync();
        Backend.ChangeBroker(Broker.Port);
        await GathersAsync();
        await Broker.StartAsync();
        await Backend.StartAsync();

        await AccountsAgreeAsync();
        var before = Site.Witnessed().Take(moved).Select(record => record.Epoch).ToHashSet(StringComparer.Ordinal);
        var stored = await StoredValue.AllAsync(Influx);
        Assert.Equal(2, before.Count);
        Assert.Equal(4, Site.Witnessed().Select(record => record.Epoch).Distinct(StringComparer.Ordinal).Count());
        Assert.All(stored, value => Assert.Equal(before.Contains(value.Epoch) ? SiteSettings.Site : OtherSite, value.Site));

        await EverythingEarlierIsSettledAsync();
    }

    // The receipts of the old site find their way too. Nobody but the gateway can look into its buffer while it runs.
    private Task EverythingEarlierIsSettledAsync()
    {
        string? oldest = null;
        return Eventually.HoldsAsync(
            async () =>
            {
                await GathersAsync();
                await Site.StopAsync();
                oldest = await Site.OldestUnsettledEpochAsync();
                Site.Start();
                return oldest is null || oldest == Site.Witnessed()[^1].Epoch;
            },
            RecordsWithin,
            () => $"Records of {oldest} would be sent again.\n{Site.Tail}\n{Backend.Tail}");
    }

    // It goes on without the link.
    private Task GathersAsync() => Site.GathersAsync(RecordsBetween, RecordsWithin);
}
