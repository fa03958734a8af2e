namespace PondSentinel.Sensors.Buses.Gpio;

/// <summary>The words of settings of a GPIO line.</summary>
internal static class GpioWords
{
    /// <summary>Levels: whether the word is that of the high one.</summary>
    public static IReadOnlyDictionary<string, bool> Levels { get; } =
        new Dictionary<string, bool>(StringComparer.Ordinal) { ["low"] = false, ["high"] = true };

    /// <summary>What holds a line while its contact is open.</summary>
    public static IReadOnlyDictionary<string, GpioPull> Pulls { get; } =
        new Dictionary<string, GpioPull>(StringComparer.Ordinal) { ["up"] = GpioPull.Up, ["down"] = GpioPull.Down, ["none"] = GpioPull.None };
}
