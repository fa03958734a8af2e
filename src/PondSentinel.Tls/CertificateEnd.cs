using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PondSentinel.Tls;

/// <summary>Tells when what a PEM file holds ends, so that somebody can be told ahead. It says nothing of whether that is to be believed.</summary>
public static class CertificateEnd
{
    private const long BytesMax = 1 << 20;

    /// <summary>When it ends, UTC: the first certificate to end, because the others are of no use without it; of authorities alone the last,
    /// because one follows another; and the day when a newer list of the revoked is due.</summary>
    /// <param name="file">The file.</param>
    /// <param name="failure">Why nobody knows, in one line with the file's name; null where it is known.</param>
    public static DateTimeOffset? Of(string file, out string? failure)
    {
        try
        {
            if (new FileInfo(file).Length > BytesMax)
            {
                failure = $"{file}: too large for certificates";
                return null;
            }

            var end = EndIn(File.ReadAllText(file));
            failure = end is null ? $"{file}: no certificate and no list of revoked ones in it; it must be PEM" : null;
            return end;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failure = e is FileNotFoundException or DirectoryNotFoundException
                ? $"{file}: no such file"
                : $"{file}: cannot be read by the user that this program runs as";
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            failure = $"{file}: a certificate in it is damaged; bring it anew";
        }

        return null;
    }

    private static DateTimeOffset? EndIn(string pem)
    {
        var held = new X509Certificate2Collection();
        held.ImportFromPem(pem);
        try
        {
            List<DateTimeOffset> ends = [.. held.Select(certificate => new DateTimeOffset(certificate.NotAfter.ToUniversalTime()))];
            DateTimeOffset? certificates = ends.Count == 0 ? null : held.All(IsAuthority) ? ends.Max() : ends.Min();
            return (certificates, RevocationList.NextOf(pem)) switch
            {
                ({ } first, { } second) => first < second ? first : second,
                var (first, second) => first ?? second,
            };
        }
        finally
        {
            foreach (var certificate in held)
            {
                certificate.Dispose();
            }
        }
    }

    private static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority);
}
