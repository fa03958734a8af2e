using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Rules;

/// <summary>Clear limits that nothing comes back past: an alarm by one rings once, goes on for ever, and all that would ring after it is told to
/// nobody.</summary>
public static class ClearLimit
{
    private const double PercentMax = 100;

    private static readonly Band Anything = new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>What is wrong with a limit of which it is certain, and how to mend it; null where nothing is.</summary>
    /// <param name="measurand">What the channel measures; null where that could not be read.</param>
    /// <param name="statistic">What of it the limit is held against; null: each value.</param>
    /// <param name="threshold">The limit.</param>
    public static (string What, string Mend)? Mistake(Measurand? measurand, Statistic? statistic, ThresholdRule threshold) =>
        Beyond(Known(measurand, statistic), threshold) is { } end
            ? ($"{Nothing(end, threshold.Side, UnitOf(measurand, statistic))}, so the alarm would never be over and the next would be told to nobody",
                Mend(Known(measurand, statistic), threshold, ""))
            : null;

    /// <summary>What is unwise about a limit that nothing comes back past unless its probe errs, and how to mend it; null where nothing is.</summary>
    /// <param name="measurand">What the channel measures.</param>
    /// <param name="statistic">What of it the limit is held against; null: each value.</param>
    /// <param name="threshold">The limit.</param>
    public static (string What, string Mend)? Doubt(Measurand measurand, Statistic? statistic, ThresholdRule threshold) =>
        MadeOf(statistic) is null && !measurand.IsYesOrNo && Beyond(measurand.TrueRange, threshold) is { } end
            ? ($"{Nothing(end, threshold.Side, UnitOf(measurand, statistic))}, so the alarm may never be over and the next be told to nobody",
                Mend(measurand.TrueRange, threshold, threshold.Side == LimitSide.Above ? ", or a little less" : ", or a little more"))
            : null;

    /// <summary>The key of a clear limit in a rule's table.</summary>
    /// <param name="side">Which side is the bad one.</param>
    public static string KeyOf(LimitSide side) => side == LimitSide.Above ? "clear_below" : "clear_above";

    private static Band Known(Measurand? measurand, Statistic? statistic) => MadeOf(statistic) switch
    {
        null => measurand is { IsYesOrNo: true } known ? known.TrueRange : Anything,
        NoValueStatistic => new Band(0, double.PositiveInfinity),
        FlaggedStatistic => new Band(0, PercentMax),
        TimeToStatistic => new Band(0, TimeToStatistic.HoursMax),
        InverseVelocityStatistic => new Band(0, InverseVelocityStatistic.HoursMax),
        _ => Anything,
    };

    // Means and counts of something lie where it lies.
    private static Statistic? MadeOf(Statistic? statistic) => (statistic is ChainStatistic chain ? chain.Parts : statistic is null ? [] : [statistic])
        .LastOrDefault(part => part is not (MeanStatistic or ProjectedMeanStatistic or CountStatistic));

    // The end of the range that the limit is not within; null where something comes back past it.
    private static double? Beyond(Band range, ThresholdRule threshold)
    {
        var end = threshold.Side == LimitSide.Above ? range.Low : range.High;
        var isPast = threshold.Side == LimitSide.Above ? threshold.ClearLimit < end : threshold.ClearLimit > end;
        return isPast || (threshold.ClearLimit == end && threshold.RaiseLimit != end) ? end : null;
    }

    private static string Nothing(double end, LimitSide side, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"nothing is {(side == LimitSide.Above ? "below" : "above")} {end} {unit}").TrimEnd();

    private static string Mend(Band range, ThresholdRule threshold, string orSo) => range.Contains(threshold.RaiseLimit)
        ? string.Create(CultureInfo.InvariantCulture, $"write {KeyOf(threshold.Side)} = {threshold.RaiseLimit}{orSo}")
        : string.Create(CultureInfo.InvariantCulture, $"let the limits lie from {range.Low} {(double.IsFinite(range.High) ? $"to {range.High}" : "on")}");

    private static string UnitOf(Measurand? measurand, Statistic? statistic)
    {
        var own = measurand is { IsYesOrNo: false } known ? known.Unit : "";
        return statistic?.UnitOf(own) ?? own;
    }
}
