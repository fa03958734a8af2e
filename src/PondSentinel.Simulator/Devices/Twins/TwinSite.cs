using System.Globalization;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Host;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Buses.OneWire;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>A twin for each device of a gateway's configuration, on lines that the gateway can open. Thread-safe.</summary>
internal sealed class TwinSite : IDisposable
{
    private static readonly TimeSpan OneWireEvery = TimeSpan.FromMilliseconds(500);

    private readonly TwinWorld world;
    private readonly IReadOnlyDictionary<string, SensorModel> models;
    private readonly HashSet<string> below;
    private readonly List<SwitchedDevice> devices = [];
    private readonly List<VirtualLine> lines = [];
    private readonly List<IDisposable> others = [];
    private readonly List<TwinLine> served = [];
    private readonly List<string> notes = [];
    private readonly TaskCompletionSource<string> failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes the site; its devices answer from now on.</summary>
    /// <param name="configuration">The gateway's configuration.</param>
    /// <param name="folder">Where ports, sockets and files go; it exists.</param>
    /// <param name="world">What there is to sense, and who is told.</param>
    /// <exception cref="IOException">A line cannot be made.</exception>
    public TwinSite(GatewayConfiguration configuration, string folder, TwinWorld world)
    {
        (this.world, models) = (world, configuration.Models);
        below = configuration.Stations.SelectMany(station => station.UpstreamOf).ToHashSet(StringComparer.Ordinal);
        try
        {
            foreach (var bus in configuration.Buses)
            {
                if (configuration.Devices.Where(device => device.Bus == bus.Id).ToList() is { Count: > 0 } here)
                {
                    Serve(bus, here, Path.Combine(folder, bus.Id));
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The lines that are served, and how the gateway's file must name them.</summary>
    public IReadOnlyList<TwinLine> Lines => served;

    /// <summary>What is to be known: what cannot be served, and what to do.</summary>
    public IReadOnlyList<string> Notes => notes;

    /// <summary>What goes wrong on command.</summary>
    public FaultCommands Commands => new(devices, lines);

    /// <summary>Ends with the reason as soon as a line can work no more; else never.</summary>
    public Task<string> Failed => failed.Task;

    /// <summary>Pulls all cables.</summary>
    public void Dispose()
    {
        lines.ForEach(line => line.Dispose());
        others.ForEach(other => other.Dispose());
    }

    private void Serve(BusOptions bus, List<DeviceOptions> here, string place)
    {
        switch (bus.Line)
        {
            case TcpSerialSettings tcp:
                var port = 0;
                var line = Line(bus.Id, tcp, here, place, () =>
                {
                    var end = new TcpEnd(port);
                    port = end.Port;
                    return end;
                });
                lines.Add(line);
                served.Add(new TwinLine(
                    bus.Id,
                    string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
                    [("host", "\"127.0.0.1\""), ("tcp_port", port.ToString(CultureInfo.InvariantCulture))]));
                break;
            case SerialSettings serial:
                lines.Add(Line(bus.Id, serial, here, place, () => new Pty(place)));
                served.Add(new TwinLine(bus.Id, place, [("port", GatewayFileEdit.Quoted(place))]));
                break;
            case I2cSettings i2c:
                var twins = here.Select(device =>
                {
                    var kind = TwinCatalogue.I2c[device.Model];
                    var order = Order(device, kind.Knobs, TimeSpan.Zero);
                    return (kind.Create(order), order.Faults);
                }).ToList();
                others.Add(new I2cSocket(new VirtualI2c(bus.Id, twins, world.Log, world.Time), place, why => Fail(bus.Id, why)));
                notes.Add(
                    $"{bus.Id}: {i2c.Place} is the kernel's and needs root; its {here.Count} devices wait at {place}: "
                    + $"sudo python3 tests/rigs/vi2c.py {i2c.Place} --twins {place}");
                break;
            case OneWireSettings:
                others.Add(OneWire(bus.Id, here, place));
                served.Add(new TwinLine(bus.Id, place, [("folder", GatewayFileEdit.Quoted(place))]));
                break;
            case HostSettings:
                notes.Add($"{bus.Id}: the gateway asks the machine that it runs on itself; there is no twin of it here: {string.Join(", ", here.Select(device => device.Id))}");
                break;
            default:
                notes.Add($"{bus.Id}: {bus.Line.Description} cannot be served; its devices stay silent: {string.Join(", ", here.Select(device => device.Id))}");
                break;
        }
    }

    private VirtualLine Line(
        string id, SerialSettings settings, List<DeviceOptions> here, string name, Func<ILineEnd> plug)
    {
        var character = settings.TimeOf(1);
        return new VirtualLine(
            id, new LinePlace(name, settings.Baud, character, plug), Device(here, character), why => Fail(id, why), world.Time);
    }

    private ILineDevice Device(List<DeviceOptions> here, TimeSpan character)
    {
        if (here is [var alone] && TwinCatalogue.Alone.TryGetValue(alone.Model, out var kind))
        {
            return kind.Create(Order(alone, kind.Knobs, character));
        }

        return new ModbusLine([.. here.Select(device => Slave(device, character))], character, world.Log);
    }

    private (IModbusSlave Slave, Faults Faults) Slave(DeviceOptions device, TimeSpan character)
    {
        var kind = TwinCatalogue.ModbusOf(device, models[device.Model].Profile)
            ?? throw new IOException($"{device.Id}: there is no twin of a {device.Model}");
        if (!TwinCatalogue.Modbus.ContainsKey(device.Model))
        {
            notes.Add($"{device.Id}: the twin is made of the profile {device.Model} itself, so it cannot show whether the profile is right");
        }

        var order = Order(device, kind.Knobs, character);
        return (kind.Create(order), order.Faults);
    }

    private OneWireRefresh OneWire(string id, List<DeviceOptions> here, string place)
    {
        var folder = new Ds18b20Folder(place, world.Log);
        foreach (var device in here)
        {
            var order = Order(device, Ds18b20Folder.Knobs, TimeSpan.Zero);
            var number = SensorCatalogue.Models[device.Model].On(LineKind.OneWire)!.Addresses!.Text(device.Address);
            folder.Add(device.Id, number, order.Faults, order.Sense);
        }

        folder.Refresh();
        return new OneWireRefresh(folder, OneWireEvery, why => Fail(id, why), world.Time);
    }

    private TwinOrder Order(DeviceOptions device, IReadOnlyList<FaultKind> knobs, TimeSpan character)
    {
        var faults = new Faults();
        devices.Add(new SwitchedDevice(device.Id, faults, knobs));
        return new TwinOrder(
            device,
            faults,
            () => world.Senses.Now(device.Id, below.Contains(device.Station), faults),
            pins => world.Senses.Volts(device.Id, pins, faults),
            character,
            world.Log,
            world.Time);
    }

    private void Fail(string id, string why) => failed.TrySetResult($"{id}: {why}");

    /// <summary>Lets thermometers measure again and again.</summary>
    private sealed class OneWireRefresh : IDisposable
    {
        private readonly Lock gate = new();
        private readonly ITimer timer;
        private bool ended;

        public OneWireRefresh(Ds18b20Folder folder, TimeSpan every, Action<string> failed, TimeProvider time) =>
            timer = time.CreateTimer(
                _ =>
                {
                    lock (gate)
                    {
                        try
                        {
                            if (!ended)
                            {
                                folder.Refresh();
                            }
                        }
                        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                        {
                            failed(e.Message);
                        }
                    }
                },
                null,
                every,
                every);

        public void Dispose()
        {
            timer.Dispose();
            lock (gate)
            {
                ended = true;
            }
        }
    }
}

/// <summary>What twins live in.</summary>
/// <param name="Senses">What there is to sense.</param>
/// <param name="Log">Told of the values that went out.</param>
/// <param name="Time">The real clock.</param>
internal sealed record TwinWorld(TwinSenses Senses, ServedLog Log, TimeProvider Time);

/// <summary>A line that is served.</summary>
/// <param name="Bus">Name of the bus.</param>
/// <param name="Place">Where it is, for people.</param>
/// <param name="Keys">What its <c>[[bus]]</c> must say, as TOML.</param>
internal sealed record TwinLine(string Bus, string Place, IReadOnlyList<(string Key, string Value)> Keys);
