using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Web.Access;

namespace PondSentinel.Tests.Backend.Web.Access;

public sealed class BucketsTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Some_are_had_at_once_and_then_one_in_a_while()
    {
        var buckets = new Buckets(3, TimeSpan.FromSeconds(10), time);

        Assert.Equal([null, null, null, TimeSpan.FromSeconds(10)], Enumerable.Range(0, 4).Select(_ => buckets.Take("a")));
        Assert.Null(buckets.Take("b"));
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(TimeSpan.FromSeconds(6), buckets.Take("a"));
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Null(buckets.Take("a"));
        Assert.Equal(TimeSpan.FromSeconds(10), buckets.Take("a"));
        buckets.Return("a");
        Assert.Null(buckets.Take("a"));
    }

    [Fact]
    public void However_many_come_those_who_were_stopped_last_are_still_stopped()
    {
        var buckets = new Buckets(1, TimeSpan.FromSeconds(10), time);
        for (var i = 0; i < 3 * Buckets.Most; i++)
        {
            Assert.Null(buckets.Take(i.ToString(CultureInfo.InvariantCulture)));
        }

        Assert.NotNull(buckets.Take(((3 * Buckets.Most) - 1).ToString(CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("203.0.113.9", "203.0.113.9")]
    [InlineData("2001:db8:1:2::1", "20010DB800010002")]
    [InlineData("2001:db8:1:2:ffff:ffff:ffff:ffff", "20010DB800010002")]
    public void Who_has_a_whole_net_is_one(string address, string net) => Assert.Equal(net, SignInRate.NetOf(address));
}
