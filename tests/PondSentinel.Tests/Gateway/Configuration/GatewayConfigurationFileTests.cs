using CsCheck;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Tls;
using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Tests.Gateway.Configuration;

public sealed class GatewayConfigurationFileTests
{
    [Theory]
    [InlineData("/srv/pond/buffer/")]
    [InlineData("/srv/pond/buffer")]
    public void Slash_at_the_end_of_the_buffers_folder_is_no_part_of_its_name(string folder) => Assert.Equal(
        "/srv/pond/buffer",
        GatewayConfigurationFile.Read(
            "g.toml", TestModels.Good.Replace("/srv/pond/buffer", folder, StringComparison.Ordinal), TestModels.Known).Configuration?.Buffer.Folder);

    [Fact]
    public void Good_file_has_nothing_wrong_and_says_what_it_means()
    {
        var loaded = Read(TestModels.Good);

        Assert.Empty(Lines(loaded));
        var configuration = Assert.IsType<GatewayConfiguration>(loaded.Configuration);
        Assert.Equal(("gz-07", "zudong"), (configuration.Id, configuration.Site));
        Assert.Equal(new ClockOptions { Source = ClockPolicy.System, EarliestMs = BuildDate.Ms }, configuration.Clock);
        Assert.Equal(["stream"], configuration.Stations[0].UpstreamOf);
        Assert.Equal(
            new BusOptions { Id = "uart", Line = new SerialSettings("/dev/ttyAMA0", 9600, LineParity.None, StopBits: 1) },
            configuration.Buses[1]);
        var device = configuration.Devices[0];
        Assert.Equal(
            ("pond-nh4", "pond-a", "rs485", "probe-nh4", 1, TimeSpan.FromSeconds(10), "YL6824010022"),
            (device.Id, device.Station, device.Bus, device.Model, device.Address, device.Interval, device.Serial));
        Assert.Equal(
            new ChannelOptions
            {
                Id = "nh4n",
                Output = "nh4n",
                Fail = new Band(0, 100),
                Suspect = new Band(0.1, 90),
                Urgent = new Band(0, 15),
                DepthMetres = 0.5,
            },
            device.Channels[0]);
        Assert.Equal([0.1, 0.2 / 60], loaded.Loads.Select(load => load.Share));
        Assert.Equal(
            new BufferOptions
            {
                Folder = "/srv/pond/buffer",
                BytesMax = 64 << 20,
                CommitWindow = TimeSpan.FromSeconds(2),
                FreeSpaceFloor = 16 << 20,
            },
            configuration.Buffer);
        Assert.Equal(
            new UplinkOptions
            {
                Host = "broker.example.org",
                Port = 8883,
                Password = "duckweed",
                ReceiptsFrom = "b2",
                AckDeadline = TimeSpan.FromSeconds(30),
                Window = 128 << 10,
                BacklogBytesPerSecond = 4 << 10,
                ResendAfter = TimeSpan.FromMinutes(10),
                HealthInterval = TimeSpan.FromSeconds(90),
            },
            configuration.Uplink);
    }

    [Fact]
    public void Tls_has_a_port_of_its_own_and_files()
    {
        var text = TestModels.Good.Replace(
            "port = 8883",
            "tls = true\nca = \"/tls/ca.pem\"\ncertificate = \"/tls/gz.pem\"\nkey = \"/tls/gz.key\"",
            StringComparison.Ordinal);

        var uplink = Read(text).Configuration!.Uplink!;

        Assert.Equal(8883, uplink.Port);
        Assert.Equal(new TlsOptions { Authority = "/tls/ca.pem", Certificate = "/tls/gz.pem", Key = "/tls/gz.key" }, uplink.Tls);
    }

