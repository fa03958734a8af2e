using System.Runtime.Versioning;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Time;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Calibration;
using PondSentinel.Tests.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Commands;

public sealed class CalibrationCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-calibration-").FullName;

    private string Config => Path.Combine(folder, "gateway.toml");

    private string Store => CalibrationStore.FolderOf(Path.Combine(folder, "buffer"), "gz-07");

    public CalibrationCommandTests() => File.WriteAllText(Config,
        $$"""
        [gateway]
        id = "gz-07"
        site = "zudong"
        [buffer]
        folder = "{{Path.Combine(folder, "buffer")}}"
        [[station]]
        id = "pond-a"
        [[bus]]
        id = "rs485"
        kind = "serial"
        port = "/dev/serial/by-id/usb-adapter"
        [[bus]]
        id = "header"
        kind = "i2c"
        bus = 1
        [[device]]
        id = "pond1"
        station = "pond-a"
        bus = "rs485"
        model = "yosemitech-y532"
        address = 1
        interval = "1m"
        [[device.channel]]
        id = "ph"
        output = "ph"
        calibrate_every = "30d"
        [[device.channel]]
        id = "temperature"
        output = "temperature"
        [[device]]
        id = "adc"
        station = "pond-a"
        bus = "header"
        model = "ti-ads1115"
        interval = "1m"
        [[device.input]]
        output = "nh4n"
        pins = "a0"
        function = "ammonium"
        standards_mg_l = [1, 10]
        standards_mv = [0, 57]
        range_mg_l = [0.1, 1000]
        [[device.channel]]
        id = "nh4n"
        output = "nh4n"
        """);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Calibration_is_added_shown_listed_and_backed_up()
    {
        var (code, output, _) = await RunAsync(
            "add", "pond1.ph", "--who", "Li", "--standard", "4.01=4.05,lot=A17,name=buffer 4", "--standard", "6.86=6.9", "--found", "4.01=4.2",
            "--temp", "22", "--id", "c1", "--note", "wiped");
        Assert.Equal(0, code);
        Assert.StartsWith("pond1.ph: calibration c1 accepted\n  slope 100.0 %; offset 0.04\n  next due ", output, StringComparison.Ordinal);

        var shown = (await RunAsync("show", "c1")).Output.Split('\n');
        var record = CalibrationCodec.Decode(System.Text.Encoding.UTF8.GetBytes(shown[0])).Value!;
        Assert.Equal("""{"as_found":[{"std":4.01,"shown":4.2,"off":0.19,"rating":"excellent","correct":false}]}""", shown[1]);
        Assert.Equal(("Li", 22.0, "wiped", "A17", 4.2), (record.By, record.Celsius, record.Note, record.AsLeft[0].Lot, record.AsFound[0].Raw));
        Assert.Equal(30 * 86_400_000L, record.DueMs - record.TimeMs);

        (code, output, _) = await RunAsync("list");
        Assert.Equal(0, code);
        Assert.Contains("pond1.ph: c1 of ", output, StringComparison.Ordinal);
        Assert.Contains("adc.nh4n: never", output, StringComparison.Ordinal);
        Assert.DoesNotContain("refused", output, StringComparison.Ordinal);

        var copy = Path.Combine(folder, "copy");
        Assert.Equal((0, $"1 record copied to {copy}\n"), Two(await RunAsync("backup", "--out", copy)));
        Assert.Equal(2, (await RunAsync("backup", "--out", copy)).Code);
        Assert.StartsWith("/proc/copy: ", (await RunAsync("backup", "--out", "/proc/copy")).Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("show", "c1", "--folder", copy)).Code);
    }

    [Fact]
    public async Task Refused_calibration_is_kept_says_why_and_is_not_in_force()
    {
        var (code, output, _) = await RunAsync("add", "adc.nh4n", "--who", "Li", "--standard", "1=0", "--standard", "10=40", "--id", "c1");

        Assert.Equal(1, code);
        Assert.Contains("refused\n  slope 67.6 % is outside 90 to 105 %", output, StringComparison.Ordinal);
        output = (await RunAsync("list")).Output;
        Assert.Contains("adc.nh4n: never\n  c1 of ", output, StringComparison.Ordinal);
        Assert.Contains("by Li, refused: slope", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dry_run_judges_and_keeps_nothing()
    {
        var (code, output, _) = await RunAsync("add", "adc.nh4n", "--who", "Li", "--standard", "10=60", "--dry-run", "--json");

        var told = JsonElement.Parse(output);
        Assert.Equal((0, true, false), (code, told.GetProperty("accepted").GetBoolean(), told.GetProperty("kept").GetBoolean()));
        Assert.Equal("ion-electrode", told.GetProperty("record").GetProperty("kind").GetString());
        Assert.False(Directory.Exists(Store));
    }

    [Fact]
    public async Task Readings_may_stand_in_a_file()
    {
        var file = Path.Combine(folder, "done.toml");
        await File.WriteAllTextAsync(
            file,
            """
            who = "Li"
            id = "c1"
            temperature_c = 20.5
            at = "2026-11-01T06:30:00Z"
            every = "14d"
            held_by_instrument = true
            standard = [{ value = 4.01, raw = 4.01, lot = "A17" }, { value = 6.86, raw = 6.87, name = "buffer" }]
            found = [{ value = 4.01, raw = 4.3 }]
            """,
            TestContext.Current.CancellationToken);

        Assert.Equal(0, (await RunAsync("add", "pond1.ph", "--file", file)).Code);

        var record = CalibrationStore.Open(LinuxCard.ToRead(Store)).Records.Single().Record;
        Assert.Equal((CalibrationKind.Instrument, 20.5, 1_793_514_600_000), (record.Kind, record.Celsius, record.TimeMs));
        Assert.Equal(14 * 86_400_000L, record.DueMs - record.TimeMs);
    }

    [Fact]
    public async Task Overdue_and_damaged_are_found_and_said()
    {
        var file = Path.Combine(folder, "done.toml");
        await File.WriteAllTextAsync(
            file, "who = \"Li\"\nid = \"c1\"\nat = \"2020-01-01\"\nstandard = [{ value = 7, raw = 7 }]\n", TestContext.Current.CancellationToken);
        Assert.Equal(0, (await RunAsync("add", "pond1.ph", "--file", file)).Code);
        var (code, output, _) = await RunAsync("list");
        Assert.Equal(1, code);
        Assert.Contains(": overdue", output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(Store, "pond1.ph.000002.c2.json"), "{}", TestContext.Current.CancellationToken);
        (code, output, _) = await RunAsync("list");
        Assert.Equal(1, code);
        Assert.Contains("pond1.ph: in doubt", output, StringComparison.Ordinal);
        Assert.Contains("pond1.ph.000002.c2.json cannot be read: it is torn", output, StringComparison.Ordinal);
        Assert.All((await RunAsync("list", "--json")).Output.TrimEnd().Split('\n'), line => JsonElement.Parse(line));
        Assert.Equal(1, (await RunAsync("show", "c2")).Code);
        Assert.Equal(1, (await RunAsync("backup", "--out", Path.Combine(folder, "copy"))).Code);
        Assert.True(File.Exists(Path.Combine(folder, "copy", "pond1.ph.000002.c2.json")));
    }

    [Fact]
    public async Task Calibration_of_an_earlier_date_that_is_added_later_is_in_force_and_it_is_said()
    {
        await RunAsync("add", "pond1.ph", "--who", "Li", "--standard", "7=7.1", "--id", "c1");
        var file = Path.Combine(folder, "done.toml");
        await File.WriteAllTextAsync(
            file, "who = \"Li\"\nid = \"c2\"\nat = \"2020-01-01\"\nstandard = [{ value = 7, raw = 7.2 }]\n", TestContext.Current.CancellationToken);

        var (code, output, _) = await RunAsync("add", "pond1.ph", "--file", file);

        Assert.Equal(0, code);
        Assert.Contains("comes after c1, which bears a later date", output, StringComparison.Ordinal);
        Assert.Contains("pond1.ph: c2 of 2020-01-01", (await RunAsync("list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void Folder_of_somebody_else_is_read_and_nothing_is_added()
    {
        var configuration = GatewayConfigurationFile.Load(Config).Configuration!;
        CalibrationRecord record;
        using (var first = CalibrationRoom.Open(configuration))
        {
            record = new CalibrationDraft { Id = "c1", By = "Li", TimeMs = 1, AsLeft = [new(7, 7)] }.Complete(first.Book.Channels[0], [], _ => false);
            first.Book.Add(record);
        }

        var mode = File.GetUnixFileMode(Store);
        try
        {
            File.SetUnixFileMode(Path.Combine(Store, "pond1.ph.000001.c1.json"), UnixFileMode.UserRead);
            File.SetUnixFileMode(Store, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            using (var room = CalibrationRoom.Open(configuration))
            {
                Assert.Equal("c1", room.Book.Of("pond1", "ph")!.Id);
                if (Environment.IsPrivilegedProcess)
                {
                    // Root may write anywhere, and what it adds is in force.
                    Assert.Null(room.Book.WhyNoneIsAdded);
                    room.Book.Add(record with { Id = "c2" });
                    Assert.Equal("c2", room.Book.Of("pond1", "ph")!.Id);
                    return;
                }

                Assert.Contains("may not write there", room.Book.WhyNoneIsAdded!, StringComparison.Ordinal);
                Assert.Throws<IOException>(() => room.Book.Add(record with { Id = "c2" }));
            }

            File.SetUnixFileMode(Store, UnixFileMode.None);
            using var closed = CalibrationRoom.Open(configuration);
            Assert.True(closed.Book.Of("pond1", "ph")!.IsDoubted);
        }
        finally
        {
            File.SetUnixFileMode(Store, mode);
        }
    }

    [Theory]
    [InlineData("did you mean pond1.ph?", "add", "pond1.hp", "--who", "Li", "--standard", "7=7")]
    [InlineData("say what was read", "add", "pond1.ph", "--who", "Li")]
    [InlineData("no name", "add", "pond1.ph", "--who", "Li", "--standard", "7=7", "--id", "C 1")]
    [InlineData("computed by the gateway", "add", "adc.nh4n", "--who", "Li", "--standard", "7=7", "--held-by-instrument")]
    [InlineData("must be from -10 to 100 °C, not 400", "add", "pond1.ph", "--standard", "7=7", "--temp", "400")]
    [InlineData("must be from -10 to 100 °C, not NaN", "add", "pond1.ph", "--standard", "7=7", "--temp", "NaN")]
    [InlineData("at most 3 standards", "add", "pond1.ph", "--standard", "7=7", "--standard", "4=4", "--standard", "9=9", "--standard", "10=10")]
    [InlineData("who must be a text of 1 to 64 characters in one line", "add", "pond1.ph", "--standard", "7=7", "--who", "Li\nWang")]
    [InlineData("note must be a text of 1 to 200 characters in one line", "add", "pond1.ph", "--standard", "7=7", "--note", "")]
    [InlineData("no such file", "add", "pond1.ph", "--file", "nowhere.toml")]
    public async Task Misuse_says_what_to_do(string why, params string[] arguments)
    {
        var (code, _, error) = await RunAsync(arguments);

        Assert.Equal(2, code);
        Assert.Contains(why, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Store));
    }

    [Fact]
    public async Task Name_that_is_taken_is_refused_and_nothing_is_changed()
    {
        string[] add = ["add", "pond1.ph", "--who", "Li", "--id", "c1", "--standard"];
        await RunAsync([.. add, "7=7.1"]);
        var before = await File.ReadAllTextAsync(Path.Combine(Store, "pond1.ph.000001.c1.json"), TestContext.Current.CancellationToken);

        Assert.Equal(2, (await RunAsync([.. add, "7=7.2"])).Code);

        Assert.Equal([before], Directory.GetFiles(Store).Select(File.ReadAllText));
    }

    /// <summary>A gateway was stopped while a probe was told of its buffers, and nobody has started it since.</summary>
    [Fact]
    public async Task What_was_broken_off_comes_before_what_is_added_while_no_gateway_runs()
    {
        var configuration = GatewayConfigurationFile.Load(Config).Configuration!;
        var brokenOff = new CalibrationDraft
        {
            Id = "c1", By = "Li", TimeMs = 1, AsLeft = [new(4.01, 4.01)], IsHeldByInstrument = true, Objections = ["broken off after 1 of 3 standards"],
        };
        using (var room = CalibrationRoom.Open(configuration))
        {
            Assert.Null(room.Running.Write([brokenOff.Complete(room.Book.Channels[0], [], _ => false)]));
        }

        Assert.Equal(0, (await RunAsync("add", "pond1.ph", "--standard", "7=7", "--id", "c2", "--dry-run")).Code);
        Assert.DoesNotContain("c1", (await RunAsync("list")).Output, StringComparison.Ordinal);
        var (code, _, error) = await RunAsync("add", "pond1.ph", "--who", "Li", "--standard", "7=7", "--id", "c2");

        Assert.Equal((0, "pond1.ph: broken off after 1 of 3 standards (calibration c1)\n"), (code, error));
        using var after = CalibrationRoom.Open(configuration);
        Assert.Equal(["1 c1 False", "2 c2 True"], after.Book.Records.Select(stored => $"{stored.Number} {stored.Record.Id} {stored.Record.IsAccepted}"));
        Assert.Equal("c2", after.Book.Of("pond1", "ph")!.Id);
        Assert.Empty(after.Running.Settle(after.Book).Kept);
    }

    [Fact]
    public async Task What_was_broken_off_and_is_not_kept_is_told_by_list_check_doctor_and_backup()
    {
        var configuration = GatewayConfigurationFile.Load(Config).Configuration!;
        var brokenOff = CalibrationBench.Draft("c1", 1) with { IsHeldByInstrument = true, Objections = ["broken off"] };
        Directory.CreateDirectory(Store);
        File.WriteAllBytes(
            Path.Combine(Store, "broken-off.1"),
            [.. CalibrationCodec.Encode(brokenOff.Complete(CalibratedChannel.Of(configuration)[0], [], _ => false)), .. "\n{"u8]);

        var (code, output, _) = await RunAsync("list");

        Assert.Equal(1, code);
        Assert.Contains("pond1.ph: in doubt", output, StringComparison.Ordinal);
        Assert.Contains("pond1.ph: a calibration was broken off, and its record cannot be kept: it waits in broken-off.1 for pond-gateway to start", output, StringComparison.Ordinal);
        Assert.Contains("broken-off.1, notes of calibrations that were broken off, cannot be read", output, StringComparison.Ordinal);
        Assert.Contains("\"unsettled\":\"c1\",\"channel\":\"pond1.ph\"", (await RunAsync("list", "--json")).Output, StringComparison.Ordinal);
        Assert.Equal(2, CalibrationRoom.Troubles(configuration).Count);
        using StringWriter check = new();
        Assert.Equal(0, CheckCommand.Run(Config, check));
        Assert.Contains("warning: calibrations: pond1.ph: a calibration was broken off", check.ToString(), StringComparison.Ordinal);
        var backup = Path.Combine(folder, "usb");
        await RunAsync("backup", "--out", backup);
        Assert.Equal(["broken-off.1"], Directory.GetFiles(backup).Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public async Task Store_that_another_process_has_is_not_written_to()
    {
        using (LinuxCard.At(Store).Claim())
        {
            var (code, _, error) = await RunAsync("add", "pond1.ph", "--who", "Li", "--standard", "7=7");

            Assert.Equal(1, code);
            Assert.Contains("pond-gateway does not run", error, StringComparison.Ordinal);
            Assert.Equal(0, (await RunAsync("add", "pond1.ph", "--who", "Li", "--standard", "7=7", "--dry-run")).Code);
        }

        Assert.Empty(Directory.GetFiles(Store));
    }

    [Fact]
    public async Task Running_gateway_takes_it_at_once_and_judges_it_itself()
    {
        var configuration = GatewayConfigurationFile.Load(Config).Configuration!;
        using var room = CalibrationRoom.Open(configuration);
        await using var log = new MemoryLog();
        var clocks = new TestClocks();
        var audit = new ControlAudit(
            new RecordSink(log, "zudong", "9f3c01d2", witness: null), new GatewayClock(clocks, clocks, new ClockOptions()), NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        var server = new ControlServer(
            configuration.Control!, new ControlDesk([new CalibrationAddVerb(room.Book, new GatewayClock(clocks, clocks, new ClockOptions()), () => null)], audit, NullLogger.Instance), TimeProvider.System, NullLogger.Instance, ControlPeer.Uid);
        var serving = server.RunAsync(stop.Token);
        while (!File.Exists(configuration.Control!.Socket))
        {
            await Task.Yield();
        }

        var (code, output, error) = await RunAsync("add", "pond1.ph", "--who", "Li", "--standard", "4.01=4.05", "--standard", "6.86=6.9", "--id", "c1");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("calibration c1 accepted", output, StringComparison.Ordinal);
        Assert.Equal("c1", room.Book.Of("pond1", "ph")!.Id);
        Assert.Equal(1, (await RunAsync("add", "pond1.ph", "--who", "Li", "--standard", "4.01=5", "--standard", "6.86=6.9")).Code);
        Assert.Equal("c1", room.Book.Of("pond1", "ph")!.Id);
        Assert.Equal(["audit pond1", "audit pond1"], log.Events.Select(happening => $"{happening.Type} {happening.Device}"));

        await stop.CancelAsync();
        await serving;
    }

    [Fact]
    public void Folder_that_cannot_be_made_keeps_nobody_from_measuring_and_says_why_nothing_is_added()
    {
        // Nobody makes a folder in /proc.
        var configuration = GatewayConfigurationFile.Load(Config).Configuration!;
        configuration = configuration with { Buffer = configuration.Buffer with { Folder = "/proc/self/buffer" } };

        using var room = CalibrationRoom.Open(configuration);

        Assert.Null(room.Book.Of("pond1", "ph"));
        var record = new CalibrationDraft { Id = "c1", By = "Li", TimeMs = 1, AsLeft = [new(7, 7)] }
            .Complete(room.Book.Channels[0], [], _ => false);
        Assert.Throws<IOException>(() => room.Book.Add(record));
    }

    [Theory]
    [InlineData("4.01=4.05", true)]
    [InlineData("-1=1e2,lot=A", true)]
    [InlineData("4.01", false)]
    [InlineData("4.01=", false)]
    [InlineData("4.01=x", false)]
    [InlineData("4.01=NaN", false)]
    [InlineData("4.01=4,lot", false)]
    [InlineData("4.01=4,lot=", false)]
    [InlineData("4.01=4,colour=red", false)]
    public void Reading_has_one_form(string text, bool isReading) => Assert.Equal(isReading, CalibrationReadings.Parse(text) is not null);

    private static (int Code, string Output) Two((int Code, string Output, string Error) told) => (told.Code, told.Output);

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await GatewayCommandLine.InvokeAsync(["calibration", .. arguments, "--config", Config], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
