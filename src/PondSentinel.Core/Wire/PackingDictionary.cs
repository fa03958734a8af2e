using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using PondSentinel.Measurements;

namespace PondSentinel.Wire;

/// <summary>What all batches of a gateway have in common, made from its description, so that a small batch need not spell it out:
/// a preset dictionary of zlib (RFC 1950).</summary>
/// <remarks>Its id is the checksum that zlib asks for. Whoever makes another one from the same description, by another version
/// of this program, gets another id and knows that the two do not understand each other. Thread-safe.</remarks>
public sealed class PackingDictionary
{
    /// <summary>Most bytes of a batch that is packed so, unpacked: without its packing it may go on its way all the same.</summary>
    public const int BatchBytesMax = Batch.SentBytesMax;

    // Deflate looks back 32 KiB, a little less beside what is being packed (RFC 1951, and zlib's MIN_LOOKAHEAD).
    private const int BytesMax = 24 * 1024;

    // Deflate in a window of 32 KiB, default level, preset dictionary; the second byte makes both a multiple of 31.
    private const byte Method = 0x78;
    private const byte Flags = 0xBB;
    private const byte FlagOfDictionary = 0x20;
    private const int IdBytes = sizeof(uint);
    private const int HeaderBytes = 2 + IdBytes;
    private const int ChecksumBytes = sizeof(uint);
    private const int StepBytes = 16 * 1024;
    private const string SampleEpoch = "aaaaaaaa";

    private readonly byte[] words;
    private readonly uint id;

    private PackingDictionary(byte[] words) => (this.words, id) = (words, Adler32(words));

    /// <summary>Its id: 8 hexadecimal digits, lower case.</summary>
    public string Id => Text(id);

    /// <summary>Makes the dictionary of a description: a batch with one record of each device, and what health says of it.</summary>
    /// <param name="meta">The description.</param>
    /// <returns>Null where nobody could send such a batch: a device with a channel twice, say.</returns>
    public static PackingDictionary? Of(MetaMessage meta)
    {
        try
        {
            var words = WordsOf(meta);
            return new PackingDictionary(words[^Math.Min(words.Length, BytesMax)..]);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The id of the dictionary that bytes were packed with; null where they were packed with none.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static string? IdIn(ReadOnlySpan<byte> payload) =>
        payload.Length >= HeaderBytes + ChecksumBytes && payload[0] == Method && (payload[1] & FlagOfDictionary) != 0
            ? Text(BinaryPrimitives.ReadUInt32BigEndian(payload[2..]))
            : null;

    /// <summary>Packs bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    public byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        int from;
        using (var deflate = new DeflateStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            // What a reader has in its window already: written and thrown away. A flush ends on a whole byte.
            deflate.Write(words);
            deflate.Flush();
            from = (int)packed.Length;
            deflate.Write(bytes);
        }

        var body = packed.GetBuffer().AsSpan(from, (int)packed.Length - from);
        var payload = new byte[HeaderBytes + body.Length + ChecksumBytes];
        (payload[0], payload[1]) = (Method, Flags);
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(2), id);
        body.CopyTo(payload.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(HeaderBytes + body.Length), Adler32(bytes));
        return payload;
    }

