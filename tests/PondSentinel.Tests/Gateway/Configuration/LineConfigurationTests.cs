using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Sensors.Buses.Host;
using PondSentinel.Sensors.Buses.I2c;

namespace PondSentinel.Tests.Gateway.Configuration;

/// <summary>Which device may hang on which line, and what its model alone knows.</summary>
public sealed class LineConfigurationTests
{
    private const string Good =
        """
        [gateway]
        id = "gz-07"
        site = "zudong"

        [[station]]
        id = "pond"

        [[bus]]
        id = "header"
        kind = "i2c"
        bus = 1

        [[bus]]
        id = "uart"
        kind = "serial"
        port = "/dev/ttyAMA0"

        [[device]]
        id = "adc"
        station = "pond"
        bus = "header"
        model = "probe-i2c"
        address = 0x49
        interval = "10s"
        gain = 2
          [[device.channel]]
          id = "ph"
          output = "ph"

        [[device]]
        id = "both"
        station = "pond"
        bus = "uart"
        model = "probe-both"
        interval = "10s"
          [[device.channel]]
          id = "ph"
          output = "ph"
        """;

    private static readonly Dictionary<string, SensorModel> Models = new SensorModel[]
    {
        Model("probe-i2c", Attachment.I2c(new I2cAddresses(0x48, 0x48, 0x4B), TimeSpan.FromSeconds(1), NotMade)) with
        {
            ReadSettings = section => new Gain(section.Integer("gain", 1, 8) ?? 1),
        },
        Model(
            "probe-both",
            Attachment.Serial(addresses: null, _ => TimeSpan.FromSeconds(1), NotMade),
            Attachment.I2c(new I2cAddresses(0x63, I2cAddresses.Lowest, I2cAddresses.Highest), TimeSpan.FromSeconds(1), NotMade)),
        Model("probe-gpio", Attachment.Gpio(NotMade)),
        Model("probe-modbus", Attachment.Serial(ModbusAddresses.All, _ => TimeSpan.FromSeconds(1), NotMade)),
    }.ToDictionary(model => model.Id, StringComparer.Ordinal);

    [Fact]
    public void I2c_bus_is_a_number_and_its_device_has_an_address_and_settings()
    {
        var loaded = Read(Good);

        Assert.Empty(Lines(loaded));
        Assert.Equal(new BusOptions { Id = "header", Line = new I2cSettings(1) }, loaded.Configuration!.Buses[0]);
        Assert.Equal("/dev/i2c-1", loaded.Configuration.Buses[0].Line.Place);
        Assert.Equal((0x49, new Gain(2)), (loaded.Configuration.Devices[0].Address, loaded.Configuration.Devices[0].Settings));
        Assert.Equal([0.1, 0.1], loaded.Loads.Select(load => load.Share));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("chip = 4", 4)]
    public void Gpio_chip_is_a_number(string key, int chip) =>
        Assert.Equal(
            new GpioSettings(chip),
            Read(Good.Replace("kind = \"i2c\"\nbus = 1", $"kind = \"gpio\"\n{key}", StringComparison.Ordinal)
                .Replace("model = \"probe-i2c\"\naddress = 0x49\n", "model = \"probe-gpio\"\naddress = 17\n", StringComparison.Ordinal)
                .Replace("gain = 2\n", "", StringComparison.Ordinal)).Configuration!.Buses[0].Line);

    [Theory]
    [InlineData("kind = \"spi\"\nbus = 0", "/dev/spidev0.0")]
    [InlineData("kind = \"spi\"\nbus = 0\nchip_select = 1", "/dev/spidev0.1")]
    [InlineData("kind = \"host\"", "this machine")]
    public void Bus_has_its_place(string keys, string place)
    {
        var line = GatewayConfigurationFile.Read("g.toml", Small(keys)).Configuration!.Buses[0].Line;

        Assert.Equal(place, line.Place);
        Assert.Equal(line is HostSettings ? "/srv/buffer" : null, (line as HostSettings)?.Folder);
    }