    [Fact]
    public void Old_brokers_and_consumers_without_receipts_are_a_word_each()
    {
        var old = Uplink("protocol = \"3.1.1\"\nkeep_alive = \"20m\"");
        Assert.Equal((MqttProtocol.Mqtt311, Delivery.Backend, TimeSpan.FromMinutes(20)), (old.Protocol, old.Delivery, old.KeepAlive));
        var plain = Uplink("delivery = \"broker\"");
        Assert.Equal((MqttProtocol.Mqtt5, Delivery.Broker), (plain.Protocol, plain.Delivery));
    }

    [Fact]
    public void Line_behind_a_serial_server_and_a_relay_in_its_supply_are_settings_of_a_bus()
    {
        var bus = Bus("kind = \"rtu-tcp\"\nhost = \"10.0.0.5\"\ntcp_port = 4001\nbaud = 4800\ndead_after = \"30s\"\nsupply_relay = { chip = 4, gpio = 0, cuts_at = \"high\", off = \"5s\" }");

        Assert.Equal(
            new BusOptions
            {
                Id = "uart",
                Line = new TcpSerialSettings("10.0.0.5", 4001, 4800) { DeadAfter = TimeSpan.FromSeconds(30) },
                SupplyRelay = new SupplyRelay(new GpioSettings(4), 0, CutsAtHigh: true, TimeSpan.FromSeconds(5)),
            },
            bus.Configuration!.Buses[1]);
        Assert.Equal("10.0.0.5:4001, 4800 baud", bus.Configuration.Buses[1].Line.Description);
    }

    [Theory]
    [InlineData("host = \"tcp://x\"\ntcp_port = 4001", "g.toml:26:1: host of [bus] is no name or address: \"tcp://x\"; write it alone, the port as tcp_port")]
    [InlineData("host = \"x\"", "g.toml:23:3: tcp_port of [bus] is missing; add it here")]
    [InlineData("host = \"x\"\ntcp_port = 4001\ndead_after = \"1s\"", "g.toml:28:1: dead_after of [bus] must be from 4s to 10m; change the duration")]
    [InlineData("host = \"x\"\ntcp_port = 4001\nconnect_timeout = \"4s\"", "g.toml:28:1: connect_timeout of [bus] must be from 100ms to 3s; change the duration")]
    [InlineData("host = \"x\"\ntcp_port = 4001\nport = \"/dev/ttyUSB0\"", "g.toml:28:1: port of [bus] is not known here; remove it")]
    [InlineData("host = \"x\"\ntcp_port = 4001\nsupply_relay = { gpio = 17 }", "g.toml:28:16: cuts_at of [bus.supply_relay] is missing; add it here")]
    public void Mistake_in_a_line_behind_a_serial_server_is_named(string keys, string expected) =>
        Assert.Equal([expected], Lines(Bus("kind = \"rtu-tcp\"\n" + keys)));

    private static LoadedConfiguration Bus(string keys) => Read(TestModels.Good.Replace(
        "kind = \"serial\"\nport = \"/dev/ttyAMA0\"", keys, StringComparison.Ordinal));

    [Fact]
    public void Device_that_takes_longer_than_its_interval_is_a_mistake()
    {
        var text = TestModels.Good.Replace("interval = \"10s\"", "interval = \"30s\"", StringComparison.Ordinal)
            .Replace("model = \"probe-nh4\"", "model = \"yosemitech-y560\"", StringComparison.Ordinal);

        Assert.Equal(
            ["g.toml:34:1: a poll of pond-nh4 takes 39s, longer than its interval; lengthen the interval, or let it be read as it is: sequence = false"],
            GatewayConfigurationFile.Read("g.toml", text.Replace("dust-uart", "nova-sds011", StringComparison.Ordinal)).Problems.Select(problem => problem.ToString()));
        Assert.Empty(GatewayConfigurationFile.Read(
            "g.toml",
            text.Replace("dust-uart", "nova-sds011", StringComparison.Ordinal)
                .Replace("interval = \"30s\"", "interval = \"30s\"\nsequence = false", StringComparison.Ordinal)).Problems);
    }

