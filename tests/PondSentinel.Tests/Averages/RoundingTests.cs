using CsCheck;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Averages;

/// <summary>Rounding as the standards that are named there have it.</summary>
public sealed class RoundingTests
{
    [Theory]
    [InlineData(121.5, 1, 122, 122, 121)]
    [InlineData(120.5, 1, 120, 121, 120)]
    [InlineData(154.9, 10, 150, 150, 150)]
    [InlineData(155, 10, 160, 160, 150)]
    [InlineData(145, 10, 140, 150, 140)]
    [InlineData(0.15, 0.1, 0.2, 0.2, 0.1)]
    [InlineData(-2.5, 1, -2, -3, -2)]
    [InlineData(54.99999999999999, 1, 55, 55, 55)]
    [InlineData(54.9999999999, 1, 55, 55, 54)]
    public void Right_between_two_each_rule_has_its_way(double value, double step, double even, double up, double cut)
    {
        Assert.Equal(even, Rounding.HalfToEven(value, step), 9);
        Assert.Equal(up, Rounding.HalfUp(value, step), 9);
        Assert.Equal(cut, Rounding.Truncated(value, step), 9);
    }

    [Fact]
    public void Mean_that_is_a_half_on_paper_is_one_here()
    {
        var mean = Enumerable.Repeat(120.1, 12).Concat(Enumerable.Repeat(120.9, 12)).Average();

        Assert.NotEqual(120.5, mean);
        Assert.Equal(120, Rounding.HalfToEven(mean));
        Assert.Equal(121, Rounding.HalfUp(mean));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(17.45, 17)]
    [InlineData(0.0685, 0.069)]
    [InlineData(99.6, 100)]
    [InlineData(1.949, 1.9)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    public void Two_figures_are_kept(double value, double expected) => Assert.Equal(expected, Rounding.ToFigures(value, 2), 12);

    [Fact]
    public void Nothing_moves_by_more_than_a_step_and_huge_numbers_stay() =>
        Gen.Select(Gen.Double[-1e6, 1e6], Gen.Double[0.01, 20]).Sample((value, step) =>
        {
            Assert.True(Math.Abs(Rounding.HalfUp(value, step) - value) <= (step / 2) + 1e-6);
            Assert.True(Math.Abs(Rounding.Truncated(value, step)) <= Math.Abs(value) + 1e-6);
            Assert.Equal(1e300, Rounding.HalfToEven(1e300, step));
        });

    // A broken instrument may send any bits.
    [Fact]
    public void No_number_whatever_is_too_much() =>
        Gen.Select(Gen.OneOf(Bits, Gen.Double[-40, 40].Select(power => Math.Pow(10, power))), Gen.OneOf(Bits, Gen.Double[-40, 40].Select(power => Math.Pow(10, power))), Gen.Int[1, 15])
            .Sample((value, step, figures) =>
            {
                double[] rounded = [Rounding.HalfToEven(value, step), Rounding.HalfUp(value, step), Rounding.Truncated(value, step), Rounding.Up(value)];
                Assert.All(rounded, number => Assert.Equal(double.IsFinite(value), double.IsFinite(number)));
                if (double.IsFinite(value))
                {
                    Assert.InRange(Math.Abs(Rounding.ToFigures(value, figures) - value), 0, Math.Abs(value) * Math.Pow(10, 1 - figures));
                }
            });

    [Theory]
    [InlineData(1e31)]
    [InlineData(1e300)]
    [InlineData(-3.4028234663852886e38)]
    [InlineData(1e-300)]
    public void Absurd_number_stays_as_it_is(double value) => Assert.Equal(value, Rounding.ToFigures(value, 2));

    private static Gen<double> Bits => Gen.Long.Select(BitConverter.Int64BitsToDouble);
}
