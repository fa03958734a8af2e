using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PondSentinel.Tls;

/// <summary>The time at which a certificate is judged.</summary>
/// <param name="notBefore">From when on the certificate is valid.</param>
/// <returns>The time, UTC, and whether somebody vouches for it; if not, at least so much has passed.</returns>
public delegate (DateTimeOffset Time, bool IsKnown) CertificateClock(DateTimeOffset notBefore);

/// <summary>Judges a broker's certificate, once, and remembers why it was refused.</summary>
/// <remarks>Name, authority, use, dates and revocation. Nothing is fetched from anywhere.</remarks>
/// <param name="host">The name that the owner wrote.</param>
/// <param name="files">Who may have signed it, and what they have taken back.</param>
/// <param name="clock">When it is judged.</param>
/// <param name="section">Section of the configuration, for messages: <c>[uplink]</c>.</param>
public sealed class ServerCheck(string host, TlsFiles files, CertificateClock clock, string section)
{
    /// <summary>Why it was refused, in one line for people; null where it was not.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Until when the certificate is valid, UTC; null before one was judged.</summary>
    public DateTimeOffset? ValidUntil { get; private set; }

    /// <summary>Judges.</summary>
    /// <param name="certificate">The certificate; null where the broker sent none.</param>
    /// <param name="sent">What else it sent: authorities in between.</param>
    public bool Accepts(X509Certificate2? certificate, IEnumerable<X509Certificate2> sent)
    {
        ArgumentNullException.ThrowIfNull(sent);
        ValidUntil = certificate?.NotAfter.ToUniversalTime();
        Refusal = certificate is null ? "the broker shows no certificate" : FaultOf(certificate, sent);
        return Refusal is null;
    }

    /// <summary>Why there was no connection, in one line for people, as far as TLS has to do with it; null where that is not
    /// known.</summary>
    /// <remarks>With TLS 1.3 a broker refuses a client after the client's handshake is over. Its alert says why, but may be lost
    /// in the reset of a connection that the client has already written to.</remarks>
    /// <param name="failure">What ended it.</param>
    public string? Meaning(Exception failure)
    {
        if ((Refusal ?? Handshake.Meaning(failure)) is { } known)
        {
            return known;
        }

        return !Handshake.IsBroken(failure) ? null
            : ValidUntil is null ? "the broker ended the connection in the middle of the TLS handshake; check that this port speaks TLS, and the broker's log"
            : files.Own is null ? "the broker ended the connection right after the TLS handshake, as it does where it wants a certificate of ours; name certificate and key"
            : "the broker ended the connection right after the TLS handshake, as it does where it does not take our certificate; its log says why";
    }

    /// <summary>Judges what a TLS stream hands over; what the stream itself thinks of it counts for nothing.</summary>
    /// <param name="shown">The certificate.</param>
    /// <param name="chain">The stream's chain, for what else the broker sent.</param>
    public bool Accepts(X509Certificate? shown, X509Chain? chain) => Accepts(shown as X509Certificate2, ChainCheck.SentWith(chain));

    private string? FaultOf(X509Certificate2 certificate, IEnumerable<X509Certificate2> sent) =>
        certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false)
            ? new ChainCheck(ChainCheck.Server, files, clock, section).FaultOf(certificate, sent)
            : $"the broker's certificate is not for {host} but for {CertificateText.HostNames(certificate)}; write the name in {section} host that is in it, or have one made for this name";
}

/// <summary>Judges the certificate of a client that calls: authority, use, dates and revocation.</summary>
/// <param name="files">Who may have signed it, and what they have taken back.</param>
/// <param name="clock">When it is judged.</param>
/// <param name="section">Section of the configuration, for messages: <c>[broker]</c>.</param>
public sealed class ClientCheck(TlsFiles files, CertificateClock clock, string section)
{
    /// <summary>Why it is refused, in one line for people; null where it is not.</summary>
    /// <param name="certificate">The certificate; null where the client sent none.</param>
    /// <param name="sent">What else it sent: authorities in between.</param>
    public string? RefusalOf(X509Certificate2? certificate, IEnumerable<X509Certificate2> sent)
    {
        ArgumentNullException.ThrowIfNull(sent);
        return certificate is null
            ? "the client shows no certificate"
            : new ChainCheck(ChainCheck.Client, files, clock, section).FaultOf(certificate, sent);
    }

    /// <summary>The same of what a TLS stream hands over; what the stream itself thinks of it counts for nothing.</summary>
    /// <param name="shown">The certificate.</param>
    /// <param name="chain">The stream's chain, for what else the client sent.</param>
    public string? RefusalOf(X509Certificate? shown, X509Chain? chain) =>
        RefusalOf(shown as X509Certificate2, ChainCheck.SentWith(chain));
}

