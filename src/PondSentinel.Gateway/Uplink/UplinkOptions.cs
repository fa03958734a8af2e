namespace PondSentinel.Gateway.Uplink;

/// <summary>Settings of the way to the broker, section <c>[uplink]</c>.</summary>
public sealed record UplinkOptions
{
    /// <summary>Name or address of the broker.</summary>
    public required string Host { get; init; }

    /// <summary>Port of the broker. Default 1883; 8883 with TLS.</summary>
    public int Port { get; init; } = 1883;

    /// <summary>How the way is secured; null where it is not, the default.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Password, where the broker wants one; the user name is the gateway's id.</summary>
    public string? Password { get; init; }

    /// <summary>The one backend whose receipts settle records. Default <c>b1</c>.</summary>
    public string ReceiptsFrom { get; init; } = "b1";

    /// <summary>Longest time the broker may take to acknowledge before the link counts as dead. Default 20 s.</summary>
    public TimeSpan AckDeadline { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Most bytes of backlog sent and not settled, 32 KiB to 16 MiB. Default 256 KiB.</summary>
    public long Window { get; init; } = 256 * 1024;

    /// <summary>Most bytes of backlog a second; null for no limit, the default.</summary>
    public long? BacklogBytesPerSecond { get; init; }

    /// <summary>How long what was sent may stay unsettled before it is sent again, the first time. Default 5 min.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Time between health messages. Default 5 min.</summary>
    public TimeSpan HealthInterval { get; init; } = TimeSpan.FromMinutes(5);
}
