using System.Net;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Web.Public;
using PondSentinel.Tls;

namespace PondSentinel.Backend.Web;

/// <summary>The page, section <c>[web]</c>. On loopback it listens always; on another address by TLS or for a proxy alone.</summary>
public sealed record WebOptions
{
    /// <summary>Port on loopback; 0 takes a free one. Default 8080.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Another address to listen on; null for none. It takes <see cref="Tls"/> or <see cref="Proxy"/>, and <see cref="Hosts"/>.
    /// </summary>
    public IPAddress? Listen { get; init; }

    /// <summary>Port there; 0 takes a free one. Default 8443.</summary>
    public int ListenPort { get; init; } = 8443;

    /// <summary>What people call this machine by, without port: a name or an address. On loopback it is also localhost.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The page as people reach it from elsewhere, for links in messages; null: messages have none.</summary>
    public PageAddress? Address { get; init; }

    /// <summary>Certificate and key for <see cref="Listen"/>; null where only a proxy comes in there.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>The proxy before it; null for none.</summary>
    public ProxyOptions? Proxy { get; init; }

    /// <summary>Whether browsers that came by TLS are told to keep to it, at all ports of the name, or to forget it. Default: yes.</summary>
    public bool KeepsToTls { get; init; } = true;

    /// <summary>Whether whoever sits at the machine needs no sign-in. Default: yes; in a configuration with a proxy: no, because one of its
    /// sites that passes us on without any header looks like the machine.</summary>
    public bool TrustsMachine { get; init; } = true;

    /// <summary>What opens <c>/metrics</c>, <c>/healthz</c> and <c>/readyz</c> from elsewhere; null: nothing does.</summary>
    public string? MetricsToken { get; init; }

    /// <summary>The station that everybody may see; null for none.</summary>
    public PublicOptions? Public { get; init; }

    /// <summary>How long a session lasts while nobody has the page open. Default 12 hours.</summary>
    public TimeSpan SessionIdle { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How long a session lasts at most. Default 7 days.</summary>
    public TimeSpan SessionMax { get; init; } = TimeSpan.FromDays(7);
}

/// <summary>A proxy that is believed, section <c>[web.proxy]</c>.</summary>
/// <param name="Addresses">From where it asks.</param>
/// <param name="Secret">What it sends in <c>X-Pond-Proxy-Secret</c>.</param>
/// <param name="UserHeader">In which header it says who asks; null where people sign in here.</param>
public sealed record ProxyOptions(IReadOnlyList<IPAddress> Addresses, string Secret, string? UserHeader);
