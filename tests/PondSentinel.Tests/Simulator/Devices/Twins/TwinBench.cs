using System.Globalization;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Analog;
using PondSentinel.Sensors.Buses.Host;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Buses.OneWire;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Drivers.AtlasEzo;
using PondSentinel.Sensors.Drivers.Contact;
using PondSentinel.Sensors.Drivers.PulseCounter;
using PondSentinel.Sensors.Drivers.TiAds1115;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Simulator;
using PondSentinel.Simulator.Devices;
using PondSentinel.Simulator.Devices.Twins;
using PondSentinel.Tests.Sensors;

namespace PondSentinel.Tests.Simulator.Devices.Twins;

/// <summary>The real driver of a model against its twin, on a clock that takes no time.</summary>
internal sealed class TwinBench : IDisposable
{
    private const byte Address = 7;
    private const string Device = "dut";
    private const long Thermometer = 0x28_0123456789ab;
    private const byte Line = 17;

    // Of the file system that the tests lie on.
    private const string OfTheRealMachine = "disk_free";

    // Maker's names in the served log, where they are others than the outputs', and what one of the maker's units is in the measurand's.
    private static readonly Dictionary<string, string> Outputs = new(StringComparer.Ordinal)
    {
        ["t"] = "temperature", ["ntu"] = "turbidity", ["k"] = "potassium", ["mv"] = "electrode", ["nh4mv"] = "nh4-electrode",
        ["kmv"] = "potassium-electrode", ["volts"] = "loop",
    };

    private static readonly Dictionary<(string Model, string Name), double> Units = new()
    {
        [("yosemitech-y520", "conductivity")] = 1000,
        [("yosemitech-y521", "conductivity")] = 1000,
        [("yosemitech-y4000", "conductivity")] = 1000,
        [("keller-acculevel", "pressure")] = 1000,
    };

    private readonly string model;
    private readonly HastyTime time = new();
    private readonly StringWriter served = new();
    private readonly string folder = Directory.CreateTempSubdirectory("pond-twin-").FullName;
    private readonly SensorBus bus;
    private readonly ISensor sensor;
    private readonly Action<TimeSpan> pass;
    private readonly Action before;

    public TwinBench(
        string model, LineKind kind, ulong seed = 1, bool sequenced = false, DeviceProfile? profile = null, double? celsius = null,
        Func<Sense>? sense = null)
    {
        this.model = model;
        var known = profile is null ? SensorCatalogue.Models[model] : SensorCatalogue.ModelOf(profile);
        var settings = SettingsOf(model, sequenced, celsius);
        var attachment = known.On(kind)!;
        Names = [.. known.OutputsWith(settings).Select(output => output.Name).Where(name => name != OfTheRealMachine)];
        var device = new DeviceOptions
        {
            Id = Device,
            Station = "stream",
            Bus = "line",
            Model = model,
            Address = attachment.Addresses switch
            {
                ModbusAddresses => Address,
                I2cAddresses addresses => addresses.Usual,
                OneWireAddresses => Thermometer,
                GpioLines => Line,
                _ => 0,
            },
            Interval = TimeSpan.FromMinutes(1),
            Settings = settings,
            Channels = [.. Names.Select(name => new ChannelOptions { Id = name, Output = name })],
        };
        var clock = new SiteClock(time, TimeSpan.Zero, 1);
        var senses = new TwinSenses(seed, clock);
        var log = new ServedLog(served, time, clock);
        var line = new SerialSettings("/dev/twin", 9600);
        var order = new TwinOrder(
            device, Faults, sense ?? (() => senses.Now(Device, isBelow: true, Faults)), pins => senses.Volts(Device, pins, Faults), line.TimeOf(1), log, time);
        pass = time.Advance;
        (bus, Knobs, before) = Make(kind, order, line, profile);
        if (bus is GpioBus { Lines: VirtualGpio chip })
        {
            pass = span => chip.Pass(span, time.Advance);
        }

        sensor = attachment.Create(bus, device.Order with { Memory = new ScriptedMemory() });
    }

