using System.Collections.Immutable;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Ingest;

/// <summary>Writes points of which some may revise others: of an original and its revisions the newest that the store takes.
/// </summary>
internal static class NewestWrite
{
    /// <summary>Writes.</summary>
    /// <param name="points">The points, each once.</param>
    /// <param name="write">Gives points to the store, of one key in this order; answers with those that it refuses for good.</param>
    /// <returns>What became of those that are not in the store now.</returns>
    public static async Task<WriteOutcome> RunAsync(
        IReadOnlyList<SentPoint> points, Func<IReadOnlyList<Point>, Task<IReadOnlyList<RefusedPoint>>> write)
    {
        var newest = Newest(points);
        var (first, others) = (new List<Point>(points.Count), new List<SentPoint>());
        foreach (var point in points)
        {
            if (newest.TryGetValue(Value(point.Point), out var best) && !ReferenceEquals(best, point))
            {
                others.Add(point);
            }
            else
            {
                first.Add(point.Point);
            }
        }

        List<RefusedPoint> refused = [.. first.Count > 0 ? await write(first) : []];

        // What the store has refused outdoes nothing. The others of its kind go together, the oldest first, so that the newest
        // that is taken stands: however many there are, they cost one more round.
        var open = refused.Select(item => Value(item.Point)).ToHashSet();
        var again = others.Where(point => open.Contains(Value(point.Point)))
            .OrderBy(point => point.Point.IsRevision).ThenBy(point => point.Age).ToList();
        HashSet<Point> outdone = new(
            others.Select(point => point.Point).Where(point => !open.Contains(Value(point))), ReferenceEqualityComparer.Instance);
        if (again.Count > 0)
        {
            var turnedAway = await write([.. again.Select(point => point.Point)]);
            refused.AddRange(turnedAway);
            var absent = turnedAway.Select(item => item.Point).ToHashSet<Point>(ReferenceEqualityComparer.Instance);
            foreach (var ofValue in again.Select(point => point.Point).Where(point => !absent.Contains(point)).GroupBy(Value))
            {
                outdone.UnionWith(ofValue.SkipLast(1));
            }
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
/// <param name="Outdone">What something newer of the same key has outdone.</param>
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