    [Fact]
    public void Sections_of_buffer_and_uplink_may_be_left_out()
    {
        var loaded = Read(TestModels.Good[..TestModels.Good.IndexOf("[buffer]", StringComparison.Ordinal)]);

        Assert.Empty(Lines(loaded));
        Assert.Equal(new BufferOptions(), loaded.Configuration!.Buffer);
        Assert.Null(loaded.Configuration.Uplink);
    }

    [Fact]
    public void Uplink_needs_no_more_than_a_host() =>
        Assert.Equal(
            new UplinkOptions { Host = "10.0.0.1" },
            Read(TestModels.Good[..TestModels.Good.IndexOf("[buffer]", StringComparison.Ordinal)]
                + "[uplink]\nhost = \"10.0.0.1\"").Configuration!.Uplink);

    [Theory]
    [InlineData("id = \"gz-07\"", "id = \"GZ 07\"", "g.toml:2:1: id of [gateway] is no name: \"GZ 07\"; use 1 to 32 of a-z, 0-9 and -")]
    [InlineData("site = \"zudong\"", "", "g.toml:1:2: site of [gateway] is missing; add it here")]
    [InlineData("site = \"zudong\"", "site = \"zudong\"\nsitee = 1", "g.toml:4:1: sitee of [gateway] is not known here; did you mean site?")]
    [InlineData("[clock]", "[clok]", "g.toml:62:2: clok is not known here; did you mean clock?")]
    [InlineData("source = \"system\"", "source = \"gps\"", "g.toml:63:1: source of [clock] is not a word known here; use one of: auto, rtc, system")]
    [InlineData("source = \"system\"", "discipline = \"dcf77\"", "g.toml:63:1: discipline of [clock] is not a word known here; use one of: ntp, gps")]
    [InlineData("source = \"system\"", "source = \"rtc\"\nrtc_error = \"2h\"", "g.toml:64:1: rtc_error of [clock] must be from 1ms to 1h; change the duration")]
    [InlineData("source = \"system\"", "rtc_error = \"2s\"", "g.toml:63:1: rtc_error of [clock] means nothing while source is \"auto\": no battery-backed clock is believed; write source = \"rtc\", or remove rtc_error")]
    [InlineData("id = \"stream\"", "id = \"pond-a\"", "g.toml:10:1: upstream_of of [station] is not known: \"stream\"; use one of: pond-a|g.toml:13:1: station pond-a stands here twice, first in line 5; rename one|g.toml:52:1: station of [device] is not known: \"stream\"; use one of: pond-a")]
    [InlineData("upstream_of = [\"stream\"]", "upstream_of = [\"pond-a\"]", "g.toml:10:1: the water of station pond-a flows back to it; name only stations further down")]
    [InlineData("id = \"stream\"", "id = \"stream\"\nupstream_of = [\"pond-a\"]", "g.toml:10:1: the water of station pond-a flows back to it; name only stations further down|g.toml:14:1: the water of station stream flows back to it; name only stations further down")]
    [InlineData("latitude = 24.8", "latitude = 124.8", "g.toml:8:1: latitude of [station] must be a number from -90 to 90; change the number")]
    [InlineData("kind = \"serial\"\nport = \"/dev/serial/by-id/usb-adapter\"", "kind = \"i3c\"\nport = \"/dev/serial/by-id/usb-adapter\"", "g.toml:17:1: kind of [bus] is not a word known here; use one of: serial, i2c, one-wire, spi, gpio, host, rtu-tcp")]
    [InlineData("parity = \"none\"", "parity = \"space\"", "g.toml:20:1: parity of [bus] is not a word known here; use one of: none, even, odd")]
    [InlineData("stop_bits = 1", "stop_bits = 3", "g.toml:21:1: stop_bits of [bus] must be a whole number from 1 to 2; change the number")]
    [InlineData("/dev/ttyAMA0", "COM3", "g.toml:26:1: port of [bus] must be a device file: \"COM3\"; look into /dev/serial/by-id, or /dev/serial/by-path where two adapters have one name there")]
    [InlineData("/dev/ttyAMA0", "/dev/serial/by-id/usb-adapter", "g.toml:26:1: two buses have the port /dev/serial/by-id/usb-adapter, first in line 15; put their devices on one bus, or name the other port")]
    [InlineData("/dev/ttyAMA0", "/dev/ttyUSB0", "g.toml:26:1: /dev/ttyUSB0 can be another adapter after the next start; use its name under /dev/serial/by-id, or under /dev/serial/by-path where two adapters have one name there")]
    [InlineData("station = \"pond-a\"", "station = \"pond-b\"", "g.toml:30:1: station of [device] is not known: \"pond-b\"; did you mean pond-a?")]
    [InlineData("model = \"probe-nh4\"", "model = \"probe-nh3\"", "g.toml:32:1: model of [device] is not known: \"probe-nh3\"; did you mean probe-nh4?")]
    [InlineData("address = 1", "address = 248", "g.toml:33:1: address of [device] must be a whole number from 1 to 247; change the number")]
    [InlineData("address = 1\n", "", "g.toml:28:3: address of [device] is missing; add it here")]
    [InlineData("interval = \"1m\"", "interval = \"1m\"\naddress = 3", "g.toml:56:1: a dust-uart has no address; remove it")]
    [InlineData("bus = \"uart\"", "bus = \"rs485\"", "g.toml:24:1: no device hangs on bus uart; remove it, or name it in a [[device]]|g.toml:53:1: dust has no address, so it cannot share bus rs485 with others; give it a bus of its own")]
    [InlineData("interval = \"10s\"", "interval = \"10\"", "g.toml:34:1: interval of [device] must be a duration; write interval = \"10s\" (units: ms, s, m, h, d)")]
    [InlineData("interval = \"10s\"", "interval = \"900ms\"", "g.toml:16:1: bus rs485 would be busy 111 % of the time; lengthen intervals, raise the baud rate or move devices to another bus")]
    [InlineData("interval = \"10s\"", "interval = \"1100ms\"", "g.toml:16:1: bus rs485 is busy 91 % of the time, which leaves no room for retries; lengthen intervals or move devices to another bus")]
    [InlineData("output = \"temperature\"", "output = \"temprature\"", "g.toml:48:3: a probe-nh4 has no output \"temprature\"; did you mean temperature?")]
    [InlineData("output = \"temperature\"", "output = \"nh4n\"", "g.toml:48:3: two channels keep the output nh4n, first in line 38; remove one")]
    [InlineData("id = \"t\"", "id = \"nh4n\"", "g.toml:47:3: channel nh4n keeps water_temperature_c, but its name says ammonium_n_mg_l; name it after what it keeps|g.toml:47:3: channel nh4n stands in its device twice, first in line 38; rename one")]
    [InlineData("id = \"t\"", "id = \"ph\"", "g.toml:47:3: channel ph keeps water_temperature_c, but its name says ph; name it after what it keeps")]
    [InlineData("suspect = [0.1, 90]", "suspect = [-1, 90]", "g.toml:42:3: suspect of [device.channel] must lie within fail; widen fail or narrow suspect")]
    [InlineData("fail = [0, 100]", "fail = [100, 0]", "g.toml:41:3: fail of [device.channel] must be [low, high]; put the lower number first")]
    [InlineData("urgent = [0, 15]", "urgent = [15]", "g.toml:43:3: urgent of [device.channel] must be a list of 2 numbers; write urgent = [0, 14]")]
    [InlineData("depth_m = 0.5", "depth_m = 0.5\n  qc = { flat_line = { suspect = \"15s\", tolerance = 1 } }", "g.toml:45:10: suspect of [device.channel.qc.flat_line] is shorter than two intervals of the device; make it longer, or poll more often")]
    [InlineData("depth_m = 0.5", "depth_m = 0.5\n  qc = { attenuated_signal = { suspect = 1 } }", "g.toml:45:10: [device.channel.qc.attenuated_signal] needs a period: a stream has no end; add period = \"24h\" and period_min = \"12h\"")]
    [InlineData("depth_m = 0.5", "depth_m = 0.5\n  qc = { spike = { suspect = 2, fail = 1 } }", "g.toml:45:33: fail of [device.channel.qc.spike] must not be below suspect; raise fail or lower suspect")]
    [InlineData("depth_m = 0.5", "depth_m = -1", "g.toml:44:3: depth_m of [device.channel] must be a number from 0 to 1000; change the number")]
    [InlineData("label = \"Dust\"", "label = \"\\u0007\"", "g.toml:60:3: label of [device.channel] must be 1 to 64 characters on one line; shorten it")]
    [InlineData("folder = \"/srv/pond/buffer\"", "folder = \"buffer\"", "g.toml:66:1: folder of [buffer] must be a whole path: \"buffer\"; begin it with /, for example /var/lib/pondsentinel/buffer")]
    [InlineData("/srv/pond/buffer", "/tmp/buffer", "g.toml:66:1: /tmp/buffer does not outlive a restart of the machine; use a folder under /var/lib")]
    [InlineData("max = \"64MiB\"", "max = \"64KiB\"", "g.toml:67:1: max of [buffer] must be from 1048576 to 68719476736 bytes; change the size")]
    [InlineData("commit_window = \"2s\"", "commit_window = \"2h\"", "g.toml:68:1: commit_window of [buffer] must be from 0s to 1m; change the duration")]
    [InlineData("free_space_floor", "free_space_flor", "g.toml:69:1: free_space_flor of [buffer] is not known here; did you mean free_space_floor?")]
    [InlineData("host = \"broker.example.org\"\n", "", "g.toml:71:2: host of [uplink] is missing; add it here")]
    [InlineData("broker.example.org", "mqtt://broker.example.org", "g.toml:72:1: host of [uplink] is no name or address: \"mqtt://broker.example.org\"; write it alone, without mqtt:// and without the port")]
    [InlineData("port = 8883", "tls = true\nca = \"ca.pem\"", "g.toml:74:1: ca of [uplink] must be a file from / on: \"ca.pem\"; write where it lies, for example /etc/pondsentinel/tls/ca.pem")]
    [InlineData("port = 8883", "ca = \"/tls/ca.pem\"", "g.toml:73:1: ca of [uplink] means nothing without TLS; write tls = true")]
    [InlineData("port = 8883", "tls = true\ncertificate = \"/tls/gz.pem\"", "g.toml:74:1: certificate of [uplink] is of no use without key; add key, or remove certificate")]
    [InlineData("port = 8883", "tls = true\nkey = \"/tls/gz.key\"", "g.toml:74:1: key of [uplink] is of no use without certificate; add certificate, or remove key")]
    [InlineData("port = 8883", "protocol = \"4\"", "g.toml:73:1: protocol of [uplink] is not a word known here; use one of: 5, 3.1.1")]
    [InlineData("port = 8883", "protocol = \"3.1.1\"\ndelivery = \"broker\"", "g.toml:74:1: delivery = \"broker\" of [uplink] needs MQTT 5: by 3.1.1 a broker does not say whether anybody gets a message; remove protocol = \"3.1.1\", or let a backend settle: delivery = \"backend\"")]
    [InlineData("port = 8883", "offline_request_after = \"10s\"", "g.toml:73:1: offline_request_after of [uplink] must be from 1m to 30d; change the duration")]
    [InlineData("port = 8883", "offline_request = \"../x\"", "g.toml:73:1: offline_request of [uplink] is no name: \"../x\"; write what a unit of systemd serves: 1 to 32 of a-z, 0-9 and -")]
    [InlineData("port = 8883", "request_folder = \"run\"", "g.toml:73:1: request_folder of [uplink] must be a folder from / on: \"run\"; write where a unit of systemd looks, for example /run/pondsentinel/requests")]
    [InlineData("port = 8883", "batch_interval = \"2h\"", "g.toml:73:1: batch_interval of [uplink] must be from 1s to 1h; change the duration")]
    [InlineData("port = 8883", "data_budget = \"1KiB\"", "g.toml:73:1: data_budget of [uplink] must be from 1048576 to 1099511627776 bytes; change the size")]
    [InlineData("port = 8883", "keep_alive = \"1s\"", "g.toml:73:1: keep_alive of [uplink] must be from 10s to 1h; change the duration")]
    [InlineData("port = 8883", "port = 0", "g.toml:73:1: port of [uplink] must be a whole number from 1 to 65535; change the number")]
    [InlineData("duckweed", "duck\\nweed", "g.toml:74:1: password of [uplink] must be 1 to 256 characters on one line; change it here and at the broker, or remove it where the broker wants none")]
    [InlineData("receipts_from = \"b2\"", "receipts_from = \"B 2\"", "g.toml:75:1: receipts_from of [uplink] is no name: \"B 2\"; write the id of the one backend whose receipts settle records: 1 to 32 of a-z, 0-9 and -")]
    [InlineData("ack_deadline = \"30s\"", "ack_deadline = \"10ms\"", "g.toml:76:1: ack_deadline of [uplink] must be from 1s to 5m; change the duration")]
    [InlineData("window = \"128KiB\"", "window = \"1KiB\"", "g.toml:77:1: window of [uplink] must be from 32768 to 16777216 bytes; change the size")]
    [InlineData("backlog_rate = \"4KiB\"", "backlog_rate = \"4kB\"", "g.toml:78:1: backlog_rate of [uplink] must be a size; write backlog_rate = \"64MiB\" (units: KiB, MiB, GiB)")]
    [InlineData("resend_after = \"10m\"", "resend_after = \"2h\"", "g.toml:79:1: resend_after of [uplink] must be from 1s to 1h; change the duration")]
    [InlineData("health_interval = \"90s\"", "health_interval = \"2d\"", "g.toml:80:1: health_interval of [uplink] must be from 1s to 1d; change the duration")]
    public void Mistake_is_named_with_its_place_and_how_to_mend_it(string right, string wrong, string expected)
    {
        Assert.Contains(right, TestModels.Good, StringComparison.Ordinal);
        var text = TestModels.Good.Replace(right, wrong, StringComparison.Ordinal);

        Assert.Equal(expected.Split('|'), Lines(Read(text)));
    }

