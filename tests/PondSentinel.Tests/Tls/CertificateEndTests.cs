using PondSentinel.Tls;

namespace PondSentinel.Tests.Tls;

/// <summary>When what a file holds ends, and why nobody knows where that is so.</summary>
public sealed class CertificateEndTests : IDisposable
{
    private static readonly DateTimeOffset Made = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string file = Path.GetTempFileName();
    private readonly TestAuthority authority = new("CN=Pond CA", Made, Made.AddYears(20));
    private readonly TestAuthority next = new("CN=Pond CA 2", Made, Made.AddYears(30));

    public void Dispose()
    {
        authority.Dispose();
        next.Dispose();
        File.Delete(file);
    }

    [Fact]
    public void Of_a_chain_the_first_ends_it_of_authorities_the_last_and_of_a_list_the_next()
    {
        using var own = authority.Issue("CN=web", Made, Made.AddYears(2), TestAuthority.ServerUse, null);
        var (web, first, second) = (own.ExportCertificatePem(), authority.Certificate.ExportCertificatePem(), next.Certificate.ExportCertificatePem());
        var list = authority.RevocationList(Made, Made.AddYears(1));

        Assert.Equal(Made.AddYears(2), EndOf($"{web}\n{first}\n"));
        Assert.Equal(Made.AddYears(30), EndOf($"{first}\n{second}\n"));
        Assert.Equal(Made.AddYears(1), EndOf(list));
        Assert.Equal(Made.AddYears(1), EndOf($"{web}\n{list}\n"));
    }

    [Fact]
    public void File_of_no_use_is_named()
    {
        Assert.Equal($"{file}: no certificate and no list of revoked ones in it; it must be PEM", FaultOf("hello"));
        Assert.Equal(
            $"{file}: a certificate in it is damaged; bring it anew", FaultOf("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"));
        Assert.Equal(
            $"{file}: a certificate in it is damaged; bring it anew", FaultOf("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
        Assert.Null(CertificateEnd.Of($"{file}.none", out var none));
        Assert.Equal($"{file}.none: no such file", none);
        File.WriteAllText(file, new string('x', 2_000_000));
        Assert.Null(CertificateEnd.Of(file, out var large));
        Assert.Equal($"{file}: too large for certificates", large);
    }

    private DateTimeOffset? EndOf(string text)
    {
        File.WriteAllText(file, text);
        var end = CertificateEnd.Of(file, out var fault);
        Assert.Null(fault);
        return end;
    }

    private string? FaultOf(string text)
    {
        File.WriteAllText(file, text);
        Assert.Null(CertificateEnd.Of(file, out var fault));
        return fault;
    }
}
