using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PondSentinel.Tls;

namespace PondSentinel.Backend.Web.Access;

/// <summary>The certificate that the page shows, read anew when its files are others, so that a renewed one needs no restart. While the new
/// ones are of no use the old one is shown on.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="options">The files.</param>
/// <param name="time">The clock: of how often they are looked at.</param>
/// <param name="log">Told of files that are of no use.</param>
internal sealed class ServedCertificate(TlsOptions options, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private SslStreamCertificateContext? shown;
    private (string Certificate, string Key) read;
    private long lookedAt;

    /// <summary>Reads the files.</summary>
    /// <returns>Why they are of no use, in one line with the file's name; null where they are.</returns>
    public string? Load()
    {
        lock (gate)
        {
            lookedAt = time.GetTimestamp();
            read = Stamp();

            // What has expired opens the page with a warning of the browser, which is more than nothing; the journal tells of it.
            using var files = TlsFiles.Read(options, out var failure);
            if ((failure ?? OwnCertificate.FaultOfServer(files!, options, _ => (time.GetUtcNow(), false))) is { } fault)
            {
                return fault;
            }

            try
            {
                // The key lives on in the context; those who have signed the certificate stand behind it in its file.
                var own = X509Certificate2.CreateFromPemFile(options.Certificate!, options.Key!);
                var all = new X509Certificate2Collection();
                all.ImportFromPemFile(options.Certificate!);
                shown = SslStreamCertificateContext.Create(own, [.. all.Skip(1)], offline: true);
                return null;
            }
            catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
            {
                return $"{options.Certificate}: {e.Message}";
            }
        }
    }

    /// <summary>How a connection is secured.</summary>
    public SslServerAuthenticationOptions Secure() => new()
    {
        ServerCertificateContext = Now(),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
    };

    private SslStreamCertificateContext Now()
    {
        lock (gate)
        {
            if (time.GetElapsedTime(lookedAt) >= LookEvery)
            {
                lookedAt = time.GetTimestamp();
                if (Stamp() != read && Load() is { } fault)
                {
                    log.LogWarning("The page goes on with the certificate of before: {Fault}", fault);
                }
            }

            return shown!;
        }
    }

    // By what is in them: the time of a file behind a link is not that of the link, and a copy may keep the time of what it was made of.
    private (string, string) Stamp() => (StampOf(options.Certificate!), StampOf(options.Key!));

    private static string StampOf(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return Convert.ToHexString(SHA256.HashData(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
