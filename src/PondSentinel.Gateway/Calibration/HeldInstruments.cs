using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Calibration;

/// <summary>The instruments that hold their calibration and can be told over their lines.</summary>
/// <param name="channels">All channels.</param>
/// <param name="polled">All devices.</param>
internal sealed class HeldInstruments(IReadOnlyList<CalibratedChannel> channels, IEnumerable<PolledDevice> polled)
{
    private readonly Dictionary<string, (ICalibratingSensor Sensor, BusErrands Errands)> instruments = polled
        .Where(device => device is { Sensor: ICalibratingSensor { Standards.Count: > 0 }, Errands: not null })
        .ToDictionary(device => device.Options.Id, device => ((ICalibratingSensor)device.Sensor, device.Errands!), StringComparer.Ordinal);

    /// <summary>The channels whose instruments can be told.</summary>
    public IEnumerable<CalibratedChannel> Channels => channels.Where(channel => channel.Kind is not null
        && instruments.TryGetValue(channel.Device, out var found) && found.Sensor.Standards.Any(standard => standard.Output == channel.Output.Name));

    /// <summary>The instrument of a channel.</summary>
    /// <param name="name">The channel, as <c>device.channel</c>.</param>
    /// <exception cref="ControlRefusedException">There is none.</exception>
    public (CalibratedChannel Channel, ICalibratingSensor Sensor, BusErrands Errands) Find(string name) =>
        channels.FirstOrDefault(channel => channel.Name == name) is not { } channel
            ? throw new ControlRefusedException($"there is no channel {name}; {Findings.Meant(name, [.. channels.Select(each => each.Name)])}")
        : !Channels.Contains(channel) || !instruments.TryGetValue(channel.Device, out var found)
            ? throw new ControlRefusedException($"{name} holds no calibration that it can be told over its line; what was read in standards is kept with pond-gateway calibration add")
        : (channel, found.Sensor, found.Errands);
}
