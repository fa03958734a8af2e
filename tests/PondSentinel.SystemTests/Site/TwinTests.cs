using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Site;

/// <summary>An unmodified gateway against twins of its own configuration.</summary>
public sealed class TwinTests
{
    private const string Rest =
        """
        [gateway]
        id = "gz-07"
        site = "zudong"
        [clock]
        source = "system"
        [[station]]
        id = "pond"
        [[bus]]
        id = "server"
        kind = "rtu-tcp"
        host = "10.0.0.5"
        tcp_port = 4001
        [[bus]]
        id = "header"
        kind = "i2c"
        bus = 178
        [[bus]]
        id = "w1"
        kind = "one-wire"
        [[device]]
        id = "level"
        station = "pond"
        bus = "server"
        model = "keller-acculevel"
        address = 4
        interval = "1m"
          [[device.channel]]
          id = "level"
          output = "temperature"
        [[device]]
        id = "ph"
        station = "pond"
        bus = "header"
        model = "atlas-ezo-ph"
        interval = "1m"
          [[device.channel]]
          id = "ph"
          output = "ph"
        [[device]]
        id = "supply"
        station = "pond"
        bus = "header"
        model = "ti-ina219"
        interval = "1m"
          [[device.channel]]
          id = "voltage"
          output = "voltage"
        [[device]]
        id = "water"
        station = "pond"
        bus = "w1"
        model = "maxim-ds18b20"
        address = "28-0123456789ab"
        interval = "1m"
          [[device.channel]]
          id = "temperature"
          output = "temperature"
        """;

    [Fact]
    public async Task Every_channel_of_the_sample_arrives_as_its_twin_has_served_it()
    {
        await using var twins = await TwinProcess.StartAsync(
            TestFolder.Create(), Checkout.Absolute("deploy/gateway.sample.toml"));
        twins.StartGateway();
        await twins.HearAsync(["pond-nh4", "stream-ph", "stream-turb", "dust"], 2);
        var kept = await twins.EndGatewayAsync();

        // What the gateway computes no twin serves.
        Check(
            twins.Served,
            [.. kept.Where(value => value.Device != "stream-fish")],
            ["dust.pm10", "pond-nh4.nh4n", "pond-nh4.temperature", "stream-ph.ph", "stream-turb.turbidity"]);
    }

    /// <summary>I2C through the kernel's own calls, on the device file that the rig makes.</summary>
    [Fact]
    public async Task Lines_over_tcp_i2c_and_one_wire_arrive_too_and_a_fault_costs_no_other_device_anything()
    {
        var folder = TestFolder.Create();
        var configuration = Path.Combine(folder, "gateway.toml");
        await File.WriteAllTextAsync(configuration, Rest, TestContext.Current.CancellationToken);
        await using var twins = await TwinProcess.StartAsync(folder, configuration);
        await using var rig = RunningProcess.Start(
            "vi2c", folder, "/usr/bin/python3", Checkout.Absolute("tests/rigs/vi2c.py"), "/dev/i2c-178", "--twins", Path.Combine(twins.Folder, "header"));
        await Eventually.HoldsAsync(
            () => rig.HasExited ? throw new IOException(rig.Tail) : rig.Said("ready"), TimeSpan.FromSeconds(30), () => rig.Tail);
        twins.StartGateway();
        await twins.HearAsync(["level", "ph", "supply", "water"], 2);
        await twins.DoAsync("nack ph");
        await twins.HearAsync(["level", "supply", "water"], 2);
        await twins.DoAsync("ok ph");
        await twins.HearAsync(["ph"], 1);
        var kept = await twins.EndGatewayAsync();
        await rig.TerminateAsync();
        Check(twins.Served, kept, ["level.level", "ph.ph", "supply.voltage", "water.temperature"]);
    }

    private static void Check(
        IReadOnlyList<ServedAnswer> served,
        IReadOnlyList<(string Device, string Channel, double? Value, int Flag)> kept,
        IReadOnlyList<string> channels)
    {
        var good = kept.Where(value => value.Value is not null).ToList();
        Assert.Equal(channels, good.Select(value => value.Channel).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal([], good.Where(value => !served.Any(answer =>
            answer.Device == value.Device && answer.Values.Values.Any(said => Math.Abs(said - value.Value!.Value) < 1e-5 * Math.Max(1, Math.Abs(said))))));
    }
}
