using System.Text.Json;
using System.Text.RegularExpressions;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Packages;

/// <summary><c>deploy/compose</c>, as far as it can be tried without containers: what is mounted is there, names and ports are those of
/// the samples, and broker and backend take their settings.</summary>
public sealed partial class ComposeTests
{
    private readonly string folder = TestFolder.Create();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_file_is_there_every_variable_has_a_value_and_ports_are_those_of_the_samples()
    {
        await FillAsync();
        using var compose = await ComposeAsync();
        var services = compose.RootElement.GetProperty("services");
        Assert.Equal(["influxdb", "mosquitto", "backend", "grafana"], services.EnumerateObject().Select(service => service.Name));
        Assert.Equal(
            ["127.0.0.1:8086:8086", "8883:8883", "127.0.0.1:3000:3000"],
            Texts(services, "ports"));
        Assert.Equal("influxdb:2.7", services.GetProperty("influxdb").GetProperty("image").GetString());

        // Mounted from the folder, or a volume of its own.
        var volumes = compose.RootElement.GetProperty("volumes").EnumerateObject().Select(volume => volume.Name).ToList();
        Assert.All(Texts(services, "volumes").Select(mount => mount.Split(':')[0]), from => Assert.True(
            volumes.Contains(from) || Path.Exists(Path.Combine(folder, from)), from));

        var wanted = Variable().Matches(await File.ReadAllTextAsync(Inside("grafana/influxdb-2.yaml"), Cancelled)).Select(match => match.Value.TrimStart('$'));
        var given = (await File.ReadAllLinesAsync(Inside("grafana.env"), Cancelled)).ToDictionary(line => line.Split('=')[0], line => line.Split('=')[1]);
        Assert.All(wanted, name => Assert.NotEqual("", given[name]));
        var influx = (await File.ReadAllLinesAsync(Inside("influxdb.env"), Cancelled)).ToDictionary(line => line.Split('=')[0], line => line.Split('=')[1]);
        Assert.Equal(
            (influx["DOCKER_INFLUXDB_INIT_BUCKET"], influx["DOCKER_INFLUXDB_INIT_ADMIN_TOKEN"]), (given["POND_INFLUX_BUCKET"], given["POND_INFLUX_TOKEN"]));
        var backend = await File.ReadAllTextAsync(Inside("backend/backend.toml"), Cancelled);
        Assert.Contains($"org = \"{influx["DOCKER_INFLUXDB_INIT_ORG"]}\"\nbucket = \"{influx["DOCKER_INFLUXDB_INIT_BUCKET"]}\"\ntoken = \"{influx["DOCKER_INFLUXDB_INIT_ADMIN_TOKEN"]}\"\n", backend, StringComparison.Ordinal);

        // The broker is another user, of a mount that it cannot write to, in a folder that nobody else comes into.
        Assert.Contains("./mosquitto:/mosquitto/config:ro", Texts(services, "volumes"));
        Assert.All(
            (await Command.RunAsync("find", Inside("mosquitto"), "-printf", "%m %y\n")).Split('\n', StringSplitOptions.RemoveEmptyEntries),
            mode => Assert.True(mode is "755 d" or "644 f", mode));
        Assert.Equal("700\n", await Command.RunAsync("stat", "-c", "%a", folder));

        // Again: what was made stays.
        await FillAsync();
        Assert.Equal(backend, await File.ReadAllTextAsync(Inside("backend/backend.toml"), Cancelled));
        Assert.Contains(given["POND_INFLUX_TOKEN"], await File.ReadAllTextAsync(Inside("grafana.env"), Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_that_are_empty_are_filled_and_another_host_is_refused_with_nothing_changed()
    {
        Directory.CreateDirectory(Inside("backend"));
        await File.WriteAllTextAsync(Inside("backend/backend.toml"), "", Cancelled);
        await FillAsync();
        Assert.NotEqual(0, new FileInfo(Inside("backend/backend.toml")).Length);

        var broker = await File.ReadAllTextAsync(Inside("mosquitto/broker.pem"), Cancelled);
        var issued = Inside("pki/issued/broker/1/broker.pem");
        File.Move(issued, issued + ".away");
        await File.WriteAllTextAsync(issued, "", Cancelled);
        Assert.NotEqual(0, (await Command.TryAsync(Checkout.Absolute("deploy/compose/setup.sh"), folder, "--host", "pond.example.org")).Code);
        Assert.Equal(broker, await File.ReadAllTextAsync(Inside("mosquitto/broker.pem"), Cancelled));
        File.Move(issued + ".away", issued, overwrite: true);

        var (code, _, error) = await Command.TryAsync(Checkout.Absolute("deploy/compose/setup.sh"), folder, "--host", "lake.example.org");
        Assert.Equal(1, code);
        Assert.Contains("is filled for another name", error, StringComparison.Ordinal);
        Assert.Equal(broker, await File.ReadAllTextAsync(Inside("mosquitto/broker.pem"), Cancelled));
    }

    [Fact]
    public async Task Broker_starts_with_its_settings_and_the_backend_comes_in_by_its_certificate()
    {
        await FillAsync();
        var port = FreePort.Next();
        await ReplaceAsync("mosquitto/mosquitto.conf", ("/mosquitto/config/", Inside("mosquitto/")), ("/mosquitto/data/", folder + "/"), ("listener 8883", FormattableString.Invariant($"user root\nlistener {port}")));
        await ReplaceAsync(
            "backend/backend.toml",
            ("/run/pond/", Inside("backend/")), ("[broker]\n", FormattableString.Invariant($"[broker]\nport = {port}\n")),
            ("port = 8080", FormattableString.Invariant($"port = {FreePort.Next()}")), ("folder = \"/var/lib/pond-backend\"", $"folder = \"{Inside("state")}\""));
        await using var broker = RunningProcess.Start("mosquitto", folder, "/usr/sbin/mosquitto", "-c", Inside("mosquitto/mosquitto.conf"));
        await Eventually.HoldsAsync(() => broker.Said("running"), TimeSpan.FromSeconds(60), () => broker.Tail);
        await using var backend = RunningProcess.StartOurs(
            "pond-backend", folder, Built.Program("PondSentinel.Backend", "pond-backend"), "run", "--config", Inside("backend/backend.toml"));
        await Eventually.HoldsAsync(() => backend.Said("is connected to the broker"), TimeSpan.FromSeconds(60), () => backend.Tail + broker.Tail);
    }

    [Fact]
    public async Task Certificate_that_was_revoked_is_given_to_nobody_and_a_gateway_has_a_name_of_its_own()
    {
        await FillAsync();
        foreach (var verb in new[] { new[] { "renew", "broker" }, ["revoke", "broker", "2"], ["revoke", "gz-07"] })
        {
            await Command.RunAsync(Checkout.Absolute("deploy/pki/pki.sh"), ["--folder", Inside("pki"), .. verb]);
        }

        var (code, _, error) = await Command.TryAsync(Checkout.Absolute("deploy/compose/setup.sh"), folder, "--host", "pond.example.org", "--gateway", "gz-07");
        Assert.Equal(1, code);
        Assert.Contains("all certificates of gz-07 are revoked", error, StringComparison.Ordinal);
        Assert.Equal(
            await File.ReadAllTextAsync(Inside("pki/issued/broker/1/broker.pem"), Cancelled), await File.ReadAllTextAsync(Inside("mosquitto/broker.pem"), Cancelled));

        foreach (var name in new[] { "broker", "pond-backend", "Gz 07" })
        {
            Assert.Equal(2, (await Command.TryAsync(Checkout.Absolute("deploy/compose/setup.sh"), folder, "--host", "pond.example.org", "--gateway", name)).Code);
        }

        // A folder that an earlier version has filled.
        await ReplaceAsync("backend/backend.toml", ("host = \"localhost\"", "host = \"127.0.0.1\""));
        (code, _, error) = await Command.TryAsync(Checkout.Absolute("deploy/compose/setup.sh"), folder, "--host", "pond.example.org");
        Assert.Equal(1, code);
        Assert.Contains("write host = \"localhost\" into [broker]", error, StringComparison.Ordinal);
    }

    private static List<string> Texts(JsonElement services, string of) =>
    [
        .. services.EnumerateObject().Where(service => service.Value.TryGetProperty(of, out _))
            .SelectMany(service => service.Value.GetProperty(of).EnumerateArray()).Select(text => text.GetString()!),
    ];

    private string Inside(string path) => Path.Combine(folder, path);

    private async Task ReplaceAsync(string file, params IEnumerable<(string From, string To)> places)
    {
        var text = await File.ReadAllTextAsync(Inside(file), Cancelled);
        foreach (var (from, to) in places)
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            text = text.Replace(from, to, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(Inside(file), text, Cancelled);
    }

    private Task<string> FillAsync() => Command.RunAsync(
        Checkout.Absolute("deploy/compose/setup.sh"), folder, "--host", "pond.example.org", "--gateway", "gz-07");

    // YAML by a parser that is not ours.
    private async Task<JsonDocument> ComposeAsync() => JsonDocument.Parse(await Command.RunAsync(
        "/usr/bin/python3", "-c", "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))", Inside("compose.yaml")));

    [GeneratedRegex(@"\$POND_[A-Z_]+")]
    private static partial Regex Variable();
}
