namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>Plantower PMSA003I: the frame of its sisters, read as it is.</summary>
/// <param name="id">Name of the device.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="sense">What there is to sense now.</param>
internal sealed class Pmsa003iTwin(string id, Faults faults, Func<Sense> sense) : II2cTwin
{
    /// <summary>What can be wrong with it.</summary>
    public static IReadOnlyList<FaultKind> Knobs { get; } =
        [.. FaultWords.OnI2c, FaultKind.Garble, FaultKind.Cut, FaultKind.Error];

    /// <inheritdoc/>
    public string Id => id;

    /// <inheritdoc/>
    public int Address => 0x12;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        // It has nothing to set.
    }

    /// <inheritdoc/>
    public I2cAnswer Read(int count, TimeSpan now)
    {
        var (frame, values) = PmsSignal.Measure(sense(), faults.Kind, "I2C");
        var (bytes, isWhole) = LineFaults.Distort(faults.Kind, default, frame) ?? (frame, true);
        return new I2cAnswer(bytes, isWhole && count >= frame.Length ? values : null);
    }
}
