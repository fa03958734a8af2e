using PondSentinel.Air;
using PondSentinel.Averages;
using PondSentinel.Chemistry;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Averages;

/// <summary>What a window came to.</summary>
/// <param name="Value">What limits are held against, rounded as the standard says; null where too few hours are valid.</param>
/// <param name="Mean">The mean behind it, not rounded.</param>
/// <param name="Valid">How many hours are valid.</param>
/// <param name="IsExtrapolated">Whether it lies outside of what its formula was published for.</param>
internal readonly record struct WindowValue(double? Value, double? Mean, int Valid, bool IsExtrapolated = false);

/// <summary>What a kind of average sees of a window.</summary>
/// <param name="LastHour">The last hour, in the time that windows go by.</param>
/// <param name="Rule">The window.</param>
/// <param name="Hours">The mean of an hour of the channel; null where it has none.</param>
/// <param name="Ph">The same of the pH that goes with it.</param>
/// <param name="Temperature">The same of the temperature that goes with it.</param>
/// <param name="Values">The values of an hour that count.</param>
internal sealed record WindowView(
    long LastHour,
    WindowRule Rule,
    Func<long, double?> Hours,
    Func<long, double?> Ph,
    Func<long, double?> Temperature,
    Func<long, IEnumerable<double>> Values)
{
    /// <summary>The hours of the window, oldest first.</summary>
    public IEnumerable<long> Window => Enumerable.Range(0, Rule.Hours).Select(i => LastHour - Rule.Hours + 1 + i);
}