    /// <summary>Each model on each line that it can hang on.</summary>
    public static IEnumerable<(string Model, LineKind Kind)> All =>
        SensorCatalogue.Models.Values
            .SelectMany(model => model.Attachments.Select(attachment => (model.Id, attachment.Kind)))
            .OrderBy(pair => pair.Id, StringComparer.Ordinal);

    public Faults Faults { get; } = new();

    public ISensor Sensor => sensor;

    public TimeProvider Time => time;

    public IReadOnlyList<FaultKind> Knobs { get; }

    public IReadOnlyList<string> Names { get; }

    public string Served => served.ToString();

    /// <summary>Polls after a time.</summary>
    /// <returns>What the driver says, and what the twin has served since: by output, in the measurand's unit.</returns>
    public async Task<(Reading Reading, IReadOnlyList<(string Output, double Value)> Served)> PollAsync(TimeSpan after)
    {
        pass(after);
        var begun = served.GetStringBuilder().Length;
        before();
        var reading = await sensor.ReadAsync(TestContext.Current.CancellationToken);
        return (reading, [.. Parse(served.ToString(begun))]);
    }

    /// <summary>The values of a reading that nothing is said against.</summary>
    public static IEnumerable<(string Output, double Value)> Accepted(Reading reading) => reading is Reading.Measured measured
        ? measured.Outputs.Where(output => output is { Measurement: not null, Fault: null })
            .Select(output => (output.Output, output.Measurement!.Value.Value))
        : [];

    /// <summary>Whether a value is one of those that were served.</summary>
    public static bool IsAmong(IEnumerable<(string Output, double Value)> served, (string Output, double Value) accepted) =>
        served.Any(one => one.Output == accepted.Output
            && Math.Abs(one.Value - accepted.Value) <= 1e-6 * Math.Max(1e-3, Math.Abs(one.Value)));

    public void Dispose()
    {
        bus.Dispose();
        served.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private (SensorBus Bus, IReadOnlyList<FaultKind> Knobs, Action Before) Make(
        LineKind kind, TwinOrder order, SerialSettings line, DeviceProfile? profile)
    {
        switch (kind)
        {
            case LineKind.Serial when TwinCatalogue.Alone.TryGetValue(model, out var single):
                return (new SerialBus(new TwinSerialLine(single.Create(order), line, time), time), single.Knobs, () => { });
            case LineKind.Serial:
                var slave = TwinCatalogue.ModbusOf(order.Device, profile)!;
                var modbus = new ModbusLine([(slave.Create(order), Faults)], order.Character, order.Log);
                return (new SerialBus(new TwinSerialLine(modbus, line, time), time), slave.Knobs, () => { });
            case LineKind.I2c:
                var twin = TwinCatalogue.I2c[model];
                var wires = new VirtualI2c("i2c", [(twin.Create(order), Faults)], order.Log, time);
                return (new I2cBus(new TwinI2cLine(wires), time), twin.Knobs, () => { });
            case LineKind.OneWire:
                var files = new Ds18b20Folder(folder, order.Log);
                files.Add(Device, "28-0123456789ab", Faults, order.Sense);
                return (new OneWireBus(new OneWireSettings(folder), time), Ds18b20Folder.Knobs, files.Refresh);
            case LineKind.Spi:
                var alone = TwinCatalogue.Spi[model];
                return (new SpiBus(alone.Create(order), time), alone.Knobs, () => { });
            case LineKind.Gpio:
                var contact = TwinCatalogue.Gpio[model];
                return (new GpioBus(new VirtualGpio([contact.Create(order)], time), time), contact.Knobs, () => { });
            case LineKind.Host:
                var machine = new HostFolder(Device, folder, Faults, order.Sense, order.Log);
                return (new HostBus(new Machine(folder), folder, time), HostFolder.Knobs, machine.Refresh);
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "No twins on this kind of line.");
        }
    }

