using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>What the times of a climatology member count.</summary>
public enum ClimatologyPeriod
{
    /// <summary>Month, 1 to 12.</summary>
    Month,

    /// <summary>Quarter, 1 to 4.</summary>
    Quarter,

    /// <summary>Day of the year, 1 to 366.</summary>
    DayOfYear,

    /// <summary>Week by ISO 8601, 1 to 53.</summary>
    Week,

    /// <summary>Day of the week, 0 (Monday) to 6.</summary>
    DayOfWeek,
}

/// <summary>What is usual at a time of the year, or between two dates. All times are UTC.</summary>
public sealed record ClimatologyMember
{
    /// <summary>What <see cref="Times"/> counts; null where it is ms since 1970, UTC.</summary>
    public ClimatologyPeriod? Period { get; init; }

    /// <summary>When it applies, both ends included.</summary>
    public required Band Times { get; init; }

    /// <summary>At which depths it applies, m, both ends included; null at all, also where the depth is not known.</summary>
    public Band? DepthMetres { get; init; }

    /// <summary>A value outside is suspect.</summary>
    public required Band Suspect { get; init; }

    /// <summary>A value outside fails; contains <see cref="Suspect"/>. Null where nothing fails.</summary>
    public Band? Fail { get; init; }

    /// <summary>What is wrong with it; null where nothing is.</summary>
    public SettingFault? Fault
    {
        get
        {
            var times = Period is null ? "dates" : Word;
            if (!(Times.Low <= Times.High))
            {
                return new SettingFault(times, "must be [first, last]", "put the earlier first; for a season over the turn of the year write two");
            }

            var (low, high) = Period switch
            {
                ClimatologyPeriod.Month => (1, 12),
                ClimatologyPeriod.Quarter => (1, 4),
                ClimatologyPeriod.DayOfYear => (1, 366),
                ClimatologyPeriod.Week => (1, 53),
                ClimatologyPeriod.DayOfWeek => (0, 6),
                _ => (double.MinValue, double.MaxValue),
            };
            if (!(Times.Low <= high) || !(Times.High >= low))
            {
                return new SettingFault(times, string.Create(CultureInfo.InvariantCulture, $"must be within {low} to {high}"), "change it");
            }

            if (DepthMetres is { } depth && !(depth.Low <= depth.High))
            {
                return new SettingFault("depth_m", "must be [low, high]", "put the lower number first");
            }

            return new GrossRangeSettings { Fail = Fail, Suspect = Suspect }.Fault;
        }
    }

    private string Word => Period switch
    {
        ClimatologyPeriod.Month => "month",
        ClimatologyPeriod.Quarter => "quarter",
        ClimatologyPeriod.DayOfYear => "day_of_year",
        ClimatologyPeriod.Week => "week",
        _ => "day_of_week",
    };
}

/// <summary>Climatology: of the members that apply, the last one judges. Where none does, nothing is said.</summary>
internal sealed class ClimatologyTest(IReadOnlyList<ClimatologyMember> members) : ISeriesTest
{
    private const int MonthsInQuarter = 3;
    private const int DaysInWeek = 7;

    /// <inheritdoc/>
    public QualityTest Test => QualityTest.Climatology;

    /// <inheritdoc/>
    public void Judge(long index, in QualitySample sample, VerdictSheet verdicts) => verdicts.Put(index, Test, Verdict(sample));

    /// <inheritdoc/>
    public void Complete(long count, VerdictSheet verdicts)
    {
        // Every verdict has been given at once.
    }

    private QualityFlag Verdict(in QualitySample sample)
    {
        if (!sample.HasValue)
        {
            return QualityFlag.Missing;
        }

        if (sample.CalendarMs is not { } ms)
        {
            return QualityFlag.NotEvaluated;
        }

        var time = DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcDateTime;
        for (var i = members.Count - 1; i >= 0; i--)
        {
            var member = members[i];
            if (member.Times.Contains(Count(member.Period, ms, time)) && IsAtDepth(member, sample))
            {
                return Verdict(member, sample.Value);
            }
        }

        return QualityFlag.NotEvaluated;
    }

    private static QualityFlag Verdict(ClimatologyMember member, double value)
    {
        if (member.Fail is { } possible && !possible.Contains(value))
        {
            return QualityFlag.Fail;
        }

        return member.Suspect.Contains(value) ? QualityFlag.Good : QualityFlag.Suspect;
    }

    private static bool IsAtDepth(ClimatologyMember member, in QualitySample sample) =>
        member.DepthMetres is not { } depths || (sample.DepthMetres is { } depth && depths.Contains(depth));

    private static double Count(ClimatologyPeriod? period, long ms, DateTime time) => period switch
    {
        null => ms,
        ClimatologyPeriod.Month => time.Month,
        ClimatologyPeriod.Quarter => ((time.Month - 1) / MonthsInQuarter) + 1,
        ClimatologyPeriod.DayOfYear => time.DayOfYear,
        ClimatologyPeriod.Week => ISOWeek.GetWeekOfYear(time),
        _ => ((int)time.DayOfWeek + DaysInWeek - 1) % DaysInWeek,
    };
}