    /// <summary>Unpacks bytes.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    /// <param name="bytesMax">Most bytes they may unpack to: what a small bomb unpacks to is never held.</param>
    /// <param name="fault">Why they cannot be unpacked, in one line for people; null where they can.</param>
    /// <returns>What was packed; empty where it cannot be unpacked.</returns>
    public ReadOnlyMemory<byte> Unpack(ReadOnlySpan<byte> payload, int bytesMax, out string? fault)
    {
        if (IdIn(payload) != Id)
        {
            fault = "packed with another dictionary";
            return default;
        }

        var unpacked = new MemoryStream();
        try
        {
            using var deflate = new DeflateStream(new MemoryStream(Primed(payload[HeaderBytes..^ChecksumBytes])), CompressionMode.Decompress);
            var step = new byte[StepBytes];
            while (unpacked.Length <= words.Length + bytesMax && deflate.Read(step) is var read and > 0)
            {
                unpacked.Write(step, 0, read);
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException)
        {
            fault = "packed with a dictionary, but the packing is broken";
            return default;
        }

        if (unpacked.Length > words.Length + bytesMax)
        {
            fault = string.Create(CultureInfo.InvariantCulture, $"too many bytes as unpacked, more than {bytesMax}");
            return default;
        }

        var bytes = unpacked.GetBuffer().AsMemory(0, (int)unpacked.Length)[Math.Min(words.Length, (int)unpacked.Length)..];
        fault = Adler32(bytes.Span) == BinaryPrimitives.ReadUInt32BigEndian(payload[^ChecksumBytes..])
            ? null
            : "packed with a dictionary, but the checksum is wrong";
        return fault is null ? bytes : default;
    }

    private static byte[] WordsOf(MetaMessage meta)
    {
        var devices = meta.Devices
            .Select(device => (Device: device, Channels: device.Channels.Where(channel => channel.Measurand is not null).ToList()))
            .Where(item => item.Channels.Count > 0)
            .ToList();
        var health = HealthCodec.Encode(new HealthMessage
        {
            TimeMs = 0,
            Clock = new ClockStamp(ClockSource.Ntp, 0),
            UptimeSeconds = 0,
            Unsettled = 0,
            UnsettledBytes = 0,
            BufferBytes = 0,
            BufferBytesMax = 0,
            BytesSent = 0,
            Connects = 1,
            Devices = [.. devices.Take(HealthCodec.DevicesMax).Select(item => new DeviceHealth(item.Device.Id, item.Device.Station, 0, 0, 0, 0))],
            CertificateDays = 0,
            Inventory = [new HeldEpoch(SampleEpoch, 0, 0)],
            Link = new LinkHealth(0, 0, 0),
        });
        var batch = devices.Count == 0 ? [] : BatchCodec.Encode(
            new Batch
            {
                Gateway = meta.Gateway,
                Epoch = SampleEpoch,
                Range = new SequenceRange(0, devices.Count - 1),
                Schema = meta.Schema,
                Clock = new ClockStamp(ClockSource.Ntp, 0),
                Records = [.. devices.Select((item, number) => Sample(item.Device, item.Channels, number))],
            },
            compress: false);

        // The batch last: what is near costs fewer bits.
        return [.. health, .. batch];
    }

    private static DeviceRecord Sample(MetaDevice device, List<MetaChannel> channels, int number) => new()
    {
        Sequence = number,
        TimeMs = 0,
        Station = device.Station,
        Device = device.Id,
        Channels =
        [
            .. channels.Select(channel => new ChannelValue
            {
                Channel = channel.Id, Measurand = channel.Measurand!.Value, Value = 0, Flag = QualityFlag.NotEvaluated, Calibration = channel.Calibration,
            }),
        ],
    };

    // The dictionary as a stored block (RFC 1951, 3.2.4) before the bytes: what a reader of zlib does with a preset one.
    private byte[] Primed(ReadOnlySpan<byte> body)
    {
        const int blockHeaderBytes = 5;
        var primed = new byte[blockHeaderBytes + words.Length + body.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(primed.AsSpan(1), (ushort)words.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(primed.AsSpan(3), (ushort)(words.Length ^ ushort.MaxValue));
        words.CopyTo(primed, blockHeaderBytes);
        body.CopyTo(primed.AsSpan(blockHeaderBytes + words.Length));
        return primed;
    }

    // RFC 1950, 8.2.
    private static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        const uint prime = 65_521;
        const int stepMax = 3_800; // Below it no sum passes 32 bits.
        var (low, high) = (1u, 0u);
        while (bytes.Length > 0)
        {
            var step = bytes[..Math.Min(bytes.Length, stepMax)];
            foreach (var value in step)
            {
                low += value;
                high += low;
            }

            (low, high) = (low % prime, high % prime);
            bytes = bytes[step.Length..];
        }

        return (high << 16) | low;
    }

    private static string Text(uint id) => id.ToString("x8", CultureInfo.InvariantCulture);
}
