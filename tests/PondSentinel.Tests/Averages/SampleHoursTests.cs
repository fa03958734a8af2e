using CsCheck;
using PondSentinel.Averages;

namespace PondSentinel.Tests.Averages;

/// <summary>Hourly means of samples in any order, against the plainest computation there is.</summary>
public sealed class SampleHoursTests
{
    private const long HourMs = 3_600_000;
    private const long MinuteMs = 60_000;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Any_order_of_samples_and_revisions_ends_with_the_same_hours() =>
        (from minutes in Gen.Select(Gen.Int[1, 300], Gen.Double[0, 100].Nullable(), (minute, value) => (minute, value)).Array[1, 400]
         from seconds in Gen.Int[0, 59]
         select (minutes, seconds)).Sample(input =>
         {
             var hours = new SampleHours(Minute, TimeSpan.Zero, kept: 24);
             SortedDictionary<long, double?> last = [];
             foreach (var (minute, value) in input.minutes)
             {
                 var at = (minute * MinuteMs) - (input.seconds * 1000);
                 last[at] = value;
                 Assert.True(hours.Take(at, value));
             }

             Assert.Equal(last.Count, hours.Samples);
             for (var hour = -1; hour <= 6; hour++)
             {
                 var (expected, actual) = (Plain(last, hour), hours.MeanOf(hour));
                 Assert.Equal(expected is null, actual is null);
                 Assert.Equal(expected ?? 0, actual ?? 0, 9);
             }
         });

    [Theory]
    [InlineData(44, false)]
    [InlineData(45, true)]
    [InlineData(60, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void Hour_needs_45_minutes(int minutes, bool isMean)
    {
        var hours = new SampleHours(Minute, TimeSpan.Zero, kept: 2);
        for (var minute = 1; minute <= minutes; minute++)
        {
            hours.Take(minute * MinuteMs, 7);
        }

        Assert.Equal(isMean ? 7.0 : null, hours.MeanOf(0));
    }

    [Fact]
    public void Value_of_an_hour_speaks_for_the_hour_that_ends_with_it()
    {
        var hours = new SampleHours(TimeSpan.FromHours(1), TimeSpan.FromHours(8), kept: 3);
        hours.Take(HourMs, 42);

        Assert.Equal((null, 42.0, null), (hours.MeanOf(7), hours.MeanOf(8), hours.MeanOf(9)));
        Assert.Equal((8, HourMs), (hours.HourOf(HourMs), hours.EndMs(8)));
    }

    [Fact]
    public void What_is_too_late_or_too_much_is_not_taken()
    {
        var hours = new SampleHours(TimeSpan.FromMilliseconds(10), TimeSpan.Zero, kept: 2);
        Assert.All(Enumerable.Range(1, SampleHours.SamplesMax), i => Assert.True(hours.Take(i, 1)));
        Assert.False(hours.Take(SampleHours.SamplesMax + 1, 1));
        Assert.True(hours.Take(5, 2));
        Assert.True(hours.Take((3 * HourMs) + 1, 1));
        Assert.False(hours.Take(2 * HourMs, 1));
        Assert.Equal(1, hours.Samples);
    }

    [Fact]
    public void Value_that_is_no_number_covers_nothing()
    {
        var hours = new SampleHours(TimeSpan.FromHours(1), TimeSpan.Zero, kept: 2);
        Assert.True(hours.Take(HourMs, double.PositiveInfinity) && hours.Take(HourMs, double.NaN));
        Assert.Null(hours.MeanOf(0));
    }

    // Millisecond by interval: each value covers the time since the one before it, at most a minute.
    private static double? Plain(SortedDictionary<long, double?> samples, long hour)
    {
        var (sum, covered, before) = (0.0, 0L, long.MinValue / 2);
        foreach (var (at, value) in samples)
        {
            var from = Math.Max(at - Math.Min(MinuteMs, at - before), hour * HourMs);
            var until = Math.Min(at, (hour + 1) * HourMs);
            before = at;
            if (value is { } number && until > from)
            {
                sum += number * (until - from);
                covered += until - from;
            }
        }

        return covered >= 0.75 * HourMs ? sum / covered : null;
    }
}
