using System.Net;
using PondSentinel.Tls;

namespace PondSentinel.Backend.Broker;

/// <summary>The broker, section <c>[broker]</c>.</summary>
public sealed record BrokerOptions
{
    /// <summary>Whether the backend runs a broker itself. Default yes.</summary>
    public bool Embedded { get; init; } = true;

    /// <summary>Name or address of an external broker; loopback for the embedded one.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Its port; 0 takes a free one for the embedded broker. Default 1883; 8883 with TLS.</summary>
    public int Port { get; init; } = 1883;

    /// <summary>The address that the embedded broker listens on for gateways elsewhere, by TLS; null for loopback alone,
    /// the default.</summary>
    public IPAddress? Listen { get; init; }

    /// <summary>How the way is secured: to an external broker, or of those who come to <see cref="Listen"/>; null where it is
    /// not, the default.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>User name at the broker, also the client id and the certificate's common name. Default
    /// <c>pond-backend</c>.</summary>
    public string User { get; init; } = "pond-backend";

    /// <summary>Password at an external broker.</summary>
    public string? Password { get; init; }
}
