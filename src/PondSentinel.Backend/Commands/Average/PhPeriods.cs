using PondSentinel.Averages;

namespace PondSentinel.Backend.Commands.Average;

/// <summary>Means of pH of recorded values, over all of them or each period by the clock.</summary>
internal static class PhPeriods
{
    /// <summary>Makes the rows of a column.</summary>
    /// <param name="series">The series.</param>
    /// <param name="column">Which column.</param>
    /// <param name="options">How.</param>
    public static IEnumerable<AverageRow> Of(RecordedColumns series, int column, AverageOptions options)
    {
        var intervalMs = (long)options.Interval.TotalMilliseconds;
        var beforeMs = options.IsStampedAtEnd ? intervalMs : 0;
        var offsetMs = (long)options.UtcOffset.TotalMilliseconds;
        var (firstMs, lastMs) = (series.TimesMs[0] - beforeMs, series.TimesMs[^1] - beforeMs);
        var periodMs = (long?)options.Period?.TotalMilliseconds ?? (lastMs - firstMs + intervalMs);
        var startMs = options.Period is null ? firstMs : ((long)Math.Floor((firstMs + offsetMs) / (double)periodMs) * periodMs) - offsetMs;
        for (var row = 0; startMs <= lastMs; startMs += periodMs)
        {
            List<double> values = [];
            for (; row < series.TimesMs.Count && series.TimesMs[row] - beforeMs < startMs + periodMs; row++)
            {
                values.Add(series.Values[column][row]);
            }

            yield return Row(series.Names[column], values, startMs, periodMs, intervalMs);
        }
    }

    private static AverageRow Row(string name, List<double> values, long startMs, long periodMs, long intervalMs)
    {
        var mean = PhMean.Of(values.Where(double.IsFinite));
        var count = mean?.Count ?? 0;
        return new AverageRow(
            ("column", name),
            ("start", DateTimeOffset.FromUnixTimeMilliseconds(startMs)),
            ("end", DateTimeOffset.FromUnixTimeMilliseconds(startMs + periodMs)),
            ("state", mean is null ? "no data" : "valid"),
            ("values", count),
            ("covered", Math.Min(1, count * (double)intervalMs / periodMs)),
            ("arithmetic", mean?.Arithmetic),
            ("hydrogen_ion", mean?.HydrogenIon),
            ("median", mean?.Median),
            ("lowest", mean?.Lowest),
            ("highest", mean?.Highest));
    }
}
