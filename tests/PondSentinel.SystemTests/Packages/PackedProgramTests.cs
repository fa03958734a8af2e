using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Tests;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Packages;

/// <summary>The native program in the package: for this machine, and in a deep run the Pi's, which qemu runs as a Cortex-A72.</summary>
public sealed class PackedProgramTests
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);

    public static TheoryData<string> Gateways => TestDepth.IsDeep
        ? new(BuiltPackages.Gateway, BuiltPackages.GatewayOfThePi)
        : new(BuiltPackages.Gateway);

    [Theory]
    [MemberData(nameof(Gateways))]
    public async Task Native_gateway_checks_the_sample_and_reaches_a_broker(string wanted)
    {
        var folder = TestFolder.Create();
        var package = await BuiltPackages.Of(wanted);
        var unpacked = Path.Combine(folder, "unpacked");
        await Command.RunAsync("dpkg-deb", "-x", package.File, unpacked);
        var program = Path.Combine(unpacked, "usr/bin/pond-gateway");
        using var debian = wanted == BuiltPackages.GatewayOfThePi ? await FreshDebian.MakeAsync(folder, "arm64", "libssl3") : null;
        string[] command = debian is null ? [program] : ["qemu-aarch64-static", "-cpu", "cortex-a72", "-L", debian.Folder, program];

        Assert.Contains(
            "deploy/gateway.sample.toml: good",
            await Command.RunAsync(command[0], [.. command[1..], "check", "--config", Checkout.Absolute("deploy/gateway.sample.toml")]),
            StringComparison.Ordinal);
        await using var broker = await Mosquitto.StartAsync(folder, HostGateway.Name);
        var configuration = Path.Combine(folder, "gateway.toml");
        await File.WriteAllTextAsync(
            configuration, HostGateway.Settings(broker.Port, Path.Combine(folder, "buffer")), TestContext.Current.CancellationToken);
        await using var gateway = RunningProcess.Start("gateway", folder, command[0], [.. command[1..], "run", "--config", configuration]);
        await Eventually.HoldsAsync(
            () => broker.Times($"'{HostGateway.Topic}'") > 0, Within, () => $"Nothing arrives.\n{gateway.Tail}\n{broker.Tail}");
        await gateway.TerminateAsync();
        Assert.True(gateway.ExitCode == 0, gateway.Tail);
    }
}
