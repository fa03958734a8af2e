using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CsCheck;
using PondSentinel.Tls;

namespace PondSentinel.Tests.Tls;

/// <summary>What a list of revoked certificates must be to be believed.</summary>
public sealed class RevocationListTests : IDisposable
{
    private static readonly DateTimeOffset Made = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Next = new(2028, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TestAuthority authority = new("CN=Pond CA", Made.AddYears(-1), Made.AddYears(9));

    public void Dispose() => authority.Dispose();

    [Fact]
    public void Every_certificate_on_it_is_revoked_and_no_other()
    {
        var all = Enumerable.Range(0, 20).Select(number => Gateway($"CN=gz-{number}")).ToList();
        var list = Assert.Single(Read(authority.RevocationList(Made, Next, all.Where((_, index) => index % 2 == 0))));

        Assert.Equal((Made, Next, 10), (list.MadeAt, list.NextAt, list.Count));
        Assert.Equal(all.Select((_, index) => index % 2 == 0), all.Select(list.Revokes));
        all.ForEach(certificate => certificate.Dispose());
    }

    [Fact]
    public void Empty_list_revokes_nobody()
    {
        using var gateway = Gateway("CN=gz-07");

        Assert.False(Assert.Single(Read(authority.RevocationList(Made, Next))).Revokes(gateway));
    }

    [Fact]
    public void Same_number_of_another_authority_is_not_revoked()
    {
        using var other = new TestAuthority("CN=Another CA", Made.AddYears(-1), Made.AddYears(9));
        using var gateway = Gateway("CN=gz-07");
        var builder = new CertificateRevocationListBuilder();
        builder.AddEntry(gateway);
        var list = RevocationList.ReadPem(
            PemEncoding.WriteString("X509 CRL", builder.Build(other.Certificate, 1, Next, HashAlgorithmName.SHA256, thisUpdate: Made)),
            [other.Certificate],
            out _);

        Assert.False(Assert.Single(list).Revokes(gateway));
    }

    [Fact]
    public void Any_bit_that_is_not_as_it_was_signed_makes_it_worthless()
    {
        using var gateway = Gateway("CN=gz-07");
        var der = Der(authority.RevocationList(Made, Next, gateway));
        for (var place = 0; place < der.Length; place++)
        {
            var damaged = der.ToArray();
            damaged[place] ^= (byte)(1 << (place % 8));

            Assert.Null(RevocationList.Read(damaged, [authority.Certificate], out var failure));
            Assert.NotNull(failure);
        }
    }

    [Fact]
    public void Cut_and_random_bytes_are_a_failure_and_never_an_exception()
    {
        var der = Der(authority.RevocationList(Made, Next));
        Gen.Int[0, der.Length - 1].Select(Gen.Byte.Array[0, 200]).Sample(
            (length, tail) =>
            {
                var bytes = der[..length].Concat(tail).ToArray();
                return RevocationList.Read(bytes, [authority.Certificate], out var failure) is null == failure is not null
                    && (failure is not null || bytes.AsSpan().SequenceEqual(der));
            },
            seed: "0N0XIzNsQ0O2",
            iter: TestDepth.Cases(2000));
    }

    [Fact]
    public void List_of_somebody_else_is_named()
    {
        using var other = new TestAuthority("CN=Another CA", Made.AddYears(-1), Made.AddYears(9));
        using var forged = new TestAuthority("CN=Pond CA", Made.AddYears(-1), Made.AddYears(9));

        Assert.Equal(
            "the list of revoked certificates is of CN=Another CA, which is not among those of ca", FailureOf(other.RevocationList(Made, Next)));
        Assert.Equal(
            "the list of revoked certificates is not signed by CN=Pond CA, whose it says it is; bring it anew", FailureOf(forged.RevocationList(Made, Next)));
    }

    [Fact]
    public void Authority_that_may_not_sign_lists_has_none()
    {
        using var bare = new TestAuthority("CN=Pond CA", Made.AddYears(-1), Made.AddYears(9), X509KeyUsageFlags.KeyCertSign);
        using var signing = bare.WithUsage(X509KeyUsageFlags.CrlSign);
        var builder = new CertificateRevocationListBuilder();
        var list = PemEncoding.WriteString("X509 CRL", builder.Build(signing, 1, Next, HashAlgorithmName.SHA256, thisUpdate: Made));

        Assert.Empty(RevocationList.ReadPem(list, [bare.Certificate], out var failure));
        Assert.Contains("is not signed by CN=Pond CA", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_authority_must_have_its_list()
    {
        using var second = new TestAuthority("CN=Second CA", Made.AddYears(-1), Made.AddYears(9));
        X509Certificate2Collection both = [authority.Certificate, second.Certificate];
        var one = authority.RevocationList(Made, Next);

        Assert.Empty(RevocationList.ReadPem(one, both, out var failure));
        Assert.Equal("no list of CN=Second CA in it, which is among those of ca; add it", failure);
        Assert.Equal(2, RevocationList.ReadPem($"{one}\n{second.RevocationList(Made, Next)}", both, out failure).Count);
        Assert.Null(failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    public void File_without_a_list_says_so(string text) =>
        Assert.Equal("no list of revoked certificates in it; it must be PEM, -----BEGIN X509 CRL-----", FailureOf(text));

    [Fact]
    public void List_signed_with_rsa_is_read_too()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Old CA", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var old = request.CreateSelfSigned(Made, Next);
        var list = new CertificateRevocationListBuilder().Build(
            old, 1, Next, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, Made);

        Assert.NotNull(RevocationList.Read(list, [old], out _));
        list[^1] ^= 1;
        Assert.Null(RevocationList.Read(list, [old], out _));
    }

    private static byte[] Der(string pem) => Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);

    private X509Certificate2 Gateway(string name) => authority.Issue(name, Made, Next, TestAuthority.ClientUse, null);

    private IReadOnlyList<RevocationList> Read(string pem)
    {
        var lists = RevocationList.ReadPem(pem, [authority.Certificate], out var failure);
        Assert.Null(failure);
        return lists;
    }

    private string? FailureOf(string pem)
    {
        Assert.Empty(RevocationList.ReadPem(pem, [authority.Certificate], out var failure));
        return failure;
    }
}
