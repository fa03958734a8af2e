using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Retention;

/// <summary>Means of a series over a day and its windows of ten minutes.</summary>
/// <param name="Day">Of the day; null where there is none.</param>
/// <param name="Windows">Of its windows, oldest first.</param>
internal sealed record DayMeans(MeanPoint? Day, IReadOnlyList<MeanPoint> Windows)
{
    /// <summary>Of no record.</summary>
    public static DayMeans None { get; } = new(null, []);

    /// <summary>All of them.</summary>
    public IReadOnlyList<MeanPoint> All => Day is null ? Windows : [.. Windows, Day];

    /// <summary>Begin of the window that an instant lies in, ms since 1970. Windows divide the days of the ledger's calendar.</summary>
    /// <param name="grid">The calendar.</param>
    /// <param name="timeMs">The instant.</param>
    public static long WindowOf(DayGrid grid, long timeMs) =>
        (Slots.Floor(timeMs + grid.OffsetMs, Resolutions.TenMinutesMs) * Resolutions.TenMinutesMs) - grid.OffsetMs;

    /// <summary>Means of ten minutes of some records.</summary>
    /// <param name="series">Whose they are.</param>
    /// <param name="sums">By the begin of their windows.</param>
    public static IReadOnlyList<MeanPoint> WindowsOf(SeriesKey series, IReadOnlyDictionary<long, MeanSum> sums) =>
    [
        .. sums.OrderBy(sum => sum.Key).Select(sum => new MeanPoint
        {
            Of = series, Resolution = Resolution.TenMinutes, StartMs = sum.Key, Value = sum.Value.Value,
        }),
    ];

    /// <summary>The mean of a day from those of its windows.</summary>
    /// <param name="series">Whose it is.</param>
    /// <param name="startMs">When the day begins.</param>
    /// <param name="windows">The windows, at least one.</param>
    public static MeanPoint DayOf(SeriesKey series, long startMs, IEnumerable<MeanPoint> windows)
    {
        var sum = new MeanSum(series.Measurand);
        foreach (var window in windows)
        {
            sum.Add(window.Value);
        }

        return new MeanPoint { Of = series, Resolution = Resolution.Day, StartMs = startMs, Value = sum.Value };
    }

    /// <summary>These and further records, all of which are in no store from then on.</summary>
    /// <param name="series">Whose they are.</param>
    /// <param name="startMs">When the day begins.</param>
    /// <param name="further">Windows of records that are not in these.</param>
    public DayMeans And(SeriesKey series, long startMs, IReadOnlyList<MeanPoint> further)
    {
        var known = Windows.ToDictionary(window => window.StartMs);
        var added = further.Select(window => Sum(known.GetValueOrDefault(window.StartMs), window)).ToList();
        foreach (var window in added)
        {
            known[window.StartMs] = window;
        }

        return new DayMeans(Sum(Day, DayOf(series, startMs, further)), [.. known.Values.OrderBy(window => window.StartMs)]);
    }

    private static MeanPoint Sum(MeanPoint? known, MeanPoint further)
    {
        var sum = new MeanSum(further.Of.Measurand);
        if (known is not null)
        {
            sum.Add(known.Value);
        }

        sum.Add(further.Value);
        return further with { Value = sum.Value, Expired = sum.Value.Records };
    }
}
