using System.Buffers.Binary;
using System.Text;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>What a frame carries. Values are on the card: never renumbered, only added to.</summary>
internal enum FrameKind : byte
{
    /// <summary>A record.</summary>
    Record = 1,

    /// <summary>An event.</summary>
    Event = 2,

    /// <summary>A thinned record, which stands for several.</summary>
    Thinned = 3,
}

/// <summary>A numbered item as it lies in a segment. README.md of this folder gives the layout.</summary>
internal readonly ref struct Frame
{
    /// <summary>Bytes before the body.</summary>
    public const int HeaderBytes = 32;

    /// <summary>Most bytes of a body.</summary>
    public const int BodyBytesMax = 64 * 1024;

    /// <summary>Where in a frame the layout of the body stands.</summary>
    public const int VersionAt = 13;

    /// <summary>Frames begin at multiples of this.</summary>
    public const int Alignment = 8;

    private const uint Magic = 0x3146_4E50; // "PNF1"

    /// <summary>What it carries.</summary>
    public FrameKind Kind { get; private init; }

    /// <summary>Layout of the body.</summary>
    public byte Version { get; private init; }

    /// <summary>The epoch that numbered it.</summary>
    public string Epoch { get; private init; }

    /// <summary>The number.</summary>
    public long Number { get; private init; }

    /// <summary>The body.</summary>
    public ReadOnlySpan<byte> Body { get; private init; }

    /// <summary>Bytes it takes in the segment.</summary>
    public int Size => SizeOf(Body.Length);

    /// <summary>Bytes a frame takes in a segment.</summary>
    /// <param name="bodyBytes">Bytes of its body.</param>
    public static int SizeOf(int bodyBytes) => (HeaderBytes + bodyBytes + Alignment - 1) / Alignment * Alignment;

    /// <summary>Makes a frame that has no checksum yet, because the checksum depends on the segment.</summary>
    /// <param name="kind">What it carries.</param>
    /// <param name="version">Layout of the body.</param>
    /// <param name="epoch">The epoch that numbered it.</param>
    /// <param name="number">The number.</param>
    /// <param name="body">The body.</param>
    public static byte[] Make(FrameKind kind, byte version, string epoch, long number, ReadOnlySpan<byte> body)
    {
        var frame = new byte[SizeOf(body.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(8), body.Length);
        frame[12] = (byte)kind;
        frame[VersionAt] = version;
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(16), number);
        Encoding.ASCII.GetBytes(epoch, frame.AsSpan(24, Names.EpochLength));
        body.CopyTo(frame.AsSpan(HeaderBytes));
        return frame;
    }

    /// <summary>Gives a frame its checksum.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="segment">Number of the segment it goes to.</param>
    public static void Seal(Span<byte> frame, ulong segment)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(frame[8..]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], Crc32C.Of(segment, frame[8..(HeaderBytes + length)]));
    }

    /// <summary>The body of a frame that was made here.</summary>
    /// <param name="frame">The frame.</param>
    public static ReadOnlySpan<byte> BodyOf(ReadOnlySpan<byte> frame) =>
        frame.Slice(HeaderBytes, BinaryPrimitives.ReadInt32LittleEndian(frame[8..]));

    /// <summary>A frame that was made here, as if it had been read back.</summary>
    /// <param name="frame">The frame.</param>
    public static StoredFrame Unsaved(ReadOnlySpan<byte> frame) => new(
        (FrameKind)frame[12],
        frame[VersionAt],
        BinaryPrimitives.ReadInt64LittleEndian(frame[16..]),
        BodyOf(frame).ToArray(),
        IsUnsaved: true);

    /// <summary>Reads what a frame says of itself, whatever its checksum says.</summary>
    /// <param name="bytes">At least <see cref="HeaderBytes"/>, hostile.</param>
    public static FrameHead HeadOf(ReadOnlySpan<byte> bytes) => new(
        Encoding.ASCII.GetString(bytes.Slice(24, Names.EpochLength)),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Magic);

    /// <summary>Reads the frame at the start of some bytes.</summary>
    /// <param name="bytes">The bytes, hostile.</param>
    /// <param name="segment">Number of the segment they come from.</param>
    /// <param name="frame">The frame, where there is a whole one.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, ulong segment, out Frame frame)
    {
        frame = default;
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (length is < 0 or > BodyBytesMax || HeaderBytes + length > bytes.Length)
        {
            return false;
        }

        var number = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
        var epoch = Encoding.ASCII.GetString(bytes.Slice(24, Names.EpochLength));
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != Crc32C.Of(segment, bytes[8..(HeaderBytes + length)])
            || number is < 0 or >= SequenceRange.SequenceMax
            || !Names.IsEpoch(epoch))
        {
            return false;
        }

        frame = new Frame
        {
            Kind = (FrameKind)bytes[12],
            Version = bytes[VersionAt],
            Number = number,
            Epoch = epoch,
            Body = bytes.Slice(HeaderBytes, length),
        };
        return true;
    }

    /// <summary>Finds the next whole frame, over whatever lies before it.</summary>
    /// <param name="bytes">The bytes, hostile.</param>
    /// <param name="segment">Number of the segment they come from.</param>
    /// <param name="position">From where, a multiple of <see cref="Alignment"/>; then where the frame begins.</param>
    /// <param name="frame">The frame, where there is one.</param>
    public static bool TryFind(ReadOnlySpan<byte> bytes, ulong segment, ref int position, out Frame frame)
    {
        while (position + HeaderBytes <= bytes.Length)
        {
            if (TryRead(bytes[position..], segment, out frame))
            {
                return true;
            }

            position += Alignment;
            var zeros = bytes[position..].IndexOfAnyExcept((byte)0);
            position = zeros < 0 ? bytes.Length : position + (zeros / Alignment * Alignment);
        }

        frame = default;
        return false;
    }
}
