using System.Security.Cryptography.X509Certificates;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Configuration;
using PondSentinel.Tests.Tls;

namespace PondSentinel.Tests.Backend.Configuration;

/// <summary>Which certificates are watched, and what is wrong with how that is written.</summary>
public sealed class CertificateSectionTests
{
    [Fact]
    public void Files_of_others_stand_beside_those_of_broker_and_page_each_once()
    {
        var loaded = BackendConfigurationFile.Read(
            "b.toml",
            """
            [broker]
            host = "broker.example.org"
            tls = true
            ca = "/tls/ca.pem"
            certificate = "/tls/own.pem"
            key = "/tls/own.key"
            crl = "/tls/crl.pem"
            [certificates]
            files = ["/tls/crl.pem", "/etc/nginx/web.pem"]
            """);

        Assert.Empty(loaded.Problems);
        Assert.Equal(["/tls/ca.pem", "/tls/own.pem", "/tls/crl.pem", "/etc/nginx/web.pem"], loaded.Configuration!.CertificateFiles);

        var (code, output) = Check(loaded);
        Assert.Equal(0, code);
        Assert.Contains(
            "  warning: /etc/nginx/web.pem: no such file, so nobody can be told when it ends: name the file that is there, or let the user of the service read it\n",
            output, StringComparison.Ordinal);
    }

    /// <summary>What ends run is a mistake, and what an owner may see to later is not.</summary>
    [Theory]
    [InlineData(TestAuthority.ServerUse, 1, 0, "its files can be read")]
    [InlineData(TestAuthority.ServerUse, -1, 0, "  warning: CERTIFICATE: this certificate expired on ")]
    [InlineData(TestAuthority.ClientUse, 1, CheckCommand.Bad, "error: CERTIFICATE: this certificate is not ")]
    public void Certificate_of_the_page_that_is_for_no_server_is_a_mistake(string use, int daysLeft, int code, string said)
    {
        var folder = Directory.CreateTempSubdirectory("pond-check-").FullName;
        try
        {
            var now = TimeProvider.System.GetUtcNow();
            using var authority = new TestAuthority("CN=Pond CA", now.AddYears(-1), now.AddYears(1));
            using var own = authority.Issue("CN=page", now.AddDays(-9), now.AddDays(daysLeft), use, "page.example.org");
            using var key = own.GetECDsaPrivateKey()!;
            var (certificate, keyFile) = (Path.Combine(folder, "page.pem"), Path.Combine(folder, "page.key"));
            File.WriteAllText(certificate, own.ExportCertificatePem());
            File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
            var (found, output) = Check(BackendConfigurationFile.Read(
                "b.toml",
                $"""
                [web]
                listen = "0.0.0.0"
                hosts = ["page.example.org"]
                certificate = "{certificate}"
                key = "{keyFile}"
                """));
            Assert.Equal(code, found);
            Assert.Contains(said.Replace("CERTIFICATE", certificate, StringComparison.Ordinal), output, StringComparison.Ordinal);
            Assert.Equal(code == 0, output.Contains("b.toml: good\n", StringComparison.Ordinal));
            Assert.Equal(code != 0, output.Contains("pond-backend run ends with it", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("sites = [\"pond\"]", "sites = [\"hill\"]", true)]
    [InlineData("sites = [\"pond\"]", "sites = [\"hill\", \"b1\"]", false)]
    [InlineData("sites = [\"pond\"]", "", false)]
    public void Where_no_channel_hears_of_the_backend_itself_check_warns(string first, string second, bool warns)
    {
        var loaded = BackendConfigurationFile.Read(
            "b.toml", $"[[webhook]]\nname = \"a\"\nurl = \"https://a.example\"\n{first}\n[[webhook]]\nname = \"b\"\nurl = \"https://b.example\"\n{second}\n");
        Assert.Empty(loaded.Problems);
        Assert.Equal(
            warns,
            loaded.Warnings.Any(warning => warning.ToString().Contains(
                "every channel is held to sites, and none to b1: nobody is told that a certificate of this machine ends or that its clock is off; add \"b1\" to sites of one of them",
                StringComparison.Ordinal)));
    }

    private static (int Code, string Output) Check(LoadedBackendConfiguration loaded)
    {
        using var output = new StringWriter();
        return (CheckCommand.Report("b.toml", loaded, output), output.ToString());
    }

    [Fact]
    public void What_is_no_file_and_what_nobody_knows_is_said()
    {
        Assert.Contains(
            "b.toml:2:1: files of [certificates] must be files from / on: \"web.pem\"; write where it lies, for example /etc/mosquitto/certs/broker.pem",
            Read("files = [\"web.pem\"]"));
        Assert.NotEmpty(Read(""));
        Assert.Contains(Read("files = [\"/a\"]\nahead = \"30d\""), problem => problem.Contains("ahead", StringComparison.Ordinal));
        Assert.Contains(
            Read($"files = [{string.Join(", ", Enumerable.Range(0, 33).Select(number => $"\"/{number}\""))}]"),
            problem => problem.Contains("more than 32", StringComparison.Ordinal));
    }

    private static List<string> Read(string section) =>
        [.. BackendConfigurationFile.Read("b.toml", $"[certificates]\n{section}").Problems.Select(problem => problem.ToString())];
}
