using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Storage;

public sealed class PointTests
{
    [Theory]
    [InlineData(-9_223_372_036_853, 999_999)]
    [InlineData(-5, 1_000_003)]
    [InlineData(-5, 0)]
    [InlineData(0, 999_999)]
    [InlineData(9_223_372_036_853, 999_999)]
    public void Time_of_a_point_is_the_one_it_was_measured_at_also_before_1970(long timeMs, long sequence)
    {
        var point = new Point
        {
            Measurand = Measurand.Ph, Site = "a", Station = "a", Gateway = "a", Device = "a", Channel = "a",
            TimeNs = Point.KeyNs(timeMs, sequence), Epoch = "7q2mzk4a", Sequence = sequence, Clock = ClockSource.Est,
            Value = new ChannelValue { Channel = "a", Measurand = Measurand.Ph, Value = 7, Flag = QualityFlag.Good },
        };
        Assert.Equal(timeMs, point.TimeMs);
    }
}
