using System.Globalization;
using System.Text;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Calibration;

/// <summary>One record as a file: its name says which channel it is of and which in turn, its content is the record between a
/// checksum and a line end. README.md of this folder gives the form. Pure.</summary>
internal static class CalibrationFile
{
    /// <summary>Most bytes of a file.</summary>
    public const int BytesMax = CalibrationCodec.BytesMax + 64;

    /// <summary>The highest number of a record.</summary>
    public const int NumberMax = 999_999;

    private const string Extension = ".json";
    private const int NumberLength = 6;
    private const int ChecksumLength = 8;

    private static ReadOnlySpan<byte> Head => "{\"crc\":\""u8;

    private static ReadOnlySpan<byte> Middle => "\",\"record\":"u8;

    private static ReadOnlySpan<byte> Tail => "}\n"u8;

    /// <summary>Whether a file of the folder is meant to be a record.</summary>
    /// <param name="name">Its name.</param>
    public static bool IsRecord(string name) => name.EndsWith(Extension, StringComparison.Ordinal);

    /// <summary>The name of a record's file.</summary>
    /// <param name="number">Which record of its channel it is, from 1.</param>
    /// <param name="record">The record.</param>
    public static string NameOf(int number, CalibrationRecord record) => string.Create(
        CultureInfo.InvariantCulture, $"{record.Device}.{record.Channel}.{number:D6}.{record.Id}{Extension}");

    /// <summary>What a name says.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Null where it is not the name of a record.</returns>
    public static CalibrationPlace? PlaceOf(string name) =>
        IsRecord(name) && name[..^Extension.Length].Split('.') is [var device, var channel, { Length: NumberLength } digits, var id]
        && Names.IsName(device) && Names.IsName(channel) && Names.IsName(id)
        && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? new CalibrationPlace(device, channel, number, id)
            : null;

    /// <summary>A record as the content of its file.</summary>
    /// <param name="record">The record.</param>
    /// <exception cref="ArgumentException">It breaks the contract.</exception>
    public static byte[] Write(CalibrationRecord record)
    {
        var body = CalibrationCodec.Encode(record);
        return [.. Head, .. Encoding.ASCII.GetBytes(Checksum(body)), .. Middle, .. body, .. Tail];
    }

    /// <summary>Reads a file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="bytes">Its content, hostile.</param>
    public static Decoded<CalibrationRecord> Read(string name, ReadOnlySpan<byte> bytes)
    {
        if (PlaceOf(name) is not { } place)
        {
            return new Decoded<CalibrationRecord>(null, "its name is not one of a record");
        }

        var start = Head.Length + ChecksumLength + Middle.Length;
        if (bytes.Length < start + Tail.Length || !bytes.StartsWith(Head) || !bytes.EndsWith(Tail)
            || !bytes.Slice(Head.Length + ChecksumLength, Middle.Length).SequenceEqual(Middle))
        {
            return new Decoded<CalibrationRecord>(null, "it is torn, or no record at all");
        }

        var body = bytes[start..^Tail.Length];
        if (!bytes.Slice(Head.Length, ChecksumLength).SequenceEqual(Encoding.ASCII.GetBytes(Checksum(body))))
        {
            return new Decoded<CalibrationRecord>(null, "its checksum is wrong: bytes have changed");
        }

        var read = CalibrationCodec.Decode(body);
        return read.Value is { } record && new CalibrationPlace(record.Device, record.Channel, place.Number, record.Id) != place
            ? new Decoded<CalibrationRecord>(null, "it holds another record than its name says")
            : read;
    }

    private static string Checksum(ReadOnlySpan<byte> body) => Crc32C.Of(0, body).ToString("x8", CultureInfo.InvariantCulture);
}

/// <summary>What the name of a record's file says.</summary>
/// <param name="Device">The device.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Number">Which record of the channel it is, from 1.</param>
/// <param name="Id">The record's name.</param>
internal sealed record CalibrationPlace(string Device, string Channel, int Number, string Id);
