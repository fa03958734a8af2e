using CsCheck;
using PondSentinel.Alerting;

namespace PondSentinel.Tests.Alerting;

public sealed class DirectionMeanTests
{
    private static readonly DateTimeOffset Start = new(2026, 4, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DirectionMeanStatistic Hour = new() { Period = TimeSpan.FromHours(1) };

    [Theory]
    [InlineData(350, 10, 0)]
    [InlineData(300, 320, 310)]
    [InlineData(170, 190, 180)]
    [InlineData(360, 0, 0)]
    public void Mean_of_two_directions_lies_between_them(double one, double other, double mean)
    {
        var last = StatisticRun.Over(Hour, Minutes(i => i % 2 == 0 ? one : other))[^1].Value!.Value;

        Assert.InRange(Math.Abs(((last - mean + 540) % 360) - 180), 0, 0.5);
        Assert.InRange(last, 0, Math.BitDecrement(360));
    }

    // 55 minutes from the south, and the newest value from the north.
    [Fact]
    public void Newest_direction_is_not_the_mean() =>
        Assert.InRange(StatisticRun.Over(Hour, Minutes(i => i < 118 ? 180 : 0))[^1].Value!.Value, 170, 190);

    [Fact]
    public void Directions_from_all_round_have_no_mean() =>
        Assert.Empty(StatisticRun.Over(Hour, Minutes(i => i * 90 % 360)));

    [Fact]
    public void Where_a_quarter_is_missing_there_is_none() =>
        Assert.Empty(StatisticRun.Over(Hour, Minutes(i => i % 60 < 20 ? null : 180)));

    // North is 0 for one vane and 360 for another.
    [Fact]
    public void Sector_that_ends_at_north_has_north_however_it_is_written() =>
        Gen.Select(Gen.Double[0.001, 359.9], Gen.Double[0.001, 359.9], Gen.Double[0.001, 359.9]).Sample((from, to, direction) =>
        {
            Assert.Equal(from <= to ? direction >= from && direction <= to : direction >= from || direction <= to, ValueRange.Sector(from, to).Holds(direction));
            Assert.All(new[] { ValueRange.Sector(0, to), ValueRange.Sector(from, 360), ValueRange.Sector(0, 360), ValueRange.Sector(350, 10) }, sector =>
            {
                Assert.True(sector.Holds(0));
                Assert.True(sector.Holds(360));
            });
            Assert.Equal(direction <= to, ValueRange.Sector(0, to).Holds(direction));
            Assert.Equal(direction >= from, ValueRange.Sector(from, 360).Holds(direction));
            Assert.True(ValueRange.Sector(0, 360).Holds(direction));
        });

    private static IEnumerable<AlertSample> Minutes(Func<int, double?> direction) =>
        Enumerable.Range(0, 121).Select(i => new AlertSample(Start.AddMinutes(i), direction(i)));
}
