namespace PondSentinel.Gateway.Acquisition;

/// <summary>What was done about a bus since the process started. Written by one worker, read by anyone.</summary>
/// <param name="bus">The bus.</param>
public sealed class BusTally(string bus)
{
    private long resets;
    private long powerCycles;

    /// <summary>The bus.</summary>
    public string Bus { get; } = bus;

    /// <summary>Times that its port was closed because everybody on it was silent.</summary>
    public long Resets => Interlocked.Read(ref resets);

    /// <summary>Times that the supply of its devices was switched off and on.</summary>
    public long PowerCycles => Interlocked.Read(ref powerCycles);

    /// <summary>Counts a closing.</summary>
    internal void CountReset() => Interlocked.Increment(ref resets);

    /// <summary>Counts a switching.</summary>
    internal void CountPowerCycle() => Interlocked.Increment(ref powerCycles);
}
