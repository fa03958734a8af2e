using System.Text;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Completeness;

/// <summary>Marks of one epoch as bytes: about five a record, since its time and number are kept as steps, and all else as
/// the number of a shape.</summary>
internal static class MarkBlock
{
    private const byte Version = 1;
    private const int LateBit = 1;
    private const int RevisionBit = 2;
    private const int CoversBit = 4;
    private const int ShapeShift = 3;

    /// <summary>Writes marks.</summary>
    /// <param name="marks">Of one epoch, in any order, which is kept.</param>
    public static byte[] Encode(IReadOnlyList<RecordMark> marks)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(Version);
        Dictionary<MarkShape, int> shapes = [];
        foreach (var mark in marks)
        {
            shapes.TryAdd(mark.Shape, shapes.Count);
        }

        writer.Write7BitEncodedInt(shapes.Count);
        foreach (var shape in shapes.Keys)
        {
            Write(writer, shape);
        }

        writer.Write7BitEncodedInt(marks.Count);
        var (timeMs, number, step) = (0L, 0L, 0L);
        foreach (var mark in marks)
        {
            WriteSigned(writer, mark.TimeMs - timeMs);
            WriteSigned(writer, mark.Number - number - step);
            step = mark.Number - number;
            (timeMs, number) = (mark.TimeMs, mark.Number);
            writer.Write7BitEncodedInt((shapes[mark.Shape] << ShapeShift)
                | (mark.IsLate ? LateBit : 0) | (mark.IsRevision ? RevisionBit : 0) | (mark.CoveredMs > 0 ? CoversBit : 0));
            if (mark.CoveredMs > 0)
            {
                WriteSigned(writer, mark.CoveredMs);
            }
        }

        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>Reads marks.</summary>
    /// <param name="epoch">Their epoch.</param>
    /// <param name="block">The bytes.</param>
    /// <exception cref="InvalidDataException">They are none: the database is damaged.</exception>
    public static List<RecordMark> Decode(string epoch, byte[] block)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(block), Encoding.UTF8);
            if (reader.ReadByte() != Version)
            {
                throw new InvalidDataException("a block of the ledger has a form that this version does not know");
            }

            var shapes = new MarkShape[Bounded(reader.Read7BitEncodedInt(), block)];
            for (var i = 0; i < shapes.Length; i++)
            {
                shapes[i] = ReadShape(reader, block);
            }

            List<RecordMark> marks = new(Bounded(reader.Read7BitEncodedInt(), block));
            var (timeMs, number, step) = (0L, 0L, 0L);
            for (var left = marks.Capacity; left > 0; left--)
            {
                timeMs += ReadSigned(reader);
                step += ReadSigned(reader);
                number += step;
                var kind = reader.Read7BitEncodedInt();
                var coveredMs = (kind & CoversBit) == 0 ? 0 : ReadSigned(reader);
                marks.Add(new RecordMark(
                    epoch, number, timeMs, coveredMs, (kind & LateBit) != 0, (kind & RevisionBit) != 0, shapes[kind >> ShapeShift]));
            }

            return marks;
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException($"a block of the ledger is damaged: {e.Message}", e);
        }
    }

    private static void Write(BinaryWriter writer, MarkShape shape)
    {
        writer.Write(shape.Site);
        writer.Write(shape.Station);
        writer.Write(shape.Device);
        writer.Write7BitEncodedInt(shape.Channels.Count);
        foreach (var channel in shape.Channels)
        {
            writer.Write(channel.Channel);
            writer.Write7BitEncodedInt((int)channel.Measurand);
            writer.Write((byte)channel.Fate);
        }
    }

    private static MarkShape ReadShape(BinaryReader reader, byte[] block)
    {
        var (site, station, device) = (reader.ReadString(), reader.ReadString(), reader.ReadString());
        var channels = new MarkedChannel[Bounded(reader.Read7BitEncodedInt(), block)];
        for (var i = 0; i < channels.Length; i++)
        {
            channels[i] = new MarkedChannel(
                reader.ReadString(), (Measurand)reader.Read7BitEncodedInt(), (Fate)reader.ReadByte());
        }

        return new MarkShape(site, station, device, channels);
    }

    // Each thing takes a byte at least: no count makes more room than the block itself takes.
    private static int Bounded(int count, byte[] block) =>
        count >= 0 && count <= block.Length ? count : throw new InvalidDataException("a block of the ledger is damaged: a count is too large");

    private static void WriteSigned(BinaryWriter writer, long value) => writer.Write7BitEncodedInt64((value << 1) ^ (value >> 63));

    private static long ReadSigned(BinaryReader reader)
    {
        var coded = reader.Read7BitEncodedInt64();
        return (long)((ulong)coded >> 1) ^ -(coded & 1);
    }
}
