using System.Collections.Immutable;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Ingest;

/// <summary>Writes points of which some may revise others: of an original and its revisions the newest that the store takes.
/// </summary>
internal static class NewestWrite
{
    /// <summary>Writes.</summary>
    /// <param name="points">The points, each once.</param>
    /// <param name="write">Gives points to the store; answers with those that it refuses for good.</param>
    /// <returns>What became of those that are not in the store now.</returns>
    public static async Task<WriteOutcome> RunAsync(
        IReadOnlyList<SentPoint> points, Func<IReadOnlyList<Point>, Task<IReadOnlyList<RefusedPoint>>> write)
    {
        List<RefusedPoint> refused = [];
        HashSet<Point> outdone = new(ReferenceEqualityComparer.Instance);
        var left = points;
        while (left.Count > 0)
        {
            var newest = Newest(left);
            var (round, others) = (new List<Point>(left.Count), new List<SentPoint>());
            foreach (var point in left)
            {
                if (newest.TryGetValue(Value(point.Point), out var best) && !ReferenceEquals(best, point))
                {
                    others.Add(point);
                }
                else
                {
                    round.Add(point.Point);
                }
            }

            // What the store has refused outdoes nothing: the next of its kind has its turn.
            var again = await write(round);
            refused.AddRange(again);
            var open = again.Select(item => Value(item.Point)).ToHashSet();
            outdone.UnionWith(others.Select(point => point.Point).Where(point => !open.Contains(Value(point))));
            left = [.. others.Where(point => open.Contains(Value(point.Point)))];
        }

        return new WriteOutcome(refused, outdone);
    }

    // Of each value that is revised here the newest.
    private static Dictionary<(string Gateway, string Epoch, long Sequence, string Device, string Channel), SentPoint> Newest(
        IReadOnlyList<SentPoint> points) => points
            .Where(point => point.Point.IsRevision)
            .GroupBy(point => Value(point.Point))
            .ToDictionary(group => group.Key, group => group.MaxBy(point => point.Age)!);

    private static (string Gateway, string Epoch, long Sequence, string Device, string Channel) Value(Point point) =>
        (point.Gateway, point.Epoch, point.Sequence, point.Device, point.Channel);
}

/// <summary>What became of points that were given to the store and are not in it.</summary>
/// <param name="Refused">What it refuses for good.</param>
/// <param name="Outdone">What was not written, because something newer of the same key was taken.</param>
internal sealed record WriteOutcome(IReadOnlyList<RefusedPoint> Refused, IReadOnlySet<Point> Outdone)
{
    /// <summary>Gateways of which refused points found no room among the dead letters, and of how many today.</summary>
    public IReadOnlyDictionary<string, int> Unnoted { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>Of the points those that are in the store.</summary>
    public List<Point> Stored(IEnumerable<SentPoint> points)
    {
        var absent = Refused.Select(item => item.Point).Concat(Outdone).ToHashSet<Point>(ReferenceEqualityComparer.Instance);
        return [.. points.Select(point => point.Point).Where(point => !absent.Contains(point))];
    }
}
