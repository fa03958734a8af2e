namespace PondSentinel.Wire;

/// <summary>Questions for the time as bytes, topic <c>time</c>.</summary>
public static class TimeCodec
{
    /// <summary>Writes a question.</summary>
    /// <param name="request">The question.</param>
    public static byte[] Encode(TimeRequest request) => throw new NotSupportedException();

    /// <summary>Reads a question.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<TimeRequest> Decode(ReadOnlySpan<byte> payload) => throw new NotSupportedException();
}
