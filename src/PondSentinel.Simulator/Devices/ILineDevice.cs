namespace PondSentinel.Simulator.Devices;

/// <summary>What hangs on a virtual line. Called from the line's thread only.</summary>
internal interface ILineDevice
{
    /// <summary>Bytes came.</summary>
    /// <param name="bytes">The bytes, as many as were there.</param>
    /// <param name="now">Real time since some moment.</param>
    void Receive(ReadOnlySpan<byte> bytes, TimeSpan now);

    /// <summary>Nothing came for longer than any pause within a message.</summary>
    void Silence();

    /// <summary>The other end was closed, or opened by somebody else: forget what was half said.</summary>
    void Reset();

    /// <summary>What is to be sent by now, each once.</summary>
    /// <param name="now">Real time since the same moment.</param>
    Transmission? Next(TimeSpan now);
}

/// <summary>Bytes that a device sends.</summary>
/// <param name="Bytes">The bytes.</param>
/// <param name="Due">When the first may go out.</param>
/// <param name="Sent">Called when all of them went out.</param>
internal sealed record Transmission(byte[] Bytes, TimeSpan Due, Action? Sent);
