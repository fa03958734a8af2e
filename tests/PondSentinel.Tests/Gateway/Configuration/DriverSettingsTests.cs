using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors.Drivers.AtlasEzo;

namespace PondSentinel.Tests.Gateway.Configuration;

/// <summary>What the models of the catalogue know of their own settings.</summary>
public sealed class DriverSettingsTests
{
    [Fact]
    public void Ezo_circuit_that_is_told_the_temperature_has_the_compensated_output()
    {
        var device = Device("i2c", "atlas-ezo-ec", "temperature_c = 18.5", "specific_conductance").Configuration!.Devices[0];

        Assert.Equal(18.5, Assert.IsType<EzoSettings>(device.Settings).TemperatureCelsius);
        Assert.Equal(0x64, device.Address);
    }

    [Theory]
    [InlineData("i2c", "atlas-ezo-ec", "", "specific_conductance", "g.toml:22:3: a atlas-ezo-ec has no output \"specific_conductance\" with these settings; use one of: conductivity, or change what [[device]] says")]
    [InlineData("i2c", "atlas-ezo-ec", "temperature_c = 18", "conductivity", "g.toml:22:3: a atlas-ezo-ec has no output \"conductivity\" with these settings; use one of: specific_conductance, or change what [[device]] says")]
    [InlineData("i2c", "atlas-ezo-ph", "temperature_c = 291", "ph", "g.toml:19:1: temperature_c of [device] must be a number from 0 to 60; change the number")]
    [InlineData("i2c", "atlas-ezo-orp", "temperature_c = 18", "orp", "g.toml:19:1: temperature_c of [device] is not known here; remove it")]
    [InlineData("i2c", "atlas-ezo-ph", "address = 0x78", "ph", "g.toml:19:1: address of [device] is not one that this model can have: 0x78; write one from 0x08 to 0x77; it comes with 0x63")]
    [InlineData("serial", "atlas-ezo-ph", "address = 99", "ph", "g.toml:19:1: a atlas-ezo-ph has no address on a serial bus; remove it")]
    [InlineData("one-wire", "maxim-ds18b20", "address = \"10-3c01f0960b3f\"", "temperature", "g.toml:19:1: address of [device] is not the number of such a chip: \"10-3c01f0960b3f\"; write it as ls /sys/bus/w1/devices shows it: 28- and 12 of 0-9, a-f")]
    [InlineData("one-wire", "maxim-ds18b20", "address = \"28-3C01F0960B3F\"", "temperature", "g.toml:19:1: address of [device] is not the number of such a chip: \"28-3C01F0960B3F\"; write it as ls /sys/bus/w1/devices shows it: 28- and 12 of 0-9, a-f")]
    [InlineData("one-wire", "maxim-ds18b20", "", "temperature", "g.toml:13:3: address of [device] is missing; add it here")]
    [InlineData("i2c", "bosch-bme280", "", "humidity", "g.toml:13:3: place of [device] is missing; add it here")]
    [InlineData("i2c", "plantower-pmsa003i", "address = 0x13", "pm10", "g.toml:19:1: address of [device] is not one that this model can have: 0x13; write 0x12, or leave it out")]
    [InlineData("i2c", "ti-ina219", "shunt_ohm = 0", "current", "g.toml:19:1: shunt_ohm of [device] must be a number from 0.0001 to 10; change the number")]
    [InlineData("i2c", "nova-sds011", "", "pm10", "g.toml:16:1: a nova-sds011 cannot hang on bus line, which is i2c; name a bus of kind serial")]
    [InlineData("serial", "nova-sds011", "sleep = true", "pm10", "g.toml:18:1: a poll of device takes 31s, longer than its interval; lengthen the interval, or leave it running: sleep = false")]
    [InlineData("serial", "sensirion-sps30", "sleep = true", "pm10", "g.toml:18:1: a poll of device takes 41s, longer than its interval; lengthen the interval, or leave it running: sleep = false")]
    [InlineData("serial", "maxbotix-hrxl", "reach = \"5m\"", "level", "g.toml:13:3: height_mm of [device] is missing; add it here")]
    [InlineData("serial", "maxbotix-hrxl", "height_mm = 3000\nreach = \"7m\"", "level", "g.toml:20:1: reach of [device] is not a word known here; use one of: 5m, 10m")]
    [InlineData("serial", "maxbotix-hrxl", "height_mm = 3000\nreach = \"5m\"\nnearest_mm = 200", "level", "g.toml:21:1: nearest_mm of [device] must be a whole number from 300 to 1000; change the number")]
    [InlineData("serial", "plantower-pms5003", "warm_up = \"11m\"", "pm10", "g.toml:19:1: warm_up of [device] must be from 0s to 10m; change the duration")]
    [InlineData("i2c", "plantower-pmsa003i", "sleep = true", "pm10", "g.toml:19:1: sleep of [device] is not known here; remove it")]
    [InlineData("gpio", "pulse-counter", "quantity = \"rain\"\nper_pulse = 0.2", "total", "g.toml:13:3: address of [device] is missing; add it here")]
    [InlineData("gpio", "pulse-counter", "address = 17\nquantity = \"rain\"", "total", "g.toml:13:3: per_pulse of [device] is missing; add it here")]
    [InlineData("gpio", "pulse-counter", "address = 17\nquantity = \"snow\"", "total", "g.toml:20:1: quantity of [device] is not a word known here; use one of: rain, wind, flow")]
    [InlineData("gpio", "pulse-counter", "address = 17\nquantity = \"rain\"\nper_pulse = 0.2\noffset = 1", "total", "g.toml:22:1: offset of [device] is not known here; remove it")]
    [InlineData("gpio", "pulse-counter", "address = 17\nquantity = \"rain\"\nper_pulse = 0.2", "speed", "g.toml:24:3: a pulse-counter has no output \"speed\"; use one of: count, intensity, total")]
    [InlineData("gpio", "pulse-counter", "address = 17\nmax_rate = 100", "count", "g.toml:20:1: 100 pulses a second are closer together than the debounce of 50ms; shorten debounce or lower max_rate")]
    [InlineData("gpio", "pulse-counter", "address = -1", "count", "g.toml:19:1: address of [device] must be a whole number from 0 to 511; change the number")]
    [InlineData("i2c", "pulse-counter", "", "count", "g.toml:16:1: a pulse-counter cannot hang on bus line, which is i2c; name a bus of kind gpio")]
    [InlineData("gpio", "contact", "address = 22", "open", "g.toml:13:3: quantity of [device] is missing; add it here")]
    [InlineData("gpio", "contact", "quantity = \"door\"", "open", "g.toml:13:3: address of [device] is missing; add it here")]
    [InlineData("gpio", "contact", "address = 22\nquantity = \"gate\"", "open", "g.toml:20:1: quantity of [device] is not a word known here; use one of: door, pump, valve")]
    [InlineData("gpio", "contact", "address = 22\nquantity = \"pump\"", "open", "g.toml:23:3: a contact has no output \"open\"; use one of: running")]
    [InlineData("gpio", "contact", "address = 22\nquantity = \"door\"\nactive = \"open\"", "open", "g.toml:21:1: active of [device] is not a word known here; use one of: low, high")]
    [InlineData("gpio", "contact", "address = 22\nquantity = \"door\"\ncloses = \"low\"", "open", "g.toml:21:1: closes of [device] is not known here; remove it")]
    [InlineData("gpio", "contact", "address = 22\nquantity = \"door\"\ndebounce = \"10s\"", "open", "g.toml:21:1: debounce of [device] must be from 0s to 5s; change the duration")]
    [InlineData("spi", "alphasense-opc-n3", "sleep = true", "pm10", "g.toml:18:1: a poll of device takes 12s, longer than its interval; lengthen the interval, or leave it running: sleep = false")]
    [InlineData("spi", "alphasense-opc-n3", "address = 1", "pm10", "g.toml:19:1: a alphasense-opc-n3 has no address; remove it")]
    [InlineData("i2c", "atlas-ezo-ph", "serial = \"X1\"", "ph", "g.toml:19:1: a atlas-ezo-ph does not tell its serial number, so another piece at its place would not be found out; remove it; note the number in label")]
    [InlineData("host", "host", "", "battery", "g.toml:22:3: a host has no output \"battery\"; use one of: cpu_temperature, disk_free, load, medium_wear, undervoltage, undervoltage_since_boot")]
    public void Mistake_is_named_with_its_place_and_how_to_mend_it(
        string kind, string model, string settings, string output, string expected) =>
        Assert.Equal(expected.Split('|'), Device(kind, model, settings, output).Problems.Select(problem => problem.ToString()));

