using PondSentinel.Measurements;

namespace PondSentinel.Backend.Storage;

/// <summary>A value of a series that lies near an instant.</summary>
/// <param name="TimeNs">Its key in time, ns since 1970.</param>
/// <param name="Value">The value.</param>
/// <param name="Flag">Quality.</param>
/// <param name="Why">Reasons for the flag.</param>
public readonly record struct NearValue(long TimeNs, double Value, QualityFlag Flag, Why Why)
{
    /// <summary>The nearest of some that says something of the water: none that was taken in maintenance or in a solution. Of two as
    /// near the earlier.</summary>
    /// <param name="values">The values.</param>
    /// <param name="timeNs">The instant, ns since 1970.</param>
    internal static NearValue? Of(IEnumerable<NearValue> values, long timeNs) =>
        values.Where(value => (value.Why & (Why.Maintenance | Why.Calibrating)) == 0)
            .OrderBy(value => Int128.Abs((Int128)value.TimeNs - timeNs)).ThenBy(value => value.TimeNs)
            .Select(value => (NearValue?)value)
            .FirstOrDefault();

    /// <summary>The first and the last instant that are near one, ns since 1970; within what a store can hold.</summary>
    /// <param name="timeNs">The instant.</param>
    /// <param name="apart">How far apart they may be.</param>
    internal static (long From, long To) Around(long timeNs, TimeSpan apart)
    {
        Int128 width = apart.Ticks * (Int128)100;
        return ((long)Int128.Max(timeNs - width, long.MinValue + 2), (long)Int128.Min(timeNs + width, long.MaxValue - 1));
    }
}
