using System.Net;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Web;
using PondSentinel.Backend.Web.Access;
using PondSentinel.Backend.Web.Public;
using PondSentinel.Tls;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Configuration;

/// <summary>Reads <c>[web]</c>: where the page listens, and who comes in there.</summary>
internal static class WebSection
{
    private const int PortMax = 65_535;
    private const int SecretMin = 16;
    private static readonly string[] Files = ["certificate", "key"];
    private static readonly TimeSpan SessionMin = TimeSpan.FromMinutes(5), IdleMax = TimeSpan.FromDays(30), LongestMax = TimeSpan.FromDays(90);

    /// <summary>Reads it; null where it is switched off.</summary>
    /// <param name="section">The section, or null.</param>
    public static WebOptions? Read(TomlSection? section)
    {
        var defaults = new WebOptions();
        if (section is null)
        {
            return defaults;
        }

        var enabled = section.Flag("enabled") ?? true;
        var listen = Listen(section);
        var proxy = ReadProxy(section.Table("proxy"));
        var options = defaults with
        {
            Port = (int?)section.Integer("port", 1, PortMax) ?? defaults.Port,
            Listen = listen,
            ListenPort = (int?)section.Integer("listen_port", 1, PortMax) ?? defaults.ListenPort,
            Hosts = Hosts(section),
            Address = Address(section),
            Tls = ReadTls(section, listen),
            Proxy = proxy,
            Public = ReadPublic(section.Table("public")),
            KeepsToTls = section.Flag("hsts") ?? defaults.KeepsToTls,
            TrustsMachine = section.Flag("trust_machine") ?? proxy is null,
            MetricsToken = Secret(section, "metrics_token"),
            SessionIdle = section.Duration("session_idle", SessionMin, IdleMax) ?? defaults.SessionIdle,
            SessionMax = section.Duration("session_max", SessionMin, LongestMax) ?? defaults.SessionMax,
        };
        section.RefuseUnknownKeys();
        CheckHost(section, options);
        if (listen is not null && options.Tls is null && !section.Has("proxy") && !Array.Exists(Files, section.Has))
        {
            section.Report(
                "listen", "listen of [web] lets others in, which demands TLS or a proxy, and there is neither",
                "name certificate and key, or the proxy in [web.proxy], or remove listen");
        }

        if ((listen is not null || proxy is not null) && options.Hosts.Count == 0 && !section.Has("hosts"))
        {
            section.Report(listen is null ? "proxy" : "listen", "hosts of [web] is missing: what people call this machine by", "write hosts = [\"pond.example.org\"]");
        }

        return enabled ? options : null;
    }

    private static IPAddress? Listen(TomlSection section)
    {
        if (section.Text("listen") is not { } text)
        {
            return null;
        }

        if (IPAddress.TryParse(text, out var address))
        {
            // It listens there anyway.
            return IPAddress.IsLoopback(address) ? null : address;
        }

        section.Report("listen", $"listen of [web] is no address of this machine: \"{text}\"", "write listen = \"0.0.0.0\" for all of them");
        return null;
    }

    private static List<string> Hosts(TomlSection section)
    {
        List<string> hosts = [];
        foreach (var text in section.Texts("hosts") ?? [])
        {
            if (Uri.CheckHostName(text.Trim('[', ']')) is var kind && kind == UriHostNameType.Unknown)
            {
                section.Report("hosts", $"hosts of [web] has what is no name or address: \"{text}\"", "write it without https:// and without a port");
            }
            else
            {
                hosts.Add(kind == UriHostNameType.IPv6 ? $"[{text.Trim('[', ']')}]" : text);
            }
        }

        return hosts;
    }

    private static PageAddress? Address(TomlSection section)
    {
        if (section.Text("address") is not { } text)
        {
            return null;
        }

        if (PageAddress.Read(text) is { } address)
        {
            return address;
        }

        section.Report(
            "address", $"address of [web] is not where people find the page: \"{text}\"",
            "write address = \"https://pond.example.org\", with a port where it has one, and nothing behind that");
        return null;
    }

