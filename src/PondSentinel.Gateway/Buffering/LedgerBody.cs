using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>The ledger as bytes. README.md of this folder gives the layout.</summary>
internal static class LedgerBody
{
    /// <summary>The layout that is written. A higher one is of a later program.</summary>
    public const byte Version = 2;

    // The same but for the set of what had been settled.
    private const byte VersionWithoutHad = 1;

    // The boot id, three numbers of at most 10 bytes and the source. Anchors have half of the room: in a slot of 4 KiB that
    // is 43, in one of 128 KiB it is 1,394. Records of further lives wait until those before them have gone.
    private const int AnchorBytesMax = 47;

    // Where the room is too small, intervals are forgotten first (duplicates), then the oldest epochs (the same).
    private static readonly int[] IntervalsMaxSteps = [EpochLedger.GoneIntervalsMax, 64, 8, 1];

    /// <summary>Writes a ledger into a bounded number of bytes, with less detail where it must.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="bytesMax">The bound.</param>
    /// <param name="anchors">How many of the anchors found room: never fewer than the time before.</param>
    public static byte[] Write(BufferLedger ledger, int bytesMax, out int anchors)
    {
        anchors = Math.Min(ledger.Times.Anchors.Count, bytesMax / 2 / AnchorBytesMax);
        foreach (var intervalsMax in IntervalsMaxSteps)
        {
            var body = Write(ledger, anchors, intervalsMax, skip: 0);
            if (body.Length <= bytesMax)
            {
                return body;
            }
        }

        for (var skip = 1; ; skip *= 2)
        {
            var body = Write(ledger, anchors, IntervalsMaxSteps[^1], skip);
            if (body.Length <= bytesMax)
            {
                return body;
            }
        }
    }

    /// <summary>Whether a later program wrote it.</summary>
    /// <param name="body">The bytes.</param>
    public static bool IsNewer(ReadOnlySpan<byte> body) => body is [> Version, ..];

    /// <summary>Reads a ledger.</summary>
    /// <param name="body">The bytes, hostile.</param>
    /// <returns>The ledger, or null where the bytes are none.</returns>
    public static BufferLedger? Read(ReadOnlySpan<byte> body)
    {
        var fields = new FieldReader(body);
        var version = fields.Byte();
        if (version is not (Version or VersionWithoutHad))
        {
            return null;
        }

        var ledger = new BufferLedger();
        if (fields.Byte() != 0)
        {
            ledger.Receipt = new ReceiptMark(fields.Text(), fields.Signed(), fields.Signed());
        }

        var anchors = fields.Count();
        for (var i = 0; i < anchors && !fields.Failed; i++)
        {
            ledger.Times.Restore(ClockFields.ReadAnchor(ref fields));
        }

        ReadStream(ref fields, ledger.Records, version);
        ReadStream(ref fields, ledger.Events, version);
        return fields.IsDone ? ledger : null;
    }

    private static byte[] Write(BufferLedger ledger, int anchorsMax, int intervalsMax, int skip)
    {
        var fields = new FieldWriter();
        fields.Byte(Version);
        fields.Byte(ledger.Receipt is null ? (byte)0 : (byte)1);
        if (ledger.Receipt is { } receipt)
        {
            fields.Text(receipt.By);
            fields.Signed(receipt.Generation);
            fields.Signed(receipt.Number);
        }

        var anchors = ledger.Times.Anchors.Take(anchorsMax).ToList();
        fields.Unsigned(anchors.Count);
        foreach (var anchor in anchors)
        {
            ClockFields.Write(fields, anchor);
        }

        WriteStream(fields, ledger.Records, intervalsMax, skip);
        WriteStream(fields, ledger.Events, intervalsMax, skip);
        return fields.Written.ToArray();
    }

    private static void WriteStream(FieldWriter fields, StreamLedger stream, int intervalsMax, int skip)
    {
        foreach (var cause in EpochLedger.Causes)
        {
            fields.Unsigned(stream.LostForGood(cause));
        }

        var epochs = stream.Epochs.Skip(skip).ToList();
        fields.Unsigned(epochs.Count);
        foreach (var epoch in epochs)
        {
            fields.Text(epoch.Epoch);
            fields.Text(epoch.Site);
            fields.Unsigned(epoch.Last + 1);
            WriteSet(fields, epoch.Settled, intervalsMax);
            var forgotten = epoch.Forgotten;
            foreach (var cause in EpochLedger.Causes)
            {
                forgotten += WriteSet(fields, epoch.Gone(cause), intervalsMax);
            }

            WriteSet(fields, epoch.Had, intervalsMax);
            fields.Unsigned(Math.Min(forgotten, SequenceRange.SequenceMax));
        }
    }

    // Each interval as the numbers left out before it and its own count. How many numbers of the set found no room.
    private static long WriteSet(FieldWriter fields, IntervalSet set, int intervalsMax)
    {
        var intervals = set.Intervals.Take(intervalsMax).ToList();
        fields.Unsigned(intervals.Count);
        long next = 0;
        foreach (var interval in intervals)
        {
            fields.Unsigned(interval.First - next);
            fields.Unsigned(interval.Count);
            next = interval.Last + 1;
        }

        return set.Intervals.Skip(intervalsMax).Sum(interval => interval.Count);
    }

    private static void ReadStream(ref FieldReader fields, StreamLedger stream, byte version)
    {
        foreach (var cause in EpochLedger.Causes)
        {
            stream.CountBefore(cause, fields.Unsigned(SequenceRange.SequenceMax));
        }

        var count = fields.Count();
        for (var i = 0; i < count && !fields.Failed; i++)
        {
            var name = fields.Text();
            var site = fields.Text();
            if (!Names.IsEpoch(name) || stream.Find(name) is not null)
            {
                fields.Fail();
                return;
            }

            var epoch = new EpochLedger(name, site, isOwn: false);
            epoch.Reach(fields.Unsigned(SequenceRange.SequenceMax) - 1);
            ReadSet(ref fields, epoch.Settled.Add);
            foreach (var cause in EpochLedger.Causes)
            {
                ReadSet(ref fields, range => epoch.LoseBefore(range, cause));
            }

            if (version > VersionWithoutHad)
            {
                ReadSet(ref fields, epoch.Had.Add);
            }

            epoch.ForgetBefore(fields.Unsigned(SequenceRange.SequenceMax));
            stream.Add(epoch);
        }
    }

    private static void ReadSet(ref FieldReader fields, Action<SequenceRange> add)
    {
        var count = fields.Count();
        long next = 0;
        for (var i = 0; i < count && !fields.Failed; i++)
        {
            var first = next + fields.Unsigned(SequenceRange.SequenceMax - next);
            var length = fields.Unsigned(SequenceRange.SequenceMax - first);
            if (length == 0)
            {
                fields.Fail();
                return;
            }

            add(new SequenceRange(first, first + length - 1));
            next = first + length;
        }
    }
}
