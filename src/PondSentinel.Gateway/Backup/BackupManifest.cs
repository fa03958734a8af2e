using System.Buffers;
using System.Text.Json;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Backup;

/// <summary>The first member of a backup: what follows it.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Site">Its site.</param>
/// <param name="Made">When it was made, by the machine's clock.</param>
/// <param name="Entries">All other members, in order.</param>
internal sealed record BackupManifest(string Gateway, string Site, DateTimeOffset Made, IReadOnlyList<ManifestEntry> Entries)
{
    /// <summary>Its name.</summary>
    public const string Name = "manifest.json";

    /// <summary>Most bytes of it.</summary>
    public const int BytesMax = 4 << 20;

    /// <summary>Most members.</summary>
    public const int EntriesMax = 20_000;

    private const int Version = 1;
    private const int DigestLength = 64;

    /// <summary>Reads one.</summary>
    /// <param name="bytes">Its bytes, hostile until shown otherwise.</param>
    /// <exception cref="BackupRefusedException">It is none.</exception>
    public static BackupManifest Decode(ReadOnlyMemory<byte> bytes)
    {
        if (StrictJson.FaultIn(bytes.Span) is { } fault)
        {
            throw BackupRefusedException.Damaged($"its manifest cannot be read: {fault}");
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            var top = document.RootElement;
            if (top.GetProperty("v").GetInt32() != Version)
            {
                throw new BackupRefusedException("it was made by a newer pond-gateway: restore it with that");
            }

            var members = top.GetProperty("members");
            return members.GetArrayLength() > EntriesMax
                ? throw BackupRefusedException.Foreign($"it has more than {EntriesMax} members")
                : new BackupManifest(
                    Text(top, "gateway"),
                    Text(top, "site"),
                    DateTimeOffset.FromUnixTimeMilliseconds(top.GetProperty("made_ms").GetInt64()),
                    [.. members.EnumerateArray().Select(member => new ManifestEntry(Text(member, "name"), Size(member), Digest(member)))]);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            throw BackupRefusedException.Foreign("its manifest is not what pond-gateway writes");
        }
    }

    /// <summary>Writes it.</summary>
    public byte[] Encode()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("v", Version);
            json.WriteString("gateway", Gateway);
            json.WriteString("site", Site);
            json.WriteNumber("made_ms", Made.ToUnixTimeMilliseconds());
            json.WriteStartArray("members");
            foreach (var entry in Entries)
            {
                json.WriteStartObject();
                json.WriteString("name", entry.Name);
                json.WriteNumber("bytes", entry.Bytes);
                json.WriteString("sha256", entry.Sha256);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    private static string Text(JsonElement json, string member) => json.GetProperty(member).GetString() ?? throw new FormatException($"{member} is null");

    private static long Size(JsonElement json) => json.GetProperty("bytes").GetInt64() is var size and >= 0 and <= Ustar.SizeMax ? size : throw new FormatException("bytes");

    private static string Digest(JsonElement json) => Text(json, "sha256") is { Length: DigestLength } digest ? digest : throw new FormatException("sha256");
}
