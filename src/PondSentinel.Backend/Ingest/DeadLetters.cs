using System.Buffers;
using System.Globalization;
using System.Text;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>What is refused, kept for people: points one line each in <c>dead-letters/&lt;UTC day&gt;.jsonl</c>, messages that
/// cannot be read as they came in <c>malformed/</c>.</summary>
/// <remarks>Bounded: so many bytes of points of a gateway and UTC day (the archive has the batches of what finds no room), and the
/// oldest of <see cref="MessagesMax"/> messages makes room. Not thread-safe.</remarks>
/// <param name="folder">The backend's folder.</param>
/// <param name="time">The clock.</param>
/// <param name="bytesADay">Most bytes of one gateway's points and UTC day.</param>
internal sealed class DeadLetters(string folder, TimeProvider time, long bytesADay)
{
    /// <summary>Name of the folder of points.</summary>
    public const string Folder = "dead-letters";

    /// <summary>Most messages kept.</summary>
    public const int MessagesMax = 100;

    /// <summary>Most bytes kept of one message.</summary>
    public const int MessageBytesMax = 256 * 1024;

    private readonly DayFile points = new(Path.Combine(folder, Folder), time);
    private readonly string messages = Path.Combine(folder, "malformed");
    private readonly Dictionary<string, long> bytesToday = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> unnotedToday = new(StringComparer.Ordinal);
    private DateOnly today;
    private int kept;

    /// <summary>Notes points that the store refuses, as far as their gateways have room.</summary>
    /// <param name="refused">The points.</param>
    /// <param name="recordOf">The record that brought a point.</param>
    /// <returns>Of which gateways points found no room now, and of how many that is so today since the start.</returns>
    /// <exception cref="IOException">The disk takes nothing.</exception>
    public IReadOnlyDictionary<string, int> Add(IReadOnlyList<RefusedPoint> refused, Func<Point, RecordId> recordOf)
    {
        BeginDay();
        Dictionary<string, long> bytes = new(bytesToday, StringComparer.Ordinal);
        Dictionary<string, int> without = new(StringComparer.Ordinal);
        var lines = new ArrayBufferWriter<byte>();
        foreach (var (gateway, line) in Lines(refused, recordOf))
        {
            var taken = bytes.GetValueOrDefault(gateway) + line.Length;
            if (taken > bytesADay)
            {
                without[gateway] = without.GetValueOrDefault(gateway) + 1;
                continue;
            }

            bytes[gateway] = taken;
            lines.Write(line);
        }

        if (lines.WrittenCount > 0)
        {
            points.Append(lines.WrittenSpan, today);
        }

        foreach (var (gateway, taken) in bytes)
        {
            bytesToday[gateway] = taken;
        }

        foreach (var (gateway, count) in without)
        {
            unnotedToday[gateway] = without[gateway] = unnotedToday.GetValueOrDefault(gateway) + count;
        }

        return without;
    }

    /// <summary>Notes points that the store refuses again. The room was theirs: there is no bound.</summary>
    /// <param name="day">The day whose letters they are; null for today.</param>
    /// <param name="refused">The points.</param>
    /// <param name="recordOf">The record that brought a point.</param>
    /// <exception cref="IOException">The disk takes nothing.</exception>
    public void PutBack(DateOnly? day, IReadOnlyList<RefusedPoint> refused, Func<Point, RecordId> recordOf)
    {
        var lines = new ArrayBufferWriter<byte>();
        foreach (var (_, line) in Lines(refused, recordOf))
        {
            lines.Write(line);
        }

        if (lines.WrittenCount > 0)
        {
            points.Append(lines.WrittenSpan, day ?? points.Today);
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

    // By gateway in the order of their numbers, whatever order the store answers in.
    private IEnumerable<(string Gateway, byte[] Line)> Lines(IReadOnlyList<RefusedPoint> refused, Func<Point, RecordId> recordOf)
    {
        var at = time.GetUtcNow().ToUnixTimeMilliseconds();
        return refused
            .Select(item => new DeadLetter(at, recordOf(item.Point), item.Cause, item.Detail, item.Point))
            .OrderBy(letter => letter.Point.Gateway, StringComparer.Ordinal)
            .ThenBy(letter => letter.Record.Epoch, StringComparer.Ordinal)
            .ThenBy(letter => letter.Record.Sequence)
            .Select(letter => (letter.Point.Gateway, (byte[])[.. letter.ToLine(), (byte)'\n']));
    }

    // What stands in today's file already counts, also where an earlier process has written it.
    private void BeginDay()
    {
        if (points.Today == today)
        {
            return;
        }

        bytesToday.Clear();
        unnotedToday.Clear();
        var path = points.PathOf(points.Today);
        foreach (var line in LinesOf(path))
        {
            if (DeadLetter.TryParse(line, out var letter))
            {
                bytesToday[letter.Point.Gateway] =
                    bytesToday.GetValueOrDefault(letter.Point.Gateway) + Encoding.UTF8.GetByteCount(line) + 1;
            }
        }

        today = points.Today;
    }

    private static IEnumerable<string> LinesOf(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadLines(path) : [];
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: no permission. Give it to the user that runs the backend.", e);
        }
    }
}