    // Whoever comes by another name is refused, so the link would lead nowhere.
    private static void CheckHost(TomlSection section, WebOptions options)
    {
        if (options.Address?.Root is { IsLoopback: false, Host: var host } && !options.Hosts.Contains(host, StringComparer.OrdinalIgnoreCase))
        {
            section.Report("address", $"address of [web] has the name {host}, and hosts has not: who follows a link is refused", options.Hosts.Count == 0 ? $"write hosts = [\"{host}\"], or another address" : $"add \"{host}\" to hosts, or write another address");
        }
    }

    private static TlsOptions? ReadTls(TomlSection section, IPAddress? listen)
    {
        var (certificate, key) = (FileOf(section, "certificate"), FileOf(section, "key"));
        if (section.Has("certificate") != section.Has("key"))
        {
            var (there, missing) = section.Has("key") ? ("key", "certificate") : ("certificate", "key");
            section.Report(there, $"{there} of [web] is of no use without {missing}", $"add {missing}, or remove {there}");
        }
        else if (certificate is not null && listen is null)
        {
            section.Report("certificate", "certificate of [web] is of no use without listen: on this machine itself the page needs none", "write listen = \"0.0.0.0\"");
        }

        return certificate is not null && key is not null ? new TlsOptions { Certificate = certificate, Key = key } : null;
    }

    private static string? FileOf(TomlSection section, string key)
    {
        var file = section.Text(key);
        if (file is not null && !Path.IsPathFullyQualified(file))
        {
            section.Report(key, $"{key} of [web] must be a file from / on: \"{file}\"", "write where it lies, for example /etc/pondsentinel/tls/web.pem");
        }

        return file;
    }

    private static ProxyOptions? ReadProxy(TomlSection? section)
    {
        if (section is null)
        {
            return null;
        }

        List<IPAddress> addresses = [];
        foreach (var text in section.Texts("addresses", required: true) ?? [])
        {
            if (IPAddress.TryParse(text, out var address))
            {
                addresses.Add(address);
            }
            else
            {
                section.Report("addresses", $"addresses of [web.proxy] has what is no address: \"{text}\"", "write addresses = [\"127.0.0.1\"]");
            }
        }

        var (secret, header) = (Secret(section, "secret"), section.Text("user_header"));
        if (!section.Has("secret") && !section.Has("secret_file"))
        {
            section.Report(null, $"secret of [web.proxy] is missing: what the proxy sends in {Gate.SecretHeader}", "write secret_file = \"/etc/pondsentinel/proxy-secret\"");
        }

        if (header is not null && (header.Length is 0 or > 64 || !header.All(character => char.IsAsciiLetterOrDigit(character) || character == '-')
            || string.Equals(header, Gate.SecretHeader, StringComparison.OrdinalIgnoreCase)))
        {
            section.Report("user_header", $"user_header of [web.proxy] is no name of a header: \"{header}\"", "write user_header = \"X-Forwarded-User\"");
        }

        section.RefuseUnknownKeys();
        return new ProxyOptions(addresses, secret ?? "", header);
    }

    private static PublicOptions? ReadPublic(TomlSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var (site, station) = (section.Text("site", required: true), section.Text("station", required: true));
        var options = new PublicOptions(site ?? "", station ?? "", section.Text("title"), section.Text("title_zh"), section.Text("do"), section.Text("do_zh"));
        section.RefuseUnknownKeys();
        return options;
    }

    private static string? Secret(TomlSection section, string key)
    {
        var secret = SecretKey.Read(section, key);
        if (secret is { Length: < SecretMin })
        {
            section.Report(
                section.Has(key) ? key : $"{key}_file", FormattableString.Invariant($"{key} of [{section.Name}] is guessed too soon: it must have {SecretMin} characters or more"), "make one: openssl rand -hex 32");
        }

        return secret;
    }
}
