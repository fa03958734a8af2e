using PondSentinel.Alerting;
using PondSentinel.Toml;

namespace PondSentinel.Rules;

/// <summary>Reads the limits and holds of a rule.</summary>
public static class LimitSection
{
    /// <summary>Longest time between two values that counts in full towards a hold, where nothing is said.</summary>
    public static readonly TimeSpan SilenceDefault = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan HoldMax = TimeSpan.FromDays(1);
    private static readonly TimeSpan SilenceMin = TimeSpan.FromSeconds(1);
    private static readonly string[] OneSided = ["raise_above", "raise_below", "clear_above", "clear_below"];

    /// <summary>Reads them.</summary>
    /// <param name="section">The rule's table.</param>
    /// <returns>One, or for a band two, each with what its rule's id ends in; none where they could not be read.</returns>
    public static List<(string Suffix, ThresholdRule Threshold)> Read(TomlSection section)
    {
        var above = section.Number("raise_above");
        var below = section.Number("raise_below");
        var clearBelow = section.Number("clear_below");
        var clearAbove = section.Number("clear_above");
        var holdRaise = section.Duration("hold_raise", TimeSpan.Zero, HoldMax, required: true);
        var holdClear = section.Duration("hold_clear", TimeSpan.Zero, HoldMax, required: true);
        var silence = section.Duration("silence", SilenceMin, HoldMax);
        if (section.Has("raise_outside") || section.Has("clear_inside"))
        {
            return Band(section) is not var (low, high) || holdRaise is not { } raise || holdClear is not { } clear
                ? []
                : [("-low", Rule(low, raise, clear, silence)), ("-high", Rule(high, raise, clear, silence))];
        }

        var limits = (section.Has("raise_above"), section.Has("raise_below")) switch
        {
            (true, false) => Limits(section, LimitSide.Above, above, clearBelow, "clear_below", "clear_above"),
            (false, true) => Limits(section, LimitSide.Below, below, clearAbove, "clear_above", "clear_below"),
            (true, true) => Refused(section, "raise_below", "a rule has either raise_above or raise_below", "make two rules, or write raise_outside = [low, high]"),
            (false, false) => Refused(section, null, "the rule has no limit", "add raise_above = … or raise_below = …"),
        };
        return limits is not { } l || holdRaise is null || holdClear is null ? [] : [("", Rule(l, holdRaise.Value, holdClear.Value, silence))];
    }

    private static ThresholdRule Rule((LimitSide Side, double Raise, double Clear) limits, TimeSpan holdRaise, TimeSpan holdClear, TimeSpan? silence) => new()
    {
        Side = limits.Side,
        RaiseLimit = limits.Raise,
        ClearLimit = limits.Clear,
        HoldRaise = WholeMilliseconds(holdRaise),
        HoldClear = WholeMilliseconds(holdClear),
        SilenceMax = silence ?? SilenceDefault,
    };

    private static ((LimitSide, double, double) Low, (LimitSide, double, double) High)? Band(TomlSection section)
    {
        var raise = section.Numbers("raise_outside", 2, required: true);
        var clear = section.Numbers("clear_inside", 2, required: true);
        if (OneSided.FirstOrDefault(section.Has) is { } other)
        {
            section.Report(other, $"{other} does not go with raise_outside", "a band has raise_outside = [6, 9] and clear_inside = [6.2, 8.8]");
            return null;
        }

        if (raise is not [var low, var high] || clear is not [var clearLow, var clearHigh])
        {
            return null;
        }

        if (!(low <= clearLow && clearLow < clearHigh && clearHigh <= high))
        {
            section.Report("clear_inside", "clear_inside does not lie within raise_outside", "write for example raise_outside = [6, 9] and clear_inside = [6.2, 8.8]");
            return null;
        }

        return ((LimitSide.Below, low, clearLow), (LimitSide.Above, high, clearHigh));
    }

    private static (LimitSide Side, double Raise, double Clear)? Limits(
        TomlSection section, LimitSide side, double? raise, double? clear, string clearKey, string otherKey)
    {
        var raiseKey = side == LimitSide.Above ? "raise_above" : "raise_below";
        if (section.Has(otherKey))
        {
            return Refused(section, otherKey, $"{otherKey} does not go with {raiseKey}", $"write {clearKey} = … instead");
        }

        if (!section.Has(clearKey))
        {
            return Refused(
                section,
                raiseKey,
                $"{raiseKey} needs {clearKey}",
                side == LimitSide.Above
                    ? "add clear_below = … (nine tenths of the limit is usual, for pH 0.2 less)"
                    : "add clear_above = … (a tenth more than the limit is usual, for pH 0.2 more)");
        }

        if (raise is not { } r || clear is not { } c)
        {
            return null;
        }

        return (side == LimitSide.Above ? c <= r : c >= r)
            ? (side, r, c)
            : Refused(
                section,
                clearKey,
                $"{clearKey} lies on the bad side of {raiseKey}, so a value could raise and clear at once",
                side == LimitSide.Above ? "make it at most the limit" : "make it at least the limit");
    }

    private static (LimitSide Side, double Raise, double Clear)? Refused(
        TomlSection section, string? key, string what, string mend)
    {
        section.Report(key, what, mend);
        return null;
    }

    // State keeps whole milliseconds, as the records do.
    private static TimeSpan WholeMilliseconds(TimeSpan hold) =>
        TimeSpan.FromMilliseconds(Math.Ceiling(hold.TotalMilliseconds));
}
