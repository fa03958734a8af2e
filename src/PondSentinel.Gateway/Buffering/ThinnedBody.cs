using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Thinned records as bodies of frames: records with the time that one covers and the numbers that it stands for.
/// README.md of this folder gives the layout.</summary>
internal static class ThinnedBody
{
    /// <summary>The layout that is written.</summary>
    public const byte Version = 1;

    private const long CoveredMsMax = 1L << 40;

    /// <summary>Writes a thinned record as a frame; one that stayed as it was as a record like any other.</summary>
    /// <param name="epoch">The epoch that numbered it.</param>
    /// <param name="thinned">The record.</param>
    public static byte[] Frame(string epoch, ThinnedRecord thinned)
    {
        if (thinned.CoveredMs is not { } coveredMs)
        {
            return Buffering.Frame.Make(
                FrameKind.Record, RecordBody.VersionOf(thinned.Record), epoch, thinned.Number, RecordBody.Write(thinned.Record));
        }

        var fields = new FieldWriter();
        ClockFields.Write(fields, thinned.Record.Clock);
        fields.Text(thinned.Record.Site);
        fields.Unsigned(coveredMs);
        fields.Unsigned(thinned.Replaced.Count);
        var above = thinned.Number;
        foreach (var number in thinned.Replaced.Reverse())
        {
            fields.Unsigned(above - number);
            above = number;
        }

        RecordBody.WriteRest(fields, thinned.Record);
        return Buffering.Frame.Make(FrameKind.Thinned, Version, epoch, thinned.Number, fields.Written);
    }

    /// <summary>Reads what a frame holds, whole or thinned.</summary>
    /// <param name="frame">The frame, its body hostile.</param>
    /// <returns>The record, or null where the bytes are none.</returns>
    public static ThinnedRecord? Read(StoredFrame frame)
    {
        if (frame.Kind == FrameKind.Record)
        {
            return RecordBody.Read(frame.Version, frame.Body) is { } whole
                ? new ThinnedRecord(frame.Number, whole, CoveredMs: null, [])
                : null;
        }

        var fields = new FieldReader(frame.Body);
        if (Begin(frame, ref fields) is not var (clock, site, coveredMs, replaced))
        {
            return null;
        }

        var record = RecordBody.ReadRest(ref fields, clock, site);
        return fields.IsDone ? new ThinnedRecord(frame.Number, record, coveredMs, replaced) : null;
    }

    /// <summary>The numbers that a frame stands for beside its own, by rising number: all that an opening has to know of it.
    /// </summary>
    /// <param name="frame">The frame, its body hostile.</param>
    public static IReadOnlyList<long> ReplacedIn(StoredFrame frame)
    {
        var fields = new FieldReader(frame.Body);
        return Begin(frame, ref fields)?.Replaced ?? [];
    }

    private static (ClockReading Clock, string Site, long CoveredMs, long[] Replaced)? Begin(StoredFrame frame, ref FieldReader fields)
    {
        if (frame.Kind != FrameKind.Thinned || frame.Version != Version)
        {
            return null;
        }

        var clock = ClockFields.Read(ref fields);
        var site = fields.Text();
        var coveredMs = fields.Unsigned(CoveredMsMax);
        var replaced = new long[fields.Unsigned(Thinner.RecordsMax - 1)];
        var above = frame.Number;
        for (var i = replaced.Length - 1; i >= 0 && !fields.Failed; i--)
        {
            var step = fields.Unsigned(above);
            if (step == 0)
            {
                fields.Fail();
            }

            replaced[i] = above -= step;
        }

        return fields.Failed ? null : (clock, site, coveredMs, replaced);
    }
}
