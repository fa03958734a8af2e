namespace PondSentinel.Sensors.Buses.Spi;

/// <summary>A device on an SPI bus.</summary>
/// <remarks>Not thread-safe: one worker uses it. Nobody acknowledges on SPI: a device that is not there reads as ones or zeros, and
/// only its protocol tells. What happens to the bus itself is a text for the person at the pond, not an exception.</remarks>
public interface ISpiLine : IDisposable
{
    /// <summary>The line for people, for example <c>/dev/spidev0.0</c>.</summary>
    string Place { get; }

    /// <summary>Sends bytes and takes as many at the same time. Blocks for as long as they take.</summary>
    /// <param name="way">How the device wants to be spoken to; the same at each call.</param>
    /// <param name="write">What is sent.</param>
    /// <param name="read">Receives what comes; as long as <paramref name="write"/>.</param>
    /// <returns>Null, or what is wrong and what to do.</returns>
    string? Exchange(SpiWay way, ReadOnlySpan<byte> write, Span<byte> read);
}

/// <summary>How a device wants to be spoken to on SPI.</summary>
/// <param name="Mode">Clock polarity and phase, 0 to 3.</param>
/// <param name="ClockHertz">The clock.</param>
/// <param name="ByteGap">Rest between two bytes at least; zero where they may follow each other. With a rest the chip select goes up
/// between them.</param>
public sealed record SpiWay(int Mode, int ClockHertz, TimeSpan ByteGap);
