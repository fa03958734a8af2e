namespace PondSentinel.SystemTests.Scenarios;

public sealed class BrokerOutageTests : Bench
{
    [Fact]
    public async Task Nothing_is_lost_or_doubled_and_the_leak_is_told_once_when_Mosquitto_is_dead_for_20_s()
    {
        await ArrivesAsync();
        var (begun, over) = await OutageAsync(Broker.KillAsync, Broker.StartAsync);

        await PeopleAreToldOnceAsync();
        await AccountsAgreeAsync();
        Assert.InRange(LimitCrossed(), begun, over);
    }
}
