using System.Text.Json;

namespace PondSentinel.Wire;

/// <summary>Events as bytes, topic <c>evt</c>.</summary>
public static class EventCodec
{
    /// <summary>Most bytes of a message.</summary>
    public const int BytesMax = 256 * 1024;

    /// <summary>Writes an event.</summary>
    /// <param name="message">The event. Control characters in the texts of its body, which may come from a probe, are
    /// replaced by U+FFFD.</param>
    /// <exception cref="ArgumentException">It breaks the contract.</exception>
    public static byte[] Encode(EventMessage message) =>
        WireMessage.WriteChecked(message, Write, static bytes => Decode(bytes).Malformed);

    /// <summary>Reads an event.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<EventMessage> Decode(ReadOnlySpan<byte> payload) =>
        WireMessage.Read(payload, BytesMax, Read);

    /// <summary>Epoch and number of an event that is malformed or too large, where both stand once and whole, so that it can
    /// be settled as refused.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static (string Epoch, long Number)? NumberIn(ReadOnlySpan<byte> payload) =>
        BatchRun.OfEvent(payload) is var (epoch, range) ? (epoch, range.First) : null;

    private static void Write(Utf8JsonWriter json, EventMessage message)
    {
        json.WriteString("gw", message.Gateway);
        json.WriteString("ep", message.Epoch);
        json.WriteNumber("n", message.Number);
        json.WriteNumber("t", message.TimeMs);
        json.WriteClock(message.Clock);
        json.WriteOptional("d", message.Device);
        json.WriteString("type", message.Type);
        json.WritePropertyName("e");
        WriteBody(json, message.Body, depth: 1);
    }

    private static void WriteBody(Utf8JsonWriter json, JsonElement element, int depth)
    {
        if (depth > StrictJson.DepthMax)
        {
            throw new ArgumentException($"The body is nested deeper than {StrictJson.DepthMax - 1}.", nameof(element));
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var member in element.EnumerateObject())
                {
                    json.WritePropertyName(member.Name);
                    WriteBody(json, member.Value, depth + 1);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    WriteBody(json, item, depth + 1);
                }

                json.WriteEndArray();
                break;
            case JsonValueKind.String:
                json.WriteStringValue(WireText.Clean(element.GetString(), BytesMax));
                break;
            case JsonValueKind.Undefined:
                throw new ArgumentException("There is no body.", nameof(element));
            default:
                json.WriteRawValue(element.GetRawText(), skipInputValidation: true);
                break;
        }
    }

    private static EventMessage Read(Node top) => new()
    {
        Gateway = top.NameIn("gw"),
        Epoch = top.Epoch("ep"),
        Number = top.Count("n"),
        TimeMs = top.Time("t"),
        Clock = top.Clock(),
        Device = top.OptionalNameIn("d"),
        Type = top.NameIn("type"),
        Body = top.Object("e").Copy(),
    };
}
