using PondSentinel.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Rules;

/// <summary>Reads <c>statistic = { … }</c> of a rule or a condition: what of the channel a limit is held against.</summary>
public static class StatisticSection
{
    private const double HoursMax = 14;
    private const double CountMax = 100;
    private const int PartsMax = 4;
    private const string Known = "write mean, count, change, deviation, time_to, time_to_failure, no_value or flagged, for example statistic = { mean = \"1h\" }";
    private static readonly TimeSpan PeriodMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PeriodMax = TimeSpan.FromDays(31);
    private static readonly TimeSpan TrendMax = TimeSpan.FromDays(7);
    private static readonly TimeSpan FailureMin = TimeSpan.FromHours(4);
    private static readonly TimeSpan FailureMax = TimeSpan.FromDays(14);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan HoursFrom = TimeSpan.FromHours(8);
    private static readonly string[] Kinds = ["mean", "count", "change", "deviation", "time_to", "time_to_failure", "no_value", "flagged"];

    private static readonly string[] Arithmetic = ["mean", "change", "deviation", "time_to", "time_to_failure"];

    private static readonly string[] NotOfProjections = ["complete", "round", "half"];

    private static readonly Dictionary<string, bool> Windows =
        new(StringComparer.Ordinal) { ["rolling"] = false, ["clock"] = true };

    private static readonly Dictionary<string, bool> Halves =
        new(StringComparer.Ordinal) { ["even"] = false, ["up"] = true };

    private static readonly Dictionary<string, DeviationScale> Scales = new(StringComparer.Ordinal)
    {
        ["unit"] = DeviationScale.Unit,
        ["percent"] = DeviationScale.Percent,
        ["mad"] = DeviationScale.Mad,
    };

    /// <summary>Reads it, or a list of them, of which each is made of what the one before it makes.</summary>
    /// <param name="owner">The table that it stands in.</param>
    /// <param name="measurand">What the channel measures, where that could be read.</param>
    /// <param name="side">Which side of the limit is the bad one.</param>
    /// <param name="silence">Longest time between two values that counts as covered by them.</param>
    /// <returns>The statistic, or null where there is none or it could not be read.</returns>
    public static Statistic? Read(TomlSection owner, Measurand? measurand, LimitSide side, TimeSpan silence)
    {
        List<Statistic> parts = [];
        var sections = owner.TableOrTables("statistic");
        foreach (var section in sections)
        {
            if (One(section, side) is { } made)
            {
                var part = measurand is { IsDirection: true } ? OfDirection(section, made) : made;

                // What comes by the hour is silent when two hours are missing, not after half of one.
                var usual = parts.Count > 0 ? 2 * parts.Max(before => before.Spacing) : TimeSpan.Zero;
                parts.Add(part with { SilenceMax = usual > silence ? usual : silence });
            }
        }

        if (sections.Count > PartsMax)
        {
            owner.Report("statistic", $"a statistic has {sections.Count} parts", $"{PartsMax} are the most");
        }

        return parts.Count > 1 ? new ChainStatistic { Parts = parts, SilenceMax = silence } : parts.FirstOrDefault();
    }