    private static string Small(string keys) =>
        $"""
        [gateway]
        id = "gz-07"
        site = "zudong"
        [[station]]
        id = "pond"
        [[bus]]
        id = "line"
        {keys}
        [[device]]
        id = "device"
        station = "pond"
        bus = "line"
        model = "{(keys.Contains("spi", StringComparison.Ordinal) ? "alphasense-opc-n3" : "host")}"
        interval = "1m"
          [[device.channel]]
          id = "value"
          output = "{(keys.Contains("spi", StringComparison.Ordinal) ? "pm10" : "load")}"
        [buffer]
        folder = "/srv/buffer"
        """;

    [Fact]
    public void I2c_device_without_an_address_has_the_one_it_comes_with() =>
        Assert.Equal(0x48, Read(Good.Replace("address = 0x49\n", "", StringComparison.Ordinal)).Configuration!.Devices[0].Address);

    [Fact]
    public void Device_that_can_hang_on_either_line_has_an_address_only_where_it_shares() =>
        Assert.Equal(
            0x63, Read(Good.Replace("bus = \"uart\"", "bus = \"header\"", StringComparison.Ordinal)).Configuration!.Devices[1].Address);

    [Theory]
    [InlineData("bus = 1\n", "", "g.toml:8:3: bus of [bus] is missing; add it here")]
    [InlineData("bus = 1\n", "bus = 1\nbaud = 100000\n", "g.toml:12:1: baud of [bus] is not known here; remove it")]
    [InlineData("kind = \"serial\"\nport = \"/dev/ttyAMA0\"", "kind = \"i2c\"\nbus = 1", "g.toml:16:1: two buses are /dev/i2c-1, first in line 8; put their devices on one of them, or give the other's number")]
    [InlineData("address = 0x49", "address = 0x63", "g.toml:23:1: address of [device] is not one that this model can have: 0x63; write one from 0x48 to 0x4B; it comes with 0x48")]
    [InlineData("address = 0x49", "address = \"0x49\"", "g.toml:23:1: address of [device] must be a whole number from -9223372036854775808 to 9223372036854775807; change the number")]
    [InlineData("gain = 2", "gain = 9", "g.toml:25:1: gain of [device] must be a whole number from 1 to 8; change the number")]
    [InlineData("gain = 2", "gian = 2", "g.toml:25:1: gian of [device] is not known here; remove it")]
    [InlineData("bus = \"header\"", "bus = \"heather\"", "g.toml:9:1: no device hangs on bus header; remove it, or name it in a [[device]]|g.toml:21:1: bus of [device] is not known: \"heather\"; did you mean header?")]
    [InlineData("model = \"probe-i2c\"", "model = \"probe-i3c\"", "g.toml:22:1: model of [device] is not known: \"probe-i3c\"; did you mean probe-i2c?")]
    [InlineData("model = \"probe-i2c\"", "model = \"probe-modbus\"", "g.toml:21:1: a probe-modbus cannot hang on bus header, which is i2c; name a bus of kind serial|g.toml:25:1: gain of [device] is not known here; remove it")]
    [InlineData("model = \"probe-both\"", "model = \"probe-both\"\naddress = 0x63", "g.toml:35:1: a probe-both has no address on a serial bus; remove it")]
    public void Mistake_is_named_with_its_place_and_how_to_mend_it(string right, string wrong, string expected)
    {
        Assert.Contains(right, Good, StringComparison.Ordinal);

        Assert.Equal(expected.Split('|'), Lines(Read(Good.Replace(right, wrong, StringComparison.Ordinal))));
    }

