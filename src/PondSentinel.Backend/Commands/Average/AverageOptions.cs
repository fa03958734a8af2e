using PondSentinel.Air;

namespace PondSentinel.Backend.Commands.Average;

/// <summary>How a series is to be averaged.</summary>
internal sealed record AverageOptions
{
    /// <summary>Time between rows.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>What a row's time is.</summary>
    public RowStamp Stamp { get; init; }

    /// <summary>How long a row speaks for; null where the rows around it tell.</summary>
    public TimeSpan? Spoken => Stamp == RowStamp.Instant ? null : Interval;

    /// <summary>What the time that days go by is ahead of UTC.</summary>
    public TimeSpan UtcOffset { get; init; }

    /// <summary>Least number of valid hours; null for the kind's own.</summary>
    public int? Needed { get; init; }

    /// <summary>The period of pH means; null for all that there is.</summary>
    public TimeSpan? Period { get; init; }

    /// <summary>China's scale.</summary>
    public IndexScale Scale { get; init; } = IndexScale.China2012;
}

/// <summary>What the time of a row is.</summary>
internal enum RowStamp
{
    /// <summary>When the interval begins that it speaks for.</summary>
    Start,

    /// <summary>When that ends.</summary>
    End,

    /// <summary>When it was measured, as a gateway does: it speaks for the time since the one before it.</summary>
    Instant,
}
