namespace PondSentinel.Averages;

/// <summary>The means of windows over hours, in event time: an hour that comes late, or again, opens its windows again.</summary>
/// <remarks>
/// <para>Any order of arrival ends with the same means. A window is told once its last hour is, with how many of its hours are valid, and again
/// whenever one of them changes; one without any hour is not, where hours were skipped over. What is older than <see cref="LatenessHours"/> before the newest hour is not taken.</para>
/// <para>Memory: 8 bytes for each hour of a window and of the lateness, whatever arrives. Not thread-safe.</para>
/// </remarks>
/// <param name="rule">The windows.</param>
/// <param name="latenessHours">How late an hour may be, h, 0 or more.</param>
public sealed class MeanWindows(WindowRule rule, int latenessHours)
{
    private readonly HourRing ring = new(rule.Hours + latenessHours);

    /// <summary>The windows.</summary>
    public WindowRule Rule => rule;

    /// <summary>How late an hour may be, h.</summary>
    public int LatenessHours => latenessHours;

    /// <summary>Takes the mean of an hour.</summary>
    /// <param name="hour">The hour, counted from midnight of 1970-01-01 in the time that windows go by.</param>
    /// <param name="mean">Its mean; null where too little of it was measured.</param>
    /// <param name="changed">Takes the windows that end or change with it, the oldest first.</param>
    /// <returns>False where the hour is too late.</returns>
    public bool Take(long hour, double? mean, ICollection<WindowMean> changed)
    {
        if (ring.Newest - hour > latenessHours)
        {
            return false;
        }

        // What is skipped over ends windows too: they lack hours that nobody told of. Those that have none at all are nobody's.
        for (var skipped = ring.Newest + 1 ?? hour; skipped < hour && HasHours(skipped); skipped++)
        {
            Set(skipped, null, changed);
        }

        Set(hour, mean, changed);
        return true;
    }

    private bool HasHours(long end) => ring.Over(end, rule.Hours, needed: 1).Valid > 0;

    private void Set(long hour, double? mean, ICollection<WindowMean> changed)
    {
        ring.Set(hour, mean);
        var (end, step) = rule.IsByClock ? (EndOf(hour), rule.Hours) : (hour, 1);
        for (var last = rule.IsByClock ? end : hour + rule.Hours - 1; end <= Math.Min(last, ring.Newest!.Value); end += step)
        {
            changed.Add(ring.Over(end, rule.Hours, rule.Needed));
        }
    }

    // The last hour of the period by the clock that holds an hour.
    private long EndOf(long hour) => (long)((Math.Floor(hour / (double)rule.Hours) + 1) * rule.Hours) - 1;
}
