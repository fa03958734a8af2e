using System.Globalization;
using System.Text;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Simulator;
using PondSentinel.Simulator.Devices;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>A site with 9 devices and 14 channels, measured once a minute: the simulator's water and air, and probes that take
/// their time to answer.</summary>
internal static class SimulatedSite
{
    /// <summary>Name of the gateway.</summary>
    public const string Gateway = "gz-07";

    /// <summary>Channels of all devices.</summary>
    public const int Channels = 14;

    /// <summary>Its devices.</summary>
    public const int DeviceCount = 9;

    private static readonly (string Bus, (string Id, string Station, string Model, string[] Outputs)[] Devices)[] Buses =
    [
        ("rs485-upstream",
        [
            ("upstream-ph", SiteLayout.Upstream, "yosemitech-y532", ["ph", "temperature"]),
            ("upstream-nh4", SiteLayout.Upstream, "yosemitech-y560", ["nh4n"]),
        ]),
        ("rs485-downstream",
        [
            ("downstream-ph", SiteLayout.Downstream, "yosemitech-y532", ["ph", "temperature"]),
            ("downstream-nh4", SiteLayout.Downstream, "yosemitech-y560", ["nh4n"]),
            ("downstream-turbidity", SiteLayout.Downstream, "yosemitech-y511", ["turbidity"]),
            ("outlet-ph", SiteLayout.Downstream, "yosemitech-y532", ["ph", "temperature"]),
            ("outlet-nh4", SiteLayout.Downstream, "yosemitech-y560", ["nh4n"]),
        ]),
        ("uart-yard", [("yard-dust", SiteLayout.Yard, "nova-sds011", ["pm10", "pm25"])]),
        ("uart-gate", [("gate-dust", SiteLayout.Yard, "nova-sds011", ["pm10", "pm25"])]),
    ];

    /// <summary>The gateway's settings, as its owner would write them.</summary>
    /// <param name="buffer">Folder of the buffer.</param>
    /// <param name="uplink">Section <c>[uplink]</c>.</param>
    public static string Settings(string buffer, string uplink)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            [gateway]
            id = "{Gateway}"
            site = "demo-hill"

            [buffer]
            folder = "{buffer}"

            {uplink}

            """);
        foreach (var station in SiteLayout.Stations)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n[[station]]\nid = \"{station.Id}\"\nlabel = \"{station.Label}\"\n");
        }

        foreach (var (bus, devices) in Buses)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n[[bus]]\nid = \"{bus}\"\nkind = \"serial\"\nport = \"/dev/{bus}\"\nbaud = 9600\n");
            var address = 10;
            foreach (var device in devices)
            {
                address++;
                text.Append(CultureInfo.InvariantCulture, $"\n[[device]]\nid = \"{device.Id}\"\nstation = \"{device.Station}\"\nbus = \"{bus}\"\nmodel = \"{device.Model}\"\n");
                text.Append(SensorCatalogue.Models[device.Model].On(LineKind.Serial) is { Addresses: not null } ? string.Create(CultureInfo.InvariantCulture, $"address = {address}\n") : "");
                text.Append("interval = \"1m\"\n");
                foreach (var output in device.Outputs)
                {
                    text.Append(CultureInfo.InvariantCulture, $"\n  [[device.channel]]\n  id = \"{output}\"\n  output = \"{output}\"\n");
                }
            }
        }

        return text.ToString();
    }

    /// <summary>Its devices.</summary>
    /// <param name="configuration">Settings made of <see cref="Settings"/>.</param>
    /// <param name="clock">When they are asked.</param>
    /// <param name="rounded">Whether the probes give values to their makers' last stated digit; else all that a 32-bit number
    /// holds, noise included, as the Modbus probes do.</param>
    public static IReadOnlyList<PolledDevice> Devices(GatewayConfiguration configuration, LeapingClock clock, bool rounded)
    {
        const ulong seed = 1;
        var senses = new SiteSenses(seed, new SiteClock(clock, TimeSpan.Zero, 1));
        return
        [
            .. configuration.Devices.Select((device, index) =>
            {
                var model = SensorCatalogue.Models[device.Model];
                return new PolledDevice(
                    device,
                    [.. device.Channels.Select(channel => new PolledChannel(channel, Of(model, channel.Output).Measurand))],
                    new Probe(device, model, senses, clock, rounded, new Random(index)),
                    device.Bus);
            }),
        ];
    }

    private static SensorOutput Of(SensorModel model, string output) => model.Outputs.First(one => one.Name == output);

    private sealed class Probe(
        DeviceOptions device, SensorModel model, SiteSenses senses, LeapingClock clock, bool rounded, Random random) : ISensor
    {
        // What the line itself takes at 9600 Bd is about this; a probe answers within some 20 ms more or less.
        private const int AnswerMs = 60;
        private const int AnswerSpreadMs = 20;

        public async ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(
                TimeSpan.FromMilliseconds(AnswerMs + random.Next(AnswerSpreadMs)), clock, cancellationToken);
            var water = senses.Water(device.Id, device.Station);
            var (pm25, pm10) = senses.Air(device.Id);
            return new Reading.Measured(
            [
                .. device.Channels.Select(channel => new OutputReading(
                    channel.Output,
                    new Measurement(Of(model, channel.Output).Measurand, channel.Output switch
                    {
                        "ph" => Shown(water.Ph, 2),
                        "temperature" => Shown(water.Celsius, 1),
                        "nh4n" => Shown(water.NitrogenMilligramsPerLitre, 2),
                        "turbidity" => Shown(water.TurbidityNtu, 1),
                        "pm10" => Math.Round(pm10, 1),
                        "pm25" => Math.Round(pm25, 1),
                        _ => throw new InvalidOperationException(channel.Output),
                    }),
                    null)),
            ]);
        }

        private double Shown(float value, int digits) =>
            rounded ? Math.Round(value, digits) : Sensors.Profiles.RegisterNumber.Widen(value);
    }
}
