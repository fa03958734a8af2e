using System.Globalization;
using PondSentinel.Air;
using PondSentinel.Measurements;
using static PondSentinel.Tests.Repository.KnownAnswers;

namespace PondSentinel.Tests.Air;

/// <summary>Every known answer of air.</summary>
public sealed class AirVectorTests
{
    [Fact]
    public void Index_of_a_day_is_as_known()
    {
        var rows = Rows("Air/vectors/aqi_pm10.csv");
        Assert.Equal(17, rows.Count);
        foreach (var row in rows)
        {
            var mean = Number(row["pm10"])!.Value;
            var us = IndexScale.Us2018.Of(mean);
            Assert.Equal(row["us_aqi_2seg"], Text(us.Value));
            Assert.Equal(row["us_aqi_1seg"], Text(IndexScale.Us2024.Of(mean).Value));
            Assert.Equal(row["us_category"], Short(us.Category));
            Assert.Equal(row["cn_iaqi_2012"], Text(IndexScale.China2012.Of(mean).Value));
        }
    }

    [Fact]
    public void NowCast_is_as_known()
    {
        var rows = Rows("Air/vectors/nowcast.csv");
        Assert.Equal(9, rows.Count);
        foreach (var row in rows)
        {
            var nowCast = NowCast.Of([.. Enumerable.Range(1, 13).Select(hour => Number(row[$"h{hour:00}"]))]);
            if (Number(row["nowcast"]) is not { } known)
            {
                Assert.Null(nowCast);
                continue;
            }

            Assert.Equal(known, nowCast!.Value, 1e-6);
            Assert.Equal(row["nowcast_trunc"], Text((int)Rounding.Truncated(nowCast.Value)));
            Assert.Equal(row["aqi_2seg"], Text(IndexScale.Us2018.Of(nowCast.Value).Value));
            Assert.Equal(row["aqi_1seg"], Text(IndexScale.Us2024.Of(nowCast.Value).Value));
            Assert.Equal(row["category"], Short(IndexScale.Us2018.Of(nowCast.Value).Category));
        }
    }

    [Fact]
    public void Dust_without_its_water_is_as_known()
    {
        var rows = Rows("Air/vectors/pm_humidity.csv");
        Assert.Equal(15, rows.Count);
        foreach (var row in rows)
        {
            var (humidity, kappa) = (Number(row["rh"])!.Value, Number(row["kappa"])!.Value);
            Assert.Equal(Number(row["growth_c"])!.Value, HygroscopicGrowth.Factor(humidity, kappa).Value, 1e-6);
            var dry = HygroscopicGrowth.Dry(new ParticulateMatter(100), humidity, kappa);
            Assert.Equal(Number(row["pm_dry_of_100"])!.Value, dry.Value.MicrogramsPerCubicMetre, 1e-4);
            Assert.False(dry.IsExtrapolated);
        }
    }

    private static string Text(int? index) => index?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static string Short(string category) => category switch
    {
        "Unhealthy for Sensitive Groups" => "USG",
        "Very Unhealthy" => "VeryUnhealthy",
        "Beyond the AQI" => "BeyondAQI",
        _ => category,
    };
}
