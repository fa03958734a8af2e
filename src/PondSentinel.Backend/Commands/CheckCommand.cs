using System.CommandLine;
using System.Globalization;
using System.Net;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Notification;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Tls;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend check</c>: lists every mistake in the configuration.</summary>
public static class CheckCommand
{
    /// <summary>Exit code where the configuration cannot be used.</summary>
    public const int Bad = 2;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the file.</param>
    public static Command Create(Option<string?> config)
    {
        var command = new Command("check", "List every mistake in the configuration; exit 2 when there is one.") { config };
        command.SetAction(result =>
        {
            var path = result.GetValue(config);
            return Report(
                path ?? BackendConfigurationFile.DefaultPath,
                BackendConfigurationFile.LoadOrDefault(path),
                result.InvocationConfiguration.Output);
        });
        return command;
    }

    /// <summary>Says what came of reading a configuration.</summary>
    /// <param name="path">The file.</param>
    /// <param name="loaded">What came of it.</param>
    /// <param name="output">Receives the findings.</param>
    /// <param name="time">Tells which rules are in force; the machine's clock where it is left out.</param>
    /// <returns>The exit code: 0 or <see cref="Bad"/>.</returns>
    internal static int Report(string path, LoadedBackendConfiguration loaded, TextWriter output, TimeProvider? time = null)
    {
        output.WriteFindings(loaded.Unreadable, loaded.Problems, loaded.Warnings);
        if (loaded.Configuration is not { } configuration)
        {
            return Bad;
        }

        var ends = EndsOfRun(configuration).ToList();
        foreach (var end in ends)
        {
            output.WritePlain($"error: {end}; pond-backend run ends with it");
        }

        output.WritePlain(
            loaded.IsDefault ? $"{path}: no such file, so the defaults hold"
            : ends.Count > 0 ? $"{path}: good but for what is named above"
            : $"{path}: good");
        output.WritePlain($"backend {configuration.Id}, folder {configuration.Folder}");
        WriteBroker(configuration.Broker, output);
        output.WritePlain(configuration.Influx is { } influx
            ? $"store: InfluxDB at {influx.Url}, {(influx.Bucket is { } bucket ? $"bucket {bucket}" : $"database {influx.Database}")}"
            : "store: embedded");
        var kept = configuration.StoreRetention;
        output.WritePlain(kept.Expires
            ? $"kept there: records {Units.Text(kept.Records)}, means of ten minutes {Units.Text(kept.TenMinutes)}, means of days for ever"
            : "kept there: all, for ever");
        if (kept is { Expires: true, Grace.Ticks: > 0 })
        {
            output.WritePlain($"  warning: [store] is not written: what is older is deleted from {Units.Text(kept.Grace)} after the first start on; write keep_raw, or expire = false");
        }

        output.WritePlain(configuration.Web is { } web
            ? Line($"page: http://127.0.0.1:{web.Port}{(web.Listen is { } open ? $", {new IPEndPoint(open, web.ListenPort)} {(web.Tls is null ? "for the proxy" : "by TLS")}" : "")}")
            : "page: none");
        if (configuration.Web?.Address is { } address)
        {
            output.WritePlain($"messages link to {address.Root}{(address.Root.IsLoopback ? ", which is the own machine of whoever reads them" : "")}");
        }

        if (configuration.Web is { Tls: { } ofPage })
        {
            WriteFiles(ofPage, files => OwnCertificate.FaultOfServer(files, ofPage, Now), output);
        }

        foreach (var file in configuration.CertificateFiles)
        {
            output.WritePlain(CertificateEnd.Of(file, out var unknown) is { } end
                ? $"certificate {file}: until {CertificateText.Day(end)}"
                : $"  warning: {CertificateFiles.Unknown(unknown!)}");
        }

        // The path of a webhook is often its secret.
        foreach (var webhook in configuration.Webhooks)
        {
            output.WritePlain($"{webhook.Policy.Name}: webhook {webhook.Url.Scheme}://{webhook.Url.Authority}");
        }

        foreach (var mail in configuration.Mail)
        {
            output.WritePlain(Line($"{mail.Policy.Name}: mail to {string.Join(", ", mail.To.Select(address => address.Address))} by {mail.Host}:{mail.Port}"));
        }

        foreach (var alertmanager in configuration.Alertmanagers)
        {
            output.WritePlain($"{alertmanager.Policy.Name}: Alertmanager {alertmanager.Url.Scheme}://{alertmanager.Url.Authority}");
        }

        if (configuration.Policies.Count == 0)
        {
            output.WritePlain("  warning: there is no [[webhook]], [[smtp]] or [[alertmanager]], so alarms are on the page alone and nobody is told; add one, as backend.sample.toml has them");
        }

        if (configuration.Heartbeat is { } heartbeat)
        {
            output.WritePlain($"heartbeat: {heartbeat.Url.Scheme}://{heartbeat.Url.Authority} every {Units.Text(heartbeat.Every)}");
        }

        foreach (var average in configuration.Averages)
        {
            output.WritePlain(Line(
                $"average {average.Id}: {average.Measurand.Label}, {average.Label}, at {average.Site ?? "*"}/{average.Station ?? "*"} {average.Device ?? "*"}.{average.Channel ?? "*"}, UTC{average.UtcOffset.TotalHours:+0.##;-0.##;+0}, {average.Needed} of {average.Rule.Hours} hours"));
        }

        var places = KnownPlaces.Read(Path.Combine(configuration.Folder, BackendHost.StateFile));
        foreach (var policy in configuration.Policies)
        {
            foreach (var unknown in policy.Sites.Where(site => site != configuration.Id).SelectMany(site => places.Unknown(site, null, null)))
            {
                output.WritePlain($"  warning: sites of {policy.Name}: {unknown}");
            }
        }

        WriteRules(configuration, places, (time ?? TimeProvider.System).GetUtcNow(), output);
        WriteRulesOfBackend(configuration.Rules, output);
        return ends.Count > 0 ? Bad : 0;
    }