    /// <summary>Refuses limits by which a statistic never rings, always, or once for ever.</summary>
    /// <param name="owner">The table that both stand in.</param>
    /// <param name="measurand">What the channel measures; null where that could not be read.</param>
    /// <param name="statistic">The statistic; null for none.</param>
    /// <param name="limits">The limits.</param>
    public static void RefuseEmpty(TomlSection owner, Measurand? measurand, Statistic? statistic, IReadOnlyList<(string Suffix, ThresholdRule Threshold)> limits)
    {
        var last = statistic is ChainStatistic chain ? chain.Parts[^1] : statistic;
        var isAgainst = owner.Has("against");
        var isRefused = false;
        foreach (var limit in limits.Select(limit => limit.Threshold))
        {
            var (what, mend) = (last, limit.Side) switch
            {
                (NoValueStatistic, LimitSide.Below) => ("a channel that brings values has been without one for 0 min, so the rule rings while all is well", "write raise_above = 30 and clear_below = 30"),
                (FlaggedStatistic, LimitSide.Below) => ("few flagged values are no alarm, so the rule rings while all is well", "write raise_above = … and clear_below = …"),
                (FlaggedStatistic, LimitSide.Above) when limit.RaiseLimit >= 100 => ("no more than 100 % of the values can be flagged, so the rule never rings", "write a limit below 100"),
                (TimeToStatistic, LimitSide.Above) => ("that it takes long to get there is no alarm, so the rule rings while all is well", "write raise_below = … and clear_above = …, hours"),
                (InverseVelocityStatistic, LimitSide.Above) => ("a slope that stands still has 720 h, so the rule rings while all is well", "write raise_below = 48 and clear_above = 96, hours"),
                (InverseVelocityStatistic, LimitSide.Below) when limit.RaiseLimit > InverseVelocityStatistic.HoursMax => ("a slope that stands still has 720 h, so the rule always rings", "write a limit below 720"),
                _ => default((string What, string Mend)),
            };
            if (what is not null)
            {
                owner.Report("statistic", what, mend);
                return;
            }

            if (!isAgainst && ClearLimit.Mistake(measurand, statistic, limit) is var (never, instead))
            {
                var key = ClearLimit.KeyOf(limit.Side);
                owner.Report(owner.Has(key) ? key : "clear_inside", never, instead);
                isRefused = true;
            }
        }

        if (!isAgainst && !isRefused)
        {
            UnreachableLimit.Refuse(owner, measurand, statistic, limits);
        }
    }

    /// <summary>The same statistic for a limit whose bad side may be the other one.</summary>
    /// <param name="threshold">The limit.</param>
    /// <param name="statistic">The statistic.</param>
    public static Statistic On(ThresholdRule threshold, Statistic statistic) => Watching(
        threshold.Side == LimitSide.Above ? ValueRange.Above(threshold.ClearLimit) : ValueRange.Below(threshold.ClearLimit),
        Sided(threshold.Side, statistic));

    /// <summary>The same statistic where what it makes is not usual within a range: baselines are held while that goes on.</summary>
    /// <param name="unusual">The range.</param>
    /// <param name="statistic">The statistic.</param>
    public static Statistic Watching(ValueRange unusual, Statistic statistic)
    {
        if (statistic is not ChainStatistic chain)
        {
            return statistic is DeviationStatistic deviation ? deviation with { Unusual = unusual } : statistic;
        }

        // A count or a mean of deviations is one; a change of them is not.
        var last = chain.Parts.Count - 1;
        while (last > 0 && chain.Parts[last] is CountStatistic or MeanStatistic)
        {
            last--;
        }

        return chain with { Parts = [.. chain.Parts.Select((part, i) => i == last ? Watching(unusual, part) : part)] };
    }

    private static Statistic Sided(LimitSide side, Statistic statistic) => statistic switch
    {
        CountStatistic count => count with { Side = side },
        ChainStatistic chain => chain with { Parts = [.. chain.Parts.Select(part => Sided(side, part))] },
        _ => statistic,
    };

    // A rolling mean is that of vectors; all else would be arithmetic.
    private static Statistic OfDirection(TomlSection section, Statistic part)
    {
        if (part is MeanStatistic { IsByClock: false, RoundTo: 0 } mean)
        {
            return new DirectionMeanStatistic { Period = mean.Period, Complete = mean.Complete };
        }

        if (Kinds.First(section.Has) is var kind && Arithmetic.Contains(kind, StringComparer.Ordinal))
        {
            section.Report(
                kind, "a direction has no arithmetic mean, trend or difference: 350° and 10° are north, not south",
                "write mean = \"1h\" alone, which is that of vectors, or hold the limit against its values");
        }

        return part;
    }

