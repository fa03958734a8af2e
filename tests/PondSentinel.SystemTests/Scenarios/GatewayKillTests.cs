namespace PondSentinel.SystemTests.Scenarios;

public sealed class GatewayKillTests : Bench
{
    [Fact]
    public async Task Nothing_durable_is_lost_or_doubled_and_the_leak_is_told_once_when_the_gateway_is_killed()
    {
        await ArrivesAsync();
        await BeforeTheLeakShowsAsync();
        await Site.KillAsync();
        Site.Start();

        await PeopleAreToldOnceAsync();
        await AccountsAgreeAsync();
        await LedgerAgreesAsync();
        Assert.Equal(2, Site.Witnessed().Select(record => record.Epoch).Distinct(StringComparer.Ordinal).Count());
    }
}
