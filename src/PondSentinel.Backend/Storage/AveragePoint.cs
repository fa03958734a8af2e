namespace PondSentinel.Backend.Storage;

/// <summary>The mean of a window as the stores keep it. The key is the measurand, the five tags, the average and the time; writing it
/// again replaces every field.</summary>
public sealed record AveragePoint
{
    /// <summary>The measurement's name in the stores.</summary>
    public const string Measurement = "average";

    /// <summary><see cref="State"/> of a window that has a value.</summary>
    public const string Valid = "valid";

    /// <summary><see cref="State"/> of a value that lies outside of what its formula was published for.</summary>
    public const string Extrapolated = "extrapolated";

    /// <summary><see cref="State"/> of a window that has too few hours for one.</summary>
    public const string NoData = "no-data";

    /// <summary>Whose it is: the tags of the channel, and what the value is a number of, which may be an index of what the channel
    /// measures.</summary>
    public required SeriesKey Of { get; init; }

    /// <summary>Tag: the average's id.</summary>
    public required string Average { get; init; }

    /// <summary>When the window ends, UTC ms since 1970.</summary>
    public required long EndMs { get; init; }

    /// <summary>What limits are held against, rounded as the standard says; null where too few hours are valid.</summary>
    public required double? Value { get; init; }

    /// <summary>The mean behind it, not rounded; null where there is none.</summary>
    public required double? Mean { get; init; }

    /// <summary>How many hours of the window are valid.</summary>
    public required int Hours { get; init; }

    /// <summary>How many have to be.</summary>
    public required int Needed { get; init; }

    /// <summary>How many there are.</summary>
    public required int Length { get; init; }

    /// <summary>Whether it lies outside of what its formula was published for.</summary>
    public bool IsExtrapolated { get; init; }

    /// <summary><see cref="Valid"/>, <see cref="Extrapolated"/> or <see cref="NoData"/>.</summary>
    public string State => Value is null ? NoData : IsExtrapolated ? Extrapolated : Valid;
}

/// <summary>An average that the store will never take.</summary>
/// <param name="Average">The average.</param>
/// <param name="Cause">As of a <see cref="RefusedPoint"/>.</param>
/// <param name="Detail">What the store said.</param>
public sealed record RefusedAverage(AveragePoint Average, string Cause, string Detail);