/// <summary>What is the same of every certificate of another machine.</summary>
internal sealed class ChainCheck(ChainCheck.Side side, TlsFiles files, CertificateClock clock, string section)
{
    /// <summary>A broker. RFC 5280, 4.2.1.12: without this use any gateway could play the broker with its own certificate.
    /// </summary>
    public static readonly Side Server = new("the broker", new Oid("1.3.6.1.5.5.7.3.1"), "serverAuth", "one of a server", "renew it at the broker");

    /// <summary>A client.</summary>
    public static readonly Side Client = new("the client", new Oid("1.3.6.1.5.5.7.3.2"), "clientAuth", "one of a client", "renew it there");

    /// <summary>What is wrong with a certificate, in one line for people; null where nothing is.</summary>
    public string? FaultOf(X509Certificate2 certificate, IEnumerable<X509Certificate2> sent)
    {
        using var chain = new X509Chain();
        var (at, isKnown) = clock(certificate.NotBefore);
        chain.ChainPolicy.VerificationTime = at.UtcDateTime;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // Judged below, by the owner's list alone.
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(side.Use);
        chain.ChainPolicy.ExtraStore.AddRange(sent.ToArray());
        if (files.Authorities is { } authorities)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        if (!chain.Build(certificate))
        {
            var faults = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
            return Describe(certificate, chain, faults, at, isKnown);
        }

        // An extended key usage is optional in a certificate, and without one the chain is good for every use.
        if (!HasUse(certificate, side.Use))
        {
            return WrongUse;
        }

        var revoked = chain.ChainElements.Select(element => element.Certificate)
            .FirstOrDefault(of => files.Revoked.Any(list => list.Revokes(of)));
        return revoked is null ? null : $"the certificate {Who(revoked, certificate)} has been revoked (serial number {revoked.SerialNumber})";
    }

    /// <summary>What the other side has sent beside its certificate.</summary>
    public static IEnumerable<X509Certificate2> SentWith(X509Chain? chain) =>
        chain?.ChainPolicy.ExtraStore.Concat(chain.ChainElements.Select(element => element.Certificate)) ?? [];

    /// <summary>Whether a certificate says that it may be used so.</summary>
    public static bool HasUse(X509Certificate2 certificate, Oid use) => certificate.Extensions
        .OfType<X509EnhancedKeyUsageExtension>()
        .Any(usage => usage.EnhancedKeyUsages.Cast<Oid>().Any(known => known.Value == use.Value));

    private string WrongUse =>
        $"{side.Whose}'s certificate is not {side.Kind} (extended key usage {side.UseName}); have one made that is";

    private string Describe(
        X509Certificate2 certificate, X509Chain chain, X509ChainStatusFlags faults, DateTimeOffset at, bool isKnown)
    {
        if (faults.HasFlag(X509ChainStatusFlags.UntrustedRoot) || faults.HasFlag(X509ChainStatusFlags.PartialChain))
        {
            return $"{side.Whose}'s certificate is signed by {certificate.Issuer}, which is not among {(files.Authorities is null ? $"the authorities of this system; name yours in {section} ca" : $"those of {section} ca")}";
        }

        if (faults.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            var late = chain.ChainElements.Select(element => element.Certificate).FirstOrDefault(of => of.NotAfter.ToUniversalTime() < at);
            var early = chain.ChainElements.Select(element => element.Certificate).FirstOrDefault(of => of.NotBefore.ToUniversalTime() > at);
            return late is not null
                ? $"the certificate {Who(late, certificate)} expired on {CertificateText.Day(late.NotAfter)}, and {Clock(at, isKnown)}; {side.Renewal}"
                : $"the certificate {Who(early ?? certificate, certificate)} is not valid before {CertificateText.Day((early ?? certificate).NotBefore)}, and {Clock(at, isKnown)}; check both clocks";
        }

        return faults.HasFlag(X509ChainStatusFlags.NotValidForUsage)
            ? WrongUse
            : $"{side.Whose}'s certificate cannot be relied on: {string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation.TrimEnd('.', '\n')))}";
    }

    private string Who(X509Certificate2 of, X509Certificate2 shown) =>
        of.Equals(shown) ? $"of {side.Whose}" : $"of the authority {of.Subject}";

    private static string Clock(DateTimeOffset at, bool isKnown) => isKnown
        ? $"it is {CertificateText.Day(at)}"
        : $"it is at least {CertificateText.Day(at)}, though nobody vouches for the clock";

    /// <summary>Who is judged, and in which words.</summary>
    internal sealed record Side(string Whose, Oid Use, string UseName, string Kind, string Renewal);
}
