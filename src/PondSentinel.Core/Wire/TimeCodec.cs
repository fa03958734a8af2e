using System.Buffers;
using System.Text.Json;

namespace PondSentinel.Wire;

/// <summary>Questions for the time as bytes, topic <c>time</c>.</summary>
public static class TimeCodec
{
    /// <summary>Most bytes of a message.</summary>
    public const int BytesMax = 1024;

    private const int NonceLengthMax = 64;

    private static readonly SearchValues<char> NonceCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <summary>Writes a question.</summary>
    /// <param name="request">The question.</param>
    /// <exception cref="ArgumentException">The nonce is not well-formed.</exception>
    public static byte[] Encode(TimeRequest request) =>
        WireMessage.WriteChecked(request, Write, static bytes => Decode(bytes).Malformed);

    /// <summary>Reads a question.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<TimeRequest> Decode(ReadOnlySpan<byte> payload) =>
        WireMessage.Read(payload, BytesMax, static top => new TimeRequest(Nonce(top)));

    /// <summary>Reads the nonce of a question or an answer.</summary>
    internal static string Nonce(Node top) => top.Token("nonce", IsNonce, "a nonce of [A-Za-z0-9_-]{1,64}");

    private static void Write(Utf8JsonWriter json, TimeRequest request) => json.WriteString("nonce", request.Nonce);

    private static bool IsNonce(string text) =>
        text.Length is > 0 and <= NonceLengthMax && !text.AsSpan().ContainsAnyExcept(NonceCharacters);
}
