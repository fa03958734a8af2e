using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Packages;

/// <summary>The package of the backend beside the gateway's, on a machine like this one and on a fresh Debian. Compiling and packing it takes
/// minutes: in deep runs only.</summary>
[Trait("depth", "deep")]
public sealed class BackendPackageTests
{
    private const string Configuration = "/etc/pondsentinel/backend.toml";
    private const string State = "/var/lib/pond-backend/state.db";
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("like this one")]
    [InlineData("fresh")]
    public async Task Both_packages_live_on_one_machine_and_each_goes_alone(string which)
    {
        var folder = TestFolder.Create();
        using var debian = which == "fresh"
            ? await FreshDebian.MakeAsync(folder, "amd64", "libssl3,systemd-standalone-sysusers")
            : null;
        await using var machine = await MachineCopy.MakeAsync(debian?.Folder);
        await machine.InstallAsync(await BuiltPackages.Of(BuiltPackages.Gateway));
        var said = await machine.InstallAsync(await BuiltPackages.Of(BuiltPackages.Backend));

        Assert.Contains($"{Configuration}: good", said, StringComparison.Ordinal);
        Assert.Equal("pond-backend\n", await machine.RunAsync("id", "--name", "--groups", "pond-backend"));
        Assert.Equal(
            "root:pond-backend 640\nroot:pond 640\npond-backend:pond-backend 750\n",
            await machine.RunAsync(
                "stat", "-c", "%U:%G %a", Configuration, "/etc/pondsentinel/gateway.sample.toml", "/var/lib/pond-backend"));

        await machine.RunAsync("touch", State);
        await machine.RunAsync("dpkg", "--purge", "pond-backend");
        Assert.True(machine.Has(State) && machine.Has("/usr/bin/pond-gateway") && machine.Has("/etc/pondsentinel/gateway.sample.toml"));
        await machine.InstallAsync(await BuiltPackages.Of(BuiltPackages.Backend));
        await machine.RunAsync("touch", "/etc/pondsentinel/purge-pond-backend", "/etc/pondsentinel/purge-pond-gateway");
        await machine.RunAsync("dpkg", "--purge", "pond-gateway", "pond-backend");
        Assert.False(machine.Has("/etc/pondsentinel") || machine.Has("/var/lib/pond-backend") || machine.Has("/usr/lib/pond-backend"));
    }

    [Fact]
    public async Task Installed_backend_begins_under_the_filter_of_its_unit_and_a_wrong_configuration_is_named()
    {
        var folder = TestFolder.Create();
        await using var machine = await MachineCopy.MakeAsync();
        await machine.InstallAsync(await BuiltPackages.Of(BuiltPackages.Backend));
        await File.WriteAllTextAsync(
            machine.Outside(Configuration),
            FormattableString.Invariant($"[backend]\nfolder = \"/var/lib/pond-backend\"\n[broker]\nport = {FreePort.Next()}\n[web]\nport = {FreePort.Next()}\n"),
            TestContext.Current.CancellationToken);
        await using (var backend = machine.StartService(folder, "pond-backend", "pond-backend"))
        {
            await Eventually.HoldsAsync(() => backend.Said("is connected to the broker"), Within, () => backend.Tail);
            await backend.TerminateAsync();
            Assert.True(backend.ExitCode == 0, backend.Tail);
        }

        Assert.True(machine.Has(State));
        await File.AppendAllTextAsync(machine.Outside(Configuration), "[nonsense]\n", TestContext.Current.CancellationToken);
        var said = await machine.InstallAsync(await BuiltPackages.Of(BuiltPackages.Backend));
        Assert.Contains("backend.toml:7:", said, StringComparison.Ordinal);
        Assert.Contains("not started: mend", said, StringComparison.Ordinal);
        Assert.EndsWith("[nonsense]\n", await File.ReadAllTextAsync(machine.Outside(Configuration), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
