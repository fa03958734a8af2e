using System.Buffers;
using System.Text;
using System.Text.Json;

namespace PondSentinel.Terminal;

/// <summary>JSON for programs that read what a command prints: one object a line.</summary>
public static class JsonLine
{
    /// <summary>Writes an object.</summary>
    /// <param name="write">Writes its members.</param>
    public static string Of(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes texts as an array.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="name">Name of the member.</param>
    /// <param name="texts">The texts.</param>
    public static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
