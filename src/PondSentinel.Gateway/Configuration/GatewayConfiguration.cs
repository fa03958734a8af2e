using PondSentinel.Gateway.Alarms;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.StatusPage;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Configuration;

/// <summary>All settings of a gateway. Immutable; read from a file by <see cref="GatewayConfigurationFile"/>, or made in
/// code, in which case nobody has checked it.</summary>
public sealed record GatewayConfiguration
{
    /// <summary>Name of the gateway, also its MQTT user name and client id.</summary>
    public required string Id { get; init; }

    /// <summary>Site that the gateway stands at.</summary>
    public required string Site { get; init; }

    /// <summary>Folder with profiles of the owner's own; null where there are none.</summary>
    public string? Profiles { get; init; }

    /// <summary>Places at the site.</summary>
    public IReadOnlyList<StationOptions> Stations { get; init; } = [];

    /// <summary>Lines that devices hang on.</summary>
    public IReadOnlyList<BusOptions> Buses { get; init; } = [];

    /// <summary>The sensor models that there are: those of this program, and those of the owner's own profiles.</summary>
    public IReadOnlyDictionary<string, SensorModel> Models { get; init; } = SensorCatalogue.Models;

    /// <summary>The sensors.</summary>
    public IReadOnlyList<DeviceOptions> Devices { get; init; } = [];

    /// <summary>What alarms trip.</summary>
    public IReadOnlyList<RelayOptions> Relays { get; init; } = [];

    /// <summary>The limits that the gateway watches by itself.</summary>
    public IReadOnlyList<AlarmOptions> Alarms { get; init; } = [];

    /// <summary>Whom the gateway believes about the time.</summary>
    public ClockOptions Clock { get; init; } = new();

    /// <summary>The buffer.</summary>
    public BufferOptions Buffer { get; init; } = new();

    /// <summary>Where the gateway keeps what is no record: beside the buffer's folder, whose files are the buffer's alone.</summary>
    public string StateFolder => Path.GetDirectoryName(Path.GetFullPath(Buffer.Folder)) ?? "/";

    /// <summary>Where orders are taken; null where none are.</summary>
    public ControlOptions? Control { get; init; }

    /// <summary>Where the status page is; null where there is none.</summary>
    public StatusPageOptions? StatusPage { get; init; }

    /// <summary>The way to the broker; null where records are only kept.</summary>
    public UplinkOptions? Uplink { get; init; }
}
