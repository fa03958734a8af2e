using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Makes a message of the beginning of a run: as much as may stand in one batch and fits into the bytes. Pure.
/// </summary>
internal static class RunBatch
{
    // Each value with all that can go with it takes at most about 120 bytes before packing.
    private const int ValuesMax = Batch.UnpackedBytesMax / 128;

    /// <summary>Makes the message.</summary>
    /// <param name="run">The run.</param>
    /// <param name="gateway">The gateway.</param>
    /// <param name="bytesMax">Most bytes of the payload.</param>
    /// <param name="packing">How to pack it; null for gzip.</param>
    public static MadeBatch Make(RecordRun run, string gateway, int bytesMax, BatchPacking? packing = null)
    {
        var last = LastOfOneKind(run);
        while (true)
        {
            var batch = Cut(run, gateway, last);
            var (payload, fault) = Encode(batch, packing ?? new BatchPacking(Compress: true, null));
            if (payload?.Length <= bytesMax)
            {
                return new MadeBatch(batch.Range, payload, null);
            }

            List<long> ends = [.. batch.Records.Select(record => record.Sequence), .. batch.Gone.Select(gone => gone.Range.Last)];
            if (ends.Count == 1)
            {
                return new MadeBatch(batch.Range, null, fault ?? $"more than {bytesMax} bytes");
            }

            ends.Sort();
            last = ends[(ends.Count / 2) - 1];
        }
    }

    // A record that breaks the contract cannot come from acquisition, but perhaps from a card. Halving finds it, and the
    // others go on.
    private static (byte[]? Payload, string? Fault) Encode(Batch batch, BatchPacking packing)
    {
        try
        {
            // A large batch holds its own words often enough.
            return packing.Dictionary is { } dictionary
                && BatchCodec.Encode(batch, compress: false) is { Length: <= PackingDictionary.BatchBytesMax } json
                ? (dictionary.Pack(json), null)
                : (BatchCodec.Encode(batch, packing.Compress), null);
        }
        catch (ArgumentException e)
        {
            return (null, e.Message);
        }
    }

    // A batch has one description, one kind of clock and one calibration per channel.
    private static long LastOfOneKind(RecordRun run)
    {
        if (run.Records.Count == 0)
        {
            return run.Range.Last;
        }

        var first = run.Records[0];
        Dictionary<(string Device, string Channel), string?> calibrations = [];
        var values = 0;
        foreach (var stored in run.Records)
        {
            values += stored.Record.Channels.Count;
            var same = stored.Record.Schema == first.Record.Schema
                && stored.Stamp.Source == first.Stamp.Source
                && stored.Record.Channels.All(value =>
                    calibrations.TryAdd((stored.Record.Device, value.Channel), value.Calibration)
                    || calibrations[(stored.Record.Device, value.Channel)] == value.Calibration);
            if (!same || (values > ValuesMax && stored != first))
            {
                return stored.Sequence - 1;
            }
        }

        return run.Range.Last;
    }

    private static Batch Cut(RecordRun run, string gateway, long last)
    {
        var records = run.Records.TakeWhile(stored => stored.Sequence <= last).ToList();
        return new Batch
        {
            Gateway = gateway,
            Epoch = run.Epoch,
            Range = run.Range with { Last = last },
            Schema = records.Count == 0 ? null : records[0].Record.Schema,
            Clock = records.Count == 0
                ? null
                : new ClockStamp(records[0].Stamp.Source, records.Max(stored => stored.Stamp.ErrorMs)),
            Records = [.. records.Select(Record)],
            Gone =
            [
                .. run.Gone.Where(gone => gone.Range.First <= last)
                    .Select(gone => gone with { Range = gone.Range with { Last = Math.Min(gone.Range.Last, last) } }),
            ],
        };
    }

    private static DeviceRecord Record(StoredRecord stored) => new()
    {
        Sequence = stored.Sequence,
        TimeMs = stored.TimeMs,
        Station = stored.Record.Station,
        Device = stored.Record.Device,
        Channels = stored.Record.Channels,
        CoveredMs = stored.CoveredMs,
        Revises = stored.Record.Revises,
    };
}

/// <summary>How a batch is packed.</summary>
/// <param name="Compress">Whether with gzip, where there is no dictionary.</param>
/// <param name="Dictionary">With this; null for none.</param>
internal sealed record BatchPacking(bool Compress, PackingDictionary? Dictionary);

/// <summary>The beginning of a run as a message.</summary>
/// <param name="Range">The numbers it answers for.</param>
/// <param name="Payload">The message; null where the first record or loss of the run cannot be sent at all.</param>
/// <param name="Fault">Why it cannot.</param>
internal readonly record struct MadeBatch(SequenceRange Range, byte[]? Payload, string? Fault);
