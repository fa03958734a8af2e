using System.Buffers.Binary;
using System.Globalization;

namespace PondSentinel.Gateway.Buffering;

/// <summary>One preallocated file of frames, and where in it which numbers are.</summary>
/// <remarks>Not thread-safe. README.md of this folder gives the layout.</remarks>
internal sealed class Segment : IDisposable
{
    /// <summary>Bytes before the first frame.</summary>
    public const int HeaderBytes = 64;

    /// <summary>Layout of segments. A higher one is of a later program.</summary>
    public const ushort Version = 1;

    private const ulong Magic = 0x3147_4553_444E_4F50; // "PONDSEG1"
    private const int HeaderCheckedBytes = 20;
    private const int PageBytes = 4096;

    private readonly ICardFile file;
    private SegmentContents contents = new();
    private bool isFull;

    private Segment(ICardFile file, string name, ulong number)
    {
        this.file = file;
        Name = name;
        Number = number;
        Length = (int)Math.Min(file.Length, int.MaxValue);
    }

    /// <summary>Name of the file.</summary>
    public string Name { get; private set; }

    /// <summary>Number of the segment; a higher one is newer.</summary>
    public ulong Number { get; private set; }

    /// <summary>Bytes it takes on the card.</summary>
    public int Length { get; }

    /// <summary>Where the next frame goes.</summary>
    public int End => contents.End;

    /// <summary>What is in it.</summary>
    public SegmentContents Contents => contents;

    /// <summary>Where which numbers are, in the order of the bytes.</summary>
    public IReadOnlyList<Stretch> Stretches => contents.Stretches;

    /// <summary>What lies behind the last whole frame; null where nothing does.</summary>
    public Remains? Remains { get; private set; }

    /// <summary>Whether it holds bytes and not one frame among them.</summary>
    public bool IsUnreadable => Remains is not null && Stretches.Count == 0;

    /// <summary>Whether the card failed to read some of it: nothing is written behind what nobody can see.</summary>
    public bool IsDamaged { get; private set; }

    // Of thinned records one number in ten is there.
    private bool IsSparse => TryParseName(ThinnedRing.Prefix, Name, out _);

    private int IndexOffset => Length - SegmentIndex.BytesOf(Length);

    /// <summary>Most bytes of frames that an empty segment takes.</summary>
    /// <param name="length">Bytes of the segment.</param>
    public static int RoomOf(int length) => length - HeaderBytes - SegmentIndex.BytesOf(length);

