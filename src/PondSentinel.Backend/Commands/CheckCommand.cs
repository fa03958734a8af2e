using System.CommandLine;
using System.Globalization;
using System.Net;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Configuration;
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
    /// <returns>The exit code: 0 or <see cref="Bad"/>.</returns>
    internal static int Report(string path, LoadedBackendConfiguration loaded, TextWriter output)
    {
        output.WriteFindings(loaded.Unreadable, loaded.Problems, loaded.Warnings);
        if (loaded.Configuration is not { } configuration)
        {
            return Bad;
        }

        output.WritePlain(loaded.IsDefault ? $"{path}: no such file, so the defaults hold" : $"{path}: good");
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
        if (configuration.Web is { Tls: { } ofPage })
        {
            using var files = TlsFiles.Read(ofPage, out var failure);
            failure ??= OwnCertificate.FaultOfServer(files!, ofPage, _ => (TimeProvider.System.GetUtcNow(), true));
            output.WritePlain(failure is null ? "  its files can be read" : $"  warning: {failure}");
        }

        foreach (var file in configuration.CertificateFiles)
        {
            output.WritePlain(CertificateEnd.Of(file, out var unknown) is { } end
                ? $"certificate {file}: until {CertificateText.Day(end)}"
                : $"  warning: {unknown}, so nobody can be told when it ends");
        }

        // The path of a webhook is often its secret.
        foreach (var webhook in configuration.Webhooks)
        {
            output.WritePlain($"{webhook.Policy.Name}: webhook {webhook.Url.Scheme}://{webhook.Url.Authority}");
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

        foreach (var rule in configuration.Rules)
        {
            output.WritePlain(Describe(rule));
            if (rule.RaisesByOneValue)
            {
                output.WritePlain("  warning: one value alone raises it, be it a spike; write hold_raise = \"…\", longer than what lies between two values, or statistic = { count = [2, 2] }");
            }
        }

        return 0;
    }

    private static void WriteBroker(BrokerOptions broker, TextWriter output)
    {
        var secured = broker.Tls is null ? "" : ", TLS";
        output.WritePlain(broker.Embedded
            ? Line($"broker: embedded, {new IPEndPoint(broker.Listen ?? IPAddress.Loopback, broker.Port)}{secured}")
            : Line($"broker: {broker.Host}:{broker.Port} as {broker.User}{secured}"));
        if (broker.Tls is { } tls)
        {
            CertificateClock now = _ => (TimeProvider.System.GetUtcNow(), IsKnown: true);
            using var files = TlsFiles.Read(tls, out var failure);
            failure ??= broker.Embedded
                ? OwnCertificate.FaultOfServer(files!, tls, now)
                : OwnCertificate.FaultOfClient(files!, tls, broker.User, now);
            output.WritePlain(failure is null ? "  its files can be read" : $"  warning: {failure}");
        }
    }

    /// <summary>A rule in one line.</summary>
    /// <param name="rule">The rule.</param>
    internal static string Describe(AlertRule rule)
    {
        var threshold = rule.Threshold;
        var conditions = string.Concat(rule.Joint?.Conditions.Where(condition => !condition.IsShown).Select(condition => $", if {condition.Text}") ?? []);
        return Line(
            $"rule {rule.Id}: {rule.Quantity} {threshold.Side.Word} {threshold.RaiseLimit} {rule.Unit} for {Units.Text(threshold.HoldRaise)} at {rule.Site ?? "*"}/{rule.Station ?? "*"} {rule.Device ?? "*"}.{rule.Channel ?? "*"}{conditions}, {rule.Severity.Word}");
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
