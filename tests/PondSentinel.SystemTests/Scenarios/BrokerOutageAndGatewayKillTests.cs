namespace PondSentinel.SystemTests.Scenarios;

public sealed class BrokerOutageAndGatewayKillTests : Bench
{
    [Fact]
    public async Task Nothing_durable_is_lost_or_doubled_and_the_leak_is_told_once_when_the_gateway_is_killed_while_Mosquitto_is_dead()
    {
        await ArrivesAsync();
        var (begun, over) = await OutageAsync(Broker.KillAsync, Broker.StartAsync, during: async () =>
        {
            await Site.KillAsync();
            Site.Start();
        });

        await PeopleAreToldOnceAsync();
        await AccountsAgreeAsync();
        Assert.InRange(LimitCrossed(), begun, over);
        Assert.Equal(2, Site.Witnessed().Select(record => record.Epoch).Distinct(StringComparer.Ordinal).Count());
    }
}
