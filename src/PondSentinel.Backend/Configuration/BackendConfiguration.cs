using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Averages;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alertmanager;
using PondSentinel.Backend.Notification.Heartbeat;
using PondSentinel.Backend.Notification.Smtp;
using PondSentinel.Backend.Notification.Webhook;
using PondSentinel.Backend.Retention;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;

namespace PondSentinel.Backend.Configuration;

/// <summary>All settings of a backend. Immutable; read from a file, or made in code, in which case nobody has checked it.
/// </summary>
public sealed record BackendConfiguration
{
    /// <summary>Name under which it gives receipts: <c>receipts_from</c> of the gateways. Default <c>b1</c>.</summary>
    public string Id { get; init; } = "b1";

    /// <summary>Folder for its state, the embedded store and the archive. Created where it is missing.</summary>
    public required string Folder { get; init; }

    /// <summary>The broker.</summary>
    public BrokerOptions Broker { get; init; } = new();

    /// <summary>What one gateway may send.</summary>
    public GatewayQuota Quota { get; init; } = new();

    /// <summary>How long the store keeps what.</summary>
    public StoreRetention StoreRetention { get; init; } = new();

    /// <summary>InfluxDB; null for the embedded store.</summary>
    public InfluxOptions? Influx { get; init; }

    /// <summary>The averages that are kept, each id once. Default: those of PM10 that need no calendar.</summary>
    internal IReadOnlyList<AverageDefinition> Averages { get; init; } = AverageConfiguration.Defaults;

    /// <summary>The alert rules, each id once.</summary>
    public IReadOnlyList<AlertRule> Rules { get; init; } = [];

    /// <summary>Where notices go.</summary>
    public IReadOnlyList<WebhookOptions> Webhooks { get; init; } = [];

    /// <summary>Who gets mail.</summary>
    public IReadOnlyList<SmtpOptions> Mail { get; init; } = [];

    /// <summary>Alertmanagers that are told.</summary>
    public IReadOnlyList<AlertmanagerOptions> Alertmanagers { get; init; } = [];

    /// <summary>Of what each of these channels is to tell.</summary>
    internal IReadOnlyList<ChannelPolicy> Policies =>
        [.. Webhooks.Select(channel => channel.Policy), .. Mail.Select(channel => channel.Policy), .. Alertmanagers.Select(channel => channel.Policy)];

    /// <summary>How long what is over and told is kept.</summary>
    public NotificationRetention Retention { get; init; } = new();

    /// <summary>The watch service that is told that this backend works; null for none.</summary>
    public HeartbeatOptions? Heartbeat { get; init; }

    /// <summary>Files of other programs with certificates, or lists of revoked ones, whose end is told of ahead: <c>[certificates]</c>.</summary>
    public IReadOnlyList<string> WatchedCertificates { get; init; } = [];

    /// <summary>All files whose end is told of ahead: those, and the ones that the backend itself uses.</summary>
    internal IReadOnlyList<string> CertificateFiles =>
    [
        .. new[] { Broker.Tls?.Authority, Broker.Tls?.Certificate, Broker.Tls?.RevocationList, Web?.Tls?.Certificate }.OfType<string>()
            .Concat(WatchedCertificates).Distinct(StringComparer.Ordinal),
    ];

    /// <summary>The completeness ledger.</summary>
    public CompletenessOptions Completeness { get; init; } = new();

    /// <summary>The page; null for none.</summary>
    public WebOptions? Web { get; init; } = new();
}
