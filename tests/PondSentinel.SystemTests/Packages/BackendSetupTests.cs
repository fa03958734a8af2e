using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Packages;

/// <summary><c>deploy/setup.sh</c>: on an empty copy of a system, and on one like this machine with the real programs.</summary>
public sealed class BackendSetupTests
{
    private static readonly string[] Asked = ["--host", "pond.example.org", "--gateway", "gz-07"];
    private readonly string root = TestFolder.Create();

    public BackendSetupTests() => Directory.CreateDirectory(Path.Combine(root, "etc"));

    [Fact]
    public async Task Dry_run_shows_every_change_makes_none_and_shows_no_secret()
    {
        var (code, output, _) = await RunAsync([.. Asked, "--dry-run"]);

        Assert.Equal(0, code);
        Assert.Contains("+listener 8883", output, StringComparison.Ordinal);

        Assert.Contains("+++ /etc/systemd/system/prometheus-alertmanager.service.d/", output, StringComparison.Ordinal);

        // Nothing is installed that Debian starts open to the network before it is told not to.
        Assert.InRange(
            output.IndexOf("would run: apt-get update\nwould run: env DEBIAN_FRONTEND", StringComparison.Ordinal),
            output.LastIndexOf("+++ /etc/systemd/system/prometheus-alertmanager.service.d/", StringComparison.Ordinal), output.IndexOf("+listener 8883", StringComparison.Ordinal));
        Assert.InRange(output.IndexOf("+Environment=INFLUXDB_HTTP_AUTH_ENABLED=true", StringComparison.Ordinal), 0, output.IndexOf("apt-get", StringComparison.Ordinal));
        Assert.InRange(output.IndexOf("would run: systemctl stop pond-backend", StringComparison.Ordinal), 0, output.IndexOf("would run: systemctl restart mosquitto", StringComparison.Ordinal));
        Assert.Contains("+    server_name pond.example.org;", output, StringComparison.Ordinal);
        Assert.Contains("/etc/pondsentinel/backend.toml: written, not shown: it holds a secret", output, StringComparison.Ordinal);
        Assert.EndsWith("nothing was changed: that was a dry run\n", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task What_is_made_is_whole_and_its_own_on_every_machine_and_the_second_time_nothing_changes()
    {
        var (code, output, error) = await RunAsync(Asked);
        Assert.True(code == 0, output + error);
        Assert.Contains("On gateway gz-07: bring it its three files", output, StringComparison.Ordinal);
        var once = Everything();

        // No secret is shown, and each is another.
        var secrets = Directory.GetFiles(Inside("etc/pondsentinel/secrets")).Select(file => File.ReadAllText(file).Trim()).ToList();
        Assert.Equal(5, secrets.Distinct().Count());
        Assert.All(secrets, secret => Assert.Matches("^[0-9a-f]{48}$", secret));
        Assert.DoesNotContain(secrets, output.Contains);
        Assert.DoesNotContain(secrets[1], Text("etc/mosquitto/pondsentinel.passwd"), StringComparison.Ordinal);
        Assert.Equal(
            "600\n640\n700\n",
            await Command.RunAsync(
                "stat", "-c", "%a", Inside("etc/mosquitto/certs/broker.key"), Inside("etc/pondsentinel/backend.toml"), Inside("etc/pondsentinel/secrets")));

        var (_, again, _) = await RunAsync(Asked);
        Assert.EndsWith("nothing wants changing\n", again, StringComparison.Ordinal);
        Assert.DoesNotContain("would run: systemctl", again, StringComparison.Ordinal);
        Assert.Equal(once, Everything());

        // The backend takes what was written for it, with what setup made.
        var (checkedCode, checks, _) = await Command.TryAsync(
            "dotnet", [Built.Program("PondSentinel.Backend", "pond-backend"), "check", "--config", Inside("etc/pondsentinel/backend.toml")]);
        Assert.Equal(0, checkedCode);
        Assert.Contains("broker: 127.0.0.1:1883 as pond-backend\nstore: InfluxDB at http://127.0.0.1:8086/, database pond\n", checks, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_of_the_owner_stays_and_what_is_misused_is_said()
    {
        Directory.CreateDirectory(Inside("etc/pondsentinel"));
        await File.WriteAllTextAsync(Inside("etc/pondsentinel/backend.toml"), "[backend]\nid = \"b2\"\n", TestContext.Current.CancellationToken);
        var (code, _, error) = await RunAsync(Asked);
        Assert.Equal(1, code);
        Assert.Contains("backend.toml is yours and stays", error, StringComparison.Ordinal);
        Assert.Equal("[backend]\nid = \"b2\"\n", Text("etc/pondsentinel/backend.toml"));

        Assert.Equal(2, (await RunAsync()).Code);
        Assert.Equal(2, (await RunAsync("--host", "a b")).Code);
        Assert.Equal(2, (await RunAsync("--host", "h", "--gateway", "Gz 07")).Code);
        Assert.Equal(2, (await RunAsync("--host", "h", "--gateway", "web")).Code);
    }

    [Fact]
    public async Task Another_name_is_refused_with_nothing_changed_and_taken_once_what_is_said_is_done()
    {
        Assert.Equal(0, (await RunAsync(Asked)).Code);
        var once = Everything();

        var (code, _, error) = await RunAsync("--host", "lake.example.org");
        Assert.Equal(1, code);
        Assert.Contains("its certificate \"broker\" is not for lake.example.org but for\n  DNS:pond.example.org, DNS:localhost\n", error, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("--host", "192.0.2.7", "--dry-run")).Code);
        Assert.Equal(once, Everything());

        Directory.CreateDirectory(Inside("etc/pondsentinel/pki/former"));
        foreach (var name in new[] { "broker", "web" })
        {
            Directory.Move(Inside($"etc/pondsentinel/pki/issued/{name}"), Inside($"etc/pondsentinel/pki/former/{name}"));
        }

        (code, _, error) = await RunAsync("--host", "lake.example.org");
        Assert.Equal(1, code);
        Assert.Contains("the page answers 400 to whoever calls it lake.example.org", error, StringComparison.Ordinal);

        var settings = Text("etc/pondsentinel/backend.toml").Replace("\"pond.example.org\"", "\"Lake.example.org\"", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Inside("etc/pondsentinel/backend.toml"), settings, TestContext.Current.CancellationToken);
        var (last, output, _) = await RunAsync("--host", "lake.example.org");
        Assert.True(last == 0, output);
        Assert.Contains("server_name lake.example.org;", Text("etc/nginx/conf.d/pondsentinel.conf"), StringComparison.Ordinal);
        Assert.Equal("DNS:lake.example.org,DNS:localhost\n", Text("etc/pondsentinel/pki/issued/broker/1/names"));
    }

    // Each is a program that fails on the way: after Mosquitto's files, at the page, at the backend's settings.
    [Theory]
    [InlineData("mosquitto_passwd", "mosquitto")]
    [InlineData("sed", "prometheus-alertmanager")]
    [InlineData("awk", "nginx")]
    public async Task Run_that_breaks_off_is_taken_up_by_the_next_with_what_was_to_be_started_anew(string failing, string due)
    {
        var stubs = TestFolder.Create();
        await Command.RunAsync("ln", "-s", "/bin/false", Path.Combine(stubs, failing));
        var (code, _, _) = await Command.TryAsync(
            "env", [$"PATH={stubs}:/usr/sbin:/usr/bin:/sbin:/bin", Checkout.Absolute("deploy/setup.sh"), "--root", root, .. Asked]);
        Assert.Equal(1, code);
        Assert.DoesNotContain(new DirectoryInfo(root).GetFiles("*", SearchOption.AllDirectories), file => file.Length == 0 && file.Directory!.Name != "due" && file.Name != ".lock");

        var (again, output, error) = await RunAsync(Asked);
        Assert.True(again == 0, output + error);
        Assert.Contains($"would run: systemctl restart {due}\n", output, StringComparison.Ordinal);
        Assert.Contains("password = \"", Text("etc/pondsentinel/backend.toml"), StringComparison.Ordinal);
        Assert.EndsWith("nothing wants changing\n", (await RunAsync(Asked)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_of_a_certificate_that_was_not_made_is_filled_and_a_gateway_gets_its_newest()
    {
        Directory.CreateDirectory(Inside("etc/pondsentinel/pki/issued/broker"));
        Assert.Equal(0, (await RunAsync(Asked)).Code);
        Assert.NotEqual("", Text("etc/mosquitto/certs/broker.pem"));

        foreach (var verb in new[] { new[] { "renew", "gz-07" }, ["revoke", "gz-07", "1"] })
        {
            await Command.RunAsync(Checkout.Absolute("deploy/pki/pki.sh"), ["--folder", Inside("etc/pondsentinel/pki"), .. verb]);
        }

        var (code, output, _) = await RunAsync(Asked);
        Assert.True(code == 0, output);
        Assert.Contains("/issued/gz-07/2 -cf", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Debians_page_of_welcome_goes_and_a_site_of_the_owner_stays_and_is_told_of(bool isOwners)
    {
        const string Welcome = "server { listen 80 default_server; }\n";
        foreach (var folder in new[] { "etc/nginx/sites-available", "etc/nginx/sites-enabled", "var/lib/dpkg" })
        {
            Directory.CreateDirectory(Inside(folder));
        }

        var site = Inside("etc/nginx/sites-available/default");
        await File.WriteAllTextAsync(site, Welcome, TestContext.Current.CancellationToken);
        var sum = (await Command.RunAsync("md5sum", site)).Split(' ')[0];
        await File.WriteAllTextAsync(
            Inside("var/lib/dpkg/status"), $"Package: nginx-common\nConffiles:\n /etc/nginx/sites-available/default {sum}\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(site, isOwners ? $"# mine\n{Welcome}" : Welcome, TestContext.Current.CancellationToken);
        var link = File.CreateSymbolicLink(Inside("etc/nginx/sites-enabled/default"), "/etc/nginx/sites-available/default");

        var (_, dry, _) = await RunAsync([.. Asked, "--dry-run"]);
        Assert.NotNull(link.LinkTarget);
        var (code, output, error) = await RunAsync(Asked);

        Assert.True(code == 0, output + error);
        Assert.True(File.Exists(site));
        Assert.Equal(isOwners, new FileInfo(link.FullName).LinkTarget is not null);
        Assert.All(
            [dry, output],
            each => Assert.Contains(
                isOwners ? "nginx has sites of yours too, which are open at their own ports: /etc/nginx/sites-enabled/default" : "/etc/nginx/sites-enabled/default: taken away",
                each, StringComparison.Ordinal));
        Assert.EndsWith("nothing wants changing\n", (await RunAsync(Asked)).Output, StringComparison.Ordinal);
    }

    /// <summary>A machine like this one with a network of its own: Mosquitto, InfluxDB, Alertmanager and nginx of Debian are set up,
    /// started as their units say, and a gateway's values arrive by TLS.</summary>
    [Fact]
    [Trait("depth", "deep")]
    public async Task Machine_that_is_set_up_takes_values_by_TLS_shows_them_to_whoever_signs_in_and_listens_nowhere_else()
    {
        const string Settings = "/var/tmp/gateway.toml";
        await using var machine = await MachineCopy.MakeAsync();
        await File.WriteAllTextAsync(
            machine.Outside(Settings),
            HostGateway.Settings(
                "host = \"192.0.2.7\"\ntls = true\nca = \"/run/tls/ca.pem\"\ncertificate = \"/run/tls/gz-07.pem\"\nkey = \"/run/tls/gz-07.key\"",
                "/var/lib/gateway"),
            TestContext.Current.CancellationToken);
        var (_, output, error) = await Command.TryAsync(
            "unshare",
            [
                "--net", "--pid", "--mount", "--fork", "--kill-child", "chroot", machine.Root, Checkout.Absolute("tests/rigs/backend-machine.sh"),
                Checkout.Absolute("deploy"), Built.Program("PondSentinel.Backend", "pond-backend"),
                Built.Program("PondSentinel.Gateway", "pond-gateway"), Settings,
            ]);

        Assert.True(output.EndsWith("over\n", StringComparison.Ordinal), output + error);
        Assert.Equal(
            """
            what was kept before: named
            second: nothing wants changing; started anew: 0
            values came
            grafana writes: not authorized
            nobody reads: 401
            page: not signed in 401, its sign-in 200
            told to keep to TLS at an address: 0
            change: 401
            machine: 401, as a proxy without the secret 403
            certificates whose end is told: 4
            alertmanager: 200
            listens: 443 8883
            over

            """,
            output);
    }

    [Fact]
    public async Task IPv6_address_is_taken_with_or_without_brackets_and_is_the_same_machine()
    {
        Assert.Equal(0, (await RunAsync("--host", "2001:db8::7", "--gateway", "gz-07")).Code);
        var (code, output, _) = await RunAsync("--host", "[2001:db8::7]", "--gateway", "gz-07");
        Assert.True(code == 0, output);
        Assert.EndsWith("nothing wants changing\n", output, StringComparison.Ordinal);
        Assert.Contains("Page: https://[2001:db8::7]/,", output, StringComparison.Ordinal);
        Assert.Contains("    host = \"2001:db8::7\"\n", output, StringComparison.Ordinal);
        Assert.Contains("server_name [2001:db8::7];", Text("etc/nginx/conf.d/pondsentinel.conf"), StringComparison.Ordinal);
        Assert.Equal("IP:2001:db8::7,DNS:localhost\n", Text("etc/pondsentinel/pki/issued/broker/1/names"));
    }

    private string Inside(string path) => Path.Combine(root, path);

    private string Text(string path) => File.ReadAllText(Inside(path));

    private List<(string, string)> Everything() =>
    [
        .. Directory.GetFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => (Path.GetRelativePath(root, file), Convert.ToHexString(File.ReadAllBytes(file)))),
    ];

    private Task<(int Code, string Output, string Error)> RunAsync(params IEnumerable<string> arguments) =>
        Command.TryAsync(Checkout.Absolute("deploy/setup.sh"), ["--root", root, .. arguments]);
}
