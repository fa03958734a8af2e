using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PondSentinel.Tests.Tls;

/// <summary>An authority that makes certificates for a test.</summary>
internal sealed class TestAuthority : IDisposable
{
    public const string ServerUse = "1.3.6.1.5.5.7.3.1";
    public const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private readonly string name;

    public TestAuthority(
        string name,
        DateTimeOffset notBefore,
        DateTimeOffset notAfter,
        X509KeyUsageFlags usage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign)
    {
        this.name = name;
        Certificate = WithUsage(usage, notBefore, notAfter);
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>Another certificate of the same key.</summary>
    public X509Certificate2 WithUsage(X509KeyUsageFlags usage) => WithUsage(usage, Certificate.NotBefore, Certificate.NotAfter);

    public X509Certificate2 Server(string host, DateTimeOffset notBefore, DateTimeOffset notAfter) =>
        Issue("CN=broker", notBefore, notAfter, ServerUse, host);

    /// <summary>Makes a certificate with its key.</summary>
    public X509Certificate2 Issue(string name, DateTimeOffset notBefore, DateTimeOffset notAfter, string? use, string? host)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, own, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        if (use is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        }

        if (host is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }

            request.CertificateExtensions.Add(names.Build());
        }

        using var bare = request.Create(Certificate, notBefore, notAfter, RandomNumberGenerator.GetBytes(12));
        return bare.CopyWithPrivateKey(own);
    }

    /// <summary>Makes a list of revoked certificates, PEM.</summary>
    public string RevocationList(DateTimeOffset madeAt, DateTimeOffset nextAt, params IEnumerable<X509Certificate2> revoked)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var certificate in revoked)
        {
            list.AddEntry(certificate, madeAt, X509RevocationReason.KeyCompromise);
        }

        return PemEncoding.WriteString("X509 CRL", list.Build(Certificate, 1, nextAt, HashAlgorithmName.SHA256, thisUpdate: madeAt));
    }

    public void Dispose()
    {
        Certificate.Dispose();
        key.Dispose();
    }

    private X509Certificate2 WithUsage(X509KeyUsageFlags usage, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(notBefore, notAfter);
    }
}
