using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Buses.OneWire;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Scanning;

namespace PondSentinel.Tests.Gateway.Commands;

/// <summary>What a scan prints can be used as it is; and a scan harms nobody.</summary>
public sealed class ConfigurationBlockTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_model_that_can_be_found_is_printed_as_configuration_that_check_takes()
    {
        var buses = new List<ScannedBus>
        {
            Bus("serial", new SerialSettings("/dev/serial/by-id/usb-FTDI", 4800, LineParity.Even), LineKind.Serial, number => 1 + (2 * number)),
            Bus("header", new I2cSettings(1), LineKind.I2c, number => number),
            Bus("chips", new OneWireSettings("/sys/other"), LineKind.OneWire, number => (0x28L << 48) + number),
        };
        using var output = new StringWriter();

        new ConfigurationBlock(SensorCatalogue.Models, present: null).Write(output, buses);

        var loaded = GatewayConfigurationFile.Read("found.toml", output.ToString());
        Assert.Equal([], loaded.Problems);
        var expected = SensorCatalogue.Models.Values.Where(model => model.Outputs.Count > 0
            && model.Attachments.Any(attachment => attachment.Addresses is not null and not GpioLines)).Select(model => model.Id)

            // It cannot be without being told where it hangs.
            .Where(model => model != "bosch-bme280").Order(StringComparer.Ordinal);
        Assert.Equal(expected, loaded.Configuration!.Devices.Select(device => device.Model).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(new SerialSettings("/dev/serial/by-id/usb-FTDI", 4800, LineParity.Even), loaded.Configuration.Buses[0].Line);
    }

    [Fact]
    public void Second_scan_adds_to_the_configuration_there_is()
    {
        var present = Present();
        using var output = new StringWriter();

        new ConfigurationBlock(SensorCatalogue.Models, present.Configuration).Write(
            output, [new ScannedBus(present.Configuration!.Buses[0], IsConfigured: true, [new FoundDevice(7, ["yosemitech-y532"], "YL4326070007"), new FoundDevice(9, [])], null)]);

        var both = GatewayConfigurationFile.Read("g.toml", Text + output);
        Assert.Equal([], both.Problems);
        var added = both.Configuration!.Devices[1];
        Assert.Equal(("pond", "rs485", "yosemitech-y532", 7L, "YL4326070007"), (added.Station, added.Bus, added.Model, added.Address, added.Serial));
        Assert.Contains("# somebody answers at 9 on bus rs485: no model that is known here", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scan_of_i2c_writes_nothing_and_leaves_out_what_a_read_may_harm()
    {
        using var line = new AskedLine(0x63, 0x48);

        var (found, failure) = await new I2cScan(line, SensorCatalogue.Models.Values).FindAsync(new HashSet<int> { 0x44 }, Cancelled);

        Assert.Null(failure);
        Assert.Equal([0x48L, 0x63L], found.Select(device => device.Address));
        Assert.Equal("atlas-ezo-ph", found[1].Models[0]);
        Assert.Equal("ti-ads1115", found[0].Models[0]);
        Assert.Equal([], line.Asked.Intersect(I2cScan.LeftOut));
        Assert.DoesNotContain(0x44, line.Asked);
        Assert.Equal(0x77 - 0x08 + 1 - I2cScan.LeftOut.Count - 1, line.Asked.Count);
        Assert.Equal([], line.Asked.Where(address => address is < 0x08 or > 0x77));
    }

    [Fact]
    public async Task Scan_ends_at_a_bus_that_cannot_be_used()
    {
        using var line = new AskedLine { Fault = new I2cFault(SensorFault.BusDown, "it is not there") };

        Assert.Equal("it is not there", (await new I2cScan(line, []).FindAsync(new HashSet<int>(), Cancelled)).Failure);
        Assert.Single(line.Asked);
    }

    [Theory]
    [InlineData("a", "address", "into line 4 of ")]
    [InlineData("b", "address", "into line 10 of ")]
    [InlineData("b", "serial", "below line 8 of ")]
    [InlineData("c", "serial", "into its [[device]] in ")]
    public void Line_to_change_is_named(string device, string key, string expected)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "[[station]]\nid = \"a\"\n[[device]]\naddress = 1 # old\nid = \"a\"\n  [[device.channel]]\n  id = \"b\"\n[[device]]\nid = \"b\"\naddress = 2\n[uplink]\nserial = \"no\"\n");
            Assert.Equal(expected + file, ConfiguredLine.Of(file, device, key));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private const string Text =
        """
        [gateway]
        id = "gz-07"
        site = "zudong"
        [[station]]
        id = "pond"
        [[bus]]
        id = "rs485"
        kind = "serial"
        port = "/dev/pond-a"
        [[device]]
        id = "ph"
        station = "pond"
        bus = "rs485"
        model = "yosemitech-y532"
        address = 1
        interval = "1m"
          [[device.channel]]
          id = "ph"
          output = "ph"


        """;

    private static LoadedConfiguration Present() => GatewayConfigurationFile.Read("g.toml", Text);

    private static ScannedBus Bus(string id, LineSettings line, LineKind kind, Func<int, long> address)
    {
        var found = SensorCatalogue.Models.Values.Where(model => model.On(kind)?.Addresses is not null)
            .OrderBy(model => model.Id, StringComparer.Ordinal)
            .Select((model, number) => new FoundDevice(
                model.On(kind)!.Addresses is I2cAddresses i2c ? i2c.Usual : address(number), [model.Id]))
            .DistinctBy(device => device.Address);
        return new ScannedBus(new BusOptions { Id = id, Line = line }, IsConfigured: false, [.. found], null);
    }

    private sealed class AskedLine(params int[] there) : II2cLine
    {
        public List<int> Asked { get; } = [];

        public I2cFault? Fault { get; init; }

        public string Place => "/dev/i2c-1";

        public ValueTask<I2cFault?> TransferAsync(int address, ReadOnlyMemory<byte> write, Memory<byte> read)
        {
            Asked.Add(address);
            Assert.True(write.IsEmpty);
            Assert.Equal(1, read.Length);
            return ValueTask.FromResult(Fault ?? (there.Contains(address) ? null : new I2cFault(SensorFault.NoAnswer, "nobody")));
        }

        public void Dispose()
        {
        }
    }
}
