using System.CommandLine;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Reports;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend report</c>: a month of a site as one HTML file that prints well.</summary>
internal static class ReportCommand
{
    /// <summary>Exit code where the report cannot be made.</summary>
    public const int Bad = 1;

    private const string Description =
        """
        Write a month of a site as one HTML file that prints to PDF: exceedances with standard and clause, what was watched,
        values, completeness, grab samples against probes, calibrations, maintenance, and the SHA-256 of the values it rests on.
        The backend may run meanwhile. Exit 0: written; 1: it cannot be made; 2: the arguments cannot be used.

        Examples:
          pond-backend report --site gannan --month 2026-10 --out gannan-2026-10.html
          pond-backend report --site gannan --month 2026-10 --out gannan-2026-10.html --lang zh
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    /// <param name="time">The clock.</param>
    public static Command Create(Option<string?> config, TimeProvider time)
    {
        var site = new Option<string>("--site") { Description = "The site.", HelpName = "NAME", Required = true };
        var month = new Option<string>("--month") { Description = "The month, for example 2026-10, by the site's clock ([completeness] utc_offset).", HelpName = "MONTH", Required = true };
        var file = new Option<string>("--out") { Description = "The file; one that is there is replaced.", HelpName = "FILE", Required = true };
        var language = new Option<string>("--lang") { Description = "Its language. What rules, gateways and people have written stays in their words.", HelpName = "en|zh", DefaultValueFactory = _ => "en" };
        language.AcceptOnlyFromAmong("en", "zh");
        var folder = CommandSettings.FolderOption();
        var command = new Command("report", Description) { site, month, file, language, config, folder };
        command.SetAction(async (result, cancellationToken) =>
            CommandSettings.Read(result, config, folder) is { } configuration
                ? await RunAsync(
                    configuration,
                    (result.GetRequiredValue(site), result.GetRequiredValue(month), result.GetRequiredValue(file), ReadersLanguage.Named(result.GetRequiredValue(language))!.Value),
                    time, result.InvocationConfiguration.Output, result.InvocationConfiguration.Error, cancellationToken)
                : CheckCommand.Bad);
        return command;
    }

    /// <summary>Writes it.</summary>
    /// <returns>The exit code: 0, <see cref="Bad"/>, or <see cref="CheckCommand.Bad"/> for arguments that cannot be used.</returns>
    internal static async Task<int> RunAsync(
        BackendConfiguration configuration,
        (string Site, string Month, string File, Language Language) order,
        TimeProvider time,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken)
    {
        if (ReportMonth.Parse(order.Month, configuration.Completeness.UtcOffset) is not { } month)
        {
            error.WritePlain($"--month {order.Month} is no month; write it as 2026-10");
            return CheckCommand.Bad;
        }

        if (CommandSettings.StateIn(configuration.Folder, error) is not { } path)
        {
            return Bad;
        }

        try
        {
            await using var store = BackendHost.OpenStore(configuration, time, NullLoggerFactory.Instance);
            var maker = new ReportMaker(
                configuration.Id, store, new StateDatabase(path, time).Connect, configuration.Rules, time);
            if (await maker.MakeAsync(order.Site, month, cancellationToken) is not { } report)
            {
                error.WritePlain($"no gateway has sent anything of site {order.Site}; the page names the sites");
                return Bad;
            }

            if (await WriteAsync(order.File, ReportHtml.Of(report, order.Language, ReportHtml.Style), cancellationToken) is { } why)
            {
                error.WritePlain($"{order.File} cannot be written ({why}). Name with --out a file in a folder that is there and that this user may write.");
                return Bad;
            }

            output.WritePlain(string.Create(
                CultureInfo.InvariantCulture,
                $"{order.File}: {report.Series.Count} channels, {report.Values} values, {report.Series.Sum(series => series.Exceedances.Count)} exceedances, sha256 {report.Digest}"));
            return 0;
        }
        catch (Exception e) when (e is IOException or SqliteException or StoreUnavailableException)
        {
            error.WritePlain(CommandSettings.Told(e));
            return Bad;
        }
    }

    private static async Task<string?> WriteAsync(string file, string text, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(file, text, cancellationToken);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message.TrimEnd('.');
        }
    }
}
