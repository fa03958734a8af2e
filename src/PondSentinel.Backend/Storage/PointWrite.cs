namespace PondSentinel.Backend.Storage;

/// <summary>Points on their way into a store. It knows over any number of tries what is done, so that each try goes on where
/// the one before it broke off.</summary>
/// <remarks>Not thread-safe: one try at a time.</remarks>
/// <param name="points">Any number, of any keys.</param>
public sealed class PointWrite(IReadOnlyList<Point> points)
{
    private readonly List<RefusedPoint> refused = [];

    /// <summary>What the store has neither taken nor refused, or has not said so.</summary>
    public IReadOnlyList<Point> Left { get; private set; } = points;

    /// <summary>What the store refuses for good.</summary>
    public IReadOnlyList<RefusedPoint> Refused => refused;

    /// <summary>Notes how far the store has come.</summary>
    /// <param name="left">What is left now, in the order in which it is to be written.</param>
    /// <param name="turnedAway">What was refused since.</param>
    public void Advance(IReadOnlyList<Point> left, IEnumerable<RefusedPoint> turnedAway)
    {
        Left = left;
        refused.AddRange(turnedAway);
    }
}
