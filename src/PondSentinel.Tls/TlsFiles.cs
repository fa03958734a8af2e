using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PondSentinel.Tls;

/// <summary>The files of <see cref="TlsOptions"/>, read. Disposing of it lets go of the key.</summary>
public sealed class TlsFiles : IDisposable
{
    /// <summary>Takes what has been read; owns it.</summary>
    internal TlsFiles(X509Certificate2Collection? authorities, X509Certificate2? own, IReadOnlyList<RevocationList> revoked) =>
        (Authorities, Own, Revoked) = (authorities, own, revoked);

    /// <summary>Who may have signed the other side's certificate; null for whom the system believes.</summary>
    public X509Certificate2Collection? Authorities { get; }

    /// <summary>The certificate that is shown, with its key; null where there is none.</summary>
    public X509Certificate2? Own { get; }

    /// <summary>The lists of revoked certificates; empty where nobody named any.</summary>
    public IReadOnlyList<RevocationList> Revoked { get; }

    /// <summary>Reads the files.</summary>
    /// <param name="options">Their names.</param>
    /// <param name="failure">Why they are of no use, in one line with the file's name; null where they are.</param>
    public static TlsFiles? Read(TlsOptions options, out string? failure)
    {
        ArgumentNullException.ThrowIfNull(options);
        var authorities = options.Authority is { } file ? ReadAuthorities(file, out failure) : Nothing(out failure);
        if (failure is not null)
        {
            return null;
        }

        var revoked = options.RevocationList is { } list
            ? ReadRevoked(list, authorities ?? [], out failure)
            : [];
        var own = failure is null && options is { Certificate: { } certificate, Key: { } key }
            ? ReadOwn(certificate, key, out failure)
            : null;
        return failure is null ? new TlsFiles(authorities, own, revoked) : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Own?.Dispose();
        foreach (var authority in Authorities ?? [])
        {
            authority.Dispose();
        }
    }

    private static X509Certificate2Collection? Nothing(out string? failure)
    {
        failure = null;
        return null;
    }

    private static X509Certificate2Collection? ReadAuthorities(string file, out string? failure)
    {
        if (Text(file, out failure) is not { } pem)
        {
            return null;
        }

        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            // Said below.
        }

        if (authorities.Count == 0)
        {
            failure = $"{file}: no certificate of an authority in it; it must be PEM, -----BEGIN CERTIFICATE-----";
            return null;
        }

        return authorities;
    }

    private static IReadOnlyList<RevocationList> ReadRevoked(
        string file, X509Certificate2Collection authorities, out string? failure)
    {
        if (Text(file, out failure) is not { } pem)
        {
            return [];
        }

        var lists = RevocationList.ReadPem(pem, authorities, out failure);
        failure = failure is null ? null : $"{file}: {failure}";
        return lists;
    }

    private static X509Certificate2? ReadOwn(string certificateFile, string keyFile, out string? failure)
    {
        if (Text(certificateFile, out failure) is not { } certificatePem || Text(keyFile, out failure) is not { } keyPem)
        {
            return null;
        }

        try
        {
            // What the file says of the certificate alone comes first, so that the message names the right file.
            using var alone = X509Certificate2.CreateFromPem(certificatePem);
        }
        catch (CryptographicException)
        {
            failure = $"{certificateFile}: no certificate in it; it must be PEM, -----BEGIN CERTIFICATE-----";
            return null;
        }

        try
        {
            return X509Certificate2.CreateFromPem(certificatePem, keyPem);
        }
        catch (ArgumentException)
        {
            failure = $"{keyFile}: this key does not belong to {certificateFile}; put the pair there that was made together";
        }
        catch (CryptographicException)
        {
            failure = $"{keyFile}: no key for {certificateFile} in it; it must be its own, PEM and without a passphrase";
        }

        return null;
    }

    private static string? Text(string file, out string? failure)
    {
        try
        {
            failure = null;
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failure = e is FileNotFoundException or DirectoryNotFoundException
                ? $"{file}: no such file"
                : $"{file}: cannot be read by the user that this program runs as";
            return null;
        }
    }
}
