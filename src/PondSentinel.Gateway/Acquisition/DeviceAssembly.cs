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
    private readonly IReadOnlyList<SensorBus> buses;

    private DeviceAssembly(IReadOnlyList<SensorBus> buses, IReadOnlyList<PolledDevice> devices)
    {
        this.buses = buses;
        Devices = devices;
    }

    /// <summary>The devices, in the order of the settings. Those of one bus share its line.</summary>
    public IReadOnlyList<PolledDevice> Devices { get; }

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
        var buses = configuration.Buses.ToDictionary(bus => bus.Id, bus => Assemble(bus, time), StringComparer.Ordinal);
        var latest = new LatestNumbers(time);
        List<PolledDevice> devices =
        [
            .. configuration.Devices.Select(device => device.Settings is DerivedSettings derived
                ? DerivedDevice.Assemble(device, derived, latest, time)
                : Assemble(device, models[device.Model], buses[device.Bus], IsShared(configuration, device), latest, remembers ? MemoryOf(device, configuration) : null, calibrations)),
        ];
        return new DeviceAssembly([.. buses.Values.Select(pair => pair.Bus)], devices);
    }

    /// <summary>Lets drivers keep what they must not forget, then closes the lines.</summary>
    public ValueTask DisposeAsync()
    {
        foreach (var sensor in Devices.Select(device => device.Sensor).OfType<IDisposable>())
        {
            sensor.Dispose();
        }

        foreach (var bus in buses)
        {
            bus.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    // Beside the buffer's folder, whose files are the buffer's alone. Made by whoever writes to it, so most devices have none.
    private static DeviceMemoryFile MemoryOf(DeviceOptions device, GatewayConfiguration configuration) => new(
        Path.GetDirectoryName(Path.GetFullPath(configuration.Buffer.Folder)) ?? "/", $"device-{configuration.Id}-{device.Id}.state");

    private static (LineSettings Line, SensorBus Bus, BusCare Care, BusErrands Errands) Assemble(BusOptions options, TimeProvider time)
    {
        var bus = SensorBus.Of(options.Line, time);
        var supply = options.SupplyRelay is { } relay ? new GpioSupplySwitch(relay, time) : null;
        var serial = bus as SerialBus;
        return (
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
        (LineSettings Line, SensorBus Bus, BusCare Care, BusErrands Errands) on,
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
}