    [Theory]
    [InlineData("one-wire", "maxim-ds18b20", "address = \"28-3c01f0960b3f\"", "temperature", "bus line (/sys/bus/w1/devices) address 28-3c01f0960b3f")]
    [InlineData("i2c", "bosch-bme280", "place = \"housing\"\naddress = 0x77", "humidity", "bus line (/dev/i2c-1) address 0x77")]
    [InlineData("i2c", "ti-ina219", "shunt_ohm = 0.01", "current", "bus line (/dev/i2c-1) address 0x40")]
    [InlineData("i2c", "plantower-pmsa003i", "", "pm10", "bus line (/dev/i2c-1) address 0x12")]
    [InlineData("serial", "nova-sds011", "warm_up = \"0s\"\nsleep = false", "pm10", "bus line (/dev/ttyAMA0)")]
    [InlineData("serial", "maxbotix-hrxl", "height_mm = 9000\nreach = \"10m\"", "level", "bus line (/dev/ttyAMA0)")]
    [InlineData("gpio", "pulse-counter", "address = 17\nquantity = \"wind\"\nper_pulse = 0.7\noffset = 0.3", "speed", "bus line (/dev/gpiochip0) address 17")]
    [InlineData("gpio", "pulse-counter", "address = 0", "count", "bus line (/dev/gpiochip0) address 0")]
    [InlineData("gpio", "contact", "address = 22\nquantity = \"valve\"\nactive = \"high\"\npull = \"down\"\ndebounce = \"200ms\"", "open", "bus line (/dev/gpiochip0) address 22")]
    [InlineData("spi", "alphasense-opc-n3", "", "pm10", "bus line (/dev/spidev1.0)")]
    [InlineData("spi", "alphasense-opc-n3", "serial = \"176150704\"", "pm10", "bus line (/dev/spidev1.0)")]
    [InlineData("serial", "sensirion-sps30", "serial = \"8CCABCFAE3201F49\"", "pm10", "bus line (/dev/ttyAMA0)")]
    [InlineData("host", "host", "", "disk_free", "bus line (this machine)")]
    [InlineData("serial", "plantower-pms5003", "", "pm10", "bus line (/dev/ttyAMA0)")]
    public async Task Good_settings_make_a_device_at_its_place(string kind, string model, string settings, string output, string where)
    {
        await using var assembly = DeviceAssembly.Open(Device(kind, model, settings, output).Configuration!, TimeProvider.System);

        Assert.Equal(where, assembly.Devices[0].Where);
    }

