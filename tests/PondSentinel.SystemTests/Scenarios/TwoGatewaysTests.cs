namespace PondSentinel.SystemTests.Scenarios;

public sealed class TwoGatewaysTests : Bench
{
    private protected override int GatewayCount => 2;

    [Fact]
    public async Task Two_gateways_with_the_same_names_of_devices_are_kept_apart()
    {
        await ArrivesAsync();
        await PeopleAreToldOnceAsync(isLive: true);
        await AccountsAgreeAsync();
    }
}
