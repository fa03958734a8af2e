using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Rules;

/// <summary>Refuses limits that no value there is can pass, and limits that all of them are past.</summary>
public static class UnreachableLimit
{
    /// <summary>Refuses those of a rule by which it never rings, or always.</summary>
    /// <param name="owner">The rule's table.</param>
    /// <param name="measurand">What the channel measures, where that could be read.</param>
    /// <param name="statistic">What of it the limits are held against; null: its values.</param>
    /// <param name="limits">The limits; two of a band, of which one may be out of reach.</param>
    public static void Refuse(
        TomlSection owner, Measurand? measurand, Statistic? statistic, IReadOnlyList<(string Suffix, ThresholdRule Threshold)> limits)
    {
        if (measurand is not { } of || RangeOf(of, statistic) is not var (lowest, highest) || limits.Count == 0)
        {
            return;
        }

        var isNever = limits.All(limit => limit.Threshold.Side == LimitSide.Above ? limit.Threshold.RaiseLimit >= highest : limit.Threshold.RaiseLimit <= lowest);
        if (isNever || limits.Any(limit => limit.Threshold.Side == LimitSide.Above ? limit.Threshold.RaiseLimit < lowest : limit.Threshold.RaiseLimit > highest))
        {
            owner.Report(
                limits.Count > 1 ? "raise_outside" : limits[0].Threshold.Side == LimitSide.Above ? "raise_above" : "raise_below",
                $"{Said(of, statistic, lowest, highest)}, so the rule {(isNever ? "never" : "always")} rings",
                Mend(lowest, highest));
        }
    }

    /// <summary>Refuses a condition that never holds.</summary>
    /// <param name="owner">Its table.</param>
    /// <param name="measurand">What its channel measures.</param>
    /// <param name="statistic">What of it; null: its values.</param>
    /// <param name="range">For which values it holds.</param>
    /// <returns>Whether it was refused.</returns>
    public static bool Refuse(TomlSection owner, Measurand measurand, Statistic? statistic, ValueRange range)
    {
        ArgumentNullException.ThrowIfNull(range);
        if (RangeOf(measurand, statistic) is not var (lowest, highest)
            || (range.IsOpen ? range.From < highest && range.To > lowest : range.From > range.To || (range.From <= highest && range.To >= lowest)))
        {
            return false;
        }

        owner.Report(
            owner.Has("between") ? "between" : owner.Has("above") ? "above" : "below",
            $"{Said(measurand, statistic, lowest, highest)}, so this never holds",
            Mend(lowest, highest));
        return true;
    }

    private static string Said(Measurand measurand, Statistic? statistic, double lowest, double highest) => string.Create(
        CultureInfo.InvariantCulture,
        $"{measurand.WireName}{(statistic is null ? "" : $" ({statistic.Text})")} is from {lowest} to {highest}");

    private static string Mend(double lowest, double highest) =>
        string.Create(CultureInfo.InvariantCulture, $"write a limit between {lowest} and {highest}");

    private static (double Lowest, double Highest)? RangeOf(Measurand measurand, Statistic? statistic)
    {
        (double Lowest, double Highest)? range = measurand.IsBounded ? (measurand.TrueRange.Low, measurand.TrueRange.High) : null;
        foreach (var part in statistic is ChainStatistic chain ? chain.Parts : statistic is null ? [] : [statistic])
        {
            range = (part, range) switch
            {
                (_, null) => null,
                (MeanStatistic { RoundTo: 0 } or ProjectedMeanStatistic or DirectionMeanStatistic or CountStatistic, _) => range,
                (ChangeStatistic or DeviationStatistic { Scale: DeviationScale.Unit }, var (lowest, highest)) => (lowest - highest, highest - lowest),
                _ => null,
            };
        }

        return range;
    }
}
