namespace PondSentinel.Gateway.Uplink;

/// <summary>How the way to the broker is secured. The files are PEM and are read at every connect, so that new ones need no
/// restart.</summary>
public sealed record TlsOptions
{
    /// <summary>File with the authorities that may have signed the broker's certificate; null for those of the system.
    /// </summary>
    public string? Authority { get; init; }

    /// <summary>File with the gateway's own certificate; null where the broker wants none.</summary>
    public string? Certificate { get; init; }

    /// <summary>File with its private key, without a passphrase; null where there is no certificate.</summary>
    public string? Key { get; init; }
}
