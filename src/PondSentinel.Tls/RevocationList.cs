using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PondSentinel.Tls;

/// <summary>A list of revoked certificates that an authority has signed (RFC 5280, section 5): whole lists only, of the
/// authority's own certificates.</summary>
/// <remarks>The framework keeps such lists for what it downloads itself and takes none from a file, so this reads one. Nothing
/// of a list is believed before its signature has been checked.</remarks>
public sealed class RevocationList
{
    private const string PemLabel = "X509 CRL";
    private const string Damaged = "the list of revoked certificates is damaged; bring it anew";
    private const string ReasonCode = "2.5.29.21";
    private const string InvalidityDate = "2.5.29.24";

    // Cause and date of an entry change nothing about it. Whatever else is marked critical may, so such a list is refused:
    // it might be a part of a list, or speak of other authorities' certificates.
    private static readonly HashSet<string> HarmlessWhereCritical = new(StringComparer.Ordinal) { ReasonCode, InvalidityDate };

    private static readonly Dictionary<string, HashAlgorithmName> EcdsaAlgorithms = new(StringComparer.Ordinal)
    {
        ["1.2.840.10045.4.3.2"] = HashAlgorithmName.SHA256,
        ["1.2.840.10045.4.3.3"] = HashAlgorithmName.SHA384,
        ["1.2.840.10045.4.3.4"] = HashAlgorithmName.SHA512,
    };

    private static readonly Dictionary<string, HashAlgorithmName> RsaAlgorithms = new(StringComparer.Ordinal)
    {
        ["1.2.840.113549.1.1.11"] = HashAlgorithmName.SHA256,
        ["1.2.840.113549.1.1.12"] = HashAlgorithmName.SHA384,
        ["1.2.840.113549.1.1.13"] = HashAlgorithmName.SHA512,
    };

    private readonly HashSet<BigInteger> serials = [];

    private RevocationList()
    {
    }

    /// <summary>Whose list it is.</summary>
    public X500DistinguishedName Issuer { get; private set; } = new("");

    /// <summary>When it was made, UTC.</summary>
    public DateTimeOffset MadeAt { get; private set; }

    /// <summary>When there should be a newer one, UTC; null where it does not say.</summary>
    public DateTimeOffset? NextAt { get; private set; }

    /// <summary>How many certificates are on it.</summary>
    public int Count => serials.Count;

