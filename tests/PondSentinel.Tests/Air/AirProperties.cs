using CsCheck;
using PondSentinel.Air;

namespace PondSentinel.Tests.Air;

/// <summary>What holds of indices, means and corrections of air everywhere.</summary>
public sealed class AirProperties
{
    private static readonly IndexScale[] Scales = [IndexScale.Us2018, IndexScale.Us2024, IndexScale.China2012];

    [Fact]
    public void Index_never_falls_with_more_dust() =>
        Gen.Select(Gen.Double[-10, 700], Gen.Double[-10, 700]).Sample((a, b) => Assert.All(Scales, scale =>
            Assert.True((scale.Of(Math.Min(a, b)).Value ?? int.MaxValue) <= (scale.Of(Math.Max(a, b)).Value ?? int.MaxValue))));

    [Fact]
    public void Index_at_each_breakpoint_is_the_table_s() => Assert.All(Scales, scale => Assert.All(scale.Pieces, piece =>
    {
        Assert.Equal(piece.IndexHigh, scale.Of(piece.High).Value);
        Assert.Equal(piece.IndexLow, scale.Of(piece.Low).Value);
    }));

    [Fact]
    public void Above_its_end_a_US_scale_has_no_index_and_China_s_stays()
    {
        Assert.Null(IndexScale.Us2018.Of(605).Value);
        Assert.NotNull(IndexScale.Us2018.Of(604.999).Value);
        Assert.Equal(500, IndexScale.China2012.Of(7506).Value);
        Assert.Equal(0, IndexScale.China2012.Of(-3).Value);
    }

    [Fact]
    public void Scale_of_other_breakpoints_is_refused_where_it_is_none()
    {
        Assert.Equal(100, IndexScale.China("other", [0, 60, 120], [0, 50, 100]).Of(120).Value);
        Assert.Throws<ArgumentException>(() => IndexScale.China("no rise", [0, 60, 60], [0, 50, 100]));
        Assert.Throws<ArgumentException>(() => IndexScale.China("no index", [0, 60], [0]));
        Assert.Throws<ArgumentException>(() => IndexScale.China("no zero", [10, 60], [0, 50]));
    }

    [Fact]
    public void NowCast_lies_between_its_hours_and_needs_two_of_the_newest_three() =>
        Gen.Double[0, 2000].Nullable().Array[0, 14].Sample(hours =>
        {
            var known = hours.Take(NowCast.Hours).OfType<double>().ToList();
            var nowCast = NowCast.Of(hours);
            Assert.Equal(hours.Take(3).Count(hour => hour is not null) >= 2, nowCast is not null);
            if (nowCast is { } value)
            {
                Assert.InRange(value, known.Min() - 1e-9, known.Max() + 1e-9);
            }
        });

    [Fact]
    public void NowCast_of_equal_hours_is_that_hour() => Assert.Equal(80, NowCast.Of([80, 80, null, 80])!.Value, 9);

    [Fact]
    public void Moist_dust_is_heavier_the_moister_and_never_lighter_than_dry() =>
        Gen.Select(Gen.Double[-20, 120], Gen.Double[-20, 120], Gen.Double[0, 1]).Sample((a, b, kappa) =>
        {
            var (dry, moist) = (HygroscopicGrowth.Factor(Math.Min(a, b), kappa), HygroscopicGrowth.Factor(Math.Max(a, b), kappa));
            Assert.True(dry.Value >= 1 && dry.Value <= moist.Value && double.IsFinite(moist.Value));
            Assert.Equal(Math.Min(a, b) is < 0 or > 95, dry.IsExtrapolated);
        });

    [Fact]
    public void Humidity_that_is_no_number_is_extrapolated() =>
        Assert.True(HygroscopicGrowth.Factor(double.NaN).IsExtrapolated);

    [Theory]
    [InlineData(new[] { 5.0, 350, 5, 10 }, 5.0, 4.924039, 0.0, 0.0)]
    [InlineData(new[] { 2.0, 90, 6, 100, 4, 80 }, 4.0, 3.951055, 91.679, 90.0)]
    [InlineData(new[] { 5.0, 359.5 }, 5.0, 5.0, 359.5, 359.5)]
    [InlineData(new[] { 5.0, 0, 5, 180 }, 5.0, 0.0, null, null)]
    [InlineData(new[] { 0.0, 77 }, 0.0, 0.0, null, null)]
    [InlineData(new[] { 0.0, 180, 3, 20 }, 1.5, 1.5, 20.0, 20.0)]
    public void Mean_of_winds_is_that_of_vectors(double[] winds, double scalar, double vector, double? direction, double? unit)
    {
        var mean = Of(winds.Chunk(2).Select(wind => (wind[0], wind[1])));

        Assert.Equal(scalar, mean.ScalarSpeed!.Value, 5e-7);
        Assert.Equal(vector, mean.VectorSpeed!.Value, 5e-7);
        IsDirection(direction, mean.Direction);
        IsDirection(unit, mean.UnitDirection);
    }

    [Fact]
    public void No_wind_has_no_mean() => Assert.Equal((null, null, null), (default(WindMean).ScalarSpeed, default(WindMean).VectorSpeed, default(WindMean).Direction));

    [Fact]
    public void Winds_in_any_order_have_one_mean_and_a_vector_no_faster_than_the_scalar() =>
        Gen.Select(Gen.Double[0.5, 40], Gen.Double[0, 360]).Array[1, 60].Sample(winds =>
        {
            var (there, back) = (Of(winds), Of(winds.Reverse()));
            Assert.Equal(there.VectorSpeed!.Value, back.VectorSpeed!.Value, 1e-9);
            Assert.True(there.VectorSpeed <= there.ScalarSpeed + 1e-9);
            Assert.True(there.Direction is null or (>= 0 and < 360));
        });

    private static WindMean Of(IEnumerable<(double Speed, double Direction)> winds)
    {
        var mean = default(WindMean);
        foreach (var (speed, direction) in winds)
        {
            mean.Add(speed, direction);
        }

        return mean;
    }

    // 360° is 0°.
    private static void IsDirection(double? expected, double? actual)
    {
        Assert.Equal(expected is null, actual is null);
        if (expected is { } known)
        {
            Assert.Equal(0, Math.IEEERemainder(actual!.Value - known, 360), 5e-4);
        }
    }
}