    private static void WriteRules(BackendConfiguration configuration, KnownPlaces places, DateTimeOffset now, TextWriter output)
    {
        foreach (var rule in configuration.Rules)
        {
            output.WritePlain(Describe(rule, now));
            // A preset has the rule that follows beside it, and nobody has written either.
            if (rule.Validity.Before <= now && rule.PresetRule is null)
            {
                output.WritePlain("  warning: it rings no more; take it out, or write another valid_to; reports of months before have its limit only while it stands here");
            }

            if (NobodyHears(rule, configuration.Policies) is { } deaf)
            {
                output.WritePlain($"  warning: no channel tells of it: {deaf}");
            }

            foreach (var missing in places.Missing(rule))
            {
                output.WritePlain($"  warning: {missing}");
            }

            if (rule.RaisesByOneValue)
            {
                output.WritePlain("  warning: one value alone raises it, be it a spike; write hold_raise = \"…\", longer than what lies between two values, or statistic = { count = [2, 2] }");
            }

            if (rule.ClearDoubt is var (what, mend))
            {
                output.WritePlain($"  warning: {what}; {mend}");
            }

            if (rule.Joint?.Against is { Scale: ComparisonScale.Ratio, Floor: 0 })
            {
                output.WritePlain("  warning: nothing is a multiple of 0, so it tells nothing while the other channel reads 0 or less; write floor = …, the least that its probe can tell from nothing");
            }
        }
    }

    // Where there is no channel at all that is said once.
    private static string? NobodyHears(AlertRule rule, IReadOnlyList<ChannelPolicy> policies)
    {
        var near = rule.Site is { } site ? policies.Where(policy => policy.IsOf(site)).ToList() : policies;
        return policies.Count == 0 || near.Any(policy => policy.IsFor(rule.Severity)) ? null
            : near.Count == 0 ? $"all are held to other sites; add \"{rule.Site}\" to sites of one"
            : $"none{(rule.Site is null ? "" : $" of those of site {rule.Site}")} tells of what is {rule.Severity.Word}; lower min_severity of one, or write one without escalate_after";
    }

