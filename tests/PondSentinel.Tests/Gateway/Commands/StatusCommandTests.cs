using System.Text.Json;
using PondSentinel.Gateway;
using PondSentinel.Gateway.Applying;
using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Tests.Backend.Ingest;
using PondSentinel.Tests.Gateway.Configuration;

namespace PondSentinel.Tests.Gateway.Commands;

/// <summary>The verbs of the command line find the running gateway by its configuration.</summary>
public sealed class StatusCommandTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("pond-status-");

    private string File => Path.Combine(root.FullName, "gateway.toml");

    private string Socket => Path.Combine(root.FullName, "control-gz-07.sock");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public async Task Maintenance_and_samples_are_told_to_the_gateway_over_the_command_line()
    {
        Write();
        using var stop = new CancellationTokenSource();
        var running = GatewayHost.RunAsync(
            GatewayConfigurationFile.Load(File).Configuration!, new GatewayHostOptions { Log = new TestJournal() }, stop.Token);
        try
        {
            Assert.Equal((0, "nothing is in maintenance\n", ""), await RunAsync(File, "maintenance", "list"));
            Assert.Equal(
                (0, "station pond-a: in maintenance for 2h\n", ""),
                await RunAsync(File, "maintenance", "on", "pond-a", "--reason", "pump out", "--who", "Wang Fang", "--for", "2h"));
            Assert.Contains("\n  in maintenance for another 0", (await RunAsync(File, "status")).Output, StringComparison.Ordinal);
            var (_, list, _) = await RunAsync(File, "maintenance", "list");
            Assert.Matches("^station pond-a: for another 0[12]:[0-9:]+, Wang Fang: pump out\n$", list.Replace(".", ":", StringComparison.Ordinal));
            Assert.Equal((0, "station pond-a: measures again\n", ""), await RunAsync(File, "maintenance", "off", "pond-a"));
            Assert.Equal((1, "", "station pond-a is not in maintenance\n"), await RunAsync(File, "maintenance", "off", "pond-a"));
            Assert.Equal(2, (await RunAsync(File, "maintenance", "on", "pond-a", "--reason", "x", "--for", "5h")).Code);
            Assert.Equal(
                (0, "ph.ph: -0.5 pH (ph), taken 2026-07-01T06:00:00.000Z\n", ""),
                await RunAsync(File, "sample", "add", "ph.ph", "-0.5", "--taken", "2026-07-01T06:00Z", "--note", "acid"));
            Assert.Equal(2, (await RunAsync(File, "sample", "add", "ph.ph", "7,2", "--taken", "2026-07-01T06:00Z")).Code);
            Assert.Equal(2, (await RunAsync(File, "sample", "add", "ph.ph", "7.2", "--taken", "yesterday")).Code);
        }
        finally
        {
            await stop.CancelAsync();
            await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Running_gateway_tells_how_it_is_and_one_that_has_stopped_is_said_not_to_run()
    {
        Write();
        using var stop = new CancellationTokenSource();
        var running = GatewayHost.RunAsync(
            GatewayConfigurationFile.Load(File).Configuration!, new GatewayHostOptions { Log = new TestJournal() }, stop.Token);
        var (code, output, error) = await RunAsync("status");
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal((0, ""), (code, error));
        Assert.Matches(
            """
            ^gz-07: pond-gateway [0-9.]+, runs for .*
            clock: .*
            buffer: \d+ records not settled(, the oldest -?\d s ago)?; .* of 1MiB
            ph: \d polls, \d failed
            (  ph\.ph                    no value           missing: bus-down, \d s ago
              bus-down: /dev/pond-nowhere is not there: is the adapter plugged in\?
              check that .*
                .*
            )?$
            """,
            output);

        (code, output, error) = await RunAsync("status");
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith($"pond-gateway does not run: nobody answers at {Socket} (", error, StringComparison.Ordinal);
        Assert.EndsWith("; start it, for example with systemctl start pond-gateway, and try again\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_now_says_the_same_by_the_gateway_and_without_it_and_misuse_is_no_fault_of_the_site()
    {
        const string told =
            """
            ph.ph                    no value           missing: bus-down
              bus-down: /dev/pond-nowhere is not there: is the adapter plugged in?
              check that the adapter is plugged in and no other program uses it at bus rs485 (/dev/pond-nowhere) address 3

            """;
        Write();
        Assert.Equal((1, told, ""), await RunAsync(File, "read", "ph.ph"));
        using var stop = new CancellationTokenSource();
        var running = GatewayHost.RunAsync(
            GatewayConfigurationFile.Load(File).Configuration!, new GatewayHostOptions { Log = new TestJournal() }, stop.Token);
        Assert.Equal((1, told, ""), await RunAsync(File, "read", "ph", "--raw"));
        Assert.Equal((2, "", "there is no device or channel hp; use one of: ph, ph.ph\n"), await RunAsync(File, "read", "hp"));
        Assert.Equal(2, (await RunAsync(File, "read")).Code);
        Assert.Equal(2, (await RunAsync(File, "red", "ph")).Code);
        Assert.Equal(0, (await RunAsync(File, "read", "--help")).Code);
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Settings_that_were_refused_are_said_to_be_until_others_are_taken()
    {
        Write();
        var loaded = GatewayConfigurationFile.Load(File);
        using var stop = new CancellationTokenSource();
        var running = GatewayHost.RunAsync(
            loaded.Configuration!, new GatewayHostOptions { Log = new TestJournal(), Reload = new ReloadSource(File, loaded) }, stop.Token);
        try
        {
            Assert.DoesNotContain("configuration", (await RunAsync("status")).Output, StringComparison.Ordinal);
            var good = await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken);
            var line = good.Split('\n').Length;
            await System.IO.File.WriteAllTextAsync(File, good + "\nsokcet = 1\n[[alarm]]\n", TestContext.Current.CancellationToken);
            var (code, output, error) = await RunAsync("reload");
            Assert.Equal((1, ""), (code, output));
            Assert.Matches("(?s)^.*gateway.toml: [0-9] mistakes, which pond-gateway check lists; the gateway that runs goes by what was before\n[0-9] mistakes: .*gateway.toml:[0-9]+:", error);

            Assert.Matches(
                "(?s)\nconfiguration: .*gateway.toml was refused at\\s+20[0-9-]+T[0-9:]+Z\\s+\\([0-9]+\\s+s\\s+ago\\);\\s+the\\s+former\\s+settings\\s+are\\s+still\\s+in\\s+force\n"
                + $"  .*gateway.toml:[0-9]+: .*\n  and [0-9]+ more: pond-gateway check lists all; mend them, then\\s+pond-gateway\\s+reload\n",
                (await RunAsync("status")).Output);
            Assert.Contains("被拒绝，仍按原配置运行", (await RunAsync(File, "status", "--lang", "zh")).Output.Replace("\n    ", "", StringComparison.Ordinal), StringComparison.Ordinal);
            using (var status = JsonDocument.Parse((await RunAsync(File, "status", "--json")).Output))
            {
                var refused = status.RootElement.GetProperty("config_refused");
                Assert.Equal((File, true), (refused.GetProperty("first").GetProperty("file").GetString(), refused.GetProperty("mistakes").GetInt32() > 1));
                Assert.InRange(refused.GetProperty("first").GetProperty("line").GetInt32(), line, line + 3);
            }

            Assert.Contains("warn  configuration: the service refused", (await RunAsync(File, "doctor", "--lang", "en")).Output, StringComparison.Ordinal);

            // Mended, and nobody has told it yet.
            await System.IO.File.WriteAllTextAsync(File, good, TestContext.Current.CancellationToken);
            Assert.Contains("warn  configuration: the service refused", (await RunAsync(File, "doctor", "--lang", "en")).Output, StringComparison.Ordinal);
            Assert.Equal((0, "read anew, nothing to change\n", ""), await RunAsync("reload"));
            Assert.DoesNotContain("configuration", (await RunAsync("status")).Output, StringComparison.Ordinal);
        }
        finally
        {
            await stop.CancelAsync();
            await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Alarms_and_relays_come_and_go_without_a_restart()
    {
        Write();
        var loaded = GatewayConfigurationFile.Load(File);
        using var stop = new CancellationTokenSource();
        var running = GatewayHost.RunAsync(
            loaded.Configuration!, new GatewayHostOptions { Log = new TestJournal(), Reload = new ReloadSource(File, loaded) }, stop.Token);
        try
        {
            Assert.Equal((0, "there is no [[alarm]] in the settings\n", ""), await RunAsync(File, "alarm", "list"));
            await AddAsync(
                """
                [[relay]]
                id = "siren"
                kind = "siren"
                chip = 63
                gpio = 17
                trips_at = "high"
                [[alarm]]
                id = "acid"
                channel = "ph.ph"
                raise_below = 6
                clear_above = 6.2
                hold_raise = "0s"
                hold_clear = "0s"
                severity = "high"
                relays = ["siren"]
                """);
            Assert.Equal((0, "read anew: other settings for relay siren, alarm acid\n", ""), await RunAsync("reload"));
            Assert.StartsWith(
                "alarm acid (high) ph.ph: normal\nrelay siren (siren): released, as far as is known\n  line 17 of /dev/gpiochip63 cannot be used: ",
                await ListedAsync(), StringComparison.Ordinal);
            Assert.Contains("\n继电器 siren（警报器）：已释放，实际状态未知\n", (await RunAsync(File, "status", "--lang", "zh")).Output, StringComparison.Ordinal);
            Assert.Contains("bad   relay: siren cannot be switched: line 17", (await RunAsync(File, "doctor", "--lang", "en")).Output, StringComparison.Ordinal);
            Write();
            Assert.Equal((0, "read anew: other settings for relay siren, alarm acid\n", ""), await RunAsync("reload"));
            Assert.StartsWith("there is no [[alarm]] in the settings\n", (await RunAsync(File, "alarm", "list")).Output, StringComparison.Ordinal);
        }
        finally
        {
            await stop.CancelAsync();
            await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }

        // The relay is tried by another thread.
        async Task<string> ListedAsync()
        {
            for (var begun = TimeProvider.System.GetTimestamp(); ; await Task.Yield())
            {
                var (_, output, _) = await RunAsync(File, "alarm", "list");
                if (output.Contains("cannot be used", StringComparison.Ordinal) || TimeProvider.System.GetElapsedTime(begun) > TimeSpan.FromSeconds(60))
                {
                    return output;
                }
            }
        }

        Task AddAsync(string more) => System.IO.File.AppendAllTextAsync(File, $"\n{more}\n", TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("[control]\nsocket = \"run/c.sock\"", "socket of [control] must be a whole path: \"run/c.sock\"; begin it with /, for example /run/pond-gateway/control.sock")]
    [InlineData("[control]\nsocket = \"/run/\"", "socket of [control] must be a whole path: \"/run/\"; begin it with /, for example /run/pond-gateway/control.sock")]
    [InlineData("[control]\nsokcet = \"/run/c\"", "sokcet")]
    public async Task Wrong_settings_are_listed_and_nobody_is_asked(string control, string problem)
    {
        Write(control);

        var (code, _, error) = await RunAsync("status");

        Assert.Equal(2, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Path_that_no_socket_can_have_is_a_mistake_where_somebody_named_it_and_keeps_nobody_from_measuring_else()
    {
        var longest = $"/run/{new string('p', 97)}.sock";
        Assert.Empty(Read($"[control]\nsocket = \"{longest}\"").Problems);
        Assert.Equal(longest, Read($"[control]\nsocket = \"{longest}\"").Configuration!.Control!.Socket);

        Assert.Contains("at most 107 bytes", Assert.Single(Read($"[control]\nsocket = \"{longest}x\"").Problems).What, StringComparison.Ordinal);
        var read = Read("", $"/srv/{new string('p', 90)}");
        Assert.Null(read.Configuration!.Control);
        Assert.Contains(read.Warnings, warning => warning.What.Contains("at most 107 bytes", StringComparison.Ordinal));
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string file, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await GatewayCommandLine.InvokeAsync([.. arguments, "--config", file], output, error);
        return (code, output.ToString(), error.ToString());
    }

    private Task<(int Code, string Output, string Error)> RunAsync(string verb) => RunAsync(File, verb);

    private void Write(string control = "") => System.IO.File.WriteAllText(File, Text(control, root.FullName));

    private static LoadedConfiguration Read(string control, string folder = "/srv/pond") =>
        GatewayConfigurationFile.Read("g.toml", Text(control, folder));

    private static string Text(string control, string folder) =>
        OneProbe.Text(folder, $"max = \"1MiB\"\nfree_space_floor = \"0B\"\n{control}", interval: "10s");
}
