namespace PondSentinel.Wire;

/// <summary>Events as bytes, topic <c>evt</c>.</summary>
public static class EventCodec
{
    /// <summary>Writes an event.</summary>
    /// <param name="message">The event.</param>
    public static byte[] Encode(EventMessage message) => throw new NotSupportedException();

    /// <summary>Reads an event.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<EventMessage> Decode(ReadOnlySpan<byte> payload) => throw new NotSupportedException();
}
