using PondSentinel.Tls;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Settings of the way to the broker, section <c>[uplink]</c>.</summary>
public sealed record UplinkOptions
{
    private static readonly TimeSpan ThriftyFrom = TimeSpan.FromMinutes(1);

    /// <summary>Name or address of the broker.</summary>
    public required string Host { get; init; }

    /// <summary>Port of the broker. Default 1883; 8883 with TLS.</summary>
    public int Port { get; init; } = 1883;

    /// <summary>How the way is secured; null where it is not, the default.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>What is spoken with the broker. Default MQTT 5.</summary>
    public MqttProtocol Protocol { get; init; } = MqttProtocol.Mqtt5;

    /// <summary>Whose word settles records. Default the backend's.</summary>
    public Delivery Delivery { get; init; } = Delivery.Backend;

    /// <summary>How often the broker hears of the gateway at least; it gives it up after one and a half times this. Default
    /// 60 s.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(60);

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

    /// <summary>What the machine is asked for where there has been no link for long; null where nothing is, the default.</summary>
    public OfflineOptions? Offline { get; init; }

    /// <summary>How long live records gather for one batch; zero, the default, sends them at once. What is urgent closes the
    /// batch at once, always.</summary>
    public TimeSpan BatchInterval { get; init; } = TimeSpan.Zero;

    /// <summary>Most bytes over the link in a calendar month, UTC, both ways; null for no limit, the default.</summary>
    public long? DataBudgetBytes { get; init; }

    /// <summary>Whether bytes are dear: then receipts may wait, and what is packed is packed with a dictionary where the backend
    /// knows it.</summary>
    public bool IsThrifty => DataBudgetBytes is not null || BatchInterval >= ThriftyFrom;

    /// <summary>How long a receipt may wait: half of <see cref="ResendAfter"/>, so that one may be late and nothing is sent again for want
    /// of it. Null where the backend's own pace is right.</summary>
    public TimeSpan? ReceiptsWithin => IsThrifty && Delivery == Delivery.Backend ? ResendAfter / 2 : null;

    /// <summary>How long what was sent may stay unsettled before it is sent again, the first time. Default 5 min.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Time between health messages. Default 5 min.</summary>
    public TimeSpan HealthInterval { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>A version of MQTT.</summary>
public enum MqttProtocol
{
    /// <summary>MQTT 5.</summary>
    Mqtt5,

    /// <summary>MQTT 3.1.1, for brokers that are too old for 5.</summary>
    Mqtt311,
}

/// <summary>Whose word settles records.</summary>
public enum Delivery
{
    /// <summary>The backend's, by receipts: it has them in its store.</summary>
    Backend,

    /// <summary>The broker's, by PUBACK 0x00: it has them and somebody has subscribed. For consumers that send no receipts; what
    /// the broker loses afterwards is lost. MQTT 5 only.</summary>
    Broker,
}
