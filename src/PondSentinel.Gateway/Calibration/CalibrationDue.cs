using PondSentinel.Calibration;

namespace PondSentinel.Gateway.Calibration;

/// <summary>When a channel is to be calibrated. One that never was is to be for the first time its interval after it was first seen.
/// </summary>
/// <param name="Channel">The channel.</param>
/// <param name="Record">The calibration in force; null where there is none.</param>
/// <param name="DueMs">When: UTC ms since 1970; null where nobody says.</param>
/// <param name="State">How that stands.</param>
internal sealed record CalibrationDue(CalibratedChannel Channel, CalibrationRecord? Record, long? DueMs, DueState State)
{
    /// <summary>How a channel stands.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="records">Records of any channels.</param>
    /// <param name="firstSeenMs">When it was first seen; null where nobody has noted it.</param>
    /// <param name="nowMs">Now.</param>
    public static CalibrationDue Of(CalibratedChannel channel, IReadOnlyList<StoredCalibration> records, long? firstSeenMs, long nowMs)
    {
        var record = channel.NewestOf(records)?.Record;
        var since = record?.TimeMs ?? firstSeenMs;
        var due = record is not null ? record.DueMs
            : channel is { Kind: not null, Interval: { } interval } ? firstSeenMs + (long)interval.TotalMilliseconds
            : null;
        return new CalibrationDue(channel, record, due, since is { } from ? CalibrationInterval.StateOf(from, due, nowMs) : DueState.Good);
    }
}
