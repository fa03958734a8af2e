namespace PondSentinel.Terminal;

/// <summary>A loop of a program, which says at each turn when it will be back. What it waits for need not come: a loop that tried in
/// vain has turned too.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class WatchedLoop
{
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private long turnedAt;
    private TimeSpan promised;
    private bool hasEnded;

    internal WatchedLoop(string name, TimeSpan within, TimeProvider time)
    {
        (Name, this.time) = (name, time);
        Turn(within);
    }

    /// <summary>What it is called in the journal.</summary>
    public string Name { get; }

    /// <summary>Notes that it is at work.</summary>
    /// <param name="within">When it will be here again at the latest, by its own limits.</param>
    public void Turn(TimeSpan within)
    {
        lock (gate)
        {
            turnedAt = time.GetTimestamp();
            promised = within;
        }
    }

    /// <summary>Notes that it has ended: nothing is expected of it any more.</summary>
    public void End()
    {
        lock (gate)
        {
            hasEnded = true;
        }
    }

    /// <summary>Whether it has ended.</summary>
    internal bool HasEnded
    {
        get
        {
            lock (gate)
            {
                return hasEnded;
            }
        }
    }

    /// <summary>How long ago it should have been back; zero or less while it is in time.</summary>
    internal TimeSpan Late
    {
        get
        {
            lock (gate)
            {
                return hasEnded ? TimeSpan.Zero : time.GetElapsedTime(turnedAt) - promised;
            }
        }
    }
}