    /// <summary>Says which rules hold that nobody has written, and in whose place a rule of the owner's stands.</summary>
    /// <param name="rules">The owner's.</param>
    /// <param name="output">Receives it.</param>
    internal static void WriteRulesOfBackend(IReadOnlyList<AlertRule> rules, TextWriter output)
    {
        foreach (var rule in BackendRules.Beside(rules).Except(rules))
        {
            output.WritePlain($"{Describe(rule, DateTimeOffset.UnixEpoch)}, of every backend");
        }

        foreach (var group in BackendRules.Replaced(rules).GroupBy(rule => rule.Measurand))
        {
            var own = rules.Where(rule => rule.Measurand == group.Key || group.Any(replaced => replaced.Id == rule.Id)).ToList();
            output.WritePlain($"not in force: {string.Join(", ", group.Select(rule => rule.Id))}, in whose place stands {string.Join(", ", own.Select(rule => rule.Id))}");
            if (own.TrueForAll(rule => (rule.Site ?? rule.Station ?? rule.Device ?? rule.Channel) is not null))
            {
                output.WritePlain("  warning: not everywhere; write a rule without site, station, device and channel too, or nobody is told of the others");
            }
        }
    }

    // What is shown to others and is for no server, or was revoked. That files cannot be read may be for want of the service's rights, and an
    // expired certificate keeps others out, not the backend.
    private static IEnumerable<string> EndsOfRun(BackendConfiguration configuration) =>
        new[] { configuration.Web?.Tls, configuration.Broker is { Embedded: true, Listen: not null } broker ? broker.Tls : null }
            .OfType<TlsOptions>().Select(tls =>
            {
                using var files = TlsFiles.Read(tls, out _);
                return files is null ? null : OwnCertificate.FaultOfServer(files, tls, _ => (default, IsKnown: false));
            }).OfType<string>();

    private static void WriteFiles(TlsOptions tls, Func<TlsFiles, string?> faultOf, TextWriter output)
    {
        using var files = TlsFiles.Read(tls, out var failure);
        failure ??= faultOf(files!);
        output.WritePlain(failure is null ? "  its files can be read" : $"  warning: {failure}");
    }

    private static (DateTimeOffset At, bool IsKnown) Now(DateTimeOffset notBefore) => (TimeProvider.System.GetUtcNow(), IsKnown: true);

    private static void WriteBroker(BrokerOptions broker, TextWriter output)
    {
        var secured = broker.Tls is null ? "" : ", TLS";
        output.WritePlain(broker.Embedded
            ? Line($"broker: embedded, {new IPEndPoint(broker.Listen ?? IPAddress.Loopback, broker.Port)}{secured}")
            : Line($"broker: {broker.Host}:{broker.Port} as {broker.User}{secured}"));
        if (broker.Tls is { } tls)
        {
            WriteFiles(
                tls,
                files => broker.Embedded ? OwnCertificate.FaultOfServer(files, tls, Now) : OwnCertificate.FaultOfClient(files, tls, broker.User, Now),
                output);
        }
    }

    /// <summary>A rule in one line.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="now">The time: whoever reads it takes it for one that watches, unless it says otherwise.</param>
    internal static string Describe(AlertRule rule, DateTimeOffset now)
    {
        var threshold = rule.Threshold;
        var conditions = string.Concat(rule.Joint?.Conditions.Where(condition => !condition.IsShown).Select(condition => $", if {condition.Text}") ?? []);
        return Line(
            $"rule {rule.Id}: {rule.Quantity} {threshold.Side.Word} {threshold.RaiseLimit}{rule.BesideNumber} for {Units.Text(threshold.HoldRaise)} at {rule.Site ?? "*"}/{rule.Station ?? "*"} {rule.Device ?? "*"}.{rule.Channel ?? "*"}{conditions}, {rule.Severity.Word}{InForce(rule.Validity, now)}");
    }

    private static string InForce(Validity validity, DateTimeOffset now)
    {
        var from = validity.From is { } begin && begin > now ? $" from {Day(begin)}" : "";
        return validity.Before is not { } before ? from.Length > 0 ? $", in force{from}" : ""
            : before <= now ? $", no longer in force since {Day(before)}"
            : $", in force{from} until {Day(before.UtcDateTime.TimeOfDay == TimeSpan.Zero ? before.AddDays(-1) : before)}";
    }

    // A day alone is one of UTC, as in the configuration.
    private static string Day(DateTimeOffset at) =>
        at.ToUniversalTime().ToString(at.UtcDateTime.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
