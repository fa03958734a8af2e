using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;

namespace PondSentinel.Tests.Gateway.Configuration;

/// <summary>What makers say of the lines of their probes, against what the bus has.</summary>
public sealed class LineFitTests
{
    [Theory]
    [InlineData("kind = \"serial\"\nport = \"/dev/ttyAMA0\"")]
    [InlineData("kind = \"rtu-tcp\"\nhost = \"10.0.0.5\"\ntcp_port = 4001")]
    public void Probes_on_a_line_as_their_makers_set_them_are_good(string bus) =>
        Assert.Empty(Warnings(bus, ("yosemitech-y532", 1, "ph"), ("yosemitech-y560", 3, "nh4n")));

    [Theory]
    [InlineData("baud = 4800", "yosemitech-y532", "ph", "g.toml:17:1: a yosemitech-y532 has 9600 baud, 8N1 by its maker; bus line has 4800 baud, 8N1; set the bus as the probe is, or hang it on a bus of its own")]
    [InlineData("parity = \"even\"", "yosemitech-y532", "ph", "g.toml:17:1: a yosemitech-y532 has 9600 baud, 8N1 by its maker; bus line has 9600 baud, 8E1; set the bus as the probe is, or hang it on a bus of its own")]
    [InlineData("stop_bits = 2", "yosemitech-y532", "ph", "g.toml:17:1: a yosemitech-y532 has 9600 baud, 8N1 by its maker; bus line has 9600 baud, 8N2; set the bus as the probe is, or hang it on a bus of its own")]
    [InlineData("", "tera-nextpm", "pm10", "g.toml:16:1: a tera-nextpm has 115200 baud, 8E1 by its maker; bus line has 9600 baud, 8N1; set the bus as the probe is, or hang it on a bus of its own")]
    public void Bus_that_is_set_otherwise_than_the_maker_says_is_warned_of(string key, string model, string output, string expected) =>
        Assert.Equal([expected], Warnings($"kind = \"serial\"\nport = \"/dev/ttyAMA0\"{(key.Length == 0 ? "" : "\n" + key)}", (model, 1, output)));

    [Theory]
    [InlineData(4800, true)]
    [InlineData(2400, false)]
    public void Baud_rate_that_the_probe_can_be_set_to_is_good_and_another_is_told_with_those(int baud, bool isGood)
    {
        var y532 = SensorCatalogue.Profiles.Single(profile => profile.Id == "yosemitech-y532");
        var models = SensorCatalogue.Models.ToDictionary(StringComparer.Ordinal);
        models[y532.Id] = SensorCatalogue.ModelOf(y532 with { Line = y532.Line with { OtherBauds = [4800, 19200] } });

        Assert.Equal(
            isGood ? [] : ["g.toml:17:1: a yosemitech-y532 has 9600 (or 4800, 19200) baud, 8N1 by its maker; bus line has 2400 baud, 8N1; set the bus as the probe is, or hang it on a bus of its own"],
            Warnings($"kind = \"serial\"\nport = \"/dev/ttyAMA0\"\nbaud = {baud}", models, ("yosemitech-y532", 1, "ph")));
    }

    [Fact]
    public void Addresses_nearer_than_a_maker_wants_are_warned_of()
    {
        Assert.Equal(
            ["g.toml:28:1: address 2 is 1 from that of device-1; a yosemitech-y532 needs 2 on one line by its maker, else one takes the other's words for its own; give one of them another address, in the probe and here"],
            Warnings("kind = \"serial\"\nport = \"/dev/ttyAMA0\"", ("yosemitech-y532", 1, "ph"), ("boqu-bh-485-nh", 2, "ph")));
    }

    private static IEnumerable<string> Warnings(string bus, params (string Model, int Address, string Output)[] devices) =>
        Warnings(bus, SensorCatalogue.Models, devices);

    private static IEnumerable<string> Warnings(
        string bus, IReadOnlyDictionary<string, SensorModel> models, params (string Model, int Address, string Output)[] devices)
    {
        var text = string.Join('\n', devices.Select(device => $"""
            [[device]]
            id = "device-{device.Address}"
            station = "pond"
            bus = "line"
            model = "{device.Model}"
            address = {device.Address}
            interval = "10m"
              [[device.channel]]
              id = "value"
              output = "{device.Output}"
            """));
        var loaded = GatewayConfigurationFile.Read(
            "g.toml",
            $"""
            [gateway]
            id = "gz-07"
            site = "zudong"

            [[station]]
            id = "pond"

            [[bus]]
            id = "line"
            {bus}

            {text}
            """,
            models);
        Assert.Empty(loaded.Problems);
        return loaded.Warnings.Select(warning => warning.ToString());
    }
}