    [Theory]
    [InlineData("  qc = { defaults = true }\n")]
    [InlineData("  [device.channel.qc]\n  defaults = true\n")]
    public void Tests_of_a_channel_are_the_defaults_of_its_measurand_but_for_what_is_written(string qc)
    {
        var text = TestModels.Good.Replace("  depth_m = 0.5\n", "  depth_m = 0.5\n" + qc, StringComparison.Ordinal);

        var channel = Read(text).Configuration!.Devices[0].Channels[0];

        Assert.Equal((new Band(0, 100), new Band(0.1, 90)), (channel.Fail!.Value, channel.Suspect!.Value));
        Assert.Equal(DefaultTests.Of(Measurand.AmmoniumNitrogen) with { GrossRange = null, Climatology = channel.Tests.Climatology }, channel.Tests);
    }

    [Theory]
    [InlineData("conductivity = { channel = \"pond-ec.ec\" }", "conductivity of pond-nh4.nh4n names no other channel that measures conductivity_us_cm or specific_conductance_us_cm: \"pond-ec.ec\"")]
    [InlineData("agrees_with = { channel = \"pond-nh4.t\", apart = 1 }", "agrees_with of pond-nh4.nh4n names no other channel that measures ammonium_n_mg_l: \"pond-nh4.t\"")]
    [InlineData("agrees_with = { channel = \"pond-nh4.nh4n\", apart = 1 }", "agrees_with of pond-nh4.nh4n names no other channel that measures ammonium_n_mg_l: \"pond-nh4.nh4n\"")]
    [InlineData("agrees_with = { channel = \"pond-nh4.t\" }", "apart of [device.channel.cross.agrees_with] is missing")]
    [InlineData("humidity = { channel = \"met.rh\" }", "humidity of [device.channel.cross] is for channels of dust, and this one is ammonium_n_mg_l")]
    [InlineData("fog = { channel = \"met.rh\" }", "fog of [device.channel.cross] is not known here")]
    [InlineData("ph = { channel = \"pond-nh4.ph\", low = 9, high = 4 }", "low of [device.channel.cross.ph] must be below high")]
    [InlineData("ph = { low = 4 }", "channel of [device.channel.cross.ph] is missing")]
    [InlineData("confirmed_by = { channel = \"pond-nh4.t\", within = 0 }", "within of [device.channel.cross.confirmed_by] must be above 0")]
    [InlineData("confirmed_by = { channel = \"pond-nh4.t\", within = 1 }", "confirmed_by of pond-nh4.nh4n names no other channel that measures ammonium_n_mg_l: \"pond-nh4.t\"")]
    public void What_a_channel_cannot_be_held_against_is_told(string cross, string expected)
    {
        var loaded = Read(TestModels.Good.Replace("  depth_m = 0.5\n", $"  depth_m = 0.5\n  cross = {{ {cross} }}\n", StringComparison.Ordinal));

        Assert.Null(loaded.Configuration);
        Assert.Contains(loaded.Problems, problem => problem.What == expected);
    }

