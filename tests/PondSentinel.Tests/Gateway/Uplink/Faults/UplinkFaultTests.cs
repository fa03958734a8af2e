namespace PondSentinel.Tests.Gateway.Uplink.Faults;

/// <summary>The uplink over links and brokers that fail at random, by a seed: what it promises whatever happens.</summary>
public sealed class UplinkFaultTests
{
    public static IEnumerable<TheoryDataRow<int>> Seeds =>
        Enumerable.Range(1, (int)TestDepth.Cases(30)).Select(seed => new TheoryDataRow<int>(seed));

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Nothing_is_settled_that_the_backend_lacks_and_all_is_settled_in_the_end(int seed)
    {
        await using var site = new FaultySite(seed);
        await site.RunFaultsAsync(TimeSpan.FromMinutes(15));
        await site.RunToEndAsync(TimeSpan.FromHours(4));
    }
}
