namespace PondSentinel.Backend.Storage;

/// <summary>Learns how many lines a request may have, so that the server answers it well within the time limit.</summary>
/// <remarks>A full request that is answered within a quarter of the limit doubles the next, one that takes more than half of it
/// halves it. Thread-safe.</remarks>
/// <param name="limit">Longest time a request may take.</param>
/// <param name="time">Clock of what is remembered.</param>
internal sealed class RequestSize(TimeSpan limit, TimeProvider time)
{
    /// <summary>Most lines in one request.</summary>
    public const int LinesMax = 5_000;

    /// <summary>Lines of the first request: a slow link is known before it has wasted its time on a large one.</summary>
    public const int LinesFirst = LinesMax / 8;

    // Fewer are slow by the way there and back, and more requests only make that worse.
    private const int LinesWorthWhile = 64;

    private static readonly TimeSpan TooLargeFor = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private int lines = LinesFirst;
    private int most = LinesMax;
    private long mostSince;

    /// <summary>Most lines of the next request, at least 1.</summary>
    public int Lines
    {
        get
        {
            lock (gate)
            {
                return lines;
            }
        }
    }

    /// <summary>Notes that a request was answered.</summary>
    /// <param name="count">Its lines.</param>
    /// <param name="took">How long that took.</param>
    public void Answered(int count, TimeSpan took)
    {
        lock (gate)
        {
            if (took > limit / 2)
            {
                lines = Math.Min(lines, Math.Max(count / 2, LinesWorthWhile));
            }
            else if (count >= lines && (took <= limit / 4 || lines < LinesWorthWhile))
            {
                lines = Math.Min(lines * 2, Most());
            }
        }
    }

    /// <summary>Notes that a request was not answered in time.</summary>
    /// <param name="count">Its lines.</param>
    public void TimedOut(int count)
    {
        lock (gate)
        {
            lines = Math.Max(1, Math.Min(lines, count / 2));
        }
    }

    /// <summary>Notes that the server says that a request is too large: none is so large again within the hour.</summary>
    /// <param name="count">Its lines.</param>
    public void TooLarge(int count)
    {
        lock (gate)
        {
            most = Math.Max(1, count / 2);
            mostSince = time.GetTimestamp();
            lines = Math.Min(lines, most);
        }
    }

    private int Most() => most < LinesMax && time.GetElapsedTime(mostSince) >= TooLargeFor ? most = LinesMax : most;
}
