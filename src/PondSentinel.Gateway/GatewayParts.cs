using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Time;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Gpio;

namespace PondSentinel.Gateway;

/// <summary>The opened parts of a gateway.</summary>
internal sealed record GatewayParts
{
    /// <summary>The devices, those of one bus in one worker.</summary>
    public required IReadOnlyList<PolledDevice> Devices { get; init; }

    /// <summary>What the devices are taken from, and others where the settings change; null where they never do.</summary>
    public DeviceAssembly? Assembly { get; init; }

    /// <summary>The models there are.</summary>
    public required IReadOnlyDictionary<string, SensorModel> Models { get; init; }

    /// <summary>The buffer.</summary>
    public required IRecordLog Buffer { get; init; }

    /// <summary>Commits what waits in the buffer.</summary>
    public required Action Commit { get; init; }

    /// <summary>What goes on beside the gateway and ends before it only where it failed.</summary>
    public IReadOnlyList<Task> Beside { get; init; } = [];

    /// <summary>The clock.</summary>
    public required GatewayClock Clock { get; init; }

    /// <summary>The calibrations, and the folder that they are in; null where nothing is ever calibrated.</summary>
    public CalibrationRoom? Calibrations { get; init; }

    /// <summary>Opens the line of a relay.</summary>
    public Func<RelayOptions, IRelay> Relay { get; init; } = static relay => new GpioRelay(relay.Chip, relay.Line, relay.TripsAtHigh);

    /// <summary>Told of every record, where somebody asked for it.</summary>
    public Witness? Witness { get; init; }
}
