namespace PondSentinel.Sensors.Drivers.Contact;

/// <summary>For which share of the time a contact was active, from the edges of its line.</summary>
/// <remarks>
/// <para>A change counts from its last edge on, once the line has been still for the debounce after it. So bounces are one change, and
/// a stroke of interference, which is shorter than that, is none. A change that is not still yet when the share is asked for counts in the
/// next one.</para>
/// <para>Thread-safe: edges come on a thread of their own.</para>
/// </remarks>
/// <param name="debounce">How long the line must be still.</param>
/// <param name="time">For the times of edges.</param>
internal sealed class ContactTally(TimeSpan debounce, TimeProvider time)
{
    private readonly Lock gate = new();
    private bool isActive;
    private bool isSeen;
    private long lastEdge;
    private long since;
    private long countedTo;
    private TimeSpan active;
    private long edges;

    /// <summary>Begins with a level that is known.</summary>
    /// <param name="active">Whether the contact is active.</param>
    public void Begin(bool active)
    {
        lock (gate)
        {
            since = countedTo = lastEdge = time.GetTimestamp();
            (isActive, isSeen, this.active, edges) = (active, active, TimeSpan.Zero, 0);
        }
    }

    /// <summary>Takes note of an edge.</summary>
    /// <param name="toActive">Whether the contact is active after it.</param>
    public void Edge(bool toActive)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            Settle(now);
            (isSeen, lastEdge) = (toActive, now);
            edges++;
        }
    }

    /// <summary>Takes note of a level that was looked at: where it is another than the edges say, one was missed.</summary>
    /// <param name="active">Whether the contact is active.</param>
    public void See(bool active)
    {
        lock (gate)
        {
            if (active != isSeen)
            {
                var now = time.GetTimestamp();
                Settle(now);
                (isSeen, lastEdge) = (active, now);
            }
        }
    }

    /// <summary>Ends a span and begins the next.</summary>
    /// <returns>The share of it in which the contact was active, 0 to 1; of a span of no length, whether it is. And the edges in it.
    /// </returns>
    public ContactSpan Next()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            Settle(now);
            CountTo(now);
            var elapsed = time.GetElapsedTime(since, now);
            var span = new ContactSpan(elapsed > TimeSpan.Zero ? active / elapsed : isActive ? 1 : 0, elapsed, edges);
            (since, active, edges) = (now, TimeSpan.Zero, 0);
            return span;
        }
    }

    // What lies before the span is told already.
    private void Settle(long now)
    {
        if (isSeen != isActive && time.GetElapsedTime(lastEdge, now) >= debounce)
        {
            CountTo(Math.Max(lastEdge, countedTo));
            isActive = isSeen;
        }
    }

    private void CountTo(long then)
    {
        active += isActive ? time.GetElapsedTime(countedTo, then) : TimeSpan.Zero;
        countedTo = then;
    }
}

/// <summary>A span of time of a contact.</summary>
/// <param name="Share">The share of it in which it was active, 0 to 1.</param>
/// <param name="Elapsed">Its length.</param>
/// <param name="Edges">Edges in it, bounces among them.</param>
internal readonly record struct ContactSpan(double Share, TimeSpan Elapsed, long Edges);
