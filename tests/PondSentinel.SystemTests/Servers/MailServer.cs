using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using MimeKit;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;
using PondSentinel.Tests.Tls;

namespace PondSentinel.SystemTests.Servers;

/// <summary>A real mail server with STARTTLS and AUTH. What it does is told by files in its folder: tests/rigs/mailserver.py.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    public const string User = "pond";
    public const string Password = "s€cret";

    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(30);

    private readonly string folder;
    private RunningProcess process = null!;

    private MailServer(string folder, int port) => (this.folder, Port) = (folder, port);

    /// <summary>Its port on localhost.</summary>
    public int Port { get; }

    /// <summary>The authority that has signed its certificate.</summary>
    public string Authority => Path.Combine(folder, "ca.pem");

    /// <summary>Its last lines.</summary>
    public string Tail => process.Tail;

    /// <summary>The mails that it has taken, with who they are for.</summary>
    public IReadOnlyList<(IReadOnlyList<string> Recipients, MimeMessage Mail)> Mails =>
    [
        .. Directory.GetFiles(folder, "*.eml").Order(StringComparer.Ordinal).Select(file => MimeMessage.Load(file))
            .Select(mail => ((IReadOnlyList<string>)[.. mail.Headers.Where(header => header.Field == "X-Rcpt").Select(header => header.Value)], mail)),
    ];

    /// <summary>Starts one.</summary>
    /// <param name="folder">Folder of the test.</param>
    public static async Task<MailServer> StartAsync(string folder)
    {
        var own = Directory.CreateDirectory(Path.Combine(folder, "mail")).FullName;
        var now = TimeProvider.System.GetUtcNow();
        using var authority = new TestAuthority("CN=mail", now.AddDays(-1), now.AddDays(1));
        using var certificate = authority.Server("localhost", now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(own, "ca.pem"), authority.Certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(own, "server.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(own, "server.key"), KeyOf(certificate));
        var server = new MailServer(own, FreePort.Next());
        server.process = RunningProcess.Start(
            "mailserver", own, "/usr/bin/python3", Checkout.Absolute("tests/rigs/mailserver.py"), own,
            server.Port.ToString(CultureInfo.InvariantCulture), $"{own}/server.pem", $"{own}/server.key", User, Password);
        await Eventually.HoldsAsync(
            () =>
            {
                Assert.False(server.process.HasExited, server.process.Tail);
                return server.process.Said("ready");
            },
            ReadyWithin,
            () => $"The mail server is not ready.\n{server.Tail}");
        return server;
    }

    /// <summary>Tells it what to do from now on.</summary>
    /// <param name="what">One of the words of the rig.</param>
    public void Tell(string what) => File.WriteAllText(Path.Combine(folder, what), "");

    /// <summary>Tells it to do that no more.</summary>
    /// <param name="what">One of the words of the rig.</param>
    public void Untell(string what) => File.Delete(Path.Combine(folder, what));

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey();
        return key!.ExportPkcs8PrivateKeyPem();
    }
}
