using PondSentinel.Air;

namespace PondSentinel.Backend.Commands.Average;

/// <summary>How a series is to be averaged.</summary>
internal sealed record AverageOptions
{
    /// <summary>Time between rows.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Whether a row's time is when the time ends that it speaks for, and not when that begins.</summary>
    public bool IsStampedAtEnd { get; init; }

    /// <summary>What the time that days go by is ahead of UTC.</summary>
    public TimeSpan UtcOffset { get; init; }

    /// <summary>Least number of valid hours; null for the kind's own.</summary>
    public int? Needed { get; init; }

    /// <summary>The period of pH means; null for all that there is.</summary>
    public TimeSpan? Period { get; init; }

    /// <summary>China's scale.</summary>
    public IndexScale Scale { get; init; } = IndexScale.China2012;
}