    [Fact]
    public void What_a_channel_is_held_against_is_read_with_the_usual_limits()
    {
        var loaded = Read(TestModels.Good.Replace(
            "  depth_m = 0.5\n",
            """
              depth_m = 0.5
              cross = { ph = { channel = "pond-nh4.ph" }, confirmed_by = { channel = "other.nh4n", within = 5 } }

              [[device.channel]]
              id = "ph"
              output = "ph"

            """,
            StringComparison.Ordinal).Replace(
            "[clock]",
            """
            [[device]]
            id = "other"
            station = "stream"
            bus = "rs485"
            model = "probe-nh4"
            address = 2
            interval = "10s"

              [[device.channel]]
              id = "nh4n"
              output = "nh4n"

            [clock]
            """,
            StringComparison.Ordinal));

        Assert.Empty(loaded.Problems);
        var channel = loaded.Configuration!.Devices[0].Channels[0];
        Assert.Equal(new Confirmation("other.nh4n", 5), channel.ConfirmedBy);
        var ph = Assert.Single(channel.Cross);
        Assert.Equal(("ph", "pond-nh4.ph", new ConditionCheck(4, 9, Why.OutOfWindow)), (ph.Key, ph.Channel, ph.Check));
    }

    [Fact]
    public void Two_devices_with_one_address_on_a_bus_are_a_mistake()
    {
        var text = TestModels.Good.Replace("[clock]", TwinDevice + "\n[clock]", StringComparison.Ordinal);

        Assert.Equal(
            ["g.toml:67:1: two devices on bus rs485 have the address 1, first in line 28; give the newer one a free address, in the probe and here"],
            Lines(Read(text)));
    }

