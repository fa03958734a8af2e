using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PondSentinel.SystemTests.Disks;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Site;

/// <summary><c>pond-gateway doctor</c> at a site where one thing is wrong: it says which.</summary>
public sealed class DoctorTests
{
    private static readonly string Gateway = Built.Program("PondSentinel.Gateway", "pond-gateway");

    // A line of its own beside the two.
    private const string Level =
        """
        [[bus]]
        id = "second"
        kind = "serial"
        port = "/dev/pond-b"
        [[device]]
        id = "level"
        station = "pond"
        bus = "second"
        model = "yosemitech-y532"
        address = 3
        interval = "1m"
          [[device.channel]]
          id = "ph"
          output = "ph"
        """;

    [Fact]
    public async Task What_is_wrong_on_the_lines_is_told_apart()
    {
        await using var twins = await TwoProbes.StartAsync(TestFolder.Create(), Level);
        var file = Path.Combine(twins.Folder, "gateway.toml");
        Assert.Equal(["exit 0"], await BadAsync(file));

        await twins.DoAsync("mute ph");
        Assert.Equal(["exit 1", "device: ph on bus rs485 does not answer, its neighbours do"], await BadAsync(file));
        await twins.DoAsync("ok ph");

        await twins.DoAsync("mute level");
        Assert.Equal(["exit 1", "device: level on bus second does not answer: A/B swapped, no supply, or cut"], await BadAsync(file));
        await twins.DoAsync("mute ph");
        await twins.DoAsync("mute turb");
        Assert.Equal(["exit 1", "supply: nobody on rs485, second answers: no 24 V?"], await BadAsync(file));
        foreach (var device in (string[])["ph", "turb", "level"])
        {
            await twins.DoAsync($"ok {device}");
        }

        await twins.DoAsync("garble turb");
        Assert.Equal(["exit 1", "bus rs485: answers of turb cannot be read: baud or parity wrong, or noise"], await BadAsync(file));
        await twins.DoAsync("ok turb");

        await twins.DoAsync("baud second 4800");
        Assert.Equal(["exit 1", "bus second: level answers at 4800 8N1, and the bus is set to 9600 8N1"], await BadAsync(file));
        await twins.DoAsync("baud second 0");

        var wrong = file + ".wrong";
        await File.WriteAllTextAsync(
            wrong,
            (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Replace("address = 7", "address = 9", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        Assert.Equal(["exit 1", "device: turb does not answer at id 9; one of its model does at 7"], await BadAsync(wrong));
    }

    [Fact]
    public async Task Running_service_is_asked_how_its_devices_are_and_its_ports_are_left_alone()
    {
        await using var twins = await TwoProbes.StartAsync(TestFolder.Create(), Level);
        var file = Path.Combine(twins.Folder, "gateway.toml");
        twins.StartGateway();
        await twins.HearAsync(["ph", "turb", "level"], 2);
        Assert.Equal(["exit 0"], await BadAsync(file));
        await twins.DoAsync("mute turb");
        await Eventually.HoldsAsync(
            async () => await BadAsync(file) is ["exit 1", "device: turb on bus rs485 does not answer, its neighbours do"],
            TimeSpan.FromSeconds(60),
            () => "The doctor says nothing of it.");

        // In Chinese, as one who holds a phone in the mud reads it.
        var (_, text, _) = await Command.TryAsync("dotnet", Gateway, "doctor", "--config", file, "--lang", "zh");
        Assert.Contains("bad   设备：总线 rs485 上的 turb 无应答，其他设备正常", text, StringComparison.Ordinal);
        (_, text, _) = await Command.TryAsync("dotnet", Gateway, "status", "--config", file, "--lang", "zh");
        Assert.Contains("ph：轮询", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_has_the_port_open_is_named()
    {
        var folder = TestFolder.Create();
        await using var twins = await TwoProbes.StartAsync(TestFolder.Create(), Level);
        var file = Path.Combine(twins.Folder, "gateway.toml");
        var port = Path.Combine(twins.Folder, "rs485");
        await using (var other = RunningProcess.Start(
            "other", folder, "/usr/bin/python3", "-c", $"f = open('{port}', 'rb+', buffering=0); print('open', flush=True); input()"))
        {
            await Eventually.HoldsAsync(() => other.Said(" open"), TimeSpan.FromSeconds(30), () => other.Tail);
            Assert.Matches(@"^port: .*/rs485 is held by another program: python3[0-9.]*, process \d+$", (await BadAsync(file))[1]);
        }

        var manager = Path.Combine(folder, "ModemManager");
        File.Copy("/bin/bash", manager, overwrite: true);
        await using (var other = RunningProcess.Start("manager", folder, manager, "-c", $"exec 3<>'{port}'; echo open; read line"))
        {
            await Eventually.HoldsAsync(() => other.Said(" open"), TimeSpan.FromSeconds(30), () => other.Tail);
            Assert.Matches(@"^port: ModemManager has .*/rs485 open \(ModemManager, process \d+\) and sends commands to it$", (await BadAsync(file))[1]);
        }

        await twins.DoAsync("unplug rs485");
        Assert.Equal(["exit 1", $"port: {port} of bus rs485 is not there"], (await BadAsync(file)).Take(2));
    }

    [Fact]
    public async Task Full_card_and_read_only_card_are_told_apart()
    {
        var image = Path.Combine(TestFolder.Create(), "card.img");
        await LoopMount.FormatAsync(image, 16 << 20);
        await using var card = await LoopMount.OpenAsync(image);
        var buffer = Directory.CreateDirectory(Path.Combine(card.Folder, "pond", "buffer")).FullName;
        var file = await WriteAsync($"[buffer]\nfolder = \"{buffer}\"\nmax = \"1MiB\"\nfree_space_floor = \"1MiB\"");
        Assert.DoesNotContain(await BadAsync(file), line => line.StartsWith("card:", StringComparison.Ordinal));

        await using (var filling = File.Create(Path.Combine(card.Folder, "filling")))
        {
            filling.SetLength(0);
            var block = new byte[1 << 20];
            try
            {
                while (true)
                {
                    await filling.WriteAsync(block, TestContext.Current.CancellationToken);
                    await filling.FlushAsync(TestContext.Current.CancellationToken);
                }
            }
            catch (IOException)
            {
                // It is full.
            }
        }

        Assert.Matches(
            $@"^card: full, [0-9.]+ ?[KM]?i?B free at {buffer}, and 1 ?MiB are kept free$",
            (await BadAsync(file)).Single(line => line.StartsWith("card:", StringComparison.Ordinal)));

        await Command.RunAsync("mount", "-o", "remount,ro", card.Folder);
        Assert.Equal(
            $"card: {card.Folder} is mounted read-only",
            (await BadAsync(file)).Single(line => line.StartsWith("card:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Broker_that_refuses_and_broker_that_cannot_be_reached_are_told_apart()
    {
        var folder = TestFolder.Create();
        await using var broker = await Mosquitto.StartAsync(folder, "gz-07");
        Assert.Equal([], await BrokerAsync("127.0.0.1", broker.Port, Mosquitto.Password("gz-07")));
        Assert.Equal(
            [
                $"broker: 127.0.0.1:{broker.Port} does not take this gateway: the broker refuses: not authorised (0x87); "
                + "check the broker's access list and the certificate for this gateway",
            ],
            await BrokerAsync("127.0.0.1", broker.Port, "another"));
        var nobody = FreePort.Next();
        Assert.Equal(
            [$"broker: 127.0.0.1:{nobody} cannot be reached: Connection refused"], await BrokerAsync("127.0.0.1", nobody, "x"));
        Assert.StartsWith(
            "broker: the name broker.invalid is not known: ", Assert.Single(await BrokerAsync("broker.invalid", nobody, "x")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_that_has_expired_is_said_to_have()
    {
        var folder = TestFolder.Create();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=gz-07", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using var certificate = request.CreateSelfSigned(
            new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var (own, secret) = (Path.Combine(folder, "own.pem"), Path.Combine(folder, "own.key"));
        await File.WriteAllTextAsync(own, certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(secret, key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        await Command.RunAsync("chmod", "600", secret);
        var file = await WriteAsync(
            $"[uplink]\nhost = \"127.0.0.1\"\nport = {FreePort.Next()}\ntls = true\nca = \"{own}\"\ncertificate = \"{own}\"\nkey = \"{secret}\"");

        Assert.Contains($"certificate: expired on 2026-01-01: {own}", await BadAsync(file));
    }

    private static async Task<string> WriteAsync(string rest)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("doctor-").FullName, "gateway.toml");
        await File.WriteAllTextAsync(
            file,
            $"""
            [gateway]
            id = "gz-07"
            site = "zudong"
            [[station]]
            id = "pond"
            [[bus]]
            id = "machine"
            kind = "host"
            [[device]]
            id = "machine"
            station = "pond"
            bus = "machine"
            model = "host"
            interval = "1m"
              [[device.channel]]
              id = "load"
              output = "load"
            {rest}
            """,
            TestContext.Current.CancellationToken);
        return file;
    }

    private static async Task<IReadOnlyList<string>> BrokerAsync(string host, int port, string password)
    {
        var file = await WriteAsync(string.Create(CultureInfo.InvariantCulture, $"[uplink]\nhost = \"{host}\"\nport = {port}\npassword = \"{password}\""));
        return [.. (await BadAsync(file)).Where(line => line.StartsWith("broker:", StringComparison.Ordinal))];
    }

    // The exit code and what is bad, as it is told.
    private static async Task<string[]> BadAsync(string file)
    {
        var (code, output, error) = await Command.TryAsync("dotnet", Gateway, "doctor", "--config", file, "--json", "--lang", "en");
        Assert.Equal("", error);
        using var document = System.Text.Json.JsonDocument.Parse(output);
        return
        [
            string.Create(CultureInfo.InvariantCulture, $"exit {code}"),
            .. document.RootElement.GetProperty("findings").EnumerateArray()
                .Where(finding => finding.GetProperty("level").GetString() == "bad")
                .Select(finding => finding.GetProperty("what").GetString()!),
        ];
    }
}
