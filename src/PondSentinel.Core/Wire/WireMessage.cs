using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PondSentinel.Wire;

/// <summary>What all messages have in common: their size is bounded, their form strict, their version 1.</summary>
internal static class WireMessage
{
    /// <summary>The version of the contract, member <c>v</c> of every message.</summary>
    public const int Version = 1;

    // A reason for people, also where a hostile message put a megabyte of text into it.
    private const int FaultLengthMax = 200;

    // Payloads are read by programs, not pasted into pages: what is printable stays readable.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a message.</summary>
    /// <typeparam name="T">The message.</typeparam>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    /// <param name="bytesMax">Most bytes it may have.</param>
    /// <param name="read">Reads the members.</param>
    public static Decoded<T> Read<T>(ReadOnlySpan<byte> payload, int bytesMax, Func<Node, T> read)
        where T : class
    {
        if (payload.Length > bytesMax)
        {
            return new Decoded<T>(null, $"{payload.Length} bytes, more than {bytesMax}");
        }

        return ReadBounded(payload.ToArray(), read);
    }

    /// <summary>Reads a message whose size the caller has bounded.</summary>
    /// <typeparam name="T">The message.</typeparam>
    /// <param name="json">The bytes, unpacked.</param>
    /// <param name="read">Reads the members.</param>
    public static Decoded<T> ReadBounded<T>(ReadOnlyMemory<byte> json, Func<Node, T> read)
        where T : class
    {
        if (StrictJson.FaultIn(json.Span) is { } fault)
        {
            return new Decoded<T>(null, Cut(fault));
        }

        using var document = JsonDocument.Parse(json);
        var top = Node.Top(document.RootElement);
        top.Integer("v", Version, Version);
        if (top.FirstFault is null)
        {
            var value = read(top);
            if (top.FirstFault is null)
            {
                return new Decoded<T>(value, null);
            }
        }

        return new Decoded<T>(null, Cut(top.FirstFault));
    }

    /// <summary>Writes a JSON object.</summary>
    /// <typeparam name="T">The message.</typeparam>
    /// <param name="message">The message.</param>
    /// <param name="write">Writes the members.</param>
    public static byte[] Write<T>(T message, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("v", Version);
            write(json, message);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a message and reads it back: what its readers would refuse is the writer's mistake.</summary>
    /// <typeparam name="T">The message.</typeparam>
    /// <param name="message">The message.</param>
    /// <param name="write">Writes the members.</param>
    /// <param name="faultIn">What its reader says to it.</param>
    /// <exception cref="ArgumentException">The message breaks the contract.</exception>
    public static byte[] WriteChecked<T>(
        T message, Action<Utf8JsonWriter, T> write, Func<ReadOnlySpan<byte>, string?> faultIn)
    {
        var bytes = Write(message, write);
        return faultIn(bytes) is { } fault ? throw new ArgumentException(fault, nameof(message)) : bytes;
    }

    private static string Cut(string fault) => fault.Length <= FaultLengthMax ? fault : fault[..FaultLengthMax] + "…";
}
