using System.Buffers;
using System.Globalization;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>What is refused, kept for people: points one line each in <c>dead-letters/&lt;UTC day&gt;.jsonl</c>, messages that
/// cannot be read as they came in <c>malformed/</c>.</summary>
/// <remarks>Bounded: beyond <see cref="PointBytesMax"/> a day no more points are noted (the archive has their batches), and
/// the oldest of <see cref="MessagesMax"/> messages makes room. Not thread-safe.</remarks>
/// <param name="folder">The backend's folder.</param>
/// <param name="time">The clock.</param>
internal sealed class DeadLetters(string folder, TimeProvider time)
{
    /// <summary>Name of the folder of points.</summary>
    public const string Folder = "dead-letters";

    /// <summary>Most messages kept.</summary>
    public const int MessagesMax = 100;

    /// <summary>Most bytes of points a day.</summary>
    public const long PointBytesMax = 16 * 1024 * 1024;

    /// <summary>Most bytes kept of one message.</summary>
    public const int MessageBytesMax = 256 * 1024;

    private readonly string points = Path.Combine(folder, Folder);
    private readonly string messages = Path.Combine(folder, "malformed");
    private long bytesToday;
    private DateOnly today;
    private int kept;

    /// <summary>Notes points that the store refuses.</summary>
    /// <param name="refused">The points.</param>
    /// <param name="recordOf">The record that brought a point.</param>
    /// <exception cref="IOException">The disk takes nothing.</exception>
    public void Add(IReadOnlyList<RefusedPoint> refused, Func<Point, RecordId> recordOf)
    {
        var at = time.GetUtcNow().ToUnixTimeMilliseconds();
        var lines = new ArrayBufferWriter<byte>();
        foreach (var (point, cause, detail) in refused)
        {
            lines.Write(new DeadLetter(at, recordOf(point), cause, detail, point).ToLine());
            lines.Write("\n"u8);
        }

        var day = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        (today, bytesToday) = (day, day == today ? bytesToday : 0);
        if (lines.WrittenCount > 0 && bytesToday + lines.WrittenCount <= PointBytesMax)
        {
            new DayFile(points, time).Append(lines.WrittenSpan);
            bytesToday += lines.WrittenCount;
        }
    }

    /// <summary>Keeps a message that cannot be read.</summary>
    /// <param name="gateway">Whose topic it came by.</param>
    /// <param name="kind">What it should have been: a word.</param>
    /// <param name="payload">The bytes.</param>
    /// <returns>Its file.</returns>
    /// <exception cref="IOException">The disk takes nothing.</exception>
    public string Keep(string gateway, string kind, ReadOnlySpan<byte> payload)
    {
        Directory.CreateDirectory(messages);
        var name = string.Create(
            CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyyMMdd'T'HHmmss.fff}-{kept++:D6}-{gateway}-{kind}.bin");
        var path = Path.Combine(messages, name);
        using (var file = File.Create(path))
        {
            file.Write(payload[..Math.Min(payload.Length, MessageBytesMax)]);
        }

        // Names begin with the time, so their order is that of arrival.
        foreach (var oldest in Directory.GetFiles(messages).Order(StringComparer.Ordinal).SkipLast(MessagesMax))
        {
            File.Delete(oldest);
        }

        return path;
    }
}
