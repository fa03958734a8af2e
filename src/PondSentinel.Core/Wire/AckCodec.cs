namespace PondSentinel.Wire;

/// <summary>What the backend says on the topic <c>ack</c>: a receipt or the time, never both.</summary>
/// <param name="Receipt">The receipt, where it is one.</param>
/// <param name="Time">The answer to a question for the time, where it is one.</param>
public sealed record Ack(Receipt? Receipt, TimeAnswer? Time);

/// <summary>Receipts and time answers as bytes, topic <c>ack</c>.</summary>
public static class AckCodec
{
    /// <summary>Writes a receipt.</summary>
    /// <param name="receipt">The receipt.</param>
    public static byte[] Encode(Receipt receipt) => throw new NotSupportedException();

    /// <summary>Writes an answer to a question for the time.</summary>
    /// <param name="answer">The answer.</param>
    public static byte[] Encode(TimeAnswer answer) => throw new NotSupportedException();

    /// <summary>Reads either.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<Ack> Decode(ReadOnlySpan<byte> payload) => throw new NotSupportedException();
}
