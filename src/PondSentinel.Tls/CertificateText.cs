using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace PondSentinel.Tls;

/// <summary>What certificates say, in words.</summary>
public static class CertificateText
{
    private const string CommonNameType = "2.5.4.3";

    /// <summary>The common name of whom it is for; null where it has none or more than one.</summary>
    /// <param name="certificate">The certificate.</param>
    public static string? CommonName(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        string? found = null;
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements || (part.GetSingleElementType().Value == CommonNameType && found is not null))
            {
                return null;
            }

            if (part.GetSingleElementType().Value == CommonNameType)
            {
                found = part.GetSingleElementValue();
            }
        }

        return found;
    }

    /// <summary>A day, UTC, as in <c>2026-07-01</c>.</summary>
    /// <param name="time">The time.</param>
    public static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A number of days, as in <c>1 day</c>.</summary>
    /// <param name="days">How many.</param>
    public static string Days(long days) => days == 1 ? "1 day" : string.Create(CultureInfo.InvariantCulture, $"{days} days");

    /// <summary>The names that clients may call a server by.</summary>
    /// <param name="certificate">Its certificate.</param>
    internal static string HostNames(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString())))
            .ToList();
        return names.Count == 0 ? "no name at all (it has no subject alternative name)" : string.Join(", ", names);
    }
}
