using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Judges the broker's certificate, once, and remembers why it was refused.</summary>
/// <remarks>Name, authority, use and dates; the dates at the time of <see cref="CertificateTime"/>. Nothing is fetched from
/// anywhere, and there is no list of revoked certificates yet.</remarks>
/// <param name="host">The name that the owner wrote.</param>
/// <param name="authorities">Who may have signed it; null for whom the system believes.</param>
/// <param name="time">When it is judged.</param>
internal sealed class ServerCheck(string host, X509Certificate2Collection? authorities, CertificateTime time)
{
    // RFC 5280, 4.2.1.12: id-kp-serverAuth. Without it any gateway could play the broker with its own certificate.
    private static readonly Oid ServerUse = new("1.3.6.1.5.5.7.3.1");

    /// <summary>Why it was refused, in one line for people; null where it was not.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Judges.</summary>
    /// <param name="certificate">The certificate; null where the broker sent none.</param>
    /// <param name="sent">What else it sent: authorities in between.</param>
    public bool Accepts(X509Certificate2? certificate, IEnumerable<X509Certificate2> sent)
    {
        Refusal = certificate is null ? "the broker shows no certificate" : FaultOf(certificate, sent);
        return Refusal is null;
    }

    private string? FaultOf(X509Certificate2 certificate, IEnumerable<X509Certificate2> sent)
    {
        if (!certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false))
        {
            return $"the broker's certificate is not for {host} but for {Names(certificate)}; write the name in [uplink] host that is in it, or have one made for this name";
        }

        using var chain = new X509Chain();
        var (at, isKnown) = time.For(certificate.NotBefore);
        chain.ChainPolicy.VerificationTime = at.UtcDateTime;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(ServerUse);
        chain.ChainPolicy.ExtraStore.AddRange(sent.ToArray());
        if (authorities is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        if (chain.Build(certificate))
        {
            return null;
        }

        var faults = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        return Describe(certificate, chain, faults, at, isKnown);
    }

    private string Describe(
        X509Certificate2 certificate, X509Chain chain, X509ChainStatusFlags faults, DateTimeOffset at, bool isKnown)
    {
        if (faults.HasFlag(X509ChainStatusFlags.UntrustedRoot) || faults.HasFlag(X509ChainStatusFlags.PartialChain))
        {
            return $"the broker's certificate is signed by {certificate.Issuer}, which is not among {(authorities is null ? "the authorities of this system; name yours in [uplink] ca" : "those of [uplink] ca")}";
        }

        if (faults.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            var late = chain.ChainElements.Select(element => element.Certificate).FirstOrDefault(of => of.NotAfter.ToUniversalTime() < at);
            var early = chain.ChainElements.Select(element => element.Certificate).FirstOrDefault(of => of.NotBefore.ToUniversalTime() > at);
            return late is not null
                ? $"the certificate {Who(late, certificate)} expired on {Day(late.NotAfter)}, and {Clock(at, isKnown)}; renew it at the broker"
                : $"the certificate {Who(early ?? certificate, certificate)} is not valid before {Day((early ?? certificate).NotBefore)}, and {Clock(at, isKnown)}; check both clocks";
        }

        if (faults.HasFlag(X509ChainStatusFlags.NotValidForUsage))
        {
            return "the broker's certificate is not one of a server (extended key usage serverAuth); have one made that is";
        }

        return $"the broker's certificate cannot be relied on: {string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation.TrimEnd('.', '\n')))}";
    }

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString())))
            .ToList();
        return names.Count == 0 ? "no name at all (it has no subject alternative name)" : string.Join(", ", names);
    }

    private static string Who(X509Certificate2 of, X509Certificate2 broker) =>
        of.Equals(broker) ? "of the broker" : $"of the authority {of.Subject}";

    private static string Clock(DateTimeOffset at, bool isKnown) => isKnown
        ? $"it is {Day(at.UtcDateTime)}"
        : $"it is at least {Day(at.UtcDateTime)}, though nobody vouches for the clock";

    private static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
