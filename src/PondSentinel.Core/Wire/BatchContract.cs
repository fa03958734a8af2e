using System.Collections;
using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Wire;

/// <summary>What holds for every batch, going out or coming in.</summary>
internal static class BatchContract
{
    /// <summary>What is wrong with a batch; null when nothing is.</summary>
    /// <param name="batch">The batch.</param>
    public static string? FaultIn(Batch batch)
    {
        if (!Names.IsName(batch.Gateway))
        {
            return "the gateway has no name of [a-z0-9-]{1,32}";
        }

        if (!Names.IsEpoch(batch.Epoch))
        {
            return "ep is not an epoch";
        }

        if (FaultInRange(batch.Range) is { } fault)
        {
            return fault;
        }

        var isGoneOnly = batch.Records.Count == 0 && batch.Unreadable.Count == 0;
        if (isGoneOnly ? batch.Schema is not null || batch.Clock is not null : !Names.IsSchema(batch.Schema) || batch.Clock is null)
        {
            return "schema and clock go with records and only with them";
        }

        if (batch.Clock is { } clock && (!Enum.IsDefined(clock.Source) || clock.ErrorMs is < 0 or > WireParts.TimeMax))
        {
            return "the clock's source or error is out of bounds";
        }

        return FaultInCoverage(batch) ?? FaultInRecords(batch.Records);
    }

    private static string? FaultInRange(SequenceRange range) =>
        range.First < 0 || range.Last < range.First || range.Last > SequenceRange.SequenceMax
            ? "the range is no range of numbers from 0 to 2^53 - 1"
            : range.Count > Batch.RangeMax ? Text($"{range.Count} numbers, more than {Batch.RangeMax}") : null;

    // Every number of the range exactly once. Each step marks a number that was free or ends the check, so the time is
    // bounded by the range however often a hostile batch names the same numbers.
    private static string? FaultInCoverage(Batch batch)
    {
        var taken = new BitArray((int)batch.Range.Count);
        var count = 0;
        var parts = batch.Records.Select(record => new SequenceRange(record.Sequence, record.Sequence))
            .Concat(batch.Gone.Select(gone => gone.Range))
            .Concat(batch.Unreadable.Select(unreadable => unreadable.Range));
        foreach (var part in parts)
        {
            if (part.Last < part.First || !batch.Range.Contains(part.First) || !batch.Range.Contains(part.Last))
            {
                return Text($"{part.First} to {part.Last} is not within {batch.Range.First} to {batch.Range.Last}");
            }

            for (var number = part.First; number <= part.Last; number++)
            {
                var place = (int)(number - batch.Range.First);
                if (taken[place])
                {
                    return Text($"number {number} stands there twice");
                }

                taken[place] = true;
                count++;
            }
        }

        return count == batch.Range.Count ? OrderFault(batch) : Text($"{batch.Range.Count - count} numbers are missing");
    }

    private static string? OrderFault(Batch batch)
    {
        for (var i = 1; i < batch.Records.Count; i++)
        {
            if (batch.Records[i].Sequence < batch.Records[i - 1].Sequence)
            {
                return "the records are not by rising number";
            }
        }

        for (var i = 1; i < batch.Gone.Count; i++)
        {
            if (batch.Gone[i].Range.First < batch.Gone[i - 1].Range.First)
            {
                return "what is gone is not by rising number";
            }
        }

        return null;
    }

    private static string? FaultInRecords(IReadOnlyList<DeviceRecord> records)
    {
        var channels = new HashSet<string>(StringComparer.Ordinal);
        var values = 0;
        foreach (var record in records)
        {
            values += record.Channels.Count;
            if (FaultInRecord(record, channels) is { } fault)
            {
                return Text($"record {record.Sequence}: {fault}");
            }
        }

        return values > Batch.ValuesMax ? Text($"{values} values, more than {Batch.ValuesMax}") : null;
    }

    private static string? FaultInRecord(DeviceRecord record, HashSet<string> channels)
    {
        if (!Names.IsName(record.Device) || !Names.IsName(record.Station))
        {
            return "device or station has no name of [a-z0-9-]{1,32}";
        }

        if (record.TimeMs is < -WireParts.TimeMax or > WireParts.TimeMax)
        {
            return "the time is not within 2^53 ms of 1970";
        }

        if (record.CoveredMs is < 0 or > WireParts.TimeMax)
        {
            return "the covered time is out of bounds";
        }

        if (record.Revises is { } revised
            && (!Names.IsEpoch(revised.Epoch) || revised.Sequence is < 0 or > SequenceRange.SequenceMax))
        {
            return "what it revises is no record";
        }

        if (record.Channels.Count == 0)
        {
            return "no channels";
        }

        channels.Clear();
        foreach (var channel in record.Channels)
        {
            var fault = !Names.IsName(channel.Channel) ? "has no name of [a-z0-9-]{1,32}"
                : !channels.Add(channel.Channel) ? "twice"
                : FaultInValue(channel) ?? FaultInSpread(channel, record.CoveredMs is not null);
            if (fault is not null)
            {
                return $"channel {channel.Channel} {fault}";
            }
        }

        return null;
    }

    private static string? FaultInValue(ChannelValue channel)
    {
        if (!MeasurandNames.IsKnown(channel.Measurand) || !Enum.IsDefined(channel.Flag))
        {
            return "has a measurand or flag that is not defined";
        }

        if ((channel.Value is null) != (channel.Flag == QualityFlag.Missing))
        {
            return "is missing without flag 9, or there with it";
        }

        if (!IsFiniteOrNull(channel.Value) || !IsFiniteOrNull(channel.Raw))
        {
            return "is not finite";
        }

        if (channel.Calibration is not null && !Names.IsName(channel.Calibration))
        {
            return "has a calibration that is no name";
        }

        return (channel.Why & ~WhyTokens.All) != 0 ? "has a reason that is not defined" : null;
    }

    private static string? FaultInSpread(ChannelValue channel, bool isThinned)
    {
        if (!isThinned)
        {
            return channel.Low is null && channel.High is null && channel.Count is null
                ? null
                : "has lowest, highest or count, but the record is not thinned";
        }

        var isMissing = channel.Value is null;
        if ((channel.Low is null) != isMissing || (channel.High is null) != isMissing || (channel.Count ?? -1) > 0 == isMissing)
        {
            return "is thinned: lowest, highest and count of 1 or more go with a value, count 0 with none";
        }

        return IsFiniteOrNull(channel.Low) && IsFiniteOrNull(channel.High) && !(channel.Low > channel.High)
            ? null
            : "has a lowest above its highest, or one that is not finite";
    }

    private static bool IsFiniteOrNull(double? number) => number is not { } value || double.IsFinite(value);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
