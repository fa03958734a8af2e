namespace PondSentinel.SystemTests.Scenarios;

public sealed class BrokerOutageTests : Bench
{
    /// <summary>The gateway finds the leak itself while there is no link, and the backend's rule finds it after: one page in all.</summary>
    private protected override bool HasAlarm => true;

    [Fact]
    public async Task Nothing_is_lost_or_doubled_and_the_leak_is_told_once_when_Mosquitto_is_dead_for_20_s()
    {
        await ArrivesAsync();
        var (begun, over) = await OutageAsync(Broker.KillAsync, Broker.StartAsync);

        await PeopleAreToldOnceAsync();
        await AccountsAgreeAsync();
        Assert.InRange(LimitCrossed(), begun, over);
        Assert.Contains("alarm own-leak raised", Site.Tail, StringComparison.Ordinal);
    }
}
