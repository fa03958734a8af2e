using PondSentinel.Wire;

namespace PondSentinel.Tests.Wire;

public sealed class TopicTests
{
    [Theory]
    [InlineData(TopicKind.DataLive, "data/live")]
    [InlineData(TopicKind.DataBack, "data/back")]
    [InlineData(TopicKind.Event, "evt")]
    [InlineData(TopicKind.Meta, "meta")]
    [InlineData(TopicKind.State, "state")]
    [InlineData(TopicKind.Health, "health")]
    [InlineData(TopicKind.Time, "time")]
    [InlineData(TopicKind.Ack, "ack")]
    [InlineData(TopicKind.Replay, "cmd/replay")]
    public void Topic_is_written_and_read_back(TopicKind kind, string tail)
    {
        var topic = new Topic("ganzhou-1", "gz-07", kind);

        Assert.Equal($"pond/v1/ganzhou-1/gz-07/{tail}", topic.ToString());
        Assert.True(Topic.TryParse(topic.ToString(), out var read));
        Assert.Equal(topic, read);
        Assert.Equal($"pond/v1/+/+/{tail}", Topic.FilterOf(kind));
    }

    [Fact]
    public void Every_kind_has_a_topic() =>
        Assert.Equal(
            Enum.GetValues<TopicKind>().Length,
            Enum.GetValues<TopicKind>().Select(Topic.FilterOf).Distinct().Count());

    [Theory]
    [InlineData("")]
    [InlineData("pond/v1")]
    [InlineData("pond/v1/")]
    [InlineData("pond/v1/site/gw")]
    [InlineData("pond/v1/site/gw/")]
    [InlineData("pond/v1/site/gw/data")]
    [InlineData("pond/v1/site/gw/data/live/")]
    [InlineData("pond/v1/site/gw/data/live/x")]
    [InlineData("pond/v1/site//state")]
    [InlineData("pond/v1//gw/state")]
    [InlineData("pond/v1/Site/gw/state")]
    [InlineData("pond/v1/site/+/state")]
    [InlineData("pond/v1/site/gw/State")]
    [InlineData("/pond/v1/site/gw/state")]
    [InlineData("pond/v2/site/gw/state")]
    [InlineData("pond/v1/site/_alert/dust/state")]
    [InlineData("pond/v1/site/a-name-of-more-than-thirty-two-ch/state")]
    public void Anything_else_is_no_topic_of_a_gateway(string text) => Assert.False(Topic.TryParse(text, out _));

    [Fact]
    public void Megabyte_is_no_topic() => Assert.False(Topic.TryParse("pond/v1/" + new string('/', 1 << 20), out _));
}