    private static SensorSettings? SettingsOf(string model, bool sequenced, double? celsius) =>
        model == Ads1115Sensor.Model.Id ? new Ads1115Settings(
            [new Ads1115Input("loop", 4, 1, 7, 3, new PolynomialFunction(Measurand.SupplyVoltage, 0, 1, 0))])
        : EzoCircuit.All.FirstOrDefault(circuit => circuit.Model.Id == model) is { TakesTemperature: true } circuit ?
            new EzoSettings(circuit, celsius)
        : model == ContactSensor.Model.Id ? ContactSettings.Usual(ContactQuantity.Pump)
        : model == PulseSensor.Model.Id ?
            PulseSettings.Usual with { Limits = PulseSettings.Usual.Limits with { ClosedMax = TimeSpan.FromSeconds(30) } }
        : !sequenced && SensorCatalogue.Profiles.Any(profile => profile.Id == model && profile.Sequence is not null) ?
            new ProfileSettings(false)
        : null;

    private IEnumerable<(string Output, double Value)> Parse(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (var pair in line.Split(' ').Skip(5).Select(word => word.Split('=')))
            {
                var value = double.Parse(pair[1], CultureInfo.InvariantCulture) * Units.GetValueOrDefault((model, pair[0]), 1);
                yield return (Outputs.GetValueOrDefault(pair[0], pair[0]), value);

                // Read without compensation, a circuit's number is the other output.
                if (pair[0] == "conductivity")
                {
                    yield return ("specific_conductance", value);
                }
            }
        }
    }

    /// <summary>A serial line with a virtual device at its other end.</summary>
    private sealed class TwinSerialLine(ILineDevice device, SerialSettings settings, HastyTime time) : ISerialLine
    {
        private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(2);

        private readonly Queue<byte> coming = new();

        public SerialSettings Settings => settings;

        public string? Open() => null;

        public void Reset() => device.Reset();

        public ValueTask<string?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            device.Silence();
            device.Receive(bytes.Span, time.Elapsed);
            return ValueTask.FromResult<string?>(null);
        }

        public ValueTask<LineResult> ReadAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var end = time.Elapsed + timeout; ; time.Advance(Step))
            {
                while (device.Next(time.Elapsed) is { } transmission)
                {
                    Array.ForEach(transmission.Bytes, coming.Enqueue);
                    transmission.Sent?.Invoke();
                }

                if (coming.Count > 0)
                {
                    var count = Math.Min(buffer.Length, coming.Count);
                    for (var i = 0; i < count; i++)
                    {
                        buffer.Span[i] = coming.Dequeue();
                    }

                    return ValueTask.FromResult(new LineResult(count, null));
                }

                if (time.Elapsed >= end)
                {
                    return ValueTask.FromResult(LineResult.Silence);
                }
            }
        }

        public void Dispose()
        {
        }
    }

    /// <summary>An I2C bus with virtual devices on it.</summary>
    private sealed class TwinI2cLine(VirtualI2c bus) : II2cLine
    {
        public string Place => "/dev/i2c-1";

        public ValueTask<I2cFault?> TransferAsync(int address, ReadOnlyMemory<byte> write, Memory<byte> read)
        {
            var error = bus.Transfer(address, write.Span, read.Span);
            return ValueTask.FromResult(error == 0
                ? null
                : I2cErrors.Describe(string.Create(CultureInfo.InvariantCulture, $"Error {error} performing I2C data transfer."), Place, address));
        }

        public void Dispose()
        {
        }
    }
}

internal static class StringWriterPart
{
    /// <summary>What was written from a place on.</summary>
    public static string ToString(this StringWriter writer, int from)
    {
        var text = writer.GetStringBuilder();
        return text.ToString(from, text.Length - from);
    }
}