    private static Statistic? One(TomlSection section, LimitSide side)
    {
        var kinds = Kinds.Where(section.Has).ToList();
        if (kinds.Count != 1)
        {
            section.Report(
                kinds.Count > 1 ? kinds[1] : null,
                kinds.Count > 1 ? $"a rule has one statistic, not {kinds[0]} and {kinds[1]}" : "the statistic does not say what it is",
                kinds.Count > 1 ? $"make two rules, or one of the other: [{{ {kinds[0]} = … }}, {{ {kinds[1]} = … }}]" : Known);
            return null;
        }

        Statistic? statistic = kinds[0] switch
        {
            "mean" => Mean(section),
            "count" => Count(section, side),
            "change" => section.Duration("change", PeriodMin, TrendMax) is { } period ? new ChangeStatistic { Period = period } : null,
            "deviation" => Deviation(section),
            "time_to" => TimeTo(section),
            "time_to_failure" => TimeToFailure(section),
            "no_value" => NoValue(section),
            _ => Flagged(section),
        };
        section.RefuseUnknownKeys();
        return statistic;
    }

    private static NoValueStatistic? NoValue(TomlSection section)
    {
        if (section.Flag("no_value") == false)
        {
            section.Report("no_value", "no_value can only be true", "remove the statistic");
        }

        return new NoValueStatistic();
    }

    private static FlaggedStatistic? Flagged(TomlSection section)
    {
        var period = section.Duration("flagged", PeriodMin, PeriodMax);
        var reasons = Why.None;
        foreach (var token in section.Texts("why") ?? [])
        {
            var reason = WhyTokens.Parse(token);
            if (reason == Why.Other && token != "other")
            {
                var known = WhyTokens.Tokens(WhyTokens.All).ToList();
                section.Report("why", $"\"{token}\" is no reason", Units.Nearest(token, known) is { } nearest ? $"did you mean {nearest}?" : $"use some of: {string.Join(", ", known)}");
            }

            reasons |= reason;
        }

        return period is { } p ? new FlaggedStatistic { Period = p, Reasons = reasons } : null;
    }

    private static ProjectedMeanStatistic? Projected(TomlSection section, TimeSpan period, double? offset)
    {
        var from = section.Duration("projected_from", Hour, Day);
        if (NotOfProjections.FirstOrDefault(section.Has) is { } other)
        {
            section.Report(other, $"{other} means nothing for a projection", "remove it");
        }

        if (period < 2 * Hour || from >= period || from is { } hours && hours.Ticks % Hour.Ticks != 0)
        {
            section.Report("projected_from", "a projection needs some whole hours of the period, and not all", "write mean = \"24h\" and projected_from = \"18h\"");
            return null;
        }

        return from is { } f
            ? new ProjectedMeanStatistic { Period = period, From = (int)f.TotalHours, UtcOffset = TimeSpan.FromHours(offset ?? 0) }
            : null;
    }

    private static Statistic? Mean(TomlSection section)
    {
        var period = section.Duration("mean", PeriodMin, PeriodMax);
        var byClock = section.Word("window", Windows) ?? false;
        var offset = section.Number("utc_offset_h", -HoursMax, HoursMax);
        var complete = section.Share("complete");
        var round = section.Number("round", min: 0);
        var half = section.Word("half", Halves);
        if (half is not null && round is null or 0)
        {
            section.Report("half", "half means nothing without round", "remove it, or write round = 1");
        }

        if (offset is not null && !byClock)
        {
            section.Report("utc_offset_h", "utc_offset_h means nothing for a rolling mean", "remove it, or write window = \"clock\"");
        }

        if (complete is { } share && (!share.IsPercent || share.Amount is < 1 or > 100))
        {
            section.Report("complete", "complete must be from 1% to 100%", "write complete = \"75%\"");
            return null;
        }

        if (section.Has("projected_from") && !byClock)
        {
            section.Report("projected_from", "projected_from means nothing for a rolling mean", "write window = \"clock\"");
        }

        if (period is not { } p || !IsWhole(section, p, byClock))
        {
            return null;
        }

        if (section.Has("projected_from"))
        {
            return Projected(section, p, offset);
        }

        var mean = new MeanStatistic
        {
            Period = p,
            IsByClock = byClock,
            UtcOffset = TimeSpan.FromHours(offset ?? 0),
            RoundTo = round ?? 0,
            IsHalfUp = half ?? false,
        };
        return complete is { } c ? mean with { Complete = c.Amount / 100 } : mean;
    }

