namespace PondSentinel.Simulator.Devices;

/// <summary>One end of a virtual cable; at the other a gateway reads and writes. Disposing pulls it out.</summary>
internal interface ILineEnd : IDisposable
{
    /// <summary>Bits per second that whoever listens has set; null where nobody can tell.</summary>
    int? Baud => null;

    /// <summary>Whether it serves the next one after the other end was closed; else a new one must be made.</summary>
    bool IsReusable { get; }

    /// <summary>Waits for bytes.</summary>
    /// <param name="milliseconds">At most this long.</param>
    /// <returns>What there is.</returns>
    LineEvent Wait(int milliseconds);

    /// <summary>Reads what is there.</summary>
    /// <param name="bytes">Receives it.</param>
    /// <returns>How many bytes; 0 where the other end has just been closed.</returns>
    int Read(Span<byte> bytes);

    /// <summary>Writes bytes. What the other end does not read is lost, as on a line.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>Whether all went out.</returns>
    bool Write(ReadOnlySpan<byte> bytes);
}

/// <summary>What there is at a cable's end.</summary>
internal enum LineEvent
{
    /// <summary>Silence.</summary>
    Nothing,

    /// <summary>Bytes to read.</summary>
    Bytes,

    /// <summary>The other end is not open.</summary>
    NobodyListens,
}
