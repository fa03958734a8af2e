using System.Globalization;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Packages;

/// <summary>The package of the gateway, from its installation to its purge.</summary>
public sealed class GatewayPackageTests
{
    private const string Configuration = "/etc/pondsentinel/gateway.toml";
    private const string Wish = "/etc/pondsentinel/purge-pond-gateway";
    private const string Hook = "/etc/pondsentinel/hooks/restart-modem";
    private const string Kept = "/var/lib/pondsentinel/buffer/precious";
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Fresh_machine_gets_a_user_with_its_groups_and_is_told_what_to_do_instead_of_a_start()
    {
        await using var machine = await MachineCopy.MakeAsync();
        var said = await machine.InstallAsync(await BuiltPackages.Of(BuiltPackages.Gateway));

        Assert.Contains("not started: there is no /etc/pondsentinel/gateway.toml yet", said, StringComparison.Ordinal);
        Assert.Equal(
            ["dialout", "gpio", "i2c", "pond", "pond-gateway", "spi"],
            (await machine.RunAsync("id", "--name", "--groups", "pond-gateway")).Trim().Split(' ').Order(StringComparer.Ordinal));
        Assert.Equal(
            "root:pond 2755\nroot:pond 640\nroot:pond 2750\npond-gateway:pond 750\n",
            await machine.RunAsync(
                "stat", "-c", "%U:%G %a", "/etc/pondsentinel", "/etc/pondsentinel/gateway.sample.toml", "/etc/pondsentinel/tls",
                "/var/lib/pondsentinel"));

        // What it says itself where somebody starts it all the same, and at each boot until then.
        var (code, _, error) = await machine.TryAsync("pond-gateway", "run");
        Assert.Equal(2, code);
        Assert.Contains("no such file; copy gateway.sample.toml there", error, StringComparison.Ordinal);

        // A copy of the sample can be read by the service and not by everybody; it may get a password.
        await machine.RunAsync("cp", "/etc/pondsentinel/gateway.sample.toml", Configuration);
        Assert.Equal("root:pond 640\n", await machine.RunAsync("stat", "-c", "%U:%G %a", Configuration));
        Assert.Contains(": good", await machine.RunAsync("pond-gateway", "check"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Installed_gateway_measures_reaches_a_broker_and_takes_orders_as_its_own_user_under_the_filter_of_its_unit()
    {
        var folder = TestFolder.Create();
        await using var broker = await Mosquitto.StartAsync(folder, HostGateway.Name);
        await using var machine = await MachineCopy.MakeAsync();
        await machine.InstallAsync(await BuiltPackages.Of(BuiltPackages.Gateway));
        Configure(machine, broker.Port);
        await using var gateway = machine.StartService(folder, "pond-gateway", "pond");

        await Eventually.HoldsAsync(
            () => broker.Times($"'{HostGateway.Topic}'") > 0, Within, () => $"Nothing arrives.\n{gateway.Tail}\n{broker.Tail}");
        Assert.Contains(HostGateway.Name, await machine.RunAsync("pond-gateway", "status"), StringComparison.Ordinal);
        await gateway.TerminateAsync();
        Assert.Equal(0, gateway.ExitCode);
        Assert.Equal("pond-gateway:pond 750\n", await machine.RunAsync("stat", "-c", "%U:%G %a", "/var/lib/pondsentinel"));
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Configuration_buffer_and_calibrations_outlive_reinstallation_removal_and_a_purge_without_a_wish()
    {
        var package = await BuiltPackages.Of(BuiltPackages.Gateway);
        await using var machine = await MachineCopy.MakeAsync();
        await machine.InstallAsync(package);
        Configure(machine, 1883);
        Directory.CreateDirectory(Path.GetDirectoryName(machine.Outside(Kept))!);
        await File.WriteAllTextAsync(machine.Outside(Kept), "ten days without a link", TestContext.Current.CancellationToken);
        await File.AppendAllTextAsync(machine.Outside(Hook), "# ours\n", TestContext.Current.CancellationToken);

        Assert.Contains(": good", await machine.InstallAsync(package), StringComparison.Ordinal);
        Assert.EndsWith(
            "# ours\n", await File.ReadAllTextAsync(machine.Outside(Hook), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await machine.RunAsync("dpkg", "--remove", "pond-gateway");
        Assert.False(machine.Has("/usr/bin/pond-gateway"));
        Assert.True(machine.Has(Hook));
        Assert.True(machine.Has(Configuration) && machine.Has(Kept));

        var said = await machine.RunAsync("dpkg", "--purge", "pond-gateway");
        Assert.Contains($"touch {Wish}", said, StringComparison.Ordinal);
        Assert.False(machine.Has("/etc/pondsentinel/hooks"));
        Assert.True(machine.Has(Configuration) && machine.Has(Kept));
        Assert.Empty(Directory.GetFileSystemEntries(machine.Outside("/etc/systemd/system"), "*pond*", SearchOption.AllDirectories));

        // Whoever installs it again goes on where it was; whoever wants all of it gone says so.
        Assert.Contains(": good", await machine.InstallAsync(package), StringComparison.Ordinal);
        await machine.RunAsync("touch", Wish);
        await machine.RunAsync("dpkg", "--purge", "pond-gateway");
        Assert.False(machine.Has("/etc/pondsentinel") || machine.Has("/var/lib/pondsentinel"));
    }

    [Fact]
    public async Task Wrong_configuration_is_named_with_its_line_and_what_runs_is_left_alone()
    {
        await using var machine = await MachineCopy.MakeAsync();
        await machine.InstallAsync(await BuiltPackages.Of(BuiltPackages.Gateway));
        await File.WriteAllTextAsync(
            machine.Outside(Configuration), "[gateway]\nid = \"Gz 07\"\n", TestContext.Current.CancellationToken);
        var said = await machine.InstallAsync(await BuiltPackages.Of(BuiltPackages.Gateway));

        Assert.Contains("/etc/pondsentinel/gateway.toml:2:", said, StringComparison.Ordinal);
        Assert.Contains("not started: mend /etc/pondsentinel/gateway.toml", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_names_every_verb_the_shell_completes_them_and_what_is_installed_is_roots()
    {
        await using var machine = await MachineCopy.MakeAsync();
        var package = await BuiltPackages.Of(BuiltPackages.Gateway);
        await machine.InstallAsync(package);
        var page = await machine.RunAsync("zcat", "/usr/share/man/man1/pond-gateway.1.gz");

        Assert.All(
            ["pond-gateway run", "pond-gateway maintenance on", "pond-gateway buffer export", "pond-gateway calibration add"],
            verb => Assert.Contains($".SS \"{verb}\"", page, StringComparison.Ordinal));
        Assert.Equal("check\n", await CompletedAsync(machine, "pond-gateway ch"));
        Assert.Equal("stat\n", await CompletedAsync(machine, "pond-gateway buffer st"));

        var listing = await Command.RunAsync("dpkg-deb", "--contents", package.File);
        Assert.All(
            listing.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Contains(" root/root ", line, StringComparison.Ordinal));
    }

    private static Task<string> CompletedAsync(MachineCopy machine, string line)
    {
        var words = line.Split(' ');
        var script = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            . /usr/share/bash-completion/completions/pond-gateway
            COMP_LINE='{line}' COMP_POINT={line.Length} COMP_WORDS=({line}) COMP_CWORD={words.Length - 1}
            _pond_gateway
            printf '%s\n' "$COMPREPLY"
            """);
        return machine.RunAsync("bash", "-c", script);
    }

    private static void Configure(MachineCopy machine, int port) =>
        File.WriteAllText(machine.Outside(Configuration), HostGateway.Settings(port));
}
