namespace PondSentinel.Sensors.Buses.Gpio;

/// <summary>The lines of a GPIO chip, as inputs that are watched.</summary>
/// <remarks>What happens to a chip in the field (not there, no right to it, a line that another program has) is a text for the
/// person at the pond, not an exception. Thread-safe.</remarks>
public interface IGpioLines : IDisposable
{
    /// <summary>The chip for people, for example <c>/dev/gpiochip0</c>.</summary>
    string Place { get; }

    /// <summary>Watches a line from now on; one that is watched already, anew.</summary>
    /// <param name="line">Its number on the chip.</param>
    /// <param name="pull">What holds it while the contact is open.</param>
    /// <param name="onEdge">Told of each change, with whether the line is high after it; on any thread, one call at a time.</param>
    /// <returns>Null, or what is wrong and what to do.</returns>
    string? Watch(int line, GpioPull pull, Action<bool> onEdge);

    /// <summary>Reads a line that is watched.</summary>
    /// <param name="line">Its number on the chip.</param>
    /// <returns>Whether it is high, or what is wrong; then it is watched no more.</returns>
    (bool IsHigh, string? Fault) Read(int line);

    /// <summary>Watches a line no more; nothing where it is not watched. No edge is told of after it.</summary>
    /// <param name="line">Its number on the chip.</param>
    void Leave(int line);
}

/// <summary>What holds a line while the contact is open.</summary>
public enum GpioPull
{
    /// <summary>A resistor of one's own.</summary>
    None,

    /// <summary>The chip's resistor to its supply.</summary>
    Up,

    /// <summary>The chip's resistor to ground.</summary>
    Down,
}
