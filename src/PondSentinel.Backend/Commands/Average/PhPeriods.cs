using PondSentinel.Averages;

namespace PondSentinel.Backend.Commands.Average;

/// <summary>Means of pH of recorded values, over all of them or each period by the clock.</summary>
/// <remarks>A period by the clock has none where too little of it was measured, by default less than three quarters: of its hours, where
/// it is made of whole ones. Of all that there is, there is always one.</remarks>
internal static class PhPeriods
{
    private const double NeededShare = 0.75;

    /// <summary>Makes the rows of a column.</summary>
    /// <param name="series">The series.</param>
    /// <param name="column">Which column.</param>
    /// <param name="options">How.</param>
    public static IEnumerable<AverageRow> Of(RecordedColumns series, int column, AverageOptions options)
    {
        var intervalMs = (long)options.Interval.TotalMilliseconds;

        // What is measured at the end of a period belongs to it.
        var beforeMs = options.Stamp switch { RowStamp.End => intervalMs, RowStamp.Instant => 1, _ => 0 };
        var offsetMs = (long)options.UtcOffset.TotalMilliseconds;
        var (firstMs, lastMs) = (series.TimesMs[0] - beforeMs, series.TimesMs[^1] - beforeMs);
        var periodMs = (long?)options.Period?.TotalMilliseconds ?? (lastMs - firstMs + intervalMs);
        var startMs = options.Period is null ? firstMs : ((long)Math.Floor((firstMs + offsetMs) / (double)periodMs) * periodMs) - offsetMs;
        var hours = options.Period is not null && periodMs % HourMean.HourMs == 0 ? HourlySeries.Of(series, column, options) : null;
        for (var row = 0; startMs <= lastMs; startMs += periodMs)
        {
            List<double> values = [];
            for (; row < series.TimesMs.Count && series.TimesMs[row] - beforeMs < startMs + periodMs; row++)
            {
                if (double.IsFinite(series.Values[column][row]))
                {
                    values.Add(series.Values[column][row]);
                }
            }

            var covered = Math.Min(1, values.Count * (double)intervalMs / periodMs);
            var (valid, needed) = hours is null ? ((int?)null, (int?)null) : (Valid(hours, startMs + offsetMs, periodMs), Needed(options, periodMs));
            var isEnough = valid is { } known ? known >= needed : options.Period is null || covered >= NeededShare;
            yield return Row(series.Names[column], (startMs, periodMs), isEnough ? PhMean.Of(values) : null, values.Count, covered, valid, needed);
        }
    }

    private static int Needed(AverageOptions options, long periodMs) =>
        Math.Min(options.Needed ?? (int)Math.Ceiling(NeededShare * periodMs / HourMean.HourMs), (int)(periodMs / HourMean.HourMs));

    private static int Valid(HourlySeries hours, long localMs, long periodMs)
    {
        var first = localMs / HourMean.HourMs;
        var valid = 0;
        for (var hour = first; hour < first + (periodMs / HourMean.HourMs); hour++)
        {
            valid += hours.Of(hour) is null ? 0 : 1;
        }

        return valid;
    }

    private static AverageRow Row(
        string name, (long StartMs, long LengthMs) period, PhMean? mean, int count, double covered, int? valid, int? needed) => new(
            ("column", name),
            ("start", DateTimeOffset.FromUnixTimeMilliseconds(period.StartMs)),
            ("end", DateTimeOffset.FromUnixTimeMilliseconds(period.StartMs + period.LengthMs)),
            ("state", mean is null ? "no data" : "valid"),
            ("values", count),
            ("covered", covered),
            ("valid", valid),
            ("needed", needed),
            ("arithmetic", mean?.Arithmetic),
            ("hydrogen_ion", mean?.HydrogenIon),
            ("median", mean?.Median),
            ("lowest", mean?.Lowest),
            ("highest", mean?.Highest));
}
