using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>The final time of an item: UTC ms since 1970; null while it has none.</summary>
/// <param name="clock">The clocks of the item.</param>
internal delegate (long TimeMs, ClockStamp Stamp)? FinalTime(ClockReading clock);

/// <summary>Collects records into a run that fits one batch: one epoch, schema and clock source, and no change of a
/// calibration.</summary>
/// <remarks>A gone range costs a batch a few bytes and a record a hundred, so only records count against the bound.
/// </remarks>
/// <param name="epoch">The epoch.</param>
/// <param name="recordsMax">Most records.</param>
/// <param name="finalTimeOf">Gives a record its final time, where it has one.</param>
internal sealed class RunBuilder(
    EpochLedger epoch, int recordsMax, FinalTime finalTimeOf) : IFrameReader
{
    private readonly List<StoredRecord> records = [];
    private readonly List<GoneRange> gone = [];
    private readonly Dictionary<(string Device, string Channel), string?> calibrations = [];
    private long? first;
    private long last;

    /// <summary>Whether it ended at a record that has no time yet.</summary>
    public bool AwaitsTime { get; private set; }

    /// <summary>What was collected; null where nothing was.</summary>
    public RecordRun? Run => first is { } start
        ? new RecordRun(epoch.Site, epoch.Epoch, new SequenceRange(start, last), records, gone)
        : null;

    /// <inheritdoc/>
    public FrameVerdict Take(StoredFrame frame)
    {
        if (records.Count == recordsMax)
        {
            return FrameVerdict.Ended;
        }

        if (ThinnedBody.Read(frame) is not (_, var record, var coveredMs, _))
        {
            return FrameVerdict.Unreadable;
        }

        if (finalTimeOf(record.Clock) is not var (timeMs, stamp))
        {
            AwaitsTime = true;
            return FrameVerdict.Ended;
        }

        if (!Fits(record, stamp))
        {
            return FrameVerdict.Ended;
        }

        foreach (var channel in record.Channels)
        {
            calibrations[(record.Device, channel.Channel)] = channel.Calibration;
        }

        var marked = stamp.Source == ClockSource.Est ? Doubted(record) : record;
        records.Add(new StoredRecord(
            frame.Number, timeMs, stamp, frame.IsUnsaved ? Marked(marked) : marked, coveredMs));
        first ??= frame.Number;
        last = frame.Number;
        return FrameVerdict.Taken;
    }

    /// <inheritdoc/>
    public bool TakeGone(GoneRange range)
    {
        gone.Add(range);
        first ??= range.Range.First;
        last = range.Range.Last;
        return true;
    }

    private static BufferedRecord Doubted(BufferedRecord record) => record with
    {
        Channels =
        [
            .. record.Channels.Select(channel => channel with
            {
                Flag = channel.Flag is QualityFlag.Good or QualityFlag.NotEvaluated ? QualityFlag.Suspect : channel.Flag,
                Why = channel.Why | Why.EstimatedTime,
            }),
        ],
    };

    private static BufferedRecord Marked(BufferedRecord record) => record with
    {
        Channels = [.. record.Channels.Select(channel => channel with { Why = channel.Why | Why.Unsaved })],
    };

    private bool Fits(BufferedRecord record, ClockStamp stamp) =>
        records is not [var before, ..]
        || (string.Equals(before.Record.Schema, record.Schema, StringComparison.Ordinal)
            && before.Stamp.Source == stamp.Source
            && record.Channels.All(channel =>
                !calibrations.TryGetValue((record.Device, channel.Channel), out var calibration)
                || string.Equals(calibration, channel.Calibration, StringComparison.Ordinal)));
}
