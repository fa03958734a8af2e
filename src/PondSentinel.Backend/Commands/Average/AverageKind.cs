using PondSentinel.Air;
using PondSentinel.Averages;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Commands.Average;

/// <summary>A kind of mean that a standard asks for, and what it makes of the hours of a column.</summary>
/// <param name="Word">Its name on the command line.</param>
/// <param name="Of">Makes its rows of a column's name and hours.</param>
internal sealed record AverageKind(string Word, Func<string, HourlySeries, AverageOptions, IEnumerable<AverageRow>> Of)
{
    /// <summary>Name of the means of pH, which are of values and not of hours: see <see cref="PhPeriods"/>.</summary>
    public const string Ph = "ph-mean";

    /// <summary>Name of the chronic criterion, which is of three columns: see <see cref="AmmoniaDays"/>.</summary>
    public const string Ammonia = "ammonia-30d";

    private const int StepOfUs = 10;

    /// <summary>Those of hours of one column.</summary>
    public static IReadOnlyList<AverageKind> All { get; } =
    [
        new("pm10-24h-gb", (name, hours, options) => Windows(name, hours, WindowRule.DayGb, options, mean =>
            [("rounded", mean is { } value ? Rounding.HalfToEven(value) : null)])),
        new("pm10-24h-us", (name, hours, options) => Windows(name, hours, WindowRule.DayUs, options, mean =>
            [("rounded", mean is { } value ? Rounding.HalfUp(value, StepOfUs) : null)])),
        new("pm10-rolling24", (name, hours, options) => Windows(name, hours, WindowRule.Rolling24, options, _ => [])),
        new("nowcast", NowCasts),
        new("aqi-us", (name, hours, options) => Windows(name, hours, WindowRule.DayUs, options, Us)),
        new("iaqi-cn", (name, hours, options) => Windows(name, hours, WindowRule.DayGb, options, mean =>
        {
            AirIndex? index = mean is { } value ? options.Scale.Of(value) : null;
            return [("rounded", mean is { } known ? Rounding.HalfToEven(known) : null), ("iaqi", index?.Value), ("category", index?.Category), ("standard", options.Scale.Standard)];
        })),
        new("mean-1h", (name, hours, options) => Windows(name, hours, WindowRule.Hour, options, _ => [])),
    ];

    /// <summary>The words for all kinds.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. All.Select(kind => kind.Word), Ph, Ammonia];

    private static IEnumerable<AverageRow> Windows(
        string name, HourlySeries hours, WindowRule rule, AverageOptions options, Func<double?, (string, object?)[]> more)
    {
        rule = rule with { Needed = Math.Min(options.Needed ?? rule.Needed, rule.Hours) };
        var windows = new MeanWindows(rule, latenessHours: 0);
        List<WindowMean> told = [];

        // To the end of the period by the clock that the last hour lies in: a day that has not ended lacks its hours.
        var last = rule.IsByClock ? hours.Last + rule.Hours - 1 : hours.Last;
        for (var hour = hours.First; hour <= last && !(hour > hours.Last && told.Count > 0 && told[^1].LastHour >= hours.Last); hour++)
        {
            windows.Take(hour, hours.Of(hour), told);
        }

        return told.Select(window => new AverageRow(
        [
            ("column", name),
            .. Span(hours, window.LastHour - rule.Hours + 1, window.LastHour, rule.IsByClock && rule.Hours > 1),
            ("state", window.Mean is null ? "no data" : "valid"),
            ("valid", window.Valid),
            ("needed", rule.Needed),
            ("mean", window.Mean),
            .. more(window.Mean),
        ]));
    }

    private static IEnumerable<AverageRow> NowCasts(string name, HourlySeries hours, AverageOptions options)
    {
        var newest = new double?[NowCast.Hours];
        for (var hour = hours.First; hour <= hours.Last; hour++)
        {
            for (var age = 0; age < newest.Length; age++)
            {
                newest[age] = hours.Of(hour - age);
            }

            var mean = NowCast.Of(newest);
            yield return new AverageRow(
            [
                ("column", name),
                .. Span(hours, hour, hour, isDay: false),
                ("state", mean is null ? "no data" : "valid"),
                ("valid", newest.Count(hourly => hourly is not null)),
                ("nowcast", mean),
                .. Us(mean),
            ]);
        }
    }

    private static (string, object?)[] Us(double? mean)
    {
        (AirIndex Old, AirIndex New)? index = mean is { } value ? (IndexScale.Us2018.Of(value), IndexScale.Us2024.Of(value)) : null;
        return
        [
            ("truncated", mean is { } known ? Rounding.Truncated(known) : null),
            ("aqi_2018", index is { } old ? old.Old.Value ?? IndexScale.Us2018.End : null),
            ("aqi_2024", index is { } now ? now.New.Value ?? IndexScale.Us2024.End : null),
            ("category", index?.Old.Category),
        ];
    }

    private static IEnumerable<(string, object?)> Span(HourlySeries hours, long first, long last, bool isDay)
    {
        if (isDay)
        {
            yield return ("day", HourlySeries.Day(first));
        }

        yield return ("start", hours.Begin(first));
        yield return ("end", hours.Begin(last + 1));
    }
}
