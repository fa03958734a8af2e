using PondSentinel.Averages;
using PondSentinel.Chemistry;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Commands.Average;

/// <summary>Thirty days of total ammonia against their chronic criterion, at the end of each day.</summary>
internal static class AmmoniaDays
{
    private const int HoursOfDay = 24;

    /// <summary>The columns that it needs, by name.</summary>
    public static IReadOnlyList<Measurand> Columns { get; } = [Measurand.TotalAmmoniaNitrogen, Measurand.Ph, Measurand.WaterTemperature];

    /// <summary>Makes the rows.</summary>
    /// <param name="series">A series that has the columns.</param>
    /// <param name="options">How.</param>
    public static IEnumerable<AverageRow> Of(RecordedColumns series, AverageOptions options)
    {
        var hours = Columns.Select(column => HourlySeries.Of(series, series.Names.ToList().IndexOf(column.WireName), options)).ToList();
        var months = new AmmoniaMonths();
        for (var hour = hours[0].First; hour <= hours[0].Last; hour++)
        {
            months.Take(hour, hours[0].Of(hour), hours[1].Of(hour), hours[2].Of(hour));
            if ((hour + 1) % HoursOfDay == 0)
            {
                yield return Row(hours[0], hour, months.Until(hour));
            }
        }
    }

    private static AverageRow Row(HourlySeries hours, long hour, AmmoniaMonth? month) => new(
        ("start", hours.Begin(hour - WindowRule.Days30.Hours + 1)),
        ("end", hours.Begin(hour + 1)),
        ("state", month is null ? "no data" : "valid"),
        ("valid", month?.Valid),
        ("needed", WindowRule.Days30.Needed),
        (Measurand.TotalAmmoniaNitrogen.WireName, month?.Total.MilligramsPerLitre),
        (Measurand.Ph.WireName, month?.Ph.Value),
        (Measurand.WaterTemperature.WireName, month?.Water.Degrees),
        (Measurand.AmmoniaChronicCriterion.WireName, month?.Criterion.Value.MilligramsPerLitre),
        ("extrapolated", month?.Criterion.IsExtrapolated),
        (Measurand.AmmoniaChronicRatio.WireName, month is { } known ? AmmoniaCriteria.Ratio(known.Total, known.Criterion).Value : null),
        ("highest_four_days", month?.HighestFourDays),
        (Measurand.AmmoniaFourDayRatio.WireName, month?.FourDayRatio),
        ("exceeded", month?.IsExceeded));
}
