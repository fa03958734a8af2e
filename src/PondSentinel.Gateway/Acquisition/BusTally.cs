using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>What happened on a bus since the process started, for health. Written by one worker, read by anyone.</summary>
/// <param name="bus">The bus.</param>
/// <param name="modbus">Who asks the Modbus devices on it, and counts; null where it is no serial line.</param>
public sealed class BusTally(string bus, ModbusRtuMaster? modbus = null)
{
    private long resets;
    private long powerCycles;

    /// <summary>The bus.</summary>
    public string Bus { get; } = bus;

    /// <summary>Who counts what is heard of Modbus on it; null where it is no serial line.</summary>
    public ModbusRtuMaster? Modbus { get; } = modbus;

    /// <summary>Times that its port was closed because everybody on it was silent.</summary>
    public long Resets => Interlocked.Read(ref resets);

    /// <summary>Times that the supply of its devices was switched off and on.</summary>
    public long PowerCycles => Interlocked.Read(ref powerCycles);

    /// <summary>Counts a closing.</summary>
    internal void CountReset() => Interlocked.Increment(ref resets);

    /// <summary>Counts a switching.</summary>
    internal void CountPowerCycle() => Interlocked.Increment(ref powerCycles);
}
