using PondSentinel.Measurements;

namespace PondSentinel.Gateway.StatusPage;

/// <summary>What was seen of a channel in some minutes, as bits.</summary>
[Flags]
internal enum Seen : byte
{
    /// <summary>Nothing.</summary>
    Nothing = 0,

    /// <summary>A value.</summary>
    Value = 1,

    /// <summary>A value that is suspect.</summary>
    Suspect = 2,

    /// <summary>A value that failed a test.</summary>
    Fail = 4,

    /// <summary>A poll that gave no value.</summary>
    Missing = 8,
}

/// <summary>Some minutes of a channel.</summary>
/// <param name="Min">The least value; where there is one.</param>
/// <param name="Max">The greatest.</param>
/// <param name="Seen">What there was.</param>
internal readonly record struct DayColumn(float Min, float Max, Seen Seen)
{
    /// <summary>Whether there is a value.</summary>
    public bool HasValue => (Seen & Seen.Value) != 0;

    /// <summary>Both together.</summary>
    /// <param name="other">The other.</param>
    public DayColumn With(DayColumn other) => (HasValue, other.HasValue) switch
    {
        (_, false) => this with { Seen = Seen | other.Seen },
        (false, true) => other with { Seen = Seen | other.Seen },
        _ => new DayColumn(Math.Min(Min, other.Min), Math.Max(Max, other.Max), Seen | other.Seen),
    };
}

/// <summary>The last 24 hours of a channel: of each minute the least and the greatest value, and what was said against them. Its memory
/// is the same however much comes: 13 kB.</summary>
/// <remarks>Not thread-safe. Minutes are those of the boot-time clock, which never steps.</remarks>
internal sealed class DayTrace
{
    /// <summary>Minutes that are kept.</summary>
    public const int MinutesMax = 24 * 60;

    private readonly float[] min = new float[MinutesMax];
    private readonly float[] max = new float[MinutesMax];
    private readonly Seen[] seen = new Seen[MinutesMax];
    private long newest = -1;

    /// <summary>Takes note of a value, or that there was none.</summary>
    /// <param name="minute">When, in minutes on the boot-time clock; one that is older than a day is let go.</param>
    /// <param name="value">The value; null where there was none.</param>
    /// <param name="flag">Its flag.</param>
    public void Note(long minute, double? value, QualityFlag flag)
    {
        if (minute < 0 || minute <= newest - MinutesMax)
        {
            return;
        }

        // What stands in the place of the minutes in between is of the day before.
        for (var next = Math.Max(newest + 1, minute - MinutesMax + 1); next <= minute; next++)
        {
            seen[next % MinutesMax] = Seen.Nothing;
        }

        newest = Math.Max(newest, minute);
        var place = minute % MinutesMax;
        var column = new DayColumn(min[place], max[place], seen[place]).With(Of(value, flag));
        (min[place], max[place], seen[place]) = (column.Min, column.Max, column.Seen);
    }

    /// <summary>The day until a minute, in columns of as many minutes each, oldest first.</summary>
    /// <param name="now">The minute, the last of the last column.</param>
    /// <param name="count">How many columns; a divisor of <see cref="MinutesMax"/>.</param>
    public DayColumn[] Columns(long now, int count)
    {
        var columns = new DayColumn[count];
        var each = MinutesMax / count;
        var first = now - MinutesMax + 1;
        for (var minute = Math.Max(Math.Max(first, 0), newest - MinutesMax + 1); minute <= Math.Min(now, newest); minute++)
        {
            var place = minute % MinutesMax;
            ref var column = ref columns[(minute - first) / each];
            column = column.With(new DayColumn(min[place], max[place], seen[place]));
        }

        return columns;
    }

    private static DayColumn Of(double? value, QualityFlag flag)
    {
        var against = flag switch
        {
            QualityFlag.Suspect => Seen.Suspect,
            QualityFlag.Fail => Seen.Fail,
            _ => Seen.Nothing,
        };
        if (value is not { } number || double.IsNaN(number))
        {
            return new DayColumn(0, 0, Seen.Missing);
        }

        var drawn = (float)Math.Clamp(number, float.MinValue, float.MaxValue);
        return new DayColumn(drawn, drawn, Seen.Value | against);
    }
}
