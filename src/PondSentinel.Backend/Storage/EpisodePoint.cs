namespace PondSentinel.Backend.Storage;

/// <summary>An episode of an alert as the stores keep it. The key is the measurand, the five tags, the rule and the time; writing it
/// again replaces every field.</summary>
public sealed record EpisodePoint
{
    /// <summary>The measurement's name in the stores.</summary>
    public const string Measurement = "alert";

    /// <summary>Whose it is: the channel's measurand and tags.</summary>
    public required SeriesKey Of { get; init; }

    /// <summary>Tag: the rule.</summary>
    public required string Rule { get; init; }

    /// <summary>Key in time: when it was first found raised, ns since 1970. It stays, wherever late values move the beginning.</summary>
    public required long TimeNs { get; init; }

    /// <summary>Identity of the episode, as notices have it.</summary>
    public required string Id { get; init; }

    /// <summary>What people know of it: <c>firing</c>, <c>over</c>, <c>withdrawn</c>, <c>silent</c> or <c>waiting</c>.</summary>
    public required string Standing { get; init; }

    /// <summary>How soon somebody had to look; empty where nobody was told.</summary>
    public required string Severity { get; init; }

    /// <summary>When the exceedance began, UTC ms since 1970.</summary>
    public required long SinceMs { get; init; }

    /// <summary>When the hold was complete, UTC ms since 1970.</summary>
    public required long RaisedMs { get; init; }

    /// <summary>When it was over, UTC ms since 1970; 0 while it is not.</summary>
    public required long ClearedMs { get; init; }

    /// <summary>The worst value, in the unit of the rule's limit.</summary>
    public required double Peak { get; init; }

    /// <summary>Whether the truth lay at <see cref="Peak"/> or beyond it: a value was beyond what its probe can measure.</summary>
    public bool IsPeakBound { get; init; }

    /// <summary>How many notices went out.</summary>
    public required long Notices { get; init; }

    /// <summary>The last of them, in one line; empty where there was none.</summary>
    public required string Summary { get; init; }
}

/// <summary>An episode that the store will never take.</summary>
/// <param name="Episode">The episode.</param>
/// <param name="Cause">As of a <see cref="RefusedPoint"/>.</param>
/// <param name="Detail">What the store said.</param>
public sealed record RefusedEpisode(EpisodePoint Episode, string Cause, string Detail);
