using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>What is in a segment: where which numbers are, of which sites, and what the clocks said. All that opening a
/// buffer has to know of it, so that a full segment need not be read.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class SegmentContents
{
    // A stretch is read as a whole to find one number of it, so it must not grow as long as the segment.
    private const int StretchBytesMax = 16 * 1024;
    private const byte Version = 1;

    private readonly List<Stretch> stretches = [];
    private readonly List<(string Epoch, string Site)> sites = [];
    private readonly List<ClockRun> clocks = [];

    /// <summary>Where the next frame goes.</summary>
    public int End { get; private set; } = Segment.HeaderBytes;

    /// <summary>The numbers, in the order of the bytes.</summary>
    public IReadOnlyList<Stretch> Stretches => stretches;

    /// <summary>The site of each epoch.</summary>
    public IReadOnlyList<(string Epoch, string Site)> Sites => sites;

    /// <summary>The clocks of the items, as far as anybody has to know them, in order.</summary>
    public IEnumerable<ClockReading> Clocks => clocks.SelectMany(run => run.Readings);

    /// <summary>Takes note of a frame at the end.</summary>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="number">Its number.</param>
    /// <param name="size">Bytes it takes.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="body">Its body.</param>
    /// <param name="isSparse">Whether numbers are left out between it and the one before: a stretch for each would be more than
    /// memory should bear.</param>
    public void Note(string epoch, long number, int offset, int size, ReadOnlySpan<byte> body, bool isSparse = false)
    {
        NotePlace(epoch, number, offset, size, isSparse);

        // The body of every kind begins with the clock and the site.
        var fields = new FieldReader(body);
        var clock = ClockFields.Read(ref fields);
        var site = fields.Text();
        if (!fields.Failed)
        {
            NoteClock(clock);
            NoteSite(epoch, site);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        stretches.Clear();
        sites.Clear();
        clocks.Clear();
        End = Segment.HeaderBytes;
    }

    /// <summary>Writes it as a body of fields. README.md of this folder gives the layout.</summary>
    public byte[] Write()
    {
        var fields = new FieldWriter();
        fields.Byte(Version);
        fields.Unsigned(End);
        var epochs = stretches.Select(stretch => stretch.Epoch).Distinct().ToList();
        fields.Unsigned(epochs.Count);
        foreach (var epoch in epochs)
        {
            fields.Text(epoch);
            fields.Text(SiteOf(epoch) ?? "");
        }

        fields.Unsigned(stretches.Count);
        foreach (var stretch in stretches)
        {
            fields.Unsigned(epochs.IndexOf(stretch.Epoch));
            fields.Unsigned(stretch.Range.First);
            fields.Unsigned(stretch.Range.Count);
            fields.Unsigned(stretch.Offset);
            fields.Unsigned(stretch.Bytes);
        }

        var readings = Clocks.ToList();
        fields.Unsigned(readings.Count);
        foreach (var clock in readings)
        {
            ClockFields.Write(fields, clock);
        }

        return fields.Written.ToArray();
    }

    /// <summary>Reads it. Nothing of it may be sparse.</summary>
    /// <param name="body">The bytes, hostile.</param>
    /// <param name="length">Bytes of the segment.</param>
    /// <returns>The contents, or null where the bytes are none.</returns>
    public static SegmentContents? Read(ReadOnlySpan<byte> body, int length)
    {
        var fields = new FieldReader(body);
        if (fields.Byte() != Version)
        {
            return null;
        }

        var contents = new SegmentContents { End = (int)fields.Unsigned(length) };
        var epochs = new string[fields.Count()];
        for (var i = 0; i < epochs.Length && !fields.Failed; i++)
        {
            epochs[i] = fields.Text();
            if (!Names.IsEpoch(epochs[i]))
            {
                fields.Fail();
            }
            else if (fields.Text() is { Length: > 0 } site)
            {
                contents.sites.Add((epochs[i], site));
            }
        }

        var count = fields.Count();
        for (var i = 0; i < count && !fields.Failed; i++)
        {
            contents.ReadStretch(ref fields, epochs);
        }

        count = fields.Count();
        for (var i = 0; i < count && !fields.Failed; i++)
        {
            contents.clocks.Add(new ClockRun(ClockFields.Read(ref fields)));
        }

        return fields.IsDone ? contents : null;
    }

    private void ReadStretch(ref FieldReader fields, string[] epochs)
    {
        var epoch = (int)fields.Unsigned(int.MaxValue);
        var first = fields.Unsigned(SequenceRange.SequenceMax);
        var numbers = fields.Unsigned(SequenceRange.SequenceMax - first);
        var offset = (int)fields.Unsigned(End);
        var bytes = (int)fields.Unsigned(End - offset);
        if (epoch >= epochs.Length || numbers == 0 || numbers > bytes / Frame.HeaderBytes || offset < Segment.HeaderBytes)
        {
            fields.Fail();
            return;
        }

        stretches.Add(new Stretch(epochs[epoch], new SequenceRange(first, first + numbers - 1), offset, bytes));
    }

    private void NotePlace(string epoch, long number, int offset, int size, bool isSparse)
    {
        if (stretches is [.., var last]
            && (last.Range.Last + 1 == number || (isSparse && last.Range.Last < number))
            && last.Bytes < StretchBytesMax
            && last.Offset + last.Bytes == offset
            && string.Equals(last.Epoch, epoch, StringComparison.Ordinal))
        {
            stretches[^1] = last with
            {
                Range = last.Range with { Last = number },
                Bytes = last.Bytes + size,
            };
        }
        else
        {
            stretches.Add(new Stretch(epoch, new SequenceRange(number, number), offset, size));
        }

        End = offset + size;
    }

    private void NoteClock(ClockReading clock)
    {
        if (clocks is not [.., var last] || !last.TryNote(clock))
        {
            clocks.Add(new ClockRun(clock));
        }
    }

    private void NoteSite(string epoch, string site)
    {
        if (site.Length > 0 && SiteOf(epoch) is null)
        {
            sites.Add((epoch, site));
        }
    }

    private string? SiteOf(string epoch) =>
        sites.Find(known => string.Equals(known.Epoch, epoch, StringComparison.Ordinal)).Site;
}
