using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Packages;

/// <summary><c>deploy/raspberry-pi/setup.sh</c>, on a copy of the files of a Raspberry Pi.</summary>
public sealed class PiSetupTests
{
    private const string OwnConfig = "# mine\ndtparam=i2c_arm=off\n[cm5]\ndtoverlay=dwc2";
    private readonly string root = TestFolder.Create();

    public PiSetupTests()
    {
        Directory.CreateDirectory(Inside("boot/firmware"));
        Directory.CreateDirectory(Inside("etc"));
        File.WriteAllText(Inside("boot/firmware/config.txt"), OwnConfig);
        File.WriteAllText(
            Inside("boot/firmware/cmdline.txt"), "console=serial0,115200 console=tty1 root=PARTUUID=5e3da3da-02 rootwait\n");
    }

    [Fact]
    public async Task Dry_run_shows_every_change_and_makes_none()
    {
        var (code, output, _) = await RunAsync("--dry-run");

        Assert.Equal(0, code);
        Assert.Contains("+dtparam=spi=on", output, StringComparison.Ordinal);
        Assert.Contains("-console=serial0,115200", output, StringComparison.Ordinal);
        Assert.EndsWith("nothing was changed: that was a dry run\n", output, StringComparison.Ordinal);
        Assert.Equal(
            ["boot/firmware/cmdline.txt", "boot/firmware/config.txt"],
            Directory.GetFiles(root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file)).Order(StringComparer.Ordinal));
        Assert.Equal(OwnConfig, Text("boot/firmware/config.txt"));
    }

    [Fact]
    public async Task Parts_are_added_behind_what_is_the_owners_and_the_second_time_nothing_changes()
    {
        string[] parts = ["i2c", "uart", "one-wire", "rtc=ds3231", "watchdog", "chrony", "journal", "firewall", "updates", "modem=cm/net&x"];
        Assert.Equal(0, (await RunAsync(parts)).Code);
        var once = Everything();

        Assert.Equal(
            OwnConfig + "\n# --- pondsentinel: written by setup.sh\n[all]\ndtparam=i2c_arm=on\nenable_uart=1\ndtoverlay=disable-bt\n[pi5]\n"
            + "dtparam=uart0=on\n[all]\ndtoverlay=w1-gpio\ndtoverlay=i2c-rtc,ds3231\ndtparam=watchdog=on\n# --- pondsentinel: end\n",
            Text("boot/firmware/config.txt"));
        Assert.Equal("console=tty1 root=PARTUUID=5e3da3da-02 rootwait\n", Text("boot/firmware/cmdline.txt"));
        Assert.Contains("\napn=cm/net&x\n", Text("etc/NetworkManager/system-connections/pond-modem.nmconnection"), StringComparison.Ordinal);
        Assert.Equal(OwnConfig, Text("boot/firmware/config.txt.before-pondsentinel"));

        var (code, output, _) = await RunAsync(parts);
        Assert.Equal(0, code);
        Assert.EndsWith("no file wants changing\n", output, StringComparison.Ordinal);
        Assert.Equal(once, Everything());

        // Other parts another time: the block is theirs, and the owner's lines are where they were.
        await RunAsync("spi");
        Assert.Equal(
            OwnConfig + "\n# --- pondsentinel: written by setup.sh\n[all]\ndtparam=spi=on\n# --- pondsentinel: end\n",
            Text("boot/firmware/config.txt"));
    }

    [Fact]
    public async Task Whoever_would_lock_himself_out_or_lose_the_buffer_is_refused_and_told_what_to_do()
    {
        var (code, _, error) = await RunAsync("ssh-keys", "read-only");
        Assert.Equal(1, code);
        Assert.Contains("you would lock yourself out", error, StringComparison.Ordinal);
        Assert.Contains("is no file system of its own", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Inside("etc/ssh")));

        Directory.CreateDirectory(Inside("home/li/.ssh"));
        await File.WriteAllTextAsync(Inside("home/li/.ssh/authorized_keys"), "ssh-ed25519 AAAA li\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            Inside("etc/fstab"), "PARTUUID=5e3da3da-03 /var/lib/pondsentinel ext4 noatime,commit=600 0 2\n", TestContext.Current.CancellationToken);
        (code, var output, _) = await RunAsync("ssh-keys", "read-only");
        Assert.Equal(0, code);
        Assert.Contains("would run: raspi-config nonint enable_overlayfs", output, StringComparison.Ordinal);
        Assert.Contains("PasswordAuthentication no", Text("etc/ssh/sshd_config.d/10-pondsentinel.conf"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tunnel_has_a_key_that_is_made_on_the_machine_and_no_other()
    {
        var tunnel = Inside("pond.conf");
        await File.WriteAllTextAsync(tunnel, "[Interface]\nAddress = 10.77.0.7/32\nPrivateKey = abc\n", TestContext.Current.CancellationToken);
        Assert.Equal(1, (await RunAsync($"wireguard={tunnel}")).Code);

        await File.WriteAllTextAsync(tunnel, "[Interface]\nAddress = 10.77.0.7/32\n", TestContext.Current.CancellationToken);
        Assert.Equal(0, (await RunAsync($"wireguard={tunnel}")).Code);
        Assert.Equal(
            "[Interface]\nPostUp = wg set %i private-key /etc/wireguard/pond.key\nAddress = 10.77.0.7/32\n", Text("etc/wireguard/pond.conf"));
    }

    [Fact]
    public async Task Block_that_somebody_has_torn_is_left_alone()
    {
        await File.AppendAllTextAsync(
            Inside("boot/firmware/config.txt"), "\n# --- pondsentinel: written by setup.sh\n[all]\nmine=1\n", TestContext.Current.CancellationToken);
        var before = Text("boot/firmware/config.txt");
        var (code, _, error) = await RunAsync("i2c");

        Assert.Equal(1, code);
        Assert.Contains("belong together", error, StringComparison.Ordinal);
        Assert.Equal(before, Text("boot/firmware/config.txt"));
    }

    [Theory]
    [InlineData("bluetooth")]
    [InlineData("rtc=quartz")]
    [InlineData("modem=")]
    public async Task Part_that_is_none_is_misuse(string part) => Assert.Equal(2, (await RunAsync(part)).Code);

    [Fact]
    public async Task Firewall_is_one_that_nftables_can_load() =>
        await Command.RunAsync("unshare", "--net", "nft", "--check", "--file", Checkout.Absolute("deploy/raspberry-pi/etc/nftables.conf"));

    private string Inside(string path) => Path.Combine(root, path);

    private string Text(string path) => File.ReadAllText(Inside(path));

    private List<string> Everything() =>
    [
        .. Directory.GetFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{file}\n{File.ReadAllText(file)}"),
    ];

    private Task<(int Code, string Output, string Error)> RunAsync(params IEnumerable<string> arguments) =>
        Command.TryAsync(Checkout.Absolute("deploy/raspberry-pi/setup.sh"), ["--root", root, .. arguments]);
}
