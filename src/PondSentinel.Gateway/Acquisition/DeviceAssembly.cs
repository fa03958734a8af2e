using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Derivation;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses;
using PondSentinel.Sensors.Buses.Gpio;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>The devices of a gateway and the lines they hang on, put together from its settings.</summary>
/// <remarks>Owns the lines. Dispose of it after the workers have ended.</remarks>
public sealed class DeviceAssembly : IAsyncDisposable
{
    private readonly TimeProvider time;
    private readonly CalibrationBook? calibrations;
    private readonly bool remembers;
    private readonly LatestNumbers latest;
    private readonly Dictionary<string, OpenLine> lines = new(StringComparer.Ordinal);

    private DeviceAssembly(TimeProvider time, CalibrationBook? calibrations, bool remembers)
    {
        (this.time, this.calibrations, this.remembers) = (time, calibrations, remembers);
        latest = new LatestNumbers(time);
    }

    /// <summary>The devices, in the order of the settings. Those of one bus share its line.</summary>
    public IReadOnlyList<PolledDevice> Devices { get; private set; } = [];

    /// <summary>Puts the devices together. A port that is not there is no failure here: each poll says so, until it is.
    /// </summary>
    /// <param name="configuration">The settings, which name only buses, models and outputs that exist.</param>
    /// <param name="time">For all waiting.</param>
    /// <param name="calibrations">What is in force for the channels; null where nothing is ever calibrated.</param>
    internal static DeviceAssembly Open(GatewayConfiguration configuration, TimeProvider time, CalibrationBook? calibrations = null) =>
        Open(configuration, configuration.Models, time, calibrations);

    /// <summary>Puts the devices together.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="models">The models there are.</param>
    /// <param name="time">For all waiting.</param>
    /// <param name="calibrations">What is in force for the channels; null where nothing is ever calibrated.</param>
    /// <param name="remembers">Whether drivers keep what they must not forget, which is the running gateway's alone.</param>
    internal static DeviceAssembly Open(
        GatewayConfiguration configuration,
        IReadOnlyDictionary<string, SensorModel> models,
        TimeProvider time,
        CalibrationBook? calibrations = null,
        bool remembers = true)
    {
        var assembly = new DeviceAssembly(time, calibrations, remembers);
        assembly.Build(configuration, models);
        return assembly;
    }

    /// <summary>Takes devices apart, of which nobody is asked any more: their drivers keep what they must not forget.</summary>
    /// <param name="devices">Which.</param>
    internal void Release(IReadOnlyCollection<PolledDevice> devices)
    {
        Devices = [.. Devices.Except(devices)];
        foreach (var sensor in devices.Select(device => device.Sensor).OfType<IDisposable>())
        {
            sensor.Dispose();
        }
    }

    /// <summary>Closes lines that are no more, or set otherwise. None of their devices is there any more.</summary>
    /// <param name="buses">Which.</param>
    internal void Close(IEnumerable<string> buses)
    {
        foreach (var bus in buses)
        {
            if (lines.Remove(bus, out var line))
            {
                line.Bus.Dispose();
            }
        }
    }

    /// <summary>Puts together what the settings have and is not there; what is there stays as it is.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="models">The models there are.</param>
    /// <returns>The devices that came.</returns>
    internal IReadOnlyList<PolledDevice> Build(GatewayConfiguration configuration, IReadOnlyDictionary<string, SensorModel> models)
    {
        foreach (var bus in configuration.Buses)
        {
            if (!lines.ContainsKey(bus.Id))
            {
                lines.Add(bus.Id, Assemble(bus, time));
            }
        }

        var there = Devices.ToDictionary(device => device.Options.Id, StringComparer.Ordinal);
        List<PolledDevice> came = [];
        List<PolledDevice> all = [];
        foreach (var device in configuration.Devices)
        {
            if (there.TryGetValue(device.Id, out var known))
            {
                // The same device: all that it remembers is shared.
                all.Add(known with { SharesLine = known.Bus is not null && IsShared(configuration, device) });
                continue;
            }

            all.Add(device.Settings is DerivedSettings derived
                ? DerivedDevice.Assemble(device, derived, latest, time)
                : Assemble(device, models[device.Model], lines[device.Bus], IsShared(configuration, device), latest, remembers ? MemoryOf(device, configuration) : null, calibrations));
            came.Add(all[^1]);
        }

        Devices = all;
        return came;
    }

    /// <summary>Lets drivers keep what they must not forget, then closes the lines.</summary>
    public ValueTask DisposeAsync()
    {
        Release(Devices);
        Close([.. lines.Keys]);
        return ValueTask.CompletedTask;
    }

    // Made by whoever writes to it, so most devices have none.
    private static DeviceMemoryFile MemoryOf(DeviceOptions device, GatewayConfiguration configuration) =>
        new(configuration.StateFolder, $"device-{configuration.Id}-{device.Id}.state");

    private static OpenLine Assemble(BusOptions options, TimeProvider time)
    {
        var bus = SensorBus.Of(options.Line, time);
        var supply = options.SupplyRelay is { } relay ? new GpioSupplySwitch(relay, time) : null;
        var serial = bus as SerialBus;
        return new OpenLine(
            options.Line,
            bus,
            new BusCare(options.Line, new BusTally(options.Id, serial?.Modbus), serial is null ? null : serial.Reset, supply),
            new BusErrands());
    }

    private static bool IsShared(GatewayConfiguration configuration, DeviceOptions device) =>
        configuration.Devices.Count(other => other.Bus == device.Bus) > 1;

    private static PolledDevice Assemble(
        DeviceOptions device,
        SensorModel model,
        OpenLine on,
        bool sharesLine,
        LatestNumbers latest,
        IDeviceMemory? memory,
        CalibrationBook? calibrations)
    {
        var (line, bus, care, errands) = on;
        List<PolledChannel> channels =
        [
            .. device.Channels.Select(channel => new PolledChannel(
                channel, model.OutputsWith(device.Settings).First(output => output.Name == channel.Output).Measurand)),
        ];
        var attachment = model.On(line.Kind)
            ?? throw new ArgumentException($"{device.Id}: a {model.Id} cannot hang on {line.Place}.", nameof(device));
        var where = $"bus {device.Bus} ({line.Place})";
        if (attachment.Addresses is { } addresses)
        {
            where = $"{where} address {addresses.Text(device.Address)}";
        }

        var ofOutputs = channels.ToDictionary(channel => channel.Options.Output, channel => channel.Options.Id, StringComparer.Ordinal);
        var order = device.Order with
        {
            Elsewhere = latest.Of,
            Memory = memory,
            Calibrated = output => ofOutputs.TryGetValue(output, out var channel) ? calibrations?.Of(device.Id, channel) : null,
        };
        return new PolledDevice(device, channels, attachment.Create(bus, order), where)
        {
            Line = line.Kind,
            SharesLine = sharesLine,
            LineTime = attachment.LineTime(line, device.Order),
            Lateness = attachment.Lateness,
            Latest = latest,
            Calibrations = calibrations,
            Bus = bus,
            Errands = errands,
            Care = care,
        };
    }

    private sealed record OpenLine(LineSettings Line, SensorBus Bus, BusCare Care, BusErrands Errands);
}
