namespace PondSentinel.Backend.Storage;

/// <summary>A grab sample as the stores keep it. The key is the measurand, the five tags, the method and the time.</summary>
public sealed record SamplePoint
{
    /// <summary>The measurement's name in the stores.</summary>
    public const string Measurement = "sample";

    /// <summary>Whose it stands beside: the probe's measurand and tags.</summary>
    public required SeriesKey Beside { get; init; }

    /// <summary>Tag: how it was measured; empty where nobody says.</summary>
    public required string Method { get; init; }

    /// <summary>Key in time: ms times 10^6 plus the event's number modulo 10^6, ns since 1970.</summary>
    public required long TimeNs { get; init; }

    /// <summary>The value, in the measurand's unit.</summary>
    public required double Value { get; init; }

    /// <summary>Who took it.</summary>
    public required string Who { get; init; }

    /// <summary>The laboratory; empty where there was none.</summary>
    public required string Laboratory { get; init; }

    /// <summary>What else there is to say; empty where there is nothing.</summary>
    public required string Note { get; init; }

    /// <summary>Epoch of the event.</summary>
    public required string Epoch { get; init; }

    /// <summary>Number of the event.</summary>
    public required long Sequence { get; init; }
}

/// <summary>A sample that the store will never take.</summary>
/// <param name="Sample">The sample.</param>
/// <param name="Cause">As of a <see cref="RefusedPoint"/>.</param>
/// <param name="Detail">What the store said.</param>
public sealed record RefusedSample(SamplePoint Sample, string Cause, string Detail);
