using System.Security.Cryptography.X509Certificates;

namespace PondSentinel.Tls;

/// <summary>Judges the certificate that this program shows, before the other side does: it would end the connection with a
/// word at most, and often without any.</summary>
public static class OwnCertificate
{
    /// <summary>What would make a broker refuse a client's certificate, in one line for people; null where nothing is known
    /// to.</summary>
    /// <param name="files">The files.</param>
    /// <param name="options">Their names.</param>
    /// <param name="name">Who the client is: its certificate's common name.</param>
    /// <param name="clock">When it is judged.</param>
    public static string? FaultOfClient(TlsFiles files, TlsOptions options, string name, CertificateClock clock)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        if (files.Own is not { } own)
        {
            return null;
        }

        var given = CertificateText.CommonName(own);
        return given != name
            ? $"{options.Certificate}: this certificate is of {given ?? "nobody"}, not of {name}; put the one there that was made for {name}"
            : Fault(files, options, own, ChainCheck.Client, clock);
    }

    /// <summary>What would make clients refuse a server's certificate, in one line for people; null where nothing is known
    /// to. Its names are the clients' to judge.</summary>
    /// <param name="files">The files.</param>
    /// <param name="options">Their names.</param>
    /// <param name="clock">When it is judged.</param>
    public static string? FaultOfServer(TlsFiles files, TlsOptions options, CertificateClock clock)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        return files.Own is { } own ? Fault(files, options, own, ChainCheck.Server, clock) : null;
    }

    private static string? Fault(
        TlsFiles files, TlsOptions options, X509Certificate2 own, ChainCheck.Side side, CertificateClock clock)
    {
        var (at, isKnown) = clock(own.NotBefore);
        return !ChainCheck.HasUse(own, side.Use)
                ? $"{options.Certificate}: this certificate is not {side.Kind} (extended key usage {side.UseName}); have one made that is"
            : files.Revoked.Any(list => list.Revokes(own))
                ? $"{options.Certificate}: this certificate has been revoked (serial number {own.SerialNumber}); have a new one made"
            : isKnown && own.NotAfter.ToUniversalTime() < at
                ? $"{options.Certificate}: this certificate expired on {CertificateText.Day(own.NotAfter)}; have it renewed and put the new one there"
            : isKnown && own.NotBefore.ToUniversalTime() > at
                ? $"{options.Certificate}: this certificate is not valid before {CertificateText.Day(own.NotBefore)}, and it is {CertificateText.Day(at)}; check the clock"
            : null;
    }
}
