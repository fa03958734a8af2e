namespace PondSentinel.SystemTests.Scenarios;

public sealed class TwoGatewaysTests : Bench
{
    private protected override int GatewayCount => 2;

    [Fact]
    public async Task Two_gateways_with_the_same_names_of_devices_are_kept_apart_one_by_mqtt_5_and_one_by_3_1_1()
    {
        await ArrivesAsync();
        Assert.True(Broker.Times("as gz-07 (p5,") > 0 && Broker.Times("as gz-08 (p2,") > 0, Broker.Tail);
        await PeopleAreToldOnceAsync(isLive: true);
        await AccountsAgreeAsync();
    }
}
