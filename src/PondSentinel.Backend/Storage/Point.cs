using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Storage;

/// <summary>One channel of one record as the stores keep it. The key is the measurand, the five tags and the time.</summary>
public sealed record Point
{
    /// <summary>The measurement's name in the store is the measurand's wire name.</summary>
    public required Measurand Measurand { get; init; }

    /// <summary>Tag.</summary>
    public required string Site { get; init; }

    /// <summary>Tag.</summary>
    public required string Station { get; init; }

    /// <summary>Tag.</summary>
    public required string Gateway { get; init; }

    /// <summary>Tag.</summary>
    public required string Device { get; init; }

    /// <summary>Tag.</summary>
    public required string Channel { get; init; }

    /// <summary>Key in time: ms times 10^6 plus the record's number modulo 10^6, ns since 1970.</summary>
    public required long TimeNs { get; init; }

    /// <summary>When it was measured: UTC ms since 1970.</summary>
    public long TimeMs => MsOf(TimeNs);

    /// <summary>Epoch of the record (for a revision: of the record it revises).</summary>
    public required string Epoch { get; init; }

    /// <summary>Number of the record (for a revision: of the record it revises).</summary>
    public required long Sequence { get; init; }

    /// <summary>Where the time comes from.</summary>
    public required ClockSource Clock { get; init; }

    /// <summary>The value with its quality, reasons and provenance.</summary>
    public required ChannelValue Value { get; init; }

    /// <summary>Time a thinned record stands for, ms, ending at <see cref="TimeMs"/>; otherwise null.</summary>
    public long? CoveredMs { get; init; }

    /// <summary>Whether it replaces an earlier point of the same key.</summary>
    public bool IsRevision { get; init; }

    /// <summary>When something was measured: UTC ms since 1970.</summary>
    /// <param name="timeNs">Its key in time.</param>
    public static long MsOf(long timeNs) => (timeNs - (((timeNs % 1_000_000) + 1_000_000) % 1_000_000)) / 1_000_000;

    /// <summary>The time key of a record.</summary>
    /// <param name="timeMs">UTC ms since 1970, from -9,223,372,036,853 to 9,223,372,036,853.</param>
    /// <param name="sequence">The record's number.</param>
    public static long KeyNs(long timeMs, long sequence) => (timeMs * 1_000_000) + (sequence % 1_000_000);
}
