using PondSentinel.Averages;

namespace PondSentinel.Backend.Commands.Average;

/// <summary>The hourly means of a recorded column.</summary>
internal sealed class HourlySeries
{
    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;

    private readonly TimeSpan offset;

    private HourlySeries(TimeSpan offset, long first, IReadOnlyList<double?> means) =>
        (this.offset, First, Means) = (offset, first, means);

    /// <summary>The first hour, counted from local midnight of 1970-01-01.</summary>
    public long First { get; }

    /// <summary>The last hour.</summary>
    public long Last => First + Means.Count - 1;

    /// <summary>The mean of each hour from the first on; null where too little of it was measured.</summary>
    public IReadOnlyList<double?> Means { get; }

    /// <summary>Makes the hours of a column.</summary>
    /// <param name="series">The series.</param>
    /// <param name="column">Which column.</param>
    /// <param name="options">How.</param>
    public static HourlySeries Of(RecordedColumns series, int column, AverageOptions options)
    {
        var hours = new SampleHours(options.Spoken, options.UtcOffset, kept: 3);
        var shift = options.Stamp == RowStamp.Start ? (long)options.Interval.TotalMilliseconds : 0;
        List<double?> means = [];
        var first = hours.HourOf(series.TimesMs[0] + shift);
        for (var i = 0; i < series.TimesMs.Count; i++)
        {
            var at = series.TimesMs[i] + shift;
            var open = first + means.Count;
            var hour = hours.HourOf(at);

            // The first sample after an hour may still speak for the end of it; one of a later hour pushes it out.
            if (hour > open + 1)
            {
                Close(open, hour);
            }

            hours.Take(at, series.Values[column][i]);
            if (hour == open + 1)
            {
                means.Add(hours.MeanOf(open));
            }
        }

        means.Add(hours.MeanOf(first + means.Count));
        return new HourlySeries(options.UtcOffset, first, means);

        void Close(long open, long next)
        {
            means.Add(hours.MeanOf(open));
            for (var missing = open + 1; missing < next; missing++)
            {
                means.Add(null);
            }
        }
    }

    /// <summary>The mean of an hour; null where there is none.</summary>
    /// <param name="hour">The hour.</param>
    public double? Of(long hour) => hour >= First && hour <= Last ? Means[(int)(hour - First)] : null;

    /// <summary>When an hour begins.</summary>
    /// <param name="hour">The hour.</param>
    public DateTimeOffset Begin(long hour) => Epoch.AddHours(hour) - offset;

    /// <summary>The day by local time that an hour lies in, as people write it.</summary>
    /// <param name="hour">The hour.</param>
    public static string Day(long hour) => Epoch.AddHours(hour).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
