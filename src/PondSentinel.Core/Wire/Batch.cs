using PondSentinel.Measurements;

namespace PondSentinel.Wire;

/// <summary>Where a time comes from.</summary>
public enum ClockSource
{
    /// <summary>A satellite receiver.</summary>
    Gps,

    /// <summary>The machine's clock, disciplined by NTP.</summary>
    Ntp,

    /// <summary>A battery-backed clock, or a machine clock its owner vouches for.</summary>
    Rtc,

    /// <summary>One exchange with the backend.</summary>
    Srv,

    /// <summary>An estimate: the machine restarted before it ever knew the time.</summary>
    Est,
}

/// <summary>How good the times of a batch are.</summary>
/// <param name="Source">Where they come from.</param>
/// <param name="ErrorMs">Bound of the error, ms, 0 or more.</param>
public readonly record struct ClockStamp(ClockSource Source, long ErrorMs);

/// <summary>One channel in one record.</summary>
/// <remarks>A thinned record carries <see cref="Low"/>, <see cref="High"/> and <see cref="Count"/>, and its value is the
/// mean.</remarks>
public readonly record struct ChannelValue
{
    /// <summary>Channel within the device.</summary>
    public required string Channel { get; init; }

    /// <summary>What the number is.</summary>
    public required Measurand Measurand { get; init; }

    /// <summary>The number in the measurand's unit, finite; null where it was due and is missing.</summary>
    public double? Value { get; init; }

    /// <summary>Quality.</summary>
    public required QualityFlag Flag { get; init; }

    /// <summary>Reasons for the flag.</summary>
    public Why Why { get; init; }

    /// <summary>The instrument's own number before calibration, in the instrument's unit, where the channel keeps it.</summary>
    public double? Raw { get; init; }

    /// <summary>Id of the calibration that turned raw into value, where there is one.</summary>
    public string? Calibration { get; init; }

    /// <summary>Lowest of the values a thinned record stands for.</summary>
    public double? Low { get; init; }

    /// <summary>Highest of the values a thinned record stands for.</summary>
    public double? High { get; init; }

    /// <summary>How many values a thinned record stands for; 0 where all of them were missing.</summary>
    public int? Count { get; init; }
}

/// <summary>One poll of one device: one time, all channels that were due. A failed poll is a record too.</summary>
public sealed record DeviceRecord
{
    /// <summary>Number within the epoch, 0 to <see cref="SequenceRange.SequenceMax"/>.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it was measured, final: UTC, ms since 1970.</summary>
    public required long TimeMs { get; init; }

    /// <summary>Station of the device when it was measured.</summary>
    public required string Station { get; init; }

    /// <summary>The device.</summary>
    public required string Device { get; init; }

    /// <summary>The channels that were due, at least one, no channel twice.</summary>
    public required IReadOnlyList<ChannelValue> Channels { get; init; }

    /// <summary>For a thinned record the time it stands for, ms, ending at <see cref="TimeMs"/>; otherwise null.</summary>
    public long? CoveredMs { get; init; }

    /// <summary>For a revision the record it replaces; otherwise null. The point keeps the revised record's key.</summary>
    public RecordId? Revises { get; init; }
}

/// <summary>A message of the topics <c>data/live</c> and <c>data/back</c>: every number of a range, each as a record or as
/// gone (or, where it was decoded, as unreadable).</summary>
public sealed record Batch
{
    /// <summary>The gateway, by its payload; the topic's wins and a mismatch is refused.</summary>
    public required string Gateway { get; init; }

    /// <summary>The epoch that numbered the records.</summary>
    public required string Epoch { get; init; }

    /// <summary>The numbers it answers for, at most <see cref="RangeMax"/>.</summary>
    public required SequenceRange Range { get; init; }

    /// <summary>Hash of the meta that describes the channels; null where everything is gone.</summary>
    public string? Schema { get; init; }

    /// <summary>How good the times are; null where everything is gone.</summary>
    public ClockStamp? Clock { get; init; }

    /// <summary>The records, by rising number.</summary>
    public IReadOnlyList<DeviceRecord> Records { get; init; } = [];

    /// <summary>Numbers that will never come, by rising number.</summary>
    public IReadOnlyList<GoneRange> Gone { get; init; } = [];

    /// <summary>Numbers that were read but cannot be taken, by rising number, with cause <see cref="RejectCauses.Type"/>:
    /// their group has a measurand that this version does not know. Only ever in a batch that was decoded.</summary>
    public IReadOnlyList<RejectedRange> Unreadable { get; init; } = [];

    /// <summary>Most numbers in one batch.</summary>
    public const int RangeMax = 65_536;

    /// <summary>Most bytes of a message as sent.</summary>
    public const int SentBytesMax = 32 * 1024;

    /// <summary>Most bytes of a message unpacked.</summary>
    public const int UnpackedBytesMax = 4 * 1024 * 1024;

    /// <summary>Most values (channels times records) in one batch.</summary>
    public const int ValuesMax = 262_144;
}
