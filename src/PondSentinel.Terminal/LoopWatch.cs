namespace PondSentinel.Terminal;

/// <summary>The loops that a program is made of, and whether each of them still turns.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="time">Measures how long they take.</param>
public sealed class LoopWatch(TimeProvider time)
{
    /// <summary>How much later than it promised a loop may be: 1 min. A machine that is short of everything is slow, and no
    /// quicker for beginning anew.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly List<WatchedLoop> loops = [];

    /// <summary>Adds a loop that is about to begin.</summary>
    /// <param name="name">What it is called in the journal.</param>
    /// <param name="within">When it will turn for the first time at the latest.</param>
    public WatchedLoop Add(string name, TimeSpan within)
    {
        var loop = new WatchedLoop(name, within, time);
        lock (gate)
        {
            // Loops come and go with the settings.
            loops.RemoveAll(other => other.HasEnded);
            loops.Add(loop);
        }

        return loop;
    }

    /// <summary>The loop that is furthest behind what it promised, and by how much; null where all of them turn.</summary>
    public (string Name, TimeSpan Late)? Stuck
    {
        get
        {
            lock (gate)
            {
                return loops
                    .Select(loop => (loop.Name, loop.Late))
                    .Where(loop => loop.Late > Grace)
                    .OrderByDescending(loop => loop.Late)
                    .Select(loop => ((string, TimeSpan)?)loop)
                    .FirstOrDefault();
            }
        }
    }
}