    [Fact]
    public void Empty_file_lacks_everything_at_once() =>
        Assert.Equal(
            [
                "g.toml:1:1: gateway is missing; add it here",
                "g.toml:1:1: there is no [[station]]; add one for each place at the site",
                "g.toml:1:1: there is no [[bus]]; add one for each line that sensors hang on",
                "g.toml:1:1: there is no [[device]]; add one for each sensor",
            ],
            Lines(Read("")));

    [Fact]
    public void Configuration_with_a_mistake_is_not_handed_out_and_one_with_a_warning_is()
    {
        Assert.Null(Read(TestModels.Good.Replace("[clock]", "[clok]", StringComparison.Ordinal)).Configuration);

        var warned = Read(TestModels.Good.Replace("/dev/ttyAMA0", "/dev/ttyUSB0", StringComparison.Ordinal));
        Assert.NotNull(warned.Configuration);
        Assert.Single(warned.Warnings);
    }

    [Fact]
    public void File_that_is_not_there_is_one_clear_line()
    {
        var loaded = GatewayConfigurationFile.Load("/nonexistent/gateway.toml");

        Assert.Equal(
            "/nonexistent/gateway.toml: no such file; copy gateway.sample.toml there, or name another with --config FILE",
            loaded.Unreadable);
        Assert.Null(loaded.Configuration);
    }

