using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Diagnosis;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Diagnosis;

/// <summary>What the doctor makes of what it sees; what it sees of a real machine is in the system tests.</summary>
public sealed class DoctorTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>All codes.</summary>
    public static TheoryData<string> Codes => [.. DoctorWords.Codes];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Both_languages_say_the_same_of_a_code(string code)
    {
        var (what, mend, whatZh, mendZh) = DoctorWords.Forms(code);
        Assert.Equal(Places(what + mend).Distinct().Order(), Places(whatZh + mendZh).Distinct().Order());
        Assert.Equal(mend.Length == 0, mendZh.Length == 0);
        Assert.Contains(whatZh, character => character >= '\u4e00');
        foreach (var language in (Language[])[Language.English, Language.Chinese])
        {
            Assert.NotEqual("", DoctorWords.Of(Finding.Bad(code, "a", "b", "c", "d"), language).What);
        }
    }

    [Fact]
    public async Task Silence_is_told_apart_by_who_else_is_silent()
    {
        // One of two: its own plug, supply, wires.
        Assert.Equal(["device-silent", "device-good", "device-good"], await CodesAsync("no-answer", null, null));

        // All of one line, others answer: its wires at the adapter.
        Assert.Equal(["line-silent", "line-silent", "device-good"], await CodesAsync("no-answer", "timed-out", null));
        Assert.Equal(["device-good", "device-good", "line-silent"], await CodesAsync(null, null, "no-answer"));

        // All of all lines: what they share.
        Assert.Equal(["all-silent"], await CodesAsync("no-answer", "no-answer", "no-answer"));
        Assert.Equal(["line-garbled", "device-good", "device-good"], await CodesAsync("garbled", null, null));
        Assert.Equal(["wrong-device", "bus-down", "device-fault"], await CodesAsync("wrong-device", "bus-down", "device-fault"));
    }

    [Fact]
    public void Clock_from_before_this_program_was_built_is_wrong_and_one_that_nobody_vouches_for_is_in_doubt()
    {
        var built = DateTimeOffset.FromUnixTimeMilliseconds(BuildDate.Ms);
        Assert.Equal(
            (Severity.Bad, "clock-wrong"), SeverityOf(ClockCheck.Look(built.AddSeconds(-1), "ntp")));
        Assert.Equal((Severity.Warn, "clock-unknown"), SeverityOf(ClockCheck.Look(built, null)));
        Assert.Equal((Severity.Good, "clock-good"), SeverityOf(ClockCheck.Look(built, "ntp")));
    }

    [Fact]
    public void Card_is_read_only_where_the_mount_that_holds_the_buffer_is()
    {
        const string mounts = "/dev/root / ext4 rw,noatime 0 0\n/dev/sda1 /srv\\040a ext4 ro,noatime 0 0\n";
        Assert.Equal("card-read-only", CardCheck.Look(Buffer("/srv a/pond/buffer"), mounts, null).Code);
        Assert.Equal("card-missing", CardCheck.Look(Buffer("/srv ab/pond/buffer"), mounts, null).Code);
        Assert.Equal("card-fault", CardCheck.Look(Buffer("/tmp"), mounts, "it failed").Code);
        Assert.Equal("card-full", CardCheck.Look(Buffer("/tmp") with { FreeSpaceFloor = long.MaxValue }, mounts, null).Code);
    }

    [Fact]
    public void Address_that_a_driver_of_the_kernel_has_is_not_free()
    {
        var root = Directory.CreateTempSubdirectory("pond-i2c-");
        try
        {
            var chip = root.CreateSubdirectory("1-0068");
            chip.CreateSubdirectory("driver");
            File.WriteAllText(Path.Combine(chip.FullName, "name"), "ds3231\n");
            root.CreateSubdirectory("1-0063");

            var finding = Assert.Single(PortCheck.LookAtI2c(I2c(0x68, 0x63), root.FullName));

            Assert.Equal(
                "device: d104 has the address 0x68 on /dev/i2c-1, and so has ds3231 of the kernel",
                DoctorWords.Of(finding, Language.English).What);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Fact]
    public void Port_that_this_user_may_not_use_is_bad_only_where_no_service_uses_it()
    {
        var root = Directory.CreateTempSubdirectory("pond-port-");
        try
        {
            var port = Path.Combine(root.FullName, "ttyUSB0");
            File.WriteAllText(port, "");
            var configuration = new GatewayConfiguration
            {
                Id = "gz-07", Site = "zudong", Buses = [new BusOptions { Id = "rs485", Line = new PondSentinel.Sensors.Buses.Serial.SerialSettings(port, 9600) }],
            };

            Assert.Equal(
                $"port: this user may not use {port}",
                DoctorWords.Of(Assert.Single(PortCheck.Look(configuration, service: null, root.FullName, _ => true)), Language.English).What);
            Assert.Equal("port-good", Assert.Single(PortCheck.Look(configuration, service: 4711, root.FullName, _ => true)).Code);
            Assert.Equal("port-good", Assert.Single(PortCheck.Look(configuration, service: null, root.FullName, _ => false)).Code);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Fact]
    public void Lines_fit_a_phone_in_both_languages_and_code_tells_bad_from_good()
    {
        Finding[] findings = [Finding.Good("config-good", "g.toml"), Finding.Bad("line-silent", "pond-ph", "rs485")];
        using var english = new StringWriter();
        Assert.Equal(1, DoctorCommand.Tell(findings, Language.English, json: false, english));
        Assert.Equal(
            """
            good  configuration: g.toml has no mistake
            bad   device: pond-ph on bus rs485 does not answer: A/B swapped, no supply, or
                  cut
                  > swap A and B at the probe; if it stays silent check its supply and its
                    plug

            """,
            english.ToString());
        using var chinese = new StringWriter();
        Assert.Equal(1, DoctorCommand.Tell(findings[1..], Language.Chinese, json: false, chinese));
        Assert.Equal(
            """
            bad   设备：总线 rs485 上的 pond-ph 无应答：A/B 接反、无电源或断线
                  > 在探头处对调 A、B；仍无应答则检查电源和插头

            """,
            chinese.ToString());
        using var json = new StringWriter();
        Assert.Equal(0, DoctorCommand.Tell(findings[..1], Language.English, json: true, json));
        Assert.Equal(
            "{\"worst\":\"good\",\"findings\":[{\"level\":\"good\",\"code\":\"config-good\",\"about\":[\"g.toml\"],\"what\":\"configuration: g.toml has no mistake\"}]}\n",
            json.ToString());
    }

    [Theory]
    [InlineData("en", "zh_CN.UTF-8", "English")]
    [InlineData(null, "zh_CN.UTF-8", "Chinese")]
    [InlineData(null, "C.UTF-8", "English")]
    [InlineData("zh", "", "Chinese")]
    public void Language_is_the_one_that_was_named_or_the_terminals(string? named, string variable, string language) =>
        Assert.Equal(language, Languages.Of(named, name => name == "LANG" ? variable : null).ToString());

    private static (Severity, string) SeverityOf(Finding finding) => (finding.Severity, finding.Code);

    private static IEnumerable<string> Places(string form) => form.Split('{').Skip(1).Select(part => part[..part.IndexOf('}', StringComparison.Ordinal)]);

    private static BufferOptions Buffer(string folder) => new() { Folder = folder, FreeSpaceFloor = 0 };

    private static async Task<IEnumerable<string>> CodesAsync(params string?[] faults)
    {
        var configuration = Serial();
        var states = configuration.Devices.Zip(faults, (device, fault) => new DeviceState(device, WasAsked: true, fault, "", "")).ToList();
        return (await new LineDiagnosis(configuration, search: null).JudgeAsync(states, Cancelled)).Select(finding => finding.Code);
    }

    private static GatewayConfiguration Serial() => GatewayConfigurationFile.Read("g.toml", $"""
        {Site}
        [[bus]]
        id = "rs485"
        kind = "serial"
        port = "/dev/pond-a"
        [[bus]]
        id = "other"
        kind = "serial"
        port = "/dev/pond-b"
        {Device("a", "rs485", "yosemitech-y532", 1, "ph")}
        {Device("b", "rs485", "yosemitech-y532", 3, "ph")}
        {Device("c", "other", "yosemitech-y532", 1, "ph")}
        """).Configuration!;

    private static GatewayConfiguration I2c(params int[] addresses) => new()
    {
        Id = "gz-07",
        Site = "zudong",
        Buses = [new BusOptions { Id = "header", Line = new PondSentinel.Sensors.Buses.I2c.I2cSettings(1) }],
        Devices =
        [
            .. addresses.Select(address => new DeviceOptions
            {
                Id = $"d{address}", Station = "pond", Bus = "header", Model = "atlas-ezo-ph", Address = address, Interval = TimeSpan.FromMinutes(1), Channels = [],
            }),
        ],
    };

    private const string Site =
        """
        [gateway]
        id = "gz-07"
        site = "zudong"
        [[station]]
        id = "pond"
        """;

    private static string Device(string id, string bus, string model, int address, string output) =>
        $"""
        [[device]]
        id = "{id}"
        station = "pond"
        bus = "{bus}"
        model = "{model}"
        address = {address}
        interval = "1m"
          [[device.channel]]
          id = "{output}"
          output = "{output}"
        """;
}
