namespace PondSentinel.SystemTests.Scenarios;

public sealed class BackendKillTests : Bench
{
    [Fact]
    public async Task Nothing_is_lost_or_doubled_and_the_leak_is_told_once_when_the_backend_is_killed_for_20_s()
    {
        await ArrivesAsync();
        var (begun, over) = await OutageAsync(Backend.KillAsync, Backend.StartAsync);

        await PeopleAreToldOnceAsync();
        await AccountsAgreeAsync();
        Assert.InRange(LimitCrossed(), begun, over);
    }
}
