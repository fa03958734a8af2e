namespace PondSentinel.Backend.Storage;

/// <summary>What a server has refused within the last hour, so that the like of it is written apart: it is refused in one request
/// then, where it would otherwise have to be looked for among what is good.</summary>
/// <remarks>Nothing is withheld for it: each point is offered to the server. Thread-safe.</remarks>
/// <param name="time">Clock of the hour.</param>
internal sealed class RefusedLately(TimeProvider time)
{
    /// <summary>Most series that are remembered; beyond them the one forgotten is the one refused longest ago.</summary>
    public const int SeriesMax = 1024;

    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly Dictionary<SeriesKey, long> series = [];
    private (long TimeNs, long At)? old;

    /// <summary>What is refused together, and so belongs into one request.</summary>
    public enum Kind
    {
        /// <summary>Nothing like it was refused.</summary>
        Unsuspected,

        /// <summary>Not younger than what was refused for its age.</summary>
        Old,

        /// <summary>Of a series that was refused.</summary>
        OfSeries,
    }

    /// <summary>What to expect of a point. Points of one key come into one kind, or the later of them into a later one.</summary>
    public Kind Expect(Point point)
    {
        lock (gate)
        {
            if (old is { } until && IsRecent(until.At) && point.TimeNs <= until.TimeNs)
            {
                return Kind.Old;
            }

            return Counts(point) && series.TryGetValue(SeriesKey.Of(point), out var at) && IsRecent(at)
                ? Kind.OfSeries
                : Kind.Unsuspected;
        }
    }

    /// <summary>Notes that points were refused for one cause.</summary>
    public void Refused(IEnumerable<Point> points, string cause)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            foreach (var point in points)
            {
                if (cause == "range")
                {
                    old = (old is { } until && IsRecent(until.At) ? Math.Max(until.TimeNs, point.TimeNs) : point.TimeNs, now);
                }
                else
                {
                    series[SeriesKey.Of(point)] = now;
                }
            }

            Bound();
        }
    }

    /// <summary>Notes that points were taken: what is mended is suspected no more.</summary>
    public void Taken(IEnumerable<Point> points)
    {
        lock (gate)
        {
            if (series.Count == 0 && old is null)
            {
                return;
            }

            foreach (var point in points)
            {
                if (old is { } until && point.TimeNs <= until.TimeNs)
                {
                    old = null;
                }

                if (point.Value.Value is not null)
                {
                    series.Remove(SeriesKey.Of(point));
                }
            }
        }
    }

    // What is refused is the type of the value, and a missing one has none. A revision that has none still comes after the
    // original that has one.
    private static bool Counts(Point point) => point.Value.Value is not null || point.IsRevision;

    private bool IsRecent(long at) => time.GetElapsedTime(at) < Memory;

    private void Bound()
    {
        if (series.Count > SeriesMax)
        {
            foreach (var (key, _) in series.OrderBy(pair => pair.Value).Take(series.Count - SeriesMax).ToList())
            {
                series.Remove(key);
            }
        }
    }
}