    // A pH circuit beside a thermometer and a pH probe.
    [Theory]
    [InlineData("temperature_from = \"pond-t.t\"", "")]
    [InlineData("temperature_from = \"pond-t.ph\"", "g.toml:26:1: temperature_from of ph names no channel of another device that measures water_temperature_c: \"pond-t.ph\"; did you mean pond-t.t?")]
    [InlineData("temperature_from = \"pond-t\"", "g.toml:26:1: temperature_from of ph names no channel of another device that measures water_temperature_c: \"pond-t\"; did you mean pond-t.t?")]
    [InlineData("temperature_from = \"ph.value\"", "g.toml:26:1: temperature_from of ph names no channel of another device that measures water_temperature_c: \"ph.value\"; use one of: pond-t.t")]
    [InlineData("temperature_from = \"pond-t.t\"\ntemperature_c = 18", "g.toml:26:1: [device] has both temperature_c and temperature_from; keep one")]
    public void Temperature_of_another_device_is_one_that_there_is(string settings, string expected)
    {
        var loaded = GatewayConfigurationFile.Read(
            "g.toml",
            $"""
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
            id = "rs485"
            kind = "serial"
            port = "/dev/ttyAMA0"

            [[device]]
            id = "ph"
            station = "pond"
            bus = "header"
            model = "atlas-ezo-ph"
            interval = "10s"

            # what it is told of the water
            {settings}
              [[device.channel]]
              id = "value"
              output = "ph"

            [[device]]
            id = "pond-t"
            station = "pond"
            bus = "rs485"
            model = "yosemitech-y532"
            address = 1
            interval = "10s"
              [[device.channel]]
              id = "t"
              output = "temperature"
              [[device.channel]]
              id = "ph"
              output = "ph"
            """);

        Assert.Equal(expected.Length == 0 ? [] : [expected], loaded.Problems.Select(problem => problem.ToString()));
    }

    private static LoadedConfiguration Device(string kind, string model, string settings, string output) =>
        GatewayConfigurationFile.Read(
            "g.toml",
            $"""
            [gateway]
            id = "gz-07"
            site = "zudong"

            [[station]]
            id = "pond"

            [[bus]]
            id = "line"
            kind = "{kind}"
            {kind switch { "i2c" or "spi" => "bus = 1", "serial" => "port = \"/dev/ttyAMA0\"", _ => "" }}

            [[device]]
            id = "device"
            station = "pond"
            bus = "line"
            model = "{model}"
            interval = "10s"
            {settings}
              [[device.channel]]
              id = "value"
              output = "{output}"
            """);
}
