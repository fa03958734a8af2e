using PondSentinel.Averages;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Averages;

/// <summary>A window that has a value, or another than before.</summary>
/// <param name="Average">The average.</param>
/// <param name="Of">The channel.</param>
/// <param name="Window">The window.</param>
/// <param name="IsAgain">Whether it was told before.</param>
internal sealed record ToldAverage(AverageDefinition Average, HoursRow Of, ToldWindow Window, bool IsAgain);

/// <summary>Computes hours whose samples have changed, and the windows that hold them, within one transaction.</summary>
/// <remarks>What a channel comes to is a pure function of its samples and of the last hour that is over; in which order they came, and in
/// how many transactions, is of no matter. What there is no room for waits, by a mark in the table.</remarks>
/// <param name="tables">What is kept.</param>
/// <param name="averages">The averages.</param>
/// <param name="workMax">How many hours and windows may be computed; a channel that was begun is done as far as
/// <see cref="HoursAtOnce"/>.</param>
internal sealed class HourStep(AverageTables tables, IReadOnlyList<AverageDefinition> averages, int workMax)
{
    /// <summary>Most hours of a channel that are computed at once.</summary>
    internal const int HoursAtOnce = 100;

    private readonly List<ToldAverage> told = [];
    private int work;

    /// <summary>Windows that have changed.</summary>
    public IReadOnlyList<ToldAverage> Told => told;

    /// <summary>Whether there is room for one more channel.</summary>
    public bool HasRoom => work < workMax;

    /// <summary>Computes what has changed of a channel.</summary>
    /// <param name="row">The channel.</param>
    /// <param name="over">The last hour that is over by the clock; null where only its samples tell.</param>
    public void Compute(HoursRow row, long? over)
    {
        var goal = Math.Max(Math.Max(row.Newest - 1, over ?? long.MinValue), row.Told ?? long.MinValue);
        var changed = tables.Changed(row.Id, goal, HoursAtOnce);
        var waits = changed.Count == HoursAtOnce;

        // Not beyond what is computed: windows would lack hours that are here.
        goal = waits ? Math.Max(changed[^1], row.Told ?? long.MinValue) : goal;
        work += 1 + changed.Count;
        Renew(row, changed);
        var now = row with { Told = goal };
        tables.Save(now, waits);
        foreach (var average in averages.Where(average => average.ShiftMinutes == row.ShiftMinutes && average.Takes(row.Key)))
        {
            foreach (var target in Targets(average, now))
            {
                Tell(average, target, Ends(average, target, changed, target.Id == row.Id ? row.Told : target.Told));
            }
        }
    }

    private void Renew(HoursRow row, List<long> changed)
    {
        var shift = TimeSpan.FromMinutes(row.ShiftMinutes);
        foreach (var hour in changed)
        {
            HourSample[] samples = [.. tables.Samples(row.Id, hour).Select(sample => sample.Sample)];
            HourSample? previous = tables.Samples(row.Id, hour - 1) is { Count: > 0 } last ? last[^1].Sample : null;
            HourSample? next = tables.Samples(row.Id, hour + 1) is { Count: > 0 } first ? first[0].Sample : null;
            tables.SetMean(row.Id, hour, HourMean.Of(hour, shift, samples, previous, next));
        }
    }

    private IEnumerable<HoursRow> Targets(AverageDefinition average, HoursRow row)
    {
        if (average.AppliesTo(row.Key))
        {
            yield return row;
        }
        else
        {
            foreach (var target in tables.Of(row.Key.Site, row.Key.Gateway, row.ShiftMinutes).Where(other => average.AppliesTo(other.Key)))
            {
                yield return target;
            }
        }
    }

    // The windows that hold a renewed hour, whatever its mean: some are made of values. And those that are over only now.
    private static SortedSet<long> Ends(AverageDefinition average, HoursRow target, List<long> renewed, long? toldBefore)
    {
        SortedSet<long> ends = [];
        if (target.Told is not { } last)
        {
            return ends;
        }

        var (length, step, ahead) = (average.Rule.Hours, average.Kind.StepHours, average.HoursAhead);
        foreach (var hour in renewed)
        {
            Add(hour, hour + length - 1);
        }

        if (toldBefore is { } before)
        {
            Add(before + 1, before + length);
        }

        return ends;

        void Add(long from, long to)
        {
            var beyond = (((from + ahead + 1) % step) + step) % step;
            for (var end = beyond == 0 ? from : from + step - beyond; end <= Math.Min(to, last); end += step)
            {
                // Of what was dropped nobody knows what it came to.
                if (target.Dropped is not { } dropped || end - length >= dropped)
                {
                    ends.Add(end);
                }
            }
        }
    }

    private void Tell(AverageDefinition average, HoursRow target, SortedSet<long> ends)
    {
        if (ends.Count == 0)
        {
            return;
        }

        work += ends.Count;
        var rule = average.Rule;
        var (from, to) = (ends.Min - rule.Hours + 1, ends.Max);
        var hours = tables.Hours(target.Id, from, to);
        var (ph, temperature) = (Beside(average.Ph, Measurand.Ph, target, from, to), Beside(average.Temperature, Measurand.WaterTemperature, target, from, to));
        var before = tables.Windows(average.Id, target.Id, ends.Min, ends.Max);
        Dictionary<long, IReadOnlyList<double>> values = [];
        foreach (var end in ends)
        {
            var view = new WindowView(
                end, rule, hour => hours.GetValueOrDefault(hour), hour => ph?.GetValueOrDefault(hour),
                hour => temperature?.GetValueOrDefault(hour), Values);

            // A window in which nothing came at all is nobody's.
            if (!view.Window.Any(hours.ContainsKey))
            {
                continue;
            }

            var made = average.Of(view);
            if (!double.IsFinite(made.Value ?? 0) || !double.IsFinite(made.Mean ?? 0))
            {
                // No number is none: the table holds no other.
                made = made with { Value = null, Mean = null };
            }

            var window = new ToldWindow(end, made);
            var isAgain = before.TryGetValue(end, out var known);
            if (!isAgain || known != window.Value)
            {
                tables.Save(average.Id, target.Id, window);
                told.Add(new ToldAverage(average, target, window, isAgain));
            }
        }

        IEnumerable<double> Values(long hour)
        {
            if (!values.TryGetValue(hour, out var known))
            {
                values[hour] = known = [.. tables.Samples(target.Id, hour).Select(sample => sample.Value).Where(double.IsFinite)];
            }

            return known;
        }
    }

    // Its hours, as far as they are over.
    private Dictionary<long, double?>? Beside(InputName? name, Measurand measurand, HoursRow target, long from, long to)
    {
        if (name is null)
        {
            return null;
        }

        Dictionary<long, double?> hours = [];
        foreach (var row in tables.Of(target.Key.Site, target.Key.Gateway, target.ShiftMinutes)
            .Where(row => name.Is(row.Key, measurand))
            .OrderBy(row => row.Key.Station, StringComparer.Ordinal))
        {
            foreach (var (hour, mean) in tables.Hours(row.Id, from, Math.Min(to, row.Told ?? long.MinValue)))
            {
                hours[hour] = mean ?? hours.GetValueOrDefault(hour);
            }
        }

        return hours;
    }
}
