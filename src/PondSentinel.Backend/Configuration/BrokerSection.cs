using System.Net;
using PondSentinel.Backend.Broker;
using PondSentinel.Tls;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Configuration;

/// <summary>Reads <c>[broker]</c>: embedded unless a host is named.</summary>
internal static class BrokerSection
{
    private const int PortMax = 65_535;
    private const int PortOfTls = 8883;
    private static readonly string[] KeysOfExternal = ["host", "user", "password", "tls"];
    private static readonly string[] FilesOfListener = ["ca", "certificate", "key"];

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section, or null.</param>
    /// <param name="warnings">Receives what is unwise.</param>
    public static BrokerOptions Read(TomlSection? section, List<Problem> warnings)
    {
        if (section is null)
        {
            return new BrokerOptions();
        }

        var embedded = section.Flag("embedded") ?? !section.Has("host");
        var port = (int?)section.Integer("port", 1, PortMax);
        var broker = embedded ? ReadEmbedded(section, port) : ReadExternal(section, port, warnings);
        section.RefuseUnknownKeys();
        return broker;
    }

    private static BrokerOptions ReadEmbedded(TomlSection section, int? port)
    {
        foreach (var key in KeysOfExternal.Where(section.Has))
        {
            section.Report(
                key, $"{key} of [broker] does not go with the embedded broker, which is on this machine",
                key == "tls" ? "remove it; listen = \"0.0.0.0\" demands TLS by itself" : "remove it, or write embedded = false");
        }

        Ignore(section, KeysOfExternal);
        var listen = Listen(section);
        var tls = TlsSection.Read(section, listen is not null, "write listen = \"0.0.0.0\" to let others in, by TLS");
        var missing = listen is null ? [] : FilesOfListener.Where(key => !section.Has(key)).ToList();
        if (missing.Count > 0)
        {
            section.Report(
                "listen", $"listen of [broker] lets others in, which demands certificates, and without {string.Join(", ", missing)} there are none",
                "make them with deploy/pki/pki.sh and name their files, or remove listen");
        }

        return new BrokerOptions { Port = port ?? PortOr(tls), Listen = listen, Tls = tls };
    }

    private static BrokerOptions ReadExternal(TomlSection section, int? port, List<Problem> warnings)
    {
        var defaults = new BrokerOptions();
        if (section.Has("listen"))
        {
            section.Report("listen", "listen of [broker] is for the embedded broker, and there is none", "remove listen, or remove host");
        }

        Ignore(section, ["listen"]);
        var (host, user, password) = (section.Text("host", required: true), section.Text("user"), section.Text("password"));
        var tls = TlsSection.Read(section, section.Flag("tls") ?? false);
        if (host is not null && (host.Length == 0 || Uri.CheckHostName(host) == UriHostNameType.Unknown))
        {
            section.Report("host", $"host of [broker] is no name or address: \"{host}\"", "write host = \"broker.example\"");
        }

        if (user is not null && !Names.IsName(user))
        {
            section.Report("user", $"user of [broker] is no name: \"{user}\"", "use 1 to 32 of a-z, 0-9 and -");
        }

        if (password is not null && tls is null && host is not (null or "127.0.0.1" or "localhost" or "::1"))
        {
            warnings.Add(section.At(
                "password", $"the password goes to {host} unencrypted", "write tls = true, or keep the way there private by a tunnel"));
        }

        return defaults with
        {
            Embedded = false,
            Host = host ?? defaults.Host,
            Port = port ?? PortOr(tls),
            User = user ?? defaults.User,
            Password = password,
            Tls = tls,
        };
    }

    private static int PortOr(TlsOptions? tls) => tls is null ? new BrokerOptions().Port : PortOfTls;

    // Told of already: not once more as unknown.
    private static void Ignore(TomlSection section, IEnumerable<string> keys)
    {
        foreach (var key in keys)
        {
            if (key == "tls")
            {
                section.Flag(key);
            }
            else
            {
                section.Text(key);
            }
        }
    }

    // Loopback is where it listens without TLS, so naming that is naming nothing.
    private static IPAddress? Listen(TomlSection section)
    {
        if (section.Text("listen") is not { } text)
        {
            return null;
        }

        if (IPAddress.TryParse(text, out var address))
        {
            return IPAddress.IsLoopback(address) ? null : address;
        }

        section.Report("listen", $"listen of [broker] is no address of this machine: \"{text}\"", "write listen = \"0.0.0.0\" for all of them");
        return null;
    }
}
