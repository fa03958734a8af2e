namespace PondSentinel.SystemTests.Scenarios;

public sealed class StoreOutageTests : Bench
{
    [Fact]
    public async Task Nothing_is_lost_or_doubled_and_the_leak_is_told_once_when_InfluxDB_is_dead_for_20_s()
    {
        await ArrivesAsync();
        var (begun, over) = await OutageAsync(Influx.KillAsync, Influx.StartAsync);

        await PeopleAreToldOnceAsync();
        await AccountsAgreeAsync();
        Assert.InRange(LimitCrossed(), begun, over);
    }
}
