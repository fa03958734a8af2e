namespace PondSentinel.Wire;

/// <summary>A gateway's state as bytes, topic <c>state</c> and its will.</summary>
public static class StateCodec
{
    /// <summary>Writes a state.</summary>
    /// <param name="state">The state.</param>
    public static byte[] Encode(StateMessage state) => throw new NotSupportedException();

    /// <summary>Reads a state.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<StateMessage> Decode(ReadOnlySpan<byte> payload) => throw new NotSupportedException();
}
