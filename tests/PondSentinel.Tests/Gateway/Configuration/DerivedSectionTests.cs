using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Derivation;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Configuration;

/// <summary><c>[[derived]]</c>: what it means, and every mistake in it with its place.</summary>
public sealed class DerivedSectionTests
{
    private const string Settings = """
        [gateway]
        id = "gz-07"
        site = "zudong"
        [[station]]
        id = "pond-a"
        [[bus]]
        id = "rs485"
        kind = "serial"
        port = "/dev/serial/by-id/a"
        [[device]]
        id = "probe"
        station = "pond-a"
        bus = "rs485"
        model = "probe-nh4"
        address = 1
        interval = "1m"
        channel = [{ id = "nh4n", output = "nh4n" }, { id = "ph", output = "ph" }, { id = "water", output = "temperature" }]

        """;

    private const string Derived = """
        [[derived]]
        id = "pond-chem"
        station = "pond-a"
        interval = "1m"
        label = "Ammonia in pond A"
        [[derived.channel]]
        id = "nh3n"
        formula = "unionized-ammonia-nitrogen"
        ammonium = "probe.nh4n"
        ph = "probe.ph"
        temperature = "probe.water"
        fail = [0, 100]
        urgent = [0, 0.016]
        qc = { rate_of_change = { suspect = 1, per = "10m" } }
        [[derived.channel]]
        id = "acute"
        formula = "ammonia-acute-ratio"
        ammonium = "probe.nh4n"
        ph = "probe.ph"
        temperature = "probe.water"
        salmonids = false
        label = "Times the acute criterion"

        """;

    [Fact]
    public void Virtual_device_is_a_device_like_all_others_with_what_it_computes()
    {
        var configuration = Good(Settings + Derived);

        var device = configuration.Devices[1];
        Assert.Equal(("pond-chem", "pond-a", "derived", TimeSpan.FromMinutes(1), "Ammonia in pond A"), (device.Id, device.Station, device.Model, device.Interval, device.Label));
        var settings = Assert.IsType<DerivedSettings>(device.Settings);
        Assert.Equal(["unionized-ammonia-nitrogen", "ammonia-acute-ratio"], settings.Channels.Select(channel => channel.Formula.Name));
        Assert.Equal(["probe.nh4n", "probe.ph", "probe.water"], settings.Channels[0].Sources);
        Assert.Equal([0], settings.Channels[1].Constants);
        Assert.Equal((new Band(0, 100), new Band(0, 0.016), false), (device.Channels[0].Fail, device.Channels[0].Urgent, device.Channels[0].Tests.IsEmpty));

        var meta = MetaCodec.Decode(MetaDescription.Of(configuration, configuration.Models).Bytes.Span).Value!;
        Assert.Equal(
            [("nh3n", Measurand.UnionizedAmmoniaNitrogen), ("acute", Measurand.AmmoniaAcuteRatio)],
            meta.Devices[1].Channels.Select(channel => (channel.Id, channel.Measurand)));
        Assert.Equal("un-ionized part of TAN as N (Emerson 1975)", meta.Devices[1].Channels[0].Method);
    }

    [Fact]
    public void Virtual_device_may_compute_from_one_before_it_and_not_from_itself()
    {
        const string more = """
            [[derived]]
            id = "again"
            station = "pond-a"
            interval = "1m"
            channel = [{ id = "fish", formula = "ammonium-of-total", total = "chem.tan", ph = "probe.ph", temperature = "probe.water" }]
            """;
        const string chem = """
            [[derived]]
            id = "chem"
            station = "pond-a"
            interval = "1m"
            channel = [{ id = "tan", formula = "total-ammonia-nitrogen", ammonium = "probe.nh4n", ph = "probe.ph", temperature = "probe.water" }]

            """;
        Good(Settings + chem + more);

        Assert.Contains(Problems(Settings + more + "\n" + chem), line => line.Contains(
            "total of ammonium-of-total needs total_ammonia_n_mg_l, and \"chem.tan\" is not known; there is none yet: add it", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ph = \"probe.ph\"", "ph = \"probe.nh4n\"", "ph of unionized-ammonia-nitrogen needs ph, and \"probe.nh4n\" is ammonium_n_mg_l; did you mean probe.ph?")]
    [InlineData("ph = \"probe.ph\"\n", "", "ph of [derived.channel] is missing")]
    [InlineData("unionized-ammonia-nitrogen", "un-ionized", "there is no formula \"un-ionized\"")]
    [InlineData("salmonids = false", "salmonids = 1", "salmonids of [derived.channel] must be true or false")]
    [InlineData("salmonids = false", "mussels = false", "mussels of [derived.channel] is not known here")]
    [InlineData("id = \"acute\"", "id = \"nh3n\"", "channel nh3n stands in its device twice")]
    [InlineData("id = \"pond-chem\"", "id = \"probe\"", "device probe stands here twice")]
    [InlineData("interval = \"1m\"\nlabel", "interval = \"100ms\"\nlabel", "interval of [derived] must be from 1s to 1d")]
    [InlineData("station = \"pond-a\"\ninterval", "station = \"pond-b\"\ninterval", "station of [derived] is not known: \"pond-b\"")]
    [InlineData("id = \"rs485\"", "id = \"derived\"", "a bus is called derived")]
    [InlineData("label = \"Ammonia in pond A\"", "bus = \"rs485\"", "bus of [derived] is not known here")]
    public void Each_mistake_is_told(string what, string with, string expected)
    {
        var text = Settings + Derived;
        Assert.Contains(what, text, StringComparison.Ordinal);

        Assert.Contains(Problems(text.Replace(what, with, StringComparison.Ordinal)), line => line.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Device_without_channels_and_a_period_that_is_none_are_told()
    {
        const string rain = """
            [[derived]]
            id = "a"
            station = "pond-a"
            interval = "1s"
            [[derived]]
            id = "b"
            station = "pond-a"
            interval = "1s"
            channel = [{ id = "nh4", formula = "ammonium-ion", ammonium = "probe.nh4n", calibrate_every = "30d" }]
            """;

        var problems = Problems(Settings + rain);
        Assert.Contains(problems, line => line.Contains("this virtual device computes nothing", StringComparison.Ordinal));
        Assert.Contains(problems, line => line.Contains("calibrate_every", StringComparison.Ordinal));
    }

    private static GatewayConfiguration Good(string text)
    {
        var loaded = GatewayConfigurationFile.Read("g.toml", text, TestModels.Known);
        Assert.Empty(loaded.Problems);
        return loaded.Configuration!;
    }

    private static List<string> Problems(string text) =>
        [.. GatewayConfigurationFile.Read("g.toml", text, TestModels.Known).Problems.Select(problem => problem.ToString())];
}
