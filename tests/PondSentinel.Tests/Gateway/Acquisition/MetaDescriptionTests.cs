using System.Security.Cryptography;
using System.Text;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Tests.Gateway.Configuration;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Acquisition;

public sealed class MetaDescriptionTests
{
    private const string WithoutSchema =
        """{"v":1,"gw":"gz-07","stations":[{"id":"pond-a","label":"Leaching pond A","lat":24.8,"lon":114.9,"upstream_of":["stream"]},{"id":"stream","label":null,"lat":null,"lon":null,"upstream_of":[]}],"devices":[{"id":"pond-nh4","label":"Ammonium probe","station":"pond-a","model":"probe-nh4","serial":"YL6824010022","verified_on_hardware":false,"grade":"reference","interval_ms":10000,"channels":[{"id":"nh4n","m":"ammonium_n_mg_l","label":"Ammonium (NH4-N)","method":"ion-selective electrode","range":[0,100],"lod":0.1,"depth_m":0.5,"cal":null},{"id":"t","m":"water_temperature_c","label":"Water temperature","method":null,"range":null,"lod":null,"depth_m":null,"cal":null}]},{"id":"dust","label":null,"station":"stream","model":"dust-uart","serial":null,"verified_on_hardware":true,"grade":"indicative","interval_ms":60000,"channels":[{"id":"pm10","m":"pm10_ug_m3","label":"Dust","method":null,"range":[0,999.9],"lod":null,"depth_m":null,"cal":null}]}]}""";

    private static readonly GatewayConfiguration Configuration =
        GatewayConfigurationFile.Read("g.toml", TestModels.Good, TestModels.Known).Configuration!;

    [Fact]
    public void Description_has_the_form_of_the_wire_and_the_hash_of_itself_without_the_hash()
    {
        var meta = MetaDescription.Of(Configuration, TestModels.Known);

        var schema = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(WithoutSchema)))[..8];
        Assert.Equal(schema, meta.Schema);
        Assert.True(Names.IsSchema(meta.Schema));
        Assert.Equal(
            WithoutSchema.Replace("\"gw\":\"gz-07\",", $"\"gw\":\"gz-07\",\"sch\":\"{schema}\",", StringComparison.Ordinal),
            Encoding.UTF8.GetString(meta.Bytes.Span));
    }

    [Fact]
    public void Hash_is_the_same_for_the_same_settings_and_another_for_any_that_a_reader_needs()
    {
        var meta = MetaDescription.Of(Configuration, TestModels.Known).Schema;

        Assert.Equal(meta, MetaDescription.Of(Configuration with { }, TestModels.Known).Schema);
        Assert.NotEqual(meta, With(device => device with { Interval = TimeSpan.FromSeconds(11) }));
        Assert.NotEqual(meta, With(device => device with { Station = "stream" }));
        Assert.NotEqual(meta, With(device => device with { Serial = null }));

        // Limits are the gateway's own business: a change of them does not make another channel.
        Assert.Equal(meta, With(device => device with
        {
            Channels = [device.Channels[0] with { Urgent = null }, device.Channels[1]],
        }));
    }

    private static string With(Func<DeviceOptions, DeviceOptions> change) => MetaDescription.Of(
        Configuration with { Devices = [change(Configuration.Devices[0]), Configuration.Devices[1]] },
        TestModels.Known).Schema;
}