    [Fact]
    public void Device_whose_poll_would_hold_its_bus_until_it_is_cut_off_is_refused()
    {
        var slow = Models.ToDictionary(StringComparer.Ordinal);
        slow["probe-i2c"] = Model("probe-i2c", Attachment.I2c(new I2cAddresses(0x48, 0x48, 0x4B), TimeSpan.FromSeconds(5.1), NotMade)) with
        {
            ReadSettings = Models["probe-i2c"].ReadSettings,
        };
        const string refused =
            "g.toml:21:1: a poll of adc holds bus header for 6s at once; after 5s it is cut off and gives nothing; let it measure less in one poll";
        Assert.Equal([refused], Lines(GatewayConfigurationFile.Read("g.toml", Good, slow)));

        // What waits off the bus in between does not hold it.
        slow["probe-i2c"] = slow["probe-i2c"] with
        {
            Attachments = [slow["probe-i2c"].Attachments[0] with { Turn = (_, _) => TimeSpan.FromSeconds(1) }],
        };
        Assert.Empty(Lines(GatewayConfigurationFile.Read("g.toml", Good, slow)));
    }

    [Fact]
    public void Two_devices_at_one_i2c_address_are_a_mistake_told_in_hexadecimal() =>
        Assert.Equal(
            [
                "g.toml:14:1: no device hangs on bus uart; remove it, or name it in a [[device]]",
                "g.toml:35:1: two devices on bus header have the address 0x49, first in line 18; give the newer one a free address, in the probe and here",
            ],
            Lines(Read(Good
                .Replace("bus = \"uart\"", "bus = \"header\"", StringComparison.Ordinal)
                .Replace("model = \"probe-both\"", "model = \"probe-both\"\naddress = 0x49", StringComparison.Ordinal))));

    [Theory]
    [InlineData("gpio = 17", 18, 19, "")]
    [InlineData("gpio = 17", 18, 17, "g.toml:28:1: line 17 of /dev/gpiochip0 is that of the relay in the supply of bus uart; connect one of the two to another line, and write its number here or as gpio of supply_relay")]
    [InlineData("gpio = 0", 0, 17, "g.toml:20:1: line 0 of /dev/gpiochip0 is that of the relay in the supply of bus uart; connect one of the two to another line, and write its number here or as gpio of supply_relay")]
    [InlineData("chip = 4, gpio = 17", 18, 17, "")]
    [InlineData("gpio = 17", 0, 0, "g.toml:28:1: two devices on bus contacts have the address 0, first in line 15; give the newer one a free address, in the probe and here")]
    [InlineData("gpio = 0", -1, 17, "g.toml:20:1: address of [device] must be a whole number from 0 to 511; change the number")]
    public void Gpio_line_has_one_use(string relay, int first, int second, string expected)
    {
        string Contact(string id, int line) =>
            $"""
            [[device]]
            id = "{id}"
            station = "pond"
            bus = "contacts"
            model = "probe-gpio"
            address = {line}
            interval = "10s"
            channel = [{"{"} id = "ph", output = "ph" {"}"}]
            """;
        var loaded = Read(
            $"""
            [gateway]
            id = "gz-07"
            site = "zudong"
            [[station]]
            id = "pond"
            [[bus]]
            id = "contacts"
            kind = "gpio"
            [[bus]]
            id = "uart"
            kind = "serial"
            port = "/dev/ttyAMA0"
            supply_relay = {"{"} {relay}, cuts_at = "high" {"}"}

            {Contact("one", first)}
            {Contact("two", second)}
            """);

        Assert.Equal(
            expected.Length == 0 ? [] : [expected], loaded.Problems.Select(problem => problem.ToString()));
    }

    private static LoadedConfiguration Read(string text) => GatewayConfigurationFile.Read("g.toml", text, Models);

    private static IEnumerable<string> Lines(LoadedConfiguration loaded) =>
        loaded.Problems.Concat(loaded.Warnings).OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)
            .Select(problem => problem.ToString());

    private static SensorModel Model(string id, params Attachment[] attachments) => new()
    {
        Id = id,
        Name = id,
        Grade = "reference",
        VerifiedOnHardware = false,
        Attachments = attachments,
        Outputs = [new SensorOutput("ph", Measurand.Ph)],
    };

    private static ISensor NotMade(SensorBus bus, SensorOrder order) =>
        throw new NotSupportedException("Tests of the configuration read no sensor.");

    private sealed record Gain(long Times) : SensorSettings;
}
