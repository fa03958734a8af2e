namespace PondSentinel.Tls;

/// <summary>How a way to or from the broker is secured. The files are PEM and are read at every connect, so that new ones need
/// no restart.</summary>
public sealed record TlsOptions
{
    /// <summary>File with the authorities that may have signed the other side's certificate; null for those of the system.
    /// </summary>
    public string? Authority { get; init; }

    /// <summary>File with the certificate that is shown to the other side; null where it wants none.</summary>
    public string? Certificate { get; init; }

    /// <summary>File with its private key, without a passphrase; null where there is no certificate.</summary>
    public string? Key { get; init; }

    /// <summary>File with the lists of revoked certificates, one of each of <see cref="Authority"/>; null where nobody is
    /// asked.</summary>
    public string? RevocationList { get; init; }
}
