using PondSentinel.Averages;
using PondSentinel.Chemistry;

namespace PondSentinel.Tests.Averages;

/// <summary>Thirty days against the chronic criterion.</summary>
public sealed class AmmoniaMonthTests
{
    private const int Month = 720;

    [Fact]
    public void Month_is_judged_by_the_criterion_at_its_mean_pH_and_temperature()
    {
        var months = Of(hour => (1.2, hour % 2 == 0 ? 6.5 : 7.5, 20));
        var month = months.Until(Month - 1)!.Value;

        Assert.Equal((Month, 1.2, 7.0, 20.0), (month.Valid, Math.Round(month.Total.MilligramsPerLitre, 9), Math.Round(month.Ph.Value, 9), month.Water.Degrees));
        Assert.Equal(1.9, AmmoniaCriteria.Printed(month.Criterion.Value.MilligramsPerLitre), 12);
        Assert.Equal(1.2, month.HighestFourDays!.Value, 9);
        Assert.False(month.IsExceeded || month.Criterion.IsExtrapolated);
    }

    [Theory]
    [InlineData(1.94, false)]
    [InlineData(1.96, true)]
    public void Mean_above_the_criterion_at_two_figures_exceeds_it(double total, bool isExceeded) =>
        Assert.Equal(isExceeded, Of(_ => (total, 7, 20)).Until(Month - 1)!.Value.IsExceeded);

    [Fact]
    public void Four_days_of_more_than_two_and_a_half_times_the_criterion_exceed_it_though_the_month_does_not()
    {
        var month = Of(hour => (hour is >= 300 and < 396 ? 5.2 : 0.1, 7, 20)).Until(Month - 1)!.Value;

        Assert.Equal(5.2, month.HighestFourDays!.Value, 9);
        Assert.True(month.IsExceeded && month.Total.MilligramsPerLitre < 1);
    }

    // Computed apart from this code, with 40 decimal digits: criterion, limit and mean at two figures each, half up.
    [Theory]
    [InlineData(7, 20, 4.84, 1)]
    [InlineData(7, 20, 4.86, 4.9 / 4.8)]
    [InlineData(8.2, 12, 3.1, 3.1 / 2.4)]
    [InlineData(6.5, 4, 17, 17.0 / 12)]
    [InlineData(9, 30, 0.5, 2.5)]
    [InlineData(7.5, 25, 2.45, 1)]
    public void Highest_four_days_are_a_multiple_of_two_and_a_half_times_the_criterion(double ph, double celsius, double four, double ratio)
    {
        var month = Of(hour => (hour is >= 300 and < 396 ? four : 0, ph, celsius)).Until(Month - 1)!.Value;

        Assert.Equal(ratio, month.FourDayRatio!.Value, 1e-9);
        Assert.Equal(ratio > 1, month.IsExceeded);
    }

    [Theory]
    [InlineData(539, false)]
    [InlineData(540, true)]
    public void Month_needs_three_quarters_of_its_hours_with_all_three(int whole, bool isMean)
    {
        var months = Of(hour => (hour < whole ? 1 : null, 7, hour < whole + 1 ? 20 : null));

        Assert.Equal(isMean, months.Until(Month - 1) is not null);
    }

    [Fact]
    public void Late_and_revised_hours_count_as_if_they_had_come_in_order()
    {
        var months = Of(hour => (hour == 500 ? null : 1, 7, 20));
        Assert.True(months.Take(500, 900, 7, 20) && months.Take(500, 721, 7, 20));

        Assert.Equal(2.0, months.Until(Month - 1)!.Value.Total.MilligramsPerLitre, 9);
        Assert.False(months.Take(Month - WindowRule.HoursMax - 1, 1, 7, 20));
    }

    private static AmmoniaMonths Of(Func<int, (double? Total, double? Ph, double? Celsius)> at)
    {
        var months = new AmmoniaMonths();
        for (var hour = 0; hour < Month; hour++)
        {
            var (total, ph, celsius) = at(hour);
            Assert.True(months.Take(hour, total, ph, celsius));
        }

        return months;
    }
}
