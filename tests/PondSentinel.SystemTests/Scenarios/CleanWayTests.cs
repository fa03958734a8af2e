namespace PondSentinel.SystemTests.Scenarios;

public sealed class CleanWayTests : Bench
{
    [Fact]
    public async Task Every_durable_record_is_stored_once_and_exactly_and_the_leak_is_told_once()
    {
        await ArrivesAsync();
        await PeopleAreToldOnceAsync(isLive: true);
        await AccountsAgreeAsync();
    }

    [Fact]
    public async Task Programs_end_in_good_order_when_asked_and_what_was_durable_arrives_after_the_next_start()
    {
        await ArrivesAsync();
        Assert.InRange(await Site.StopAsync(), TimeSpan.Zero, StopWithin);
        Assert.InRange(await Backend.StopAsync(), TimeSpan.Zero, StopWithin);
        await Backend.StartAsync();
        Site.Start();
        await AccountsAgreeAsync();
    }
}
