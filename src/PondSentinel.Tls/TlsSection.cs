using PondSentinel.Toml;

namespace PondSentinel.Tls;

/// <summary>Reads the keys <c>ca</c>, <c>certificate</c>, <c>key</c> and <c>crl</c>, which are the same wherever there is TLS.
/// </summary>
public static class TlsSection
{
    /// <summary>Reads them.</summary>
    /// <param name="section">The section; receives the mistakes.</param>
    /// <param name="isWanted">Whether there is TLS; without it each of the keys is a mistake.</param>
    /// <param name="remedy">What to write to have TLS, for that mistake.</param>
    /// <returns>The settings; null where there is no TLS.</returns>
    public static TlsOptions? Read(TomlSection section, bool isWanted, string remedy = "write tls = true")
    {
        ArgumentNullException.ThrowIfNull(section);
        var tls = new TlsOptions
        {
            Authority = FileOf(section, "ca", isWanted, remedy),
            Certificate = FileOf(section, "certificate", isWanted, remedy),
            Key = FileOf(section, "key", isWanted, remedy),
            RevocationList = FileOf(section, "crl", isWanted, remedy),
        };
        if (section.Has("certificate") != section.Has("key"))
        {
            var (there, missing) = section.Has("key") ? ("key", "certificate") : ("certificate", "key");
            section.Report(there, $"{there} of [{section.Name}] is of no use without {missing}", $"add {missing}, or remove {there}");
        }

        if (section.Has("crl") && !section.Has("ca"))
        {
            section.Report("crl", $"crl of [{section.Name}] is of no use without ca", "add ca, whose list it is, or remove crl");
        }

        return isWanted ? tls : null;
    }

    private static string? FileOf(TomlSection section, string key, bool isWanted, string remedy)
    {
        var file = section.Text(key);
        if (file is not null && !isWanted)
        {
            section.Report(key, $"{key} of [{section.Name}] means nothing without TLS", remedy);
        }
        else if (file is not null && !Path.IsPathFullyQualified(file))
        {
            section.Report(key, $"{key} of [{section.Name}] must be a file from / on: \"{file}\"", "write where it lies, for example /etc/pondsentinel/tls/ca.pem");
        }

        return file;
    }
}