    /// <summary>Name of the file of a segment.</summary>
    /// <param name="prefix">The stream's letter.</param>
    /// <param name="number">Number of the segment.</param>
    public static string NameOf(string prefix, ulong number) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number:x16}.seg");

    /// <summary>Reads a file name.</summary>
    /// <param name="prefix">The stream's letter.</param>
    /// <param name="name">The name.</param>
    /// <param name="number">Number of the segment, where it is one of the stream.</param>
    public static bool TryParseName(string prefix, string name, out ulong number)
    {
        number = 0;
        return name.StartsWith(prefix + "-", StringComparison.Ordinal)
            && name.EndsWith(".seg", StringComparison.Ordinal)
            && ulong.TryParse(
                name.AsSpan()[(prefix.Length + 1)..^4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            && string.Equals(name, NameOf(prefix, number), StringComparison.Ordinal);
    }

    /// <summary>Makes an empty segment; durable when this returns, except for its name.</summary>
    /// <param name="card">The card.</param>
    /// <param name="prefix">The stream's letter.</param>
    /// <param name="number">Its number.</param>
    /// <param name="length">Bytes it takes.</param>
    public static Segment Create(ICard card, string prefix, ulong number, int length)
    {
        var name = NameOf(prefix, number);
        var file = card.Create(name, length);
        try
        {
            file.Write(0, Header(number));
            file.Sync();
            return new Segment(file, name, number);
        }
        catch (IOException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a segment and finds what is in it.</summary>
    /// <param name="card">The card.</param>
    /// <param name="name">Name of the file.</param>
    /// <param name="number">Its number.</param>
    /// <exception cref="NewerFormatException">A later program wrote it.</exception>
    public static Segment Open(ICard card, string name, ulong number)
    {
        var file = card.Open(name);
        try
        {
            var segment = new Segment(file, name, number);
            segment.Find();
            return segment;
        }
        catch (Exception e) when (e is IOException or NewerFormatException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a frame finds room at the end.</summary>
    /// <param name="size">Bytes of the frame.</param>
    public bool Fits(int size) => !isFull && End + size <= IndexOffset;

    /// <summary>Writes frames at the end and makes them durable.</summary>
    /// <param name="frames">The frames, which all fit.</param>
    /// <exception cref="IOException">None of them may be taken for durable.</exception>
    public void Append(IReadOnlyList<PendingFrame> frames)
    {
        var bytes = new byte[frames.Sum(frame => frame.Bytes.Length)];
        var offset = 0;
        foreach (var frame in frames)
        {
            var place = bytes.AsSpan(offset, frame.Bytes.Length);
            frame.Bytes.CopyTo(place);
            Frame.Seal(place, Number);
            offset += frame.Bytes.Length;
        }

        file.Write(End, bytes);
        file.Sync();
        foreach (var frame in frames)
        {
            contents.Note(frame.Epoch.Epoch, frame.Number, End, frame.Bytes.Length, Frame.BodyOf(frame.Bytes), IsSparse);
        }
    }

    /// <summary>Takes no more frames: it is full. Its index is written, as far as the card takes it.</summary>
    public void Close()
    {
        isFull = true;
        try
        {
            if (IndexOffset >= End && SegmentIndex.Write(contents, Number, Length) is { } index)
            {
                file.Write(IndexOffset, index);
            }
        }
        catch (IOException)
        {
            // Then the next opening reads all of it.
        }
    }

    /// <summary>Makes durable what a process before this one may have written without getting to it.</summary>
    public void Sync() => file.Sync();

    /// <summary>Finds out whether the card takes a write to it, by writing durably what is there already.</summary>
    /// <exception cref="IOException">It does not.</exception>
    public void Try()
    {
        file.Write(0, Header(Number).AsSpan(0, Math.Min(HeaderBytes, Length)));
        file.Sync();
    }

    /// <summary>Wipes out what lies behind the last whole frame and has been accounted for, so that it is not found again
    /// behind other frames.</summary>
    public void WipeRemains()
    {
        if (Remains is { } remains)
        {
            file.Write(End, new byte[remains.End - End]);
            Remains = null;
        }
    }

    /// <summary>Empties it on the card for a new number, durably, in the same room. It keeps its name.</summary>
    /// <param name="number">Its new number.</param>
    public void Wipe(ulong number)
    {
        // Until the new name is durable the old one may come back, with zeros: its numbers are declared gone already.
        // Old bytes under the new name are no frames, because a frame's checksum is bound to the segment's number.
        var zeros = new byte[Math.Min(Length, 256 * 1024)];
        for (var offset = 0; offset < Length; offset += zeros.Length)
        {
            file.Write(offset, zeros.AsSpan(0, Math.Min(zeros.Length, Length - offset)));
        }

        file.Write(0, Header(number));
        file.Sync();
    }

    /// <summary>Gives it the name of its new number, for which it was wiped; durable once the folder is synced.</summary>
    /// <param name="card">The card.</param>
    /// <param name="prefix">The stream's letter.</param>
    /// <param name="number">Its new number.</param>
    public void Rename(ICard card, string prefix, ulong number)
    {
        var name = NameOf(prefix, number);
        card.Rename(Name, name);
        (Name, Number, Remains, isFull) = (name, number, null, false);
        contents.Clear();
    }

    /// <summary>Reads the frames of a stretch from a number on, as far as they can be read.</summary>
    /// <param name="stretch">The stretch.</param>
    /// <param name="from">The number.</param>
    /// <exception cref="IOException">The card neither gives nor takes anything: what is there may be read another time.
    /// </exception>
    public List<StoredFrame> Read(Stretch stretch, long from)
    {
        var bytes = ReadWhatCan(stretch.Offset, stretch.Bytes, out var pagesFailed);
        if (pagesFailed > 0)
        {
            RefuseWhileAway(isNothingRead: pagesFailed * PageBytes >= stretch.Bytes);
        }

        return FramesOf(bytes, stretch, from);
    }

    /// <summary>Reads the frames of a stretch, as far as they can be read now: at an opening, after which nobody asks again.
    /// </summary>
    /// <param name="stretch">The stretch.</param>
    public List<StoredFrame> ReadForGood(Stretch stretch) =>
        FramesOf(ReadWhatCan(stretch.Offset, stretch.Bytes, out _), stretch, stretch.Range.First);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private List<StoredFrame> FramesOf(byte[] bytes, Stretch stretch, long from)
    {
        List<StoredFrame> frames = [];
        for (var position = 0; Frame.TryFind(bytes, Number, ref position, out var frame); position += frame.Size)
        {
            if (frame.Number >= from
                && stretch.Range.Contains(frame.Number)
                && string.Equals(frame.Epoch, stretch.Epoch, StringComparison.Ordinal))
            {
                frames.Add(new StoredFrame(frame.Kind, frame.Version, frame.Number, frame.Body.ToArray()));
            }
        }

        return frames;
    }

    // A sector that cannot be read on a card that works otherwise is lost. A card that takes nothing either may be back in an
    // hour, with all that is on it. One gone read-only goes on giving what is whole.
    private void RefuseWhileAway(bool isNothingRead)
    {
        try
        {
            Try();
        }
        catch (IOException e) when (CardErrors.IsFull(e) || (CardErrors.IsReadOnly(e) && !isNothingRead))
        {
            // The card works.
        }
    }

    private static byte[] Header(ulong number)
    {
        var header = new byte[HeaderBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), number);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(16), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(
            header.AsSpan(HeaderCheckedBytes), Crc32C.Of(number, header.AsSpan(0, HeaderCheckedBytes)));
        return header;
    }

    private void Find()
    {
        RefuseNewer(ReadWhatCan(0, Math.Min(Length, HeaderBytes), out _));
        if (!IsSparse
            && IndexOffset >= HeaderBytes
            && SegmentIndex.Read(ReadWhatCan(IndexOffset, Length - IndexOffset, out _), Number, Length) is { } found)
        {
            (contents, isFull) = (found, true);
            return;
        }

        Scan(ReadWhatCan(0, Length, out _));
    }

    private void Scan(ReadOnlySpan<byte> bytes)
    {
        var position = HeaderBytes;
        while (Frame.TryFind(bytes, Number, ref position, out var frame))
        {
            contents.Note(frame.Epoch, frame.Number, position, frame.Size, frame.Body, IsSparse);
            position += frame.Size;
        }

        Remains = Buffering.Remains.Find(bytes, End, Math.Max(End, IndexOffset));
    }

    // Frames speak for themselves: a header that cannot be read is no reason to give them up.
    private static void RefuseNewer(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
        {
            return;
        }

        var number = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        var version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[16..]);
        var sum = BinaryPrimitives.ReadUInt32LittleEndian(bytes[HeaderCheckedBytes..]);
        if (version > Version && sum == Crc32C.Of(number, bytes[..HeaderCheckedBytes]))
        {
            throw new NewerFormatException($"segments of version {version}");
        }
    }

    // One sector that cannot be read must not cost its neighbours: page by page, and zeros for what fails.
    private byte[] ReadWhatCan(int offset, int count, out int pagesFailed)
    {
        pagesFailed = 0;
        var bytes = new byte[count];
        try
        {
            file.Read(offset, bytes);
            return bytes;
        }
        catch (IOException)
        {
            bytes.AsSpan().Clear();
        }

        for (var done = 0; done < count; done += PageBytes)
        {
            var page = bytes.AsMemory(done, Math.Min(PageBytes, count - done));
            var from = offset + done;
            try
            {
                CardErrors.Insist(() => file.Read(from, page.Span));
            }
            catch (IOException)
            {
                IsDamaged = true;
                pagesFailed++;
                page.Span.Clear();
            }
        }

        return bytes;
    }
}
