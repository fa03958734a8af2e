using PondSentinel.Backend.Broker;

namespace PondSentinel.Tests.Backend.Broker;

/// <summary>The table itself, where no broker in front of it refuses a topic first.</summary>
public sealed class AccessTableTests
{
    [Theory]
    [InlineData("pond/v1/zudong/gz-07/state", true)]
    [InlineData("pond/v1/+/gz-07/state", false)]
    [InlineData("pond/v1/zu+ong/gz-07/state", false)]
    [InlineData("pond/v1/#/gz-07/state", false)]
    public void Nothing_is_published_to_a_filter(string topic, bool may) =>
        Assert.Equal(may, AccessTable.OfGateway.MayPublish(topic, "gz-07"));
}
