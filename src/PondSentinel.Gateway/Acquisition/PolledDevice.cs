using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Derivation;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>A device as acquisition needs it.</summary>
/// <param name="Options">Its settings.</param>
/// <param name="Channels">Its channels, with what they measure.</param>
/// <param name="Sensor">The device itself.</param>
/// <param name="Where">Its place for people: bus, port and address.</param>
public sealed record PolledDevice(
    DeviceOptions Options, IReadOnlyList<PolledChannel> Channels, ISensor Sensor, string Where)
{
    /// <summary>The kind of line it hangs on.</summary>
    public LineKind Line { get; init; } = LineKind.Serial;

    /// <summary>Whether others hang on its line.</summary>
    public bool SharesLine { get; init; }

    /// <summary>How long a poll keeps its line busy when it answers.</summary>
    public TimeSpan LineTime { get; init; }

    /// <summary>How long after an answer that did not come its line is not silent for it, so that an attempt takes longer by that.
    /// </summary>
    public TimeSpan Lateness { get; init; }

    /// <summary>How much later than the grid it is due, beside what those before it on its bus take; below its interval.</summary>
    public TimeSpan Phase { get; init; }

    /// <summary>Where its good numbers are kept for devices that need them; null where none does.</summary>
    internal LatestNumbers? Latest { get; init; }

    /// <summary>Computes its records again where what they were computed from is revised; null for what is measured.</summary>
    internal DerivedSensor? Derived { get; init; }

    /// <summary>What is in force for its channels; null where nothing is ever calibrated.</summary>
    internal CalibrationBook? Calibrations { get; init; }

    /// <summary>What is done about its bus when everybody on it is silent; the same for all on a bus. Null where nothing is.
    /// </summary>
    public BusCare? Care { get; init; }

    /// <summary>Its bus, to listen to what is said there; the same for all on it. Null where there is nothing to listen to.</summary>
    public SensorBus? Bus { get; init; }

    /// <summary>What is to be done on its bus beside polling; the same for all on a bus. Null where nothing ever is.</summary>
    internal BusErrands? Errands { get; init; }

    /// <summary>What became of its polls.</summary>
    public DeviceTally Tally { get; } = new(Options.Id, Options.Bus);
}

/// <summary>What can be done about a bus on which everybody is silent.</summary>
/// <param name="Line">Which line it is.</param>
/// <param name="Tally">Counts what was done.</param>
/// <param name="Reset">Closes its line, so that the next poll opens it anew; null where the line is the kernel's.</param>
/// <param name="Supply">Switches the supply of its devices; null where there is no relay.</param>
public sealed record BusCare(LineSettings Line, BusTally Tally, Action? Reset, ISupplySwitch? Supply);
