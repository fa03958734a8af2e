using System.Security.Cryptography.X509Certificates;
using PondSentinel.Tls;

namespace PondSentinel.Tests.Tls;

public sealed class TlsFilesTests : IDisposable
{
    private static readonly DateTimeOffset Made = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string folder = Directory.CreateTempSubdirectory("pond-tls-").FullName;
    private readonly TestAuthority authority = new("CN=Pond CA", Made, Made.AddYears(10));
    private readonly X509Certificate2 own;

    public TlsFilesTests() => own = authority.Issue("CN=gz-07", Made, Made.AddYears(5), TestAuthority.ClientUse, null);

    public void Dispose()
    {
        own.Dispose();
        authority.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Pair_and_authorities_are_read()
    {
        var options = Good();
        File.AppendAllText(options.Authority!, authority.Certificate.ExportCertificatePem());

        using var files = TlsFiles.Read(options, out var failure);

        Assert.Null(failure);
        Assert.True(files!.Own!.HasPrivateKey);
        Assert.Equal(2, files.Authorities!.Count);
    }

    [Fact]
    public void Nothing_named_is_nothing_read()
    {
        using var files = TlsFiles.Read(new TlsOptions(), out var failure);

        Assert.Equal((null, null, null), (failure, files!.Authorities, files.Own));
    }

    [Fact]
    public void File_that_is_not_there_is_named()
    {
        Assert.Equal("/nonexistent/ca.pem: no such file", FailureOf(new TlsOptions { Authority = "/nonexistent/ca.pem" }));
        Assert.Equal("/nonexistent/key.pem: no such file", FailureOf(Good() with { Key = "/nonexistent/key.pem" }));
    }

    [Fact]
    public void File_without_what_it_should_hold_is_named()
    {
        var empty = Write("empty.pem", "nothing");

        Assert.StartsWith($"{empty}: no certificate of an authority in it;", FailureOf(new TlsOptions { Authority = empty }), StringComparison.Ordinal);
        Assert.StartsWith($"{empty}: no certificate in it;", FailureOf(Good() with { Certificate = empty }), StringComparison.Ordinal);
        Assert.StartsWith($"{empty}: no key for ", FailureOf(Good() with { Key = empty }), StringComparison.Ordinal);
    }

    [Fact]
    public void Key_of_another_certificate_is_named()
    {
        using var other = authority.Issue("CN=gz-08", Made, Made.AddYears(5), TestAuthority.ClientUse, null);
        var key = Write("other.pem", other.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());

        Assert.StartsWith($"{key}: this key does not belong to ", FailureOf(Good() with { Key = key }), StringComparison.Ordinal);
    }

    private static string? FailureOf(TlsOptions options)
    {
        Assert.Null(TlsFiles.Read(options, out var failure));
        return failure;
    }

    private TlsOptions Good() => new()
    {
        Authority = Write("ca.pem", authority.Certificate.ExportCertificatePem() + "\n"),
        Certificate = Write("own.pem", own.ExportCertificatePem()),
        Key = Write("own.key", own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()),
    };

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