    [Fact]
    public void Backslash_at_the_very_end_is_a_mistake_and_no_crash() =>
        Assert.Equal(
            "g.toml:1:1: somewhere a text has a backslash with no character after it; write \\\\ for a backslash",
            Lines(Read(TestModels.Good + "\nx = \"\\")).First());

    [Fact]
    public void No_text_makes_the_reader_throw()
    {
        var lines = TestModels.Good.Split('\n');
        Gen.Select(Gen.Int[0, lines.Length - 1].Array[0, 20], Gen.Int[0, lines.Length - 1].Array[0, 20], Gen.String)
            .Sample((dropped, doubled, noise) =>
            {
                var text = lines.SelectMany((line, index) =>
                    dropped.Contains(index) ? [] : doubled.Contains(index) ? [line, line] : new[] { line });
                var loaded = Read(string.Join('\n', text) + "\n" + noise);
                Assert.Equal(loaded.Problems.Count == 0, loaded.Configuration is not null);
            });
    }

    private const string TwinDevice =
        """
        [[device]]
        id = "twin"
        station = "stream"
        bus = "rs485"
        model = "probe-nh4"
        address = 1
        interval = "10s"
          [[device.channel]]
          id = "ph"
          output = "ph"
        """;

    private static LoadedConfiguration Read(string text) => GatewayConfigurationFile.Read("g.toml", text, TestModels.Known);