    /// <summary>Reads all lists of a file.</summary>
    /// <param name="pem">The file's text, hostile until shown otherwise.</param>
    /// <param name="authorities">Who is believed; each of them must have a list here.</param>
    /// <param name="failure">Why they are of no use, in one line; null where they are.</param>
    public static IReadOnlyList<RevocationList> ReadPem(
        string pem, X509Certificate2Collection authorities, out string? failure)
    {
        ArgumentNullException.ThrowIfNull(pem);
        ArgumentNullException.ThrowIfNull(authorities);
        List<RevocationList> lists = [];
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label].SequenceEqual(PemLabel))
            {
                var list = Read(Convert.FromBase64String(rest[fields.Base64Data].ToString()), authorities, out failure);
                if (list is null)
                {
                    return [];
                }

                lists.Add(list);
            }

            rest = rest[fields.Location.End..];
        }

        var without = authorities.FirstOrDefault(authority => !lists.Exists(list => list.IsOf(authority.SubjectName)));
        failure = lists.Count == 0
            ? $"no list of revoked certificates in it; it must be PEM, -----BEGIN {PemLabel}-----"
            : without is not null ? $"no list of {without.Subject} in it, which is among those of ca; add it" : null;
        return failure is null ? lists : [];
    }

    /// <summary>When the first of the lists of a file is to be followed by a newer one, UTC, whoever has signed them; null where there is no
    /// list or none says.</summary>
    /// <param name="pem">The file's text.</param>
    /// <exception cref="CryptographicException">A list is damaged.</exception>
    internal static DateTimeOffset? NextOf(string pem)
    {
        DateTimeOffset? next = null;
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label].SequenceEqual(PemLabel))
            {
                var list = new RevocationList();
                if (list.ReadSigned(Convert.FromBase64String(rest[fields.Base64Data].ToString()), out _, out _, out _) is { } fault)
                {
                    throw new CryptographicException(fault);
                }

                next = next < list.NextAt ? next : list.NextAt;
            }

            rest = rest[fields.Location.End..];
        }

        return next;
    }

    /// <summary>Whether it says that a certificate is revoked.</summary>
    /// <param name="certificate">The certificate.</param>
    public bool Revokes(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return IsOf(certificate.IssuerName)
            && serials.Contains(new BigInteger(certificate.SerialNumberBytes.Span, isUnsigned: false, isBigEndian: true));
    }

    /// <summary>Reads one list.</summary>
    /// <param name="der">Its bytes, hostile until shown otherwise.</param>
    /// <param name="authorities">Who is believed.</param>
    /// <param name="failure">Why it is of no use, in one line; null where it is.</param>
    internal static RevocationList? Read(ReadOnlyMemory<byte> der, X509Certificate2Collection authorities, out string? failure)
    {
        var list = new RevocationList();
        failure = list.ReadSigned(der, out var body, out var algorithm, out var signature);
        try
        {
            failure ??= list.FaultOfSignature(body.Span, algorithm, signature, authorities);
        }
        catch (CryptographicException)
        {
            failure = Damaged;
        }

        return failure is null ? list : null;
    }

    // What it says, and by what that was signed. Null, or why it is of no use.
    private string? ReadSigned(ReadOnlyMemory<byte> der, out ReadOnlyMemory<byte> body, out string algorithm, out byte[] signature)
    {
        (body, algorithm, signature) = (default, "", []);
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var signed = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            body = signed.ReadEncodedValue();
            algorithm = signed.ReadSequence().ReadObjectIdentifier();
            signature = signed.ReadBitString(out _);
            signed.ThrowIfNotEmpty();
            return ReadBody(new AsnReader(body, AsnEncodingRules.DER).ReadSequence(), algorithm);
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            return Damaged;
        }
    }

    private bool IsOf(X500DistinguishedName name) => Issuer.RawData.AsSpan().SequenceEqual(name.RawData);

    // TBSCertList, RFC 5280, section 5.1.
    private string? ReadBody(AsnReader body, string algorithm)
    {
        if (body.PeekTag().HasSameClassAndValue(Asn1Tag.Integer) && body.ReadInteger() != 1)
        {
            return "the list of revoked certificates has a version that is not known here; it must be version 2";
        }

        if (body.ReadSequence().ReadObjectIdentifier() != algorithm)
        {
            return "the list of revoked certificates names two kinds of signature; bring it anew";
        }

        Issuer = new X500DistinguishedName(body.ReadEncodedValue().Span);
        MadeAt = ReadTime(body);
        NextAt = body.HasData && IsTime(body.PeekTag()) ? ReadTime(body) : null;
        if (body.HasData && body.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
        {
            var entries = body.ReadSequence();
            while (entries.HasData)
            {
                var entry = entries.ReadSequence();
                serials.Add(entry.ReadInteger());
                ReadTime(entry);
                if (entry.HasData && CriticalOf(entry.ReadSequence()) is { } unknown)
                {
                    return Unknown(unknown);
                }
            }
        }

        var extensions = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        var critical = body.HasData ? CriticalOf(body.ReadSequence(extensions).ReadSequence()) : null;
        body.ThrowIfNotEmpty();
        return critical is null ? null : Unknown(critical);
    }

    private static string Unknown(string extension) =>
        $"the list of revoked certificates has a critical extension that is not known here ({extension}); it must be a whole list of one authority";

    private static string? CriticalOf(AsnReader extensions)
    {
        string? found = null;
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var name = extension.ReadObjectIdentifier();
            var isCritical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            extension.ReadOctetString();
            found = isCritical && !HarmlessWhereCritical.Contains(name) ? name : found;
        }

        return found;
    }

    private string? FaultOfSignature(
        ReadOnlySpan<byte> body, string algorithm, byte[] signature, X509Certificate2Collection authorities)
    {
        var known = EcdsaAlgorithms.ContainsKey(algorithm) || RsaAlgorithms.ContainsKey(algorithm);
        if (!known)
        {
            return $"the list of revoked certificates has a kind of signature that is not known here ({algorithm}); it must be ECDSA or RSA with SHA-2";
        }

        var isNamed = false;
        foreach (var authority in authorities.Where(authority => IsOf(authority.SubjectName)))
        {
            isNamed = true;
            if (MaySign(authority) && IsSignedBy(authority, body, algorithm, signature))
            {
                return null;
            }
        }

        return isNamed
            ? $"the list of revoked certificates is not signed by {Issuer.Name}, whose it says it is; bring it anew"
            : $"the list of revoked certificates is of {Issuer.Name}, which is not among those of ca";
    }

    private static bool MaySign(X509Certificate2 authority) => authority.Extensions.OfType<X509KeyUsageExtension>()
        .All(usage => usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign));

    private static bool IsSignedBy(X509Certificate2 authority, ReadOnlySpan<byte> body, string algorithm, byte[] signature)
    {
        if (EcdsaAlgorithms.TryGetValue(algorithm, out var hash))
        {
            using var key = authority.GetECDsaPublicKey();
            return key?.VerifyData(body, signature, hash, DSASignatureFormat.Rfc3279DerSequence) ?? false;
        }

        using var rsa = authority.GetRSAPublicKey();
        return rsa?.VerifyData(body, signature, RsaAlgorithms[algorithm], RSASignaturePadding.Pkcs1) ?? false;
    }

    private static bool IsTime(Asn1Tag tag) =>
        tag.HasSameClassAndValue(Asn1Tag.UtcTime) || tag.HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    // Two digits of a year are 1950 to 2049 (RFC 5280, section 5.1.2.4).
    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime(2049) : reader.ReadGeneralizedTime();
}
