using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace PondSentinel.Backend.Ingest;

/// <summary>A batch as it stands in the archive.</summary>
/// <param name="AtMs">When it was accepted: UTC ms since 1970, by the backend's clock.</param>
/// <param name="Topic">The topic it came by.</param>
/// <param name="Payload">The bytes as they came.</param>
public sealed record ArchivedBatch(long AtMs, string Topic, ReadOnlyMemory<byte> Payload);

/// <summary>Every accepted batch, verbatim: it rebuilds any store, and is evidence.</summary>
/// <remarks>
/// One line of JSON for each batch in <c>archive/&lt;UTC day&gt;.jsonl</c>: <c>at</c>, <c>topic</c>, <c>payload</c> in base64,
/// and <c>check</c>, the first 8 hexadecimal digits of the payload's SHA-256. Files only grow; a group of batches is synced to
/// the disk once, before any of it is acknowledged. After a crash a batch may stand there twice: its numbers tell.
/// Not thread-safe.
/// </remarks>
/// <param name="folder">The folder of the archive.</param>
/// <param name="time">The clock.</param>
public sealed class BatchArchive(string folder, TimeProvider time)
{
    private readonly DayFile file = new(folder, time);

    /// <summary>Appends batches. When it returns they are on the disk.</summary>
    /// <param name="batches">Topic and bytes of each.</param>
    /// <exception cref="IOException">They are not.</exception>
    public void Append(IEnumerable<(string Topic, ReadOnlyMemory<byte> Payload)> batches)
    {
        var at = time.GetUtcNow().ToUnixTimeMilliseconds();
        var lines = new ArrayBufferWriter<byte>();
        foreach (var (topic, payload) in batches)
        {
            using (var json = new Utf8JsonWriter(lines))
            {
                json.WriteStartObject();
                json.WriteNumber("at", at);
                json.WriteString("topic", topic);
                json.WriteString("check", Check(payload.Span));
                json.WriteBase64String("payload", payload.Span);
                json.WriteEndObject();
            }

            lines.Write("\n"u8);
        }

        if (lines.WrittenCount > 0)
        {
            file.Append(lines.WrittenSpan);
        }
    }

    /// <summary>Reads a file of the archive.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Line by line the batch, or null for a line that is torn or damaged.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IEnumerable<ArchivedBatch?> Read(string path) => File.ReadLines(path).Select(Parse);

    private static string Check(ReadOnlySpan<byte> payload) =>
        Convert.ToHexStringLower(SHA256.HashData(payload).AsSpan(0, 4));

    private static ArchivedBatch? Parse(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var top = json.RootElement;
            var payload = top.GetProperty("payload").GetBytesFromBase64();
            return top.GetProperty("check").GetString() == Check(payload)
                && top.GetProperty("topic").GetString() is { } topic
                ? new ArchivedBatch(top.GetProperty("at").GetInt64(), topic, payload)
                : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