    private static IEnumerable<string> Lines(LoadedConfiguration loaded) =>
        loaded.Problems.Concat(loaded.Warnings).OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)
            .Select(problem => problem.ToString());

    [Fact]
    public void Machine_is_asked_for_nothing_unless_somebody_says_so()
    {
        Assert.Null(Uplink("offline_request_every = \"2h\"").Offline);
        Assert.Equal(
            new OfflineOptions { After = TimeSpan.FromMinutes(30), Every = TimeSpan.FromHours(2), Request = "power-cycle", Folder = "/run/x" },
            Uplink("offline_request_after = \"30m\"\noffline_request_every = \"2h\"\noffline_request = \"power-cycle\"\nrequest_folder = \"/run/x\"").Offline);
    }

    [Fact]
    public void Whoever_pays_by_the_byte_spares_signs_of_life_too()
    {
        Assert.Equal(
            (TimeSpan.FromMinutes(20), 500L << 20),
            (Uplink("data_budget = \"500MiB\"").KeepAlive, Uplink("data_budget = \"500MiB\"").DataBudgetBytes));
        Assert.Equal(TimeSpan.FromMinutes(20), Uplink("batch_interval = \"5m\"").KeepAlive);
        Assert.Equal(TimeSpan.FromSeconds(60), Uplink("batch_interval = \"10s\"").KeepAlive);
        Assert.Equal(TimeSpan.FromSeconds(90), Uplink("batch_interval = \"5m\"\nkeep_alive = \"90s\"").KeepAlive);
    }

    private static UplinkOptions Uplink(string settings) =>
        Read(TestModels.Good.Replace("port = 8883", settings, StringComparison.Ordinal)).Configuration!.Uplink!;
}
