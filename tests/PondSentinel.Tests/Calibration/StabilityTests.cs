using CsCheck;
using PondSentinel.Calibration;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Calibration;

public sealed class StabilityTests
{
    private static readonly TimeSpan Window = StabilityLimits.Window;

    private static readonly StabilityLimits Ph = StabilityLimits.Of(CalibrationKind.Line, Measurand.Ph, 6.86);

    [Theory]
    [InlineData(0.0, 0.0, true)]
    [InlineData(0.019, 0.0, true)]
    [InlineData(-0.019, 0.0, true)]
    [InlineData(0.021, 0.0, false)]
    [InlineData(-0.021, 0.0, false)]
    [InlineData(0.0, 0.018, true)]
    [InlineData(0.0, 0.022, false)]
    public void Trend_and_scatter_decide(double perMinute, double scatter, bool isSteady)
    {
        // Pairs up and down have no trend of their own.
        var readings = Every(2, 40, second => 6.86 + (perMinute * second / 60) + (second / 2 % 4 is 0 or 3 ? scatter : -scatter));

        var judged = Stability.Of(readings, Ph, Window);

        Assert.Equal(isSteady, judged.IsSteady);
        Assert.Equal(perMinute, judged.SlopePerMinute, 0.005);
        Assert.Equal(scatter, judged.Spread, 0.002);
    }

    [Fact]
    public void Steady_needs_the_whole_window_and_some_readings()
    {
        Assert.False(Stability.Of(Every(2, 30, _ => 4), Ph, Window).IsSteady);
        Assert.True(Stability.Of(Every(2, 31, _ => 4), Ph, Window).IsSteady);
        Assert.False(Stability.Of(Every(30, 5, _ => 4), Ph, Window).IsSteady);
        Assert.True(Stability.Of(Every(30, 6, _ => 4), Ph, Window).IsSteady);
        Assert.Equal(default, Stability.Of([], Ph, Window));
    }

    /// <summary>How an electrode comes to rest: fast, then slowly.</summary>
    [Fact]
    public void What_settles_is_steady_late_and_is_then_near_its_end()
    {
        var readings = Every(2, 400, second => 6.86 + (2.8 * Math.Exp(-second / 25d)));

        var first = Enumerable.Range(1, readings.Count).First(count => Stability.Of([.. readings.Take(count)], Ph, Window).IsSteady);

        var judged = Stability.Of([.. readings.Take(first)], Ph, Window);
        Assert.InRange(judged.Mean, 6.86, 6.88);
        Assert.InRange(first, 60, 120);
        Assert.All(Enumerable.Range(first, readings.Count - first), count => Assert.True(Stability.Of([.. readings.Take(count)], Ph, Window).IsSteady));
    }

    /// <summary>Only the window counts: what was before it changes nothing.</summary>
    [Fact]
    public void What_was_before_the_window_does_not_count() => Gen.Select(Gen.Double[0, 14].Array[0, 40], Gen.Double[6.7, 7].Array[31])
        .Sample((before, within) =>
        {
            var all = Every(2, before.Length + within.Length, second => second / 2 < before.Length ? before[second / 2] : within[(second / 2) - before.Length]);
            var alone = Every(2, within.Length, second => within[second / 2]);
            var (one, other) = (Stability.Of(all, Ph, Window), Stability.Of(alone, Ph, Window));
            Assert.Equal((other.IsSteady, other.Readings, other.Span), (one.IsSteady, one.Readings, one.Span));
            Assert.Equal(other.SlopePerMinute, one.SlopePerMinute, 1e-9);
        });

    [Fact]
    public void No_numbers_make_it_throw_and_none_that_are_no_numbers_are_steady() => Gen.Double.Array[1, 60].Sample(raw =>
    {
        var judged = Stability.Of(Every(2, raw.Length, second => raw[second / 2]), Ph, Window);
        Assert.True(!judged.IsSteady || raw.TakeLast(31).All(double.IsFinite));
    });

    [Theory]
    [InlineData(CalibrationKind.PhElectrode, Measurand.Ph, 6.86, 1.183)]
    [InlineData(CalibrationKind.IonElectrode, Measurand.AmmoniumNitrogen, 10, 0.5)]
    [InlineData(CalibrationKind.Instrument, Measurand.Ph, 6.86, 0.02)]
    [InlineData(CalibrationKind.Line, Measurand.TurbidityNtu, 0, 0.5)]
    [InlineData(CalibrationKind.Line, Measurand.TurbidityNtu, 100, 5)]
    [InlineData(CalibrationKind.Scale, Measurand.Conductivity, 1413, 14.13)]
    [InlineData(CalibrationKind.Scale, Measurand.Conductivity, 0, 0.05)]
    public void Limits_are_those_of_what_is_measured(CalibrationKind kind, Measurand measurand, double standard, double most)
    {
        var limits = StabilityLimits.Of(kind, measurand, standard);
        Assert.Equal(most, limits.SlopePerMinute, 0.001);
        Assert.Equal(most, limits.Spread, 0.001);
    }

    private static List<(TimeSpan At, double Raw)> Every(int seconds, int count, Func<int, double> raw) =>
        [.. Enumerable.Range(0, count).Select(i => (TimeSpan.FromSeconds(i * seconds), raw(i * seconds)))];
}
