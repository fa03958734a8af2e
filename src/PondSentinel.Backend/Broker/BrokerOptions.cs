namespace PondSentinel.Backend.Broker;

/// <summary>The broker, section <c>[broker]</c>.</summary>
public sealed record BrokerOptions
{
    /// <summary>Whether the backend runs a broker itself, on loopback only. Default yes.</summary>
    public bool Embedded { get; init; } = true;

    /// <summary>Name or address of an external broker; loopback for the embedded one.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Its port; 0 takes a free one for the embedded broker. Default 1883.</summary>
    public int Port { get; init; } = 1883;

    /// <summary>User name at an external broker, also the client id. Default <c>pond-backend</c>.</summary>
    public string User { get; init; } = "pond-backend";

    /// <summary>Password at an external broker.</summary>
    public string? Password { get; init; }
}
