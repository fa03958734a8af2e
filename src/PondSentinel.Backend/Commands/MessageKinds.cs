using System.Text.Json;

namespace PondSentinel.Backend.Commands;

/// <summary>Tells what a message is by the members that only its kind has.</summary>
internal static class MessageKinds
{
    // The first whose members are all there.
    private static readonly (string Word, string[] Members)[] Marks =
    [
        ("batch", ["ep", "s"]),
        ("state", ["on"]),
        ("health", ["uptime_s"]),
        ("meta", ["devices"]),
        ("event", ["type", "e"]),
        ("receipt", ["by", "upto"]),
        ("replay", ["from", "to"]),
        ("time-answer", ["nonce", "now"]),
        ("time", ["nonce"]),
    ];

    /// <summary>Every kind.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Marks.Select(mark => mark.Word)];

    /// <summary>The kind of a message, or null where nothing tells it.</summary>
    /// <param name="payload">The bytes, hostile.</param>
    public static string? Guess(ReadOnlySpan<byte> payload)
    {
        // Only batches are packed.
        if (payload is [0x1f, 0x8b, ..])
        {
            return "batch";
        }

        var members = Members(payload);
        return Marks.FirstOrDefault(mark => mark.Members.All(members.Contains)).Word;
    }

    private static HashSet<string> Members(ReadOnlySpan<byte> payload)
    {
        HashSet<string> members = new(StringComparer.Ordinal);
        var json = new Utf8JsonReader(payload);
        try
        {
            while (json.Read())
            {
                if (json is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 })
                {
                    members.Add(json.GetString()!);
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What was read before the fault still tells the kind, and its decoder then says what is wrong. A member's name
            // that is no text is such a fault too.
        }

        return members;
    }
}
