using PondSentinel.Water;

namespace PondSentinel.Tests.Water;

/// <summary>Expected numbers are worked out by hand.</summary>
public sealed class PondBalanceTests
{
    [Theory]
    [InlineData(-12, 24, 0, 1.0, 4, 0, 0, -4, -8)]
    [InlineData(-40, 24, 0, 1.0, 4, 0, 28.8, -40, 0)]
    [InlineData(10, 24, 50, 1.3, 2, 0, 0, 63, -53)]
    [InlineData(3, 12, 0, 1.0, 4, 4, 0, 3, 0)]
    [InlineData(-7, 12, 0, 1.0, 4, 0, 0, -2, -10)]
    public void Residual_is_what_rain_evaporation_and_pumps_do_not_explain(
        double rose, double hours, double rain, double catchment, double evaporation, double inflow, double outflow, double expected, double residual)
    {
        var pond = new PondBalance(800) { CatchmentRatio = catchment, EvaporationMillimetresPerDay = evaporation };

        Assert.Equal(expected, pond.ExpectedMillimetres(hours / 24, rain, inflow, outflow), 9);
        Assert.Equal(residual, pond.ResidualMillimetresPerDay(rose, hours / 24, rain, inflow, outflow), 9);
    }
}
