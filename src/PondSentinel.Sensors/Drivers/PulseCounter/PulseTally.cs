namespace PondSentinel.Sensors.Drivers.PulseCounter;

/// <summary>Counts the pulses of a contact from the edges of its line.</summary>
/// <remarks>
/// <para>A pulse is a closing before which the line has been still for the debounce. So the bounces of one closing are one pulse,
/// and those of the opening, which also close the contact for an instant, are none, however long it was closed.</para>
/// <para>Thread-safe: edges come on a thread of their own.</para>
/// </remarks>
/// <param name="debounce">How long the line must have been still.</param>
/// <param name="closesHigh">Whether the line is high while the contact is closed.</param>
/// <param name="time">For the times of edges.</param>
internal sealed class PulseTally(TimeSpan debounce, bool closesHigh, TimeProvider time)
{
    private readonly Lock gate = new();
    private long pulses;
    private long edges;
    private long? lastEdge;
    private long? closedSince;

    /// <summary>Takes note of the line's level where it is not known: at the beginning, or after edges may have been missed.
    /// </summary>
    /// <param name="isHigh">Whether it is high.</param>
    public void Begin(bool isHigh)
    {
        lock (gate)
        {
            lastEdge = null;
            closedSince = isHigh == closesHigh ? time.GetTimestamp() : null;
        }
    }

    /// <summary>Takes note of an edge.</summary>
    /// <param name="isHigh">Whether the line is high after it.</param>
    /// <returns>All pulses so far.</returns>
    public long Edge(bool isHigh)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            var wasStill = lastEdge is not { } last || time.GetElapsedTime(last, now) >= debounce;
            lastEdge = now;
            edges++;
            if (isHigh != closesHigh)
            {
                closedSince = null;
                return pulses;
            }

            closedSince ??= now;
            return wasStill ? ++pulses : pulses;
        }
    }

    /// <summary>How it stands.</summary>
    public PulseStand Now()
    {
        lock (gate)
        {
            return new PulseStand(pulses, edges, closedSince is { } since ? time.GetElapsedTime(since) : null);
        }
    }
}

/// <summary>How a contact stands.</summary>
/// <param name="Pulses">Pulses since the process began to count.</param>
/// <param name="Edges">Edges since then.</param>
/// <param name="ClosedFor">For how long it has been closed; null where it is open.</param>
internal readonly record struct PulseStand(long Pulses, long Edges, TimeSpan? ClosedFor);