/// <summary>A kind of average: which windows, and what is made of each.</summary>
/// <param name="Word">Its name in the configuration, and of <c>pond-backend average</c>.</param>
/// <param name="Of">What its channels measure where nothing else is said; null: it has to be said.</param>
/// <param name="Gives">What its values are numbers of; null: of what the channel measures.</param>
/// <param name="Rule">The windows.</param>
/// <param name="Label">What it is, for people.</param>
/// <param name="LabelZh">The same in Chinese.</param>
/// <param name="Table">The table of its index where nothing else is said; null: it is none.</param>
/// <param name="Make">Makes the value of a window by a table.</param>
internal sealed record LiveKind(
    string Word,
    Measurand? Of,
    Measurand? Gives,
    WindowRule Rule,
    string Label,
    string LabelZh,
    IndexTable? Table,
    Func<WindowView, IndexTable?, WindowValue> Make)
{

    /// <summary>Longest window of those kinds that are made of values and not of hours, h.</summary>
    public const int HoursOfValues = HoursOfDay;

    private const int StepOfUs = 10;
    private const int HoursOfDay = 24;

    /// <summary>A day of pH: 18 of 24 hours, by our choice.</summary>
    private static readonly WindowRule DayOfPh = new(HoursOfValues, 18, IsByClock: true);

    // Two of the newest three hours are what it needs: NowCast says so itself.
    private static readonly WindowRule NowCastHours = new(NowCast.Hours, 2, IsByClock: false);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<LiveKind> All { get; } =
    [
        Plain("mean-1h", null, WindowRule.Hour, "hourly mean", "小时均值", mean => mean),
        Plain("pm10-24h-gb", Measurand.Pm10, WindowRule.DayGb, "daily mean (GB 3095)", "日均值（GB 3095）", mean => Rounding.HalfToEven(mean)),
        Plain("pm10-24h-us", Measurand.Pm10, WindowRule.DayUs, "daily mean (40 CFR 50)", "日均值（40 CFR 50）", mean => Rounding.HalfUp(mean, StepOfUs)),
        Plain("pm10-rolling24", Measurand.Pm10, WindowRule.Rolling24, "mean of the last 24 h", "24 小时滑动均值", mean => mean),
        new("nowcast", Measurand.Pm10, null, NowCastHours, "NowCast", "NowCast", null, (view, _) => Now(view, mean => mean)),
        new("nowcast-aqi", Measurand.Pm10, Measurand.AirQualityIndexUs, NowCastHours, "AQI of the NowCast", "NowCast 的 AQI", IndexTable.Us2024, (view, table) => Now(view, table!.IndexOf)),
        new("aqi-us", Measurand.Pm10, Measurand.AirQualityIndexUs, WindowRule.DayUs, "AQI of the day", "日 AQI", IndexTable.Us2024, (view, table) => Mean(view, table!.IndexOf)),
        new("iaqi-cn", Measurand.Pm10, Measurand.AirQualityIndexChina, WindowRule.DayGb, "IAQI of the day", "日 IAQI", IndexTable.China2012, (view, table) => Mean(view, table!.IndexOf)),
        new("ph-mean", Measurand.Ph, null, DayOfPh, "daily mean, arithmetic", "日算术均值", null, (view, _) => Ph(view, mean => mean.Arithmetic)),
        new("ph-mean-ion", Measurand.Ph, null, DayOfPh, "daily mean of hydrogen ions", "日氢离子均值", null, (view, _) => Ph(view, mean => mean.HydrogenIon)),
        new("ammonia-30d", Measurand.TotalAmmoniaNitrogen, Measurand.AmmoniaChronicRatio, WindowRule.Days30, "mean of 30 days to the chronic criterion", "30 日均值与慢性基准之比", null, (view, _) => Month(
            view, month => (AmmoniaCriteria.Ratio(month.Total, month.Criterion).Value, month.Total.MilligramsPerLitre))) { NeedsWater = true },
        new("ammonia-4d", Measurand.TotalAmmoniaNitrogen, Measurand.AmmoniaFourDayRatio, WindowRule.Days30, "highest 4 days in 30 to 2.5 times the chronic criterion", "30 日内最高 4 日均值与 2.5 倍慢性基准之比", null, (view, _) => Month(
            view, month => (month.FourDayRatio, month.HighestFourDays))) { NeedsWater = true },
    ];

    /// <summary>Their places in <see cref="All"/>, by their names.</summary>
    public static IReadOnlyDictionary<string, int> Places { get; } =
        Enumerable.Range(0, All.Count).ToDictionary(place => All[place].Word, StringComparer.Ordinal);

    /// <summary>Whether it is of three channels: ammonia, and the pH and temperature of the same water.</summary>
    public bool NeedsWater { get; init; }

    /// <summary>How often there is a window: at the end of each period by the clock, of each day, or of each hour.</summary>
    public int StepHours => Rule.IsByClock ? Rule.Hours : Rule.Hours > HoursOfDay ? HoursOfDay : 1;

    /// <summary>Longest window there is, h.</summary>
    public static int HoursMax { get; } = All.Max(kind => kind.Rule.Hours);

    private static WindowValue Mean(WindowView view, Func<double, double> rounded)
    {
        var (sum, valid) = (0.0, 0);
        foreach (var hour in view.Window)
        {
            if (view.Hours(hour) is { } mean)
            {
                sum += mean;
                valid++;
            }
        }

        return valid >= view.Rule.Needed ? new WindowValue(rounded(sum / valid), sum / valid, valid) : new WindowValue(null, null, valid);
    }

    private static WindowValue Now(WindowView view, Func<double, double> made)
    {
        Span<double?> newest = new double?[NowCast.Hours];
        var valid = 0;
        for (var age = 0; age < newest.Length; age++)
        {
            newest[age] = view.Hours(view.LastHour - age);
            valid += newest[age] is null ? 0 : 1;
        }

        var mean = NowCast.Of(newest);
        return new WindowValue(mean is { } value ? made(value) : null, mean, valid);
    }

    // Of the values and not of hours, as HJ 212 reports; the hours say whether they are enough.
    private static WindowValue Ph(WindowView view, Func<PhMean, double> which)
    {
        var valid = view.Window.Count(hour => view.Hours(hour) is not null);
        double? mean = valid >= view.Rule.Needed && PhMean.Of(view.Window.SelectMany(view.Values)) is { } all ? which(all) : null;
        return new WindowValue(mean, mean, valid);
    }

    private static WindowValue Month(WindowView view, Func<AmmoniaMonth, (double? Ratio, double? Mean)> made)
    {
        var months = new AmmoniaMonths();
        foreach (var hour in view.Window)
        {
            months.Take(hour, view.Hours(hour), view.Ph(hour), view.Temperature(hour));
        }

        var valid = view.Window.Count(hour => view.Hours(hour) is not null && view.Ph(hour) is not null && view.Temperature(hour) is not null);
        return valid >= view.Rule.Needed && months.Until(view.LastHour) is { } month && made(month) is ({ } ratio, { } mean)
            ? new WindowValue(ratio, mean, valid, month.Criterion.IsExtrapolated)
            : new WindowValue(null, null, valid);
    }

    private static LiveKind Plain(
        string word, Measurand? of, WindowRule rule, string label, string labelZh, Func<double, double> rounded) =>
        new(word, of, null, rule, label, labelZh, null, (view, _) => Mean(view, rounded));
}
