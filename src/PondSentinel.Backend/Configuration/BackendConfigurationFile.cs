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
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Configuration;

/// <summary>The configuration as people write it: TOML.</summary>
public static class BackendConfigurationFile
{
    /// <summary>Where it is looked for when nobody says otherwise.</summary>
    public const string DefaultPath = "/etc/pondsentinel/backend.toml";

    /// <summary>Reads the file that somebody named, or the one at <see cref="DefaultPath"/>; where nobody named one and none
    /// is there, the defaults hold.</summary>
    /// <param name="named">The file as named on the command line, or null.</param>
    public static LoadedBackendConfiguration LoadOrDefault(string? named) => PathOf(named) is { } path
        ? Load(path)
        : new LoadedBackendConfiguration { Configuration = Defaults.Configuration, IsDefault = true };

    /// <summary>The file that <see cref="LoadOrDefault"/> reads; null where the defaults hold.</summary>
    /// <param name="named">The file as named on the command line, or null.</param>
    public static string? PathOf(string? named) => named ?? (File.Exists(DefaultPath) ? DefaultPath : null);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    public static LoadedBackendConfiguration Load(string path) => TomlFile.ReadConfiguration(path, "backend.sample.toml") switch
    {
        ({ } text, _) => Read(path, text),
        (null, var why) => new LoadedBackendConfiguration { Unreadable = why },
    };

    /// <summary>Reads a text.</summary>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="text">TOML.</param>
    public static LoadedBackendConfiguration Read(string file, string text)
    {
        List<Problem> problems = [];
        List<Problem> warnings = [];
        var top = TomlSection.Parse(file, text, problems);
        var (id, folder) = ReadBackend(top.Table("backend"));
        var policies = new ChannelPolicyReader();
        var averages = AverageConfiguration.Read(top, problems);
        var web = WebSection.Read(top.Table("web"));
        var configuration = new BackendConfiguration
        {
            Id = id,
            Folder = folder,
            Broker = BrokerSection.Read(top.Table("broker"), warnings),
            Quota = GatewayQuota.Read(top.Table("quota")),
            StoreRetention = StoreRetention.Read(top.Table("store")),
            Influx = ConnectionSections.ReadInflux(top.Table("influx")),
            Web = web,
            Averages = averages,
            Rules = RuleConfiguration.Read(top, problems, averages),
            Webhooks = WebhookConfiguration.Read(top, policies, web?.Address),
            Mail = SmtpConfiguration.Read(top, policies, web?.Address),
            Alertmanagers = AlertmanagerConfiguration.Read(top, policies),
            Retention = NotificationRetention.Read(top.Table("notification")),
            Heartbeat = HeartbeatOptions.Read(top.Table("heartbeat")),
            WatchedCertificates = CertificateSection.Read(top.Table("certificates")),
            Completeness = CompletenessOptions.Read(top.Table("completeness")),
        };
        top.RefuseUnknownKeys();
        if (configuration.Rules.Count == 0 && problems.Count == 0)
        {
            warnings.Add(top.At(null, "there is no [[rule]] and no [[preset]], so no measured value raises an alert here", "copy one from backend.sample.toml"));
        }

        if (problems.Count == 0 && NobodyHearsOfItself(configuration))
        {
            warnings.Add(top.At(
                null,
                $"every channel is held to sites, and none to {id}: nobody is told that a certificate of this machine ends or that its clock is off",
                $"add \"{id}\" to sites of one of them"));
        }

        return new LoadedBackendConfiguration
        {
            Configuration = problems.Count == 0 ? configuration : null,
            Problems = InOrder(problems),
            Warnings = InOrder(warnings),
        };
    }

    // What is of the backend itself is of no site, so its name stands there.
    private static bool NobodyHearsOfItself(BackendConfiguration configuration) =>
        configuration.Policies.Count > 0 && configuration.Policies.All(channel => !channel.IsOf(configuration.Id));

    private static (string Id, string Folder) ReadBackend(TomlSection? section)
    {
        var id = section?.Text("id") ?? Defaults.Id;
        if (!Names.IsName(id))
        {
            section?.Report("id", $"id of [backend] is no name: \"{id}\"", "use 1 to 32 of a-z, 0-9 and -");
        }

        var folder = section?.Text("folder") ?? Defaults.Folder;
        if (!Path.IsPathRooted(folder))
        {
            section?.Report(
                "folder", $"folder of [backend] must be a full path: \"{folder}\"", "write folder = \"/var/lib/pond-backend\"");
        }

        section?.RefuseUnknownKeys();
        return (id, folder);
    }

    private static IReadOnlyList<Problem> InOrder(List<Problem> problems) =>
        [.. problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)];
}

/// <summary>What came of reading a configuration.</summary>
public sealed record LoadedBackendConfiguration
{
    /// <summary>The settings; null where there is any problem.</summary>
    public BackendConfiguration? Configuration { get; init; }

    /// <summary>Whether there was no file, so that these are the defaults.</summary>
    public bool IsDefault { get; init; }

    /// <summary>Why the file could not be read at all, in one line; null where it could.</summary>
    public string? Unreadable { get; init; }

    /// <summary>All mistakes, in the file's order.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];

    /// <summary>What is unwise, in the file's order.</summary>
    public IReadOnlyList<Problem> Warnings { get; init; } = [];
}
