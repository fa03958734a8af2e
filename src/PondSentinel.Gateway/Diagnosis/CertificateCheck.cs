using PondSentinel.Tls;

namespace PondSentinel.Gateway.Diagnosis;

/// <summary>Looks at the certificate that the gateway shows to its broker.</summary>
internal static class CertificateCheck
{
    private static readonly TimeSpan SoonWithin = TimeSpan.FromDays(30);

    /// <summary>Looks.</summary>
    /// <param name="options">The files; null where there is no TLS.</param>
    /// <param name="gateway">The gateway's name.</param>
    /// <param name="now">Now.</param>
    public static IEnumerable<Finding> Look(TlsOptions? options, string gateway, DateTimeOffset now)
    {
        if (options is null)
        {
            yield break;
        }

        using var files = TlsFiles.Read(options, out var failure);
        var ends = files?.Own?.NotAfter.ToUniversalTime();
        failure ??= OwnCertificate.FaultOfClient(files!, options, gateway, _ => (now, IsKnown: true));
        if (ends is { } end && end < now)
        {
            yield return Finding.Bad("cert-expired", CertificateText.Day(end), options.Certificate ?? "");
        }
        else if (failure is not null)
        {
            yield return Finding.Bad("cert-bad", failure);
        }
        else if (ends is { } later)
        {
            yield return later - now < SoonWithin
                ? Finding.Warn("cert-soon", CertificateText.Day(later))
                : Finding.Good("cert-good", CertificateText.Day(later));
        }
    }
}
