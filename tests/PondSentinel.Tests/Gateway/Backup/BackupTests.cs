using System.Security.Cryptography;
using System.Text;
using CsCheck;
using PondSentinel.Gateway.Backup;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Tests.Gateway.Configuration;
using PondSentinel.Tests.Repository;

namespace PondSentinel.Tests.Gateway.Backup;

/// <summary>A machine's files into a backup and out of it onto another.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly string top = Directory.CreateTempSubdirectory("backup").FullName;

    public BackupTests()
    {
        Directory.CreateDirectory(Site);
        Put("gateway.toml", Configuration(Site));
        Put("tls/ca.pem", "an authority");
        Put("tls/own.pem", "a certificate");
        Put("tls/own.key", "a key");
        Put("profiles/probe.toml", Checkout.Text("deploy/profiles/probe.toml"));
        Put("state/calibrations-gz-07/ph.ph.000001.c1.json", "{}");
        Put("state/maintenance-gz-07.json", "{}\n");
        Put("state/device-gz-07-ph.state", "7\n");
        Put("state/device-gz-08-ph.state", "of another\n");
        Put("state/buffer/records.seg", "records");
    }

    private string Site => Path.Combine(top, "a");

    private string Archive => Path.Combine(top, "gz-07.tar");

    private string Config => Path.Combine(Site, "gateway.toml");

    public void Dispose() => Directory.Delete(top, recursive: true);

    [Fact]
    public async Task What_makes_a_gateway_is_put_into_one_file_for_its_owner_alone_and_back_onto_an_empty_machine()
    {
        var (code, output, error) = await RunAsync("backup", Archive);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(
            [
                "  gateway.toml", "  tls/ca", "  tls/certificate", "  tls/key", "  profiles/probe.toml", "  calibrations/ph.ph.000001.c1.json",
                "  state/device-gz-07-ph.state", "  state/maintenance-gz-07.json",
            ],
            output.Split('\n')[..8]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsLinux() ? File.GetUnixFileMode(Archive) : default);

        var before = Everything();
        Directory.Delete(Site, recursive: true);
        Directory.CreateDirectory(Site);
        (code, output, error) = await RunAsync("restore", Archive);
        Assert.Equal((0, ""), (code, error));
        Assert.EndsWith("restored; start it: systemctl start pond-gateway\n", output, StringComparison.Ordinal);
        Assert.Equal(
            before.Where(pair => !pair.Key.EndsWith("gz-08-ph.state", StringComparison.Ordinal) && !pair.Key.Contains("/buffer/", StringComparison.Ordinal)),
            Everything());
        Assert.NotNull(GatewayConfigurationFile.Load(Config).Configuration);
    }

    [Fact]
    public async Task Buffer_comes_along_where_it_is_asked_for_and_nobody_uses_it()
    {
        using (LinuxCard.At(Path.Combine(Site, "state/buffer")).Claim())
        {
            var (refused, _, why) = await RunAsync("backup", Archive, "--with-buffer");
            Assert.Equal(1, refused);
            Assert.Contains("is in use", why, StringComparison.Ordinal);
        }

        Assert.Equal(0, (await RunAsync("backup", Archive, "--with-buffer")).Code);
        var (code, _, error) = await RunAsync("restore", Archive, "--replace");
        Assert.Equal(1, code);
        Assert.Contains("holds a buffer, and two of them cannot be made one", error, StringComparison.Ordinal);
        Directory.Delete(Path.Combine(Site, "state/buffer"), recursive: true);
        Assert.Equal(0, (await RunAsync("restore", Archive, "--replace")).Code);
        Assert.Equal("records", File.ReadAllText(Path.Combine(Site, "state/buffer/records.seg")));
    }

    [Fact]
    public async Task Nothing_that_is_there_is_overwritten_unless_it_is_said_and_a_gateway_that_runs_is_left_alone()
    {
        Assert.Equal(0, (await RunAsync("backup", Archive)).Code);
        Assert.Equal((1, $"no backup is made: {Archive} is there already, and nothing is overwritten: name another file\n"), Short(await RunAsync("backup", Archive)));
        Put("tls/own.key", "another key");
        var before = Everything();

        Assert.Equal(
            (1, $"nothing is changed: {Archive}: {Config} and 7 more are there already, and nothing is overwritten; to replace them add --replace\n"),
            Short(await RunAsync("restore", Archive)));
        using (LinuxCard.At(Path.Combine(Site, "state/buffer")).Claim())
        {
            Assert.Equal(
                (1, $"nothing is changed: {Archive}: pond-gateway runs with {Site}/state/buffer: stop it first, systemctl stop pond-gateway\n"),
                Short(await RunAsync("restore", Archive, "--replace")));
        }

        Assert.Equal(0, (await RunAsync("restore", Archive, "--dry-run")).Code);
        Assert.Equal(before, Everything());
        Assert.Equal(0, (await RunAsync("restore", Archive, "--replace")).Code);
        Assert.Equal("a key", File.ReadAllText(Path.Combine(Site, "tls/own.key")));
    }

    [Fact]
    public async Task Any_byte_that_is_changed_and_any_cut_is_noticed_before_anything_is_touched()
    {
        Assert.Equal(0, (await RunAsync("backup", Archive)).Code);
        var good = await File.ReadAllBytesAsync(Archive, TestContext.Current.CancellationToken);
        var before = Everything();

        // One at a time: all are in the same file.
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte[1, 255], Gen.Bool).Sample(Check, threads: 1);
        Assert.Equal(before, Everything());

        void Check(int at, byte by, bool isCut)
        {
            var bad = isCut ? good[..at] : [.. good];
            if (!isCut)
            {
                bad[at] ^= by;
            }

            File.WriteAllBytes(Archive, bad);
            try
            {
                using var archive = BackupArchive.Open(Archive);

                // What follows the end is nobody's, and padding says nothing.
                Assert.True(at >= good.Length - (2 * Ustar.Block) || archive.Manifest.Entries.All(entry => archive.Text(entry.Name) is not null));
                Assert.Equal(before[Config], archive.Text("gateway.toml"));
            }
            catch (BackupRefusedException)
            {
                // Noticed.
            }
        }
    }

    [Fact]
    public async Task File_that_is_cut_off_while_it_is_read_is_refused()
    {
        Put("state/buffer/records.seg", new string('r', 100_000));
        Assert.Equal(0, (await RunAsync("backup", Archive, "--with-buffer")).Code);
        using var archive = BackupArchive.Open(Archive);
        using (var other = new FileStream(Archive, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            other.SetLength(5 * Ustar.Block);
        }

        var name = Assert.Single(archive.Manifest.Entries, entry => BackupArchive.IsOfTheBuffer(entry.Name)).Name;
        Assert.Equal("it was cut off; take another copy of it", Assert.Throws<BackupRefusedException>(() => archive.Write(name, Stream.Null)).Message);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("state/../gateway.toml")]
    [InlineData("state/.profile")]
    [InlineData("state/maintenance-gz-08.json")]
    [InlineData("state/cron.sh")]
    [InlineData("calibrations/../../x.json")]
    [InlineData("buffer/a/b")]
    [InlineData("tls/crl")]
    [InlineData("tls/other")]
    [InlineData("profiles/probe.sh")]
    [InlineData("gateway.toml.1")]
    public void Name_that_is_none_of_the_gateways_goes_nowhere(string name)
    {
        Craft(("gateway.toml", Configuration(Site)), (name, "evil"));
        using var archive = BackupArchive.Open(Archive);

        var refusal = Assert.Throws<BackupRefusedException>(() => new Restoration(archive, Config, anywhere: true));
        Assert.Equal($"{name} is none of the files of gateway gz-07; restore one that pond-gateway backup has made", refusal.Message);
    }

    [Fact]
    public void Configuration_that_would_write_elsewhere_is_refused_unless_it_is_trusted()
    {
        Craft(("gateway.toml", Configuration(Site).Replace($"{Site}/tls/own.key", "/etc/cron.d/own", StringComparison.Ordinal)), ("tls/key", "evil"));
        using var archive = BackupArchive.Open(Archive);

        var refusal = Assert.Throws<BackupRefusedException>(() => new Restoration(archive, Config, anywhere: false));
        Assert.Equal($"it would write /etc/cron.d/own, which is neither below {Site} nor below /var/lib/pondsentinel; where you trust it add --anywhere", refusal.Message);
        Assert.Equal("/etc/cron.d/own", new Restoration(archive, Config, anywhere: true).Files[1].Path);
    }

    [Fact]
    public void Links_in_the_way_are_not_followed()
    {
        Craft(("gateway.toml", Configuration(Site)), ("state/maintenance-gz-07.json", "restored"), ("calibrations/told", "x"));
        var victim = Path.Combine(top, "victim");
        File.WriteAllText(victim, "untouched");
        var state = Path.Combine(Site, "state/maintenance-gz-07.json");
        File.Delete(state);
        File.CreateSymbolicLink(state, victim);
        File.CreateSymbolicLink($"{state}.restore", victim);
        using (var archive = BackupArchive.Open(Archive))
        {
            new Restoration(archive, Config, anywhere: false).Restore(replace: true, static () => { });
        }

        Assert.Equal(("untouched", "restored", null), (File.ReadAllText(victim), File.ReadAllText(state), new FileInfo(state).LinkTarget));

        // Nor a folder that leads elsewhere.
        Directory.Move(Path.Combine(Site, "state/calibrations-gz-07"), Path.Combine(top, "elsewhere"));
        Directory.CreateSymbolicLink(Path.Combine(Site, "state/calibrations-gz-07"), Path.Combine(top, "elsewhere"));
        using var again = BackupArchive.Open(Archive);
        Assert.Throws<BackupRefusedException>(() => new Restoration(again, Config, anywhere: false));
    }

    [Theory]
    [InlineData('2')]
    [InlineData('5')]
    [InlineData('x')]
    [InlineData('L')]
    public void Member_that_is_no_plain_file_is_refused(char kind)
    {
        Craft(("gateway.toml", Configuration(Site)));
        var bytes = File.ReadAllBytes(Archive);
        var at = Array.FindIndex(bytes, Ustar.Block, digit => digit == (byte)'g');
        at -= at % Ustar.Block;
        while (!Encoding.ASCII.GetString(bytes, at, 12).StartsWith("gateway.toml", StringComparison.Ordinal))
        {
            at += Ustar.Block;
        }

        bytes[at + 156] = (byte)kind;
        Encoding.ASCII.GetBytes(Convert.ToString(Ustar.Sum(bytes.AsSpan(at, Ustar.Block)), 8).PadLeft(6, '0'), bytes.AsSpan(at + 148));
        File.WriteAllBytes(Archive, bytes);

        var refusal = Assert.Throws<BackupRefusedException>(() => BackupArchive.Open(Archive));
        Assert.Equal("gateway.toml is no plain file, and a backup has no others; restore one that pond-gateway backup has made", refusal.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no archive at all, but long enough for nothing")]
    public async Task What_is_no_backup_is_said_to_be_none(string text)
    {
        await File.WriteAllTextAsync(Archive, text, TestContext.Current.CancellationToken);

        Assert.Equal((1, $"nothing is changed: {Archive}: it was cut off; take another copy of it\n"), Short(await RunAsync("restore", Archive)));
    }

    [Fact]
    public async Task File_or_folder_that_is_not_there_is_named_and_what_to_do()
    {
        var missing = Path.Combine(top, "nowhere", "gz-07.tar");

        Assert.Equal(
            (1, $"no backup is made: there is no folder {Path.Combine(top, "nowhere")}: make it, or name another file\n"),
            Short(await RunAsync("backup", missing)));
        Assert.Equal(
            (1, $"nothing is changed: {missing}: no such file; name the file that pond-gateway backup has made\n"),
            Short(await RunAsync("restore", missing)));
        Assert.Equal(
            (1, $"nothing is changed: {top}: this is a folder, not a backup; name the file that pond-gateway backup has made\n"),
            Short(await RunAsync("restore", top)));
    }

    [Fact]
    public async Task Any_tar_lists_it()
    {
        Assert.Equal(0, (await RunAsync("backup", Archive)).Code);
        await using var file = File.OpenRead(Archive);
        await using var reader = new System.Formats.Tar.TarReader(file);
        List<string> names = [];
        while (await reader.GetNextEntryAsync(copyData: false, TestContext.Current.CancellationToken) is { } entry)
        {
            names.Add(entry.Name);
        }

        Assert.Equal(["manifest.json", "gateway.toml", "tls/ca"], names[..3]);
        Assert.Equal(9, names.Count);
    }

    private static (int Code, string Error) Short((int Code, string Output, string Error) run) => (run.Code, run.Error);

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await GatewayCommandLine.InvokeAsync([.. arguments, "--config", Config], output, error);
        return (code, output.ToString(), error.ToString());
    }

    private SortedDictionary<string, string> Everything() => new(
        Directory.GetFiles(Site, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllText), StringComparer.Ordinal);

    private void Put(string file, string text)
    {
        var path = Path.Combine(Site, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private void Craft(params (string Name, string Text)[] members)
    {
        using var file = File.Create(Archive);
        void Add(string name, byte[] bytes)
        {
            file.Write(Ustar.Header(name, bytes.Length, DateTimeOffset.UnixEpoch));
            file.Write(bytes);
            file.Write(new byte[Ustar.Padding(bytes.Length)]);
        }

        var contents = members.Select(member => (member.Name, Bytes: Encoding.UTF8.GetBytes(member.Text))).ToList();
        Add("manifest.json", new BackupManifest("gz-07", "zudong", DateTimeOffset.UnixEpoch, [.. contents.Select(member =>
            new ManifestEntry(member.Name, member.Bytes.Length, Convert.ToHexStringLower(SHA256.HashData(member.Bytes))))]).Encode());
        contents.ForEach(member => Add(member.Name, member.Bytes));
        file.Write(new byte[2 * Ustar.Block]);
    }

    private static string Configuration(string folder) => OneProbe.Text(
        $"{folder}/state",
        $"""
        [uplink]
        host = "broker.example.org"
        tls = true
        ca = "{folder}/tls/ca.pem"
        certificate = "{folder}/tls/own.pem"
        key = "{folder}/tls/own.key"
        """).Replace("[[station]]", $"profiles = \"{folder}/profiles\"\n[[station]]", StringComparison.Ordinal);
}
