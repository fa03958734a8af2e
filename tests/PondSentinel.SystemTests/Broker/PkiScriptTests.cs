using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Broker;

/// <summary><c>deploy/pki/pki.sh</c>, run as a technician runs it.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class PkiScriptTests
{
    private readonly PkiFolder pki = new(Path.Combine(TestFolder.Create(), "pki"));

    [Fact]
    public async Task Each_certificate_is_good_for_its_use_alone_and_lasts_as_long_as_the_page_says()
    {
        await pki.RunAsync("init", "--name", "Pond CA of the test");
        await pki.RunAsync("server", "broker", "--san", "broker.example.org", "--san", "192.0.2.7", "--san", "2001:db8::7");
        await pki.RunAsync("gateway", "gz-07");
        await pki.RunAsync("backend");
        using var server = Read("broker");
        using var gateway = Read("gz-07");
        using var backend = Read("pond-backend");

        Assert.All([server, gateway, backend], own => Assert.Equal("1.2.840.10045.3.1.7", own.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value));
        Assert.Equal(("1.3.6.1.5.5.7.3.1", X509KeyUsageFlags.DigitalSignature, 2), Terms(server));
        Assert.Equal(("1.3.6.1.5.5.7.3.2", X509KeyUsageFlags.DigitalSignature, 5), Terms(gateway));
        Assert.Equal(("1.3.6.1.5.5.7.3.2", X509KeyUsageFlags.DigitalSignature, 2), Terms(backend));
        Assert.Equal("CN=gz-07", gateway.Subject);
        Assert.All(["broker.example.org", "192.0.2.7", "2001:db8::7"], host => Assert.True(server.MatchesHostname(host, false, false), host));
        Assert.False(server.MatchesHostname("broker", true, true));
        Assert.Equal("nothing wants doing\n", await pki.RunAsync("check"));
    }

    [Fact]
    public async Task Keys_are_their_owners_alone_and_what_is_public_can_be_read()
    {
        await pki.RunAsync("init");
        await pki.RunAsync("gateway", "gz-07");

        Assert.All([Path.Combine(pki.Path, "ca/ca.key"), pki.Key("gz-07")], file => Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Assert.All([pki.Authority, pki.Certificate("gz-07"), pki.RevocationList], file => Assert.True(
            File.GetUnixFileMode(file).HasFlag(UnixFileMode.OtherRead), file));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.Combine(pki.Path, "ca")));
        Assert.DoesNotContain("ca.key", Directory.EnumerateFiles(Path.Combine(pki.Path, "issued"), "*", SearchOption.AllDirectories).Select(Path.GetFileName));

        File.SetUnixFileMode(pki.Key("gz-07"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var (code, output, _) = await pki.TryAsync("check");
        Assert.Equal(1, code);
        Assert.Contains($"! {pki.Key("gz-07")} can be read by others", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_ended_an_hour_ago_has_ended()
    {
        await pki.RunAsync("init");
        await pki.RunAsync("gateway", "gz-07", "--days", "1");
        // A whole day until the second after it was made.
        Assert.Matches("the certificate of gz-07 ends in (1 day|0 days), on ", (await pki.TryAsync("check")).Output);

        var later = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(pki.Path)!, "later")).FullName;
        var date = Path.Combine(later, "date");
        await File.WriteAllTextAsync(
            date, "#!/bin/sh\n[ \"$*\" = +%s ] || exec /bin/date \"$@\"\necho $(($(/bin/date +%s) + 90000))\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(date, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Contains("the certificate of gz-07 ended on ", (await pki.RunWithPathAsync(later, "check")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Same_command_twice_changes_nothing_and_another_wish_is_refused()
    {
        await pki.RunAsync("init");
        await pki.RunAsync("server", "broker", "--san", "broker.example.org");
        await pki.RunAsync("gateway", "gz-07");
        var before = Contents();

        Assert.Contains("left alone", await pki.RunAsync("init"), StringComparison.Ordinal);
        Assert.Contains("left alone", await pki.RunAsync("server", "broker", "--san", "broker.example.org"), StringComparison.Ordinal);
        Assert.Contains("left alone", await pki.RunAsync("gateway", "gz-07"), StringComparison.Ordinal);
        await RefusedAsync("for other names", "server", "broker", "--san", "other.example.org");
        await RefusedAsync("gz-07 is the name of a gateway already", "backend", "gz-07");
        await RefusedAsync("broker is the name of a server already", "gateway", "broker");
        Assert.Equal(before, Contents());
    }

    [Fact]
    public async Task Bad_input_is_one_line_and_changes_nothing()
    {
        await RefusedAsync("there is no authority in", "gateway", "gz-07");
        await pki.RunAsync("init");
        var before = Contents();

        foreach (var name in (string[])["", "GZ-07", "../gz-07", "gz 07", "$(id)", "gz-07\n", "-x y", new('a', 33)])
        {
            await RefusedAsync("is no name", "gateway", name);
        }

        foreach (var host in (string[])["", "*.example.org", "a,IP:192.0.2.1", "999.0.2.1", "mqtt://broker", "broker:8883", "-a"])
        {
            await RefusedAsync("", "server", "broker", "--san", host);
        }

        await RefusedAsync("whom the broker takes for the backend", "gateway", "pond-backend");
        await RefusedAsync("days must be", "gateway", "gz-07", "--days", "0");
        await RefusedAsync("days must be", "gateway", "gz-07", "--days", "1827");
        await RefusedAsync("has no certificate yet", "renew", "gz-07");
        await RefusedAsync("has no certificate", "revoke", "gz-07");
        await RefusedAsync("is no verb", "sign", "gz-07");
        Assert.Equal(before, Contents());
    }

    [Fact]
    public async Task Renewed_certificate_has_a_new_key_and_the_one_before_stays_good_until_it_is_revoked()
    {
        await pki.RunAsync("init");
        await pki.RunAsync("gateway", "gz-07", "--days", "30");
        var (code, output, _) = await pki.TryAsync("list");
        Assert.Equal(1, code);
        Assert.Contains("! the certificate of gz-07 ends in ", output, StringComparison.Ordinal);

        await pki.RunAsync("renew", "gz-07");
        await pki.RunAsync("list");
        using var first = Read("gz-07");
        using var second = Read("gz-07", 2);
        Assert.Equal(first.Subject, second.Subject);
        Assert.NotEqual(first.GetPublicKeyString(), second.GetPublicKeyString());
        Assert.Contains("OK", await VerifyAsync(1), StringComparison.Ordinal);
        Assert.Contains("OK", await VerifyAsync(2), StringComparison.Ordinal);

        await pki.RunAsync("revoke", "gz-07", "1");
        Assert.Contains("certificate revoked", await VerifyAsync(1), StringComparison.Ordinal);
        Assert.Contains("OK", await VerifyAsync(2), StringComparison.Ordinal);
        Assert.Contains("is revoked already", await pki.RunAsync("revoke", "gz-07", "1"), StringComparison.Ordinal);

        await pki.RunAsync("revoke", "gz-07");
        Assert.Contains("certificate revoked", await VerifyAsync(2), StringComparison.Ordinal);
        await RefusedAsync("all certificates of gz-07 are revoked", "gateway", "gz-07");
    }

    [Fact]
    public async Task List_of_the_revoked_holds_for_more_than_a_year_and_its_number_grows()
    {
        await pki.RunAsync("init");
        for (var number = 2; number <= 3; number++)
        {
            await pki.RunAsync("crl");
        }

        var text = await Command.RunAsync("openssl", "crl", "-in", pki.RevocationList, "-noout", "-crlnumber", "-nextupdate", "-dateopt", "iso_8601");
        Assert.Contains("crlNumber=0x03", text, StringComparison.Ordinal);
        var next = DateTimeOffset.Parse(text.Split("nextUpdate=")[1].Trim(), System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(next > TimeProvider.System.GetUtcNow().AddDays(365), text);

        File.Delete(pki.RevocationList);
        Assert.Contains("there is no list", (await pki.TryAsync("check")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_that_is_killed_anywhere_leaves_no_half_certificate_and_can_be_given_again()
    {
        // Each call of openssl, sync and mv is a place to be killed at, as by a power cut.
        var programs = Directory.CreateDirectory(Path.Combine(pki.Path, "../programs")).FullName;
        var left = Path.Combine(programs, "left");
        foreach (var program in (string[])["openssl", "sync", "mv"])
        {
            var file = Path.Combine(programs, program);
            await File.WriteAllTextAsync(
                file,
                $"#!/bin/sh\nn=$(cat {left}); echo $((n - 1)) >{left}\n[ \"$n\" -gt 0 ] || {{ kill -KILL $PPID; exit 1; }}\nexec /usr/bin/{program} \"$@\"\n",
                TestContext.Current.CancellationToken);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        foreach (var command in (string[][])[["init"], ["gateway", "gz-07"], ["renew", "gz-07"], ["revoke", "gz-07", "1"]])
        {
            var survived = false;
            for (var calls = 0; !survived; calls++)
            {
                Assert.True(calls < 60, "It never comes to an end.");
                await File.WriteAllTextAsync(left, $"{calls}", TestContext.Current.CancellationToken);
                var certificates = Directory.Exists(Path.Combine(pki.Path, "issued")) ? Certificates().Count : 0;
                survived = (await pki.RunWithPathAsync(programs, command)).Code == 0;
                Assert.All(Certificates(), place => Assert.Equal(
                    4, Directory.GetFiles(place).Count(file => new FileInfo(file).Length > 0)));

                // The renewal that was cut off after its last step has been made: another one would be one too many.
                survived |= command[0] == "renew" && Certificates().Count > certificates;
            }

            await pki.RunAsync("crl");
            await pki.RunAsync("check");
        }

        Assert.Contains("certificate revoked", await VerifyAsync(1), StringComparison.Ordinal);
        Assert.Contains("OK", await VerifyAsync(2), StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(pki.Path, ".new.*"));
    }

    private static (string Uses, X509KeyUsageFlags Keys, int Years) Terms(X509Certificate2 certificate) =>
    (
        string.Join(' ', certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(use => use.Value)),
        certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages,
        (int)Math.Round((certificate.NotAfter - certificate.NotBefore).TotalDays / 365.25));

    private X509Certificate2 Read(string name, int number = 1) =>
        X509Certificate2.CreateFromPemFile(pki.Certificate(name, number), pki.Key(name, number));

    private List<string> Certificates() => Directory.Exists(Path.Combine(pki.Path, "issued"))
        ? [.. Directory.GetDirectories(Path.Combine(pki.Path, "issued")).SelectMany(Directory.GetDirectories)]
        : [];

    private async Task RefusedAsync(string reason, params string[] arguments)
    {
        var (code, output, error) = await pki.TryAsync(arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("pki.sh: ", error, StringComparison.Ordinal);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    private async Task<string> VerifyAsync(int number)
    {
        var (_, output, error) = await Command.TryAsync(
            "openssl", "verify", "-CAfile", pki.Authority, "-CRLfile", pki.RevocationList, "-crl_check", "-purpose", "sslclient", pki.Certificate("gz-07", number));
        return output + error;
    }

    private string Contents() => string.Join('\n', Directory.EnumerateFiles(pki.Path, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)
        .Select(file => $"{file} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}"));
}
