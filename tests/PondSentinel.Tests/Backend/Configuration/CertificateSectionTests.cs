using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Configuration;

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

        using var output = new StringWriter();
        CheckCommand.Report("b.toml", loaded, output);
        Assert.Contains("  warning: /etc/nginx/web.pem: no such file, so nobody can be told when it ends\n", output.ToString(), StringComparison.Ordinal);
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
