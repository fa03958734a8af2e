using System.Text.Json;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Site;

/// <summary><c>pond-gateway scan</c> and <c>device</c> against twins, with and without a gateway that runs.</summary>
public sealed class ScanTests
{
    private static readonly string Gateway = Built.Program("PondSentinel.Gateway", "pond-gateway");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_found_is_configuration_that_can_be_used_and_a_running_gateway_looks_between_its_polls()
    {
        var folder = TestFolder.Create();
        await using var twins = await TwoProbes.StartAsync(folder);
        var found = Path.Combine(folder, "found.toml");

        // Nobody runs, and nothing is configured: the probes are found, and what is printed is a whole file.
        var (code, output, error) = await Command.TryAsync(
            "dotnet", Gateway, "scan", Path.Combine(twins.Folder, "rs485"), "--ids", "1-8", "--config", await EmptyAsync(folder));
        Assert.Equal((2, ""), (code, output));
        (code, output, error) = await Command.TryAsync("dotnet", Gateway, "scan", Path.Combine(twins.Folder, "rs485"), "--ids", "2-8");
        Assert.Equal(0, code);
        Assert.Matches("asking 7 ids, at most [0-9]+s", error);
        await File.WriteAllTextAsync(found, output, Cancelled);
        var checkedFile = await Command.RunAsync("dotnet", Gateway, "check", "--config", found);
        Assert.Contains("yosemitech-y532-3: yosemitech-y532", checkedFile, StringComparison.Ordinal);
        Assert.Contains("yosemitech-y511-7: yosemitech-y511", checkedFile, StringComparison.Ordinal);
        Assert.Contains("serial = \"YL43", output, StringComparison.Ordinal);

        // It runs and knows one of them: it finds the other, and goes on polling.
        var file = Path.Combine(twins.Folder, "gateway.toml");
        var text = await File.ReadAllTextAsync(file, Cancelled);
        var without = text.IndexOf("[[device]]", text.IndexOf("[[device]]", StringComparison.Ordinal) + 1, StringComparison.Ordinal);
        var rest = text.IndexOf("\n[", text.IndexOf("output = \"turbidity\"", StringComparison.Ordinal), StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text[..without] + (rest < 0 ? "" : text[rest..]), Cancelled);
        twins.StartGateway();
        await twins.HearAsync(["ph"], 1);
        (code, output, _) = await Command.TryAsync("dotnet", Gateway, "scan", "rs485", "--ids", "6-8", "--json", "--config", file);
        Assert.Equal(0, code);
        using var document = JsonDocument.Parse(output);
        var one = Assert.Single(document.RootElement.GetProperty("buses")[0].GetProperty("found").EnumerateArray());
        Assert.Equal((7, "yosemitech-y511"), (one.GetProperty("address").GetInt32(), one.GetProperty("models")[0].GetString()));
        await twins.HearAsync(["ph"], 1);
    }

    [Fact]
    public async Task Device_is_identified_readdressed_and_replaced_by_the_running_gateway()
    {
        var folder = TestFolder.Create();
        await using var twins = await TwoProbes.StartAsync(folder);
        var file = Path.Combine(twins.Folder, "gateway.toml");
        Assert.Equal(1, (await DeviceAsync(file, "identify", "ph")).Code);
        twins.StartGateway();
        await twins.HearAsync(["ph", "turb"], 1);

        var (code, text) = await DeviceAsync(file, "identify", "ph");
        Assert.Equal(0, code);
        Assert.Matches(@"^ph: yosemitech-y532, bus rs485 \(.*\) address 3\n  serial YL4326070003, firmware not told\n$", text);

        // An address that is in use, by the configuration or on the line, is refused; nobody to ask is no yes.
        Assert.Equal((1, "turb has the address 7 already\n"), await DeviceAsync(file, "set-address", "ph", "7", "--yes"));
        var refused = await DeviceAsync(file, "set-address", "ph", "248", "--yes");
        Assert.Equal(2, refused.Code);
        Assert.Contains("248 is no address; write 1 to 247", refused.Text, StringComparison.Ordinal);
        Assert.Equal(
            (2, "nobody is there to ask whether to give ph the address 5: say so with --yes\n"), await DeviceAsync(file, "set-address", "ph", "5"));
        (code, text) = await DeviceAsync(file, "set-address", "ph", "5", "--yes");
        Assert.Equal(0, code);
        var line = (await File.ReadAllLinesAsync(file, Cancelled)).ToList().FindIndex(each => each.Trim() == "address = 3") + 1;
        Assert.Equal(
            $"ph: answers at 5, no longer at 3\n  now write address = 5 into line {line} of {file}, then pond-gateway reload\n", text);

        (code, text) = await DeviceAsync(file, "replace", "turb", "--was", "YL1", "--who", "Li");
        Assert.Equal(0, code);
        Assert.StartsWith("turb: now the piece YL", text, StringComparison.Ordinal);
        Assert.Contains(", before YL1\n  now write serial = \"YL", text, StringComparison.Ordinal);

        Assert.Equal(
            (1, "bus rs485 has no supply_relay: switch the supply of its devices by hand\n"), await DeviceAsync(file, "power-cycle", "turb", "--yes"));
        await twins.EndGatewayAsync();
        var audits = (await Command.RunAsync("dotnet", Gateway, "buffer", "dump", "--json", "--config", file))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(item => JsonElement.Parse(item))
            .Where(item => item.GetProperty("kind").GetString() == "event" && item.GetProperty("type").GetString() == "audit")
            .Select(item => JsonElement.Parse(item.GetProperty("e").GetString()!))
            .ToList();
        var exchange = Assert.Single(audits, body => body.GetProperty("what").GetString() == "replaced");
        Assert.Equal(("YL1", "Li"), (exchange.GetProperty("was").GetString(), exchange.GetProperty("who").GetString()));
        Assert.StartsWith("YL", exchange.GetProperty("serial").GetString(), StringComparison.Ordinal);
        Assert.Single(audits, body => body.TryGetProperty("verb", out var verb) && verb.GetString() == "device-set-address" && body.GetProperty("done").GetBoolean());

        // Where it is now it can be read.
        await File.WriteAllTextAsync(
            file, (await File.ReadAllTextAsync(file, Cancelled)).Replace("address = 3", "address = 5", StringComparison.Ordinal), Cancelled);
        Assert.Equal(0, (await Command.TryAsync("dotnet", Gateway, "read", "ph", "--config", file)).Code);
    }

    private static async Task<(int Code, string Text)> DeviceAsync(string file, params IEnumerable<string> arguments)
    {
        var (code, output, error) = await Command.TryAsync("dotnet", [Gateway, "device", .. arguments, "--config", file]);
        return (code, output + error);
    }

    // A configuration that was named and cannot be read is misuse.
    private static async Task<string> EmptyAsync(string folder)
    {
        var file = Path.Combine(folder, "empty.toml");
        await File.WriteAllTextAsync(file, "", Cancelled);
        return file;
    }
}
