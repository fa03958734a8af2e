using PondSentinel.Gateway.Uplink;
using PondSentinel.Tls;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[uplink]</c>.</summary>
internal static class UplinkSection
{
    private const int PortMax = 65_535;
    private const int PortOfTls = 8883;
    private const int PasswordLengthMax = 256;
    private const long WindowMin = 32 << 10;
    private const long WindowMax = 16 << 20;
    private const long BacklogRateMin = 1 << 10;
    private const long BacklogRateMax = 1 << 30;

    private static readonly Dictionary<string, MqttProtocol> Protocols = new()
    {
        ["5"] = MqttProtocol.Mqtt5, ["3.1.1"] = MqttProtocol.Mqtt311,
    };

    private static readonly Dictionary<string, Delivery> Deliveries = new()
    {
        ["backend"] = Delivery.Backend, ["broker"] = Delivery.Broker,
    };

    private const long DataBudgetMin = 1 << 20;
    private const long DataBudgetMax = 1L << 40;

    // Who pays by the byte spares the signs of life too.
    private static readonly TimeSpan KeepAliveOfTheThrifty = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan ResendAfterOfTheThrifty = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan BatchIntervalMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan OfflineAfterMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan OfflineAfterMax = TimeSpan.FromDays(30);
    private static readonly TimeSpan OfflineEveryMin = TimeSpan.FromHours(1);
    private static readonly TimeSpan KeepAliveMin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KeepAliveMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan AckDeadlineMax = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ResendAfterMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan HealthIntervalMax = TimeSpan.FromDays(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section; null where there is none, and the gateway then only keeps its records.</param>
    public static UplinkOptions? Read(TomlSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var tls = TlsSection.Read(section, section.Flag("tls") ?? false);
        var usual = new UplinkOptions { Host = Host(section), Tls = tls };
        usual = tls is null ? usual : usual with { Port = PortOfTls };
        usual = usual with
        {
            BatchInterval = section.Duration("batch_interval", Second, BatchIntervalMax) ?? usual.BatchInterval,
            DataBudgetBytes = section.Bytes("data_budget", DataBudgetMin, DataBudgetMax),
        };
        usual = !usual.IsThrifty ? usual : usual with
        {
            KeepAlive = KeepAliveOfTheThrifty, ResendAfter = ResendAfterOfTheThrifty, HealthInterval = Thrift.HealthIntervalMost,
        };
        var uplink = usual with
        {
            Port = (int)(section.Integer("port", 1, PortMax) ?? usual.Port),
            Password = Password(section),
            Protocol = section.Word("protocol", Protocols) ?? usual.Protocol,
            Delivery = section.Word("delivery", Deliveries) ?? usual.Delivery,
            Offline = Offline(section),
            KeepAlive = section.Duration("keep_alive", KeepAliveMin, KeepAliveMax) ?? usual.KeepAlive,
            ReceiptsFrom = ReceiptsFrom(section) ?? usual.ReceiptsFrom,
            AckDeadline = section.Duration("ack_deadline", Second, AckDeadlineMax) ?? usual.AckDeadline,
            Window = section.Bytes("window", WindowMin, WindowMax) ?? usual.Window,
            BacklogBytesPerSecond = section.Bytes("backlog_rate", BacklogRateMin, BacklogRateMax),
            ResendAfter = section.Duration("resend_after", Second, ResendAfterMax) ?? usual.ResendAfter,
            HealthInterval = section.Duration("health_interval", Second, HealthIntervalMax) ?? usual.HealthInterval,
        };
        RefuseBrokersWordWithoutReasons(section, uplink);
        section.RefuseUnknownKeys();
        return uplink;
    }

    // Without reason codes a broker says the same whether somebody has subscribed, nobody has, or it threw the message away.
    private static void RefuseBrokersWordWithoutReasons(TomlSection section, UplinkOptions uplink)
    {
        if (uplink is { Delivery: Delivery.Broker, Protocol: MqttProtocol.Mqtt311 })
        {
            section.Report(
                "delivery",
                $"delivery = \"broker\" of [{section.Name}] needs MQTT 5: by 3.1.1 a broker does not say whether anybody gets a message",
                "remove protocol = \"3.1.1\", or let a backend settle: delivery = \"backend\"");
        }
    }

    private static OfflineOptions? Offline(TomlSection section)
    {
        var after = section.Duration("offline_request_after", OfflineAfterMin, OfflineAfterMax);
        var usual = new OfflineOptions { After = after ?? OfflineAfterMax };
        var request = section.Text("offline_request");
        if (request is not null && !Names.IsName(request))
        {
            section.Report(
                "offline_request",
                $"offline_request of [{section.Name}] is no name: \"{request}\"",
                "write what a unit of systemd serves: 1 to 32 of a-z, 0-9 and -");
        }

        var folder = section.Text("request_folder");
        if (folder is not null && !Path.IsPathFullyQualified(folder))
        {
            section.Report(
                "request_folder",
                $"request_folder of [{section.Name}] must be a folder from / on: \"{folder}\"",
                "write where a unit of systemd looks, for example /run/pondsentinel/requests");
        }

        var options = usual with
        {
            Every = section.Duration("offline_request_every", OfflineEveryMin, OfflineAfterMax) ?? usual.Every,
            Request = request ?? usual.Request,
            Folder = folder ?? usual.Folder,
        };
        return after is null ? null : options;
    }

    private static string Host(TomlSection section)
    {
        var host = section.Text("host", required: true);
        if (host is null || Uri.CheckHostName(host) != UriHostNameType.Unknown)
        {
            return host ?? "";
        }

        section.Report(
            "host",
            $"host of [{section.Name}] is no name or address: \"{host}\"",
            "write it alone, without mqtt:// and without the port");
        return "";
    }

    private static string? Password(TomlSection section)
    {
        var password = section.Text("password");
        if (password is null || (password.Length is > 0 and <= PasswordLengthMax && !password.Any(char.IsControl)))
        {
            return password;
        }

        // The message goes to a terminal and a journal: the password itself does not.
        section.Report(
            "password",
            $"password of [{section.Name}] must be 1 to {PasswordLengthMax} characters on one line",
            "change it here and at the broker, or remove it where the broker wants none");
        return null;
    }

    private static string? ReceiptsFrom(TomlSection section)
    {
        var backend = section.Text("receipts_from");
        if (backend is null || Names.IsName(backend))
        {
            return backend;
        }

        section.Report(
            "receipts_from",
            $"receipts_from of [{section.Name}] is no name: \"{backend}\"",
            "write the id of the one backend whose receipts settle records: 1 to 32 of a-z, 0-9 and -");
        return null;
    }
}
