using System.Text.Json;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Site;

/// <summary><c>pond-gateway read</c> against twins: by the running gateway, and from the hardware.</summary>
public sealed class ReadTests
{
    private static readonly string Gateway = Built.Program("PondSentinel.Gateway", "pond-gateway");

    [Fact]
    public async Task Reading_now_gives_what_the_probe_serves_with_its_bytes_and_disturbs_no_poll()
    {
        await using var twins = await TwinProcess.StartAsync(
            TestFolder.Create(), Checkout.Absolute("deploy/gateway.sample.toml"));

        // Nobody runs: from the hardware.
        var (code, text) = await ReadAsync(twins, "stream-ph", "--raw");
        Assert.Equal(0, code);
        Assert.Matches(
            """
            ^stream-ph\.ph +[0-9.]+ pH +(good|not-evaluated)
              > [0-9A-F]{2} 03 28 00 00 02 [0-9A-F]{2} [0-9A-F]{2}
              < [0-9A-F]{2} 03 04( [0-9A-F]{2}){6}
            """,
            text);

        // It runs: between its polls.
        twins.StartGateway();
        await twins.HearAsync(["pond-nh4", "stream-ph", "stream-turb", "dust"], 1);
        (code, text) = await ReadAsync(twins, "stream-ph.ph", "pond-nh4", "--json");
        Assert.Equal(0, code);
        using (var document = JsonDocument.Parse(text))
        {
            var devices = document.RootElement.GetProperty("devices").EnumerateArray().ToList();
            Assert.Equal(["stream-ph", "pond-nh4"], devices.Select(device => device.GetProperty("device").GetString()));
            var ph = devices[0].GetProperty("values")[0].GetProperty("x").GetDouble();
            Assert.Contains(twins.Served, answer => answer.Device == "stream-ph"
                && answer.Values.Values.Any(value => Math.Abs(value - ph) < 1e-5 * ph));
        }

        // A probe that is silent is said to be, with what to do; its neighbours are heard all the same.
        await twins.DoAsync("mute stream-ph");
        (code, text) = await ReadAsync(twins, "stream-ph.ph");
        Assert.Equal(1, code);
        Assert.Contains("no value", text, StringComparison.Ordinal);
        Assert.Contains("no-answer", text, StringComparison.Ordinal);
        Assert.Contains("check the supply, A/B polarity and the address at bus", text, StringComparison.Ordinal);
        await twins.HearAsync(["pond-nh4", "stream-turb", "dust"], 1);

        // What was asked for beside the polls is no record of theirs.
        var kept = await twins.EndGatewayAsync();
        Assert.True(
            kept.Count(value => value is { Device: "stream-ph", Value: not null })
            <= twins.Served.Count(answer => answer.Device == "stream-ph") - 2);
    }

    private static async Task<(int Code, string Output)> ReadAsync(TwinProcess twins, params IEnumerable<string> arguments)
    {
        var (code, output, error) = await Command.TryAsync(
            "dotnet", [Gateway, "read", .. arguments, "--config", Path.Combine(twins.Folder, "gateway.toml")]);
        Assert.Equal("", error);
        return (code, output);
    }
}
