using System.Buffers;
using System.Text.Json;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>What happened, as the JSON object of an event.</summary>
internal static class EventJson
{
    // What probes and the kernel say is bounded before it is stored and sent.
    private const int TextLengthMax = 200;

    /// <summary>Writes an object.</summary>
    /// <param name="refused">How many events like it were not told, see <see cref="HourlyAllowance"/>; the last member, where
    /// there were any.</param>
    /// <param name="write">Writes the other members.</param>
    public static byte[] Of(int refused, Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            write(json);
            if (refused > 0)
            {
                json.WriteNumber("count", refused);
            }

            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>The beginning of a text, as much as an event may carry of it.</summary>
    /// <param name="text">The text.</param>
    public static string Cut(string text) => text.Length > TextLengthMax ? text[..TextLengthMax] : text;
}
