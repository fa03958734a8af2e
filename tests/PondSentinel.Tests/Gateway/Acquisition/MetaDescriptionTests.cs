using System.Security.Cryptography;
using System.Text;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Time;
using PondSentinel.Tests.Gateway.Buffering;
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
    public async Task Calibration_in_force_is_named_and_another_one_makes_another_description()
    {
        var channels = CalibratedChannel.Of(Configuration with { Models = TestModels.Known });
        var book = new CalibrationBook(CalibrationStore.Open(new SimulatedCard()), channels);
        var described = new CurrentMeta(Configuration, TestModels.Known, book);
        await using var log = new MemoryLog();
        var clock = new ClockReading(Guid.Empty, TimeSpan.Zero, 0, null);
        var sink = new RecordSink(log, "zudong", described.Now.Schema, witness: null);
        described.Changed += () => sink.Describe(described.Now, clock);
        var before = described.Now.Schema;
        CalibrationRecord Calibration(string id, double raw) => new CalibrationDraft { Id = id, By = "Li", TimeMs = 1, AsLeft = [new(10, raw)] }
            .Complete(channels[0], book.Records, book.Has);

        // Refused, it changes nothing.
        book.Add(Calibration("c1", 100));
        Assert.Equal(before, described.Now.Schema);
        book.Add(Calibration("c2", 11));
        sink.Append("pond-a", "pond-nh4", clock, [], urgent: false);

        var meta = MetaCodec.Decode(log.Events.Single().Body.Span).Value!;
        Assert.Equal(["c2", null], meta.Devices[0].Channels.Select(channel => channel.Calibration));
        Assert.Equal(meta.Schema, log.Records.Single().Schema);
        Assert.NotEqual(before, meta.Schema);
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
