namespace PondSentinel.Backend.Web.Access;

/// <summary>How often somebody may do something: some at once, then one in a while. Bounded, whoever comes.</summary>
/// <remarks>The generic cell rate algorithm: one number for each. Thread-safe.</remarks>
/// <param name="burst">How many at once.</param>
/// <param name="each">One more after each of these.</param>
/// <param name="time">The clock.</param>
internal sealed class Buckets(int burst, TimeSpan each, TimeProvider time)
{
    /// <summary>How many are told apart; beyond it those who have waited longest are forgotten.</summary>
    public const int Most = 4_096;

    private readonly Lock gate = new();
    private readonly Dictionary<string, TimeSpan> due = new(StringComparer.Ordinal);
    private readonly long start = time.GetTimestamp();

    /// <summary>Takes one.</summary>
    /// <param name="who">Of whom.</param>
    /// <returns>How long to wait for it; null where it was to be had.</returns>
    public TimeSpan? Take(string who)
    {
        var now = time.GetElapsedTime(start);
        lock (gate)
        {
            var at = due.GetValueOrDefault(who);
            at = at < now ? now : at;
            if (at - now > (burst - 1) * each)
            {
                return at - now - ((burst - 1) * each);
            }

            if (due.Count >= Most && !due.ContainsKey(who))
            {
                Forget(now);
            }

            due[who] = at + each;
            return null;
        }
    }

    /// <summary>Gives one back.</summary>
    /// <param name="who">To whom.</param>
    public void Return(string who)
    {
        lock (gate)
        {
            if (due.TryGetValue(who, out var at))
            {
                due[who] = at - each;
            }
        }
    }

    private void Forget(TimeSpan now)
    {
        foreach (var who in due.Where(pair => pair.Value <= now).Select(pair => pair.Key).ToList())
        {
            due.Remove(who);
        }

        if (due.Count >= Most)
        {
            due.Remove(due.MinBy(pair => pair.Value).Key);
        }
    }
}