    private static bool IsWhole(TomlSection section, TimeSpan period, bool byClock)
    {
        if (byClock && (period > Day || Day.Ticks % period.Ticks != 0 || (period > Hour && period.Ticks % Hour.Ticks != 0)))
        {
            section.Report(
                "mean", $"{Units.Text(period)} is no whole part of a day, so it cannot go by the clock", "use 1h, 8h or 24h, or remove window");
            return false;
        }

        if (!byClock && period >= HoursFrom && period.Ticks % Hour.Ticks != 0)
        {
            section.Report("mean", $"{Units.Text(period)} is not a number of whole hours", "from 8h on use whole hours");
            return false;
        }

        return true;
    }

    private static CountStatistic? Count(TomlSection section, LimitSide side)
    {
        if (section.Numbers("count", 2) is not [var least, var of])
        {
            return null;
        }

        if (least < 1 || least > of || of > CountMax || !double.IsInteger(least) || !double.IsInteger(of))
        {
            section.Report("count", "count must be two whole numbers, the first not above the second, at most 100", "write count = [3, 4] for 3 of the last 4");
            return null;
        }

        return new CountStatistic { Least = (int)least, Of = (int)of, Side = side };
    }

    private static DeviationStatistic? Deviation(TomlSection section)
    {
        var period = section.Duration("deviation", Hour, PeriodMax);
        var scale = section.Word("as", Scales) ?? DeviationScale.Unit;
        var least = section.Number("mad_min");
        if (scale == DeviationScale.Mad && least is not > 0)
        {
            section.Report("mad_min", "as = \"mad\" needs mad_min, above 0: a signal that stood still has a deviation of nothing", "write the probe's noise, in the channel's unit");
            return null;
        }

        if (scale != DeviationScale.Mad && section.Has("mad_min"))
        {
            section.Report("mad_min", "mad_min means nothing unless as = \"mad\"", "remove it, or write as = \"mad\"");
        }

        var usualMin = section.Number("usual_min");
        if (section.Has("usual_min") && (scale != DeviationScale.Percent || usualMin is not > 0))
        {
            section.Report("usual_min", "usual_min is the least that 100 % count as, above 0, and means nothing unless as = \"percent\"", "write as = \"percent\", or remove it");
        }

        if (period is not { } p)
        {
            return null;
        }

        if (p >= Day && p.Ticks % Hour.Ticks != 0)
        {
            section.Report("deviation", $"{Units.Text(p)} is not a number of whole hours", "from 24h on use whole hours");
            return null;
        }

        return new DeviationStatistic { Period = p, Scale = scale, MadMin = least ?? 0, UsualMin = usualMin ?? 0 };
    }

    private static TimeToStatistic? TimeTo(TomlSection section)
    {
        var level = section.Number("time_to");
        var trend = section.Duration("trend", PeriodMin, TrendMax, required: true);
        var falling = section.Flag("falling") ?? false;
        return level is { } l && trend is { } t ? new TimeToStatistic { Level = l, IsRising = !falling, Trend = t } : null;
    }

    private static InverseVelocityStatistic? TimeToFailure(TomlSection section)
    {
        var period = section.Duration("time_to_failure", FailureMin, FailureMax);
        var least = section.Number("least");
        if (least is not > 0)
        {
            section.Report("least", "least must be above 0: what stands still has no failure", "write least = how far it must move in a quarter of the time, more than noise and weather do");
            return null;
        }

        if (period is { } whole && whole.Ticks % Hour.Ticks != 0)
        {
            section.Report("time_to_failure", $"{Units.Text(whole)} is not a number of whole hours", "use whole hours; with 4d, 8d or 12d what the sun does each day is left out");
            return null;
        }

        return period is { } p && least is { } l ? new InverseVelocityStatistic { Period = p, Least = l } : null;
    }
}
