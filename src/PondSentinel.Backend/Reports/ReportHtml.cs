using System.Globalization;
using System.Net;
using System.Text;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Reports;

/// <summary>A report as one HTML file that prints well. Pure: the same report gives the same text.</summary>
internal sealed class ReportHtml
{
    private readonly StringBuilder html = new();
    private readonly MonthReport report;
    private readonly ReportMonth month;

    private ReportHtml(MonthReport report) => (this.report, month) = (report, report.Month);

    /// <summary>The style sheet, for a file that stands alone.</summary>
    public static string Style { get; } = Encoding.UTF8.GetString(PageAsset.All.Single(asset => asset.Path == "/report.css").Bytes);

    /// <summary>The file.</summary>
    /// <param name="report">The report.</param>
    /// <param name="style">The style sheet itself; null where the page's own is linked.</param>
    public static string Of(MonthReport report, string? style)
    {
        var made = new ReportHtml(report);
        made.Write(style);
        return made.html.ToString();
    }

    private void Write(string? style)
    {
        html.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Append(CultureInfo.InvariantCulture, $"<title>{Text($"{report.Site} {month.Text}")}</title>\n");
        html.Append(style is null ? "<link rel=\"stylesheet\" href=\"/report.css\">\n" : $"<style>\n{style}</style>\n");
        html.Append("</head>\n<body>\n");
        html.Append(CultureInfo.InvariantCulture, $"<header><h1>Monitoring report: site {Text(report.Site)}, {month.Text}</h1>\n");
        html.Append(CultureInfo.InvariantCulture, $"<p class=\"mark\">Provisional. {Text(string.Join(' ', report.Provisional))}</p>\n");
        html.Append(CultureInfo.InvariantCulture, $"<p>{month.Clock(month.FromMs)} to {month.Clock(month.ToMs)}, times {month.Zone}. Made {month.Clock(report.MadeAt.ToUnixTimeMilliseconds())} by backend {Text(report.Backend)}.</p></header>\n");
        Exceedances();
        Limits();
        Values();
        Completeness();
        Samples();
        Work();
        Foundation();
        html.Append("</body>\n</html>\n");
    }

    private void Exceedances() => Table(
        "Exceedances",
        ["Where", "Rule", "Limit", "From", "To", "For", "Worst", "Standard"],
        report.Series.SelectMany(series => series.Exceedances.Select(found => (series, found))).OrderBy(row => row.found.Episode.SinceMs).Select(row =>
        {
            var (episode, rule) = row.found;
            var to = episode.ClearedMs == 0 ? (long?)null : episode.ClearedMs;
            return (IReadOnlyList<string>)
            [
                Place(row.series.Key), episode.Rule,
                rule is null ? "rule no longer in the configuration" : $"{rule.Quantity} {Limit(rule)}",
                month.Clock(episode.SinceMs), to is null ? "goes on" : month.Clock(to.Value),
                LedgerSummary.Span((to ?? report.MadeAt.ToUnixTimeMilliseconds()) - episode.SinceMs),
                Wording.Worst(rule, row.series.Key.Measurand, episode.Peak),
                rule is null ? "" : string.Join(", ", new[] { rule.Standard, rule.Clause }.Where(part => part is not null)),
            ];
        }),
        "No limit was exceeded for as long as its rule wants.");

    private void Limits() => Table(
        "What was watched",
        ["Where", "Rule", "Limit", "Averaging", "For at least", "Standard", "Text"],
        report.Series.SelectMany(series => series.Limits.Select(rule => (IReadOnlyList<string>)
        [
            Place(series.Key), rule.Id, Limit(rule),
            rule.StatisticText ?? "each value", LedgerSummary.Span((long)rule.Threshold.HoldRaise.TotalMilliseconds),
            string.Join(", ", new[] { rule.Standard, rule.Clause }.Where(part => part is not null)), rule.Text,
        ])),
        "No rule watches a channel of this site.");

    private void Values() => Table(
        "Values",
        ["Channel", "Unit", "Values", "Days with values", "Lowest", "Highest", "Days with doubted or missing values"],
        report.Series.Select(series => (IReadOnlyList<string>)
        [
            $"{Place(series.Key)}, {series.Key.Measurand.Label}", series.Key.Measurand.Unit,
            Count(series.Digest.Points), Count(series.Days.Count(day => day.Max is not null)),
            Number(series.Key.Measurand, series.Days.Min(day => day.Min)), Number(series.Key.Measurand, series.Days.Max(day => day.Max)),
            Count(series.Days.Count(day => day.Worst >= QualityFlag.Suspect)),
        ]),
        "There is no channel.",
        "Lowest and highest are of values that did not fail a test, day by day where there is one. Days are of UTC in this table.");

    private void Completeness() => Table(
        "Completeness",
        ["Channel", "Polls due", "Complete", "In maintenance", "Came late", "In words"],
        report.Series.Where(series => series.Ledger is not null).Select(series => (IReadOnlyList<string>)
        [
            Place(series.Key), Count(series.Ledger!.Expected),
            string.Create(CultureInfo.InvariantCulture, $"{series.Ledger.Thousandths / 10.0:0.0} %"),
            string.Create(CultureInfo.InvariantCulture, $"{series.Ledger.InMaintenanceThousandths / 10.0:0.0} %"),
            Count(series.Ledger.Late), series.Ledger.Text,
        ]),
        "The ledger has nothing of this month.");

    private void Samples() => Table(
        "Grab samples against probes",
        ["Taken", "Channel", "Sample", "Probe", "Difference", "Method, laboratory, who"],
        report.Series.SelectMany(series => series.Samples.Select(taken => (series, taken))).OrderBy(row => row.taken.Sample.TimeNs).Select(row =>
        {
            var (sample, probe) = row.taken;
            return (IReadOnlyList<string>)
            [
                month.Clock(Point.MsOf(sample.TimeNs)), Place(row.series.Key), Plain(sample.Value, row.series.Key),
                probe is { } near ? $"{Plain(near.Value, row.series.Key)} ({Wording.Flag(near.Flag)})" : "none within 15 min",
                probe is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value.Value - sample.Value:+0.####;-0.####;0}{(sample.Value == 0 ? "" : $" ({100 * (value.Value - sample.Value) / Math.Abs(sample.Value):+0.#;-0.#;0} %)")}") : "",
                string.Join(", ", new[] { sample.Method, sample.Laboratory, sample.Who, sample.Note }.Where(part => part.Length > 0)),
            ];
        }),
        "None was entered.");

    private void Work()
    {
        Table(
            "Calibrations",
            ["Done", "Channel", "Name", "By", "Result"],
            report.Series.SelectMany(series => series.Calibrations.Select(record => (series, record))).OrderBy(row => row.record.TimeMs).Select(row => (IReadOnlyList<string>)
            [
                month.Clock(row.record.TimeMs), Place(row.series.Key), row.record.Id, row.record.By,
                row.record.IsAccepted ? "accepted" : $"refused: {string.Join("; ", row.record.Reasons)}",
            ]),
            "None was done.");
        Table(
            "Maintenance",
            ["From", "To", "Channel", "Who", "Why"],
            report.Series.SelectMany(series => series.Maintenance.Select(stretch => (series, stretch))).OrderBy(row => row.stretch.FromMs).Select(row => (IReadOnlyList<string>)
            [
                month.Clock(row.stretch.FromMs), month.Clock(row.stretch.ToMs), Place(row.series.Key), row.stretch.Who, row.stretch.Reason,
            ]),
            "None was entered.");
    }

    private void Foundation()
    {
        Table(
            "What this rests on",
            ["Channel", "Measurand", "Values", "SHA-256"],
            report.Series.Select(series => (IReadOnlyList<string>)
            [
                $"{Place(series.Key)} ({series.Key.Gateway})", series.Key.Measurand.WireName, Count(series.Digest.Points), series.Digest.Hex,
            ]),
            "Nothing.");
        html.Append(CultureInfo.InvariantCulture, $"<p>All together: {Count(report.Values)} values, SHA-256 <code>{report.Digest}</code>. The report made again has the same digits if and only if no value, flag or reason has changed.</p>\n");
    }

    private void Table(string title, ReadOnlySpan<string> columns, IEnumerable<IReadOnlyList<string>> rows, string none, string? note = null)
    {
        html.Append(CultureInfo.InvariantCulture, $"<section><h2>{Text(title)}</h2>\n");
        var isFirst = true;
        foreach (var row in rows)
        {
            if (isFirst)
            {
                isFirst = false;
                html.Append("<table><thead><tr>");
                foreach (var column in columns)
                {
                    html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{Text(column)}</th>");
                }

                html.Append("</tr></thead><tbody>\n");
            }

            html.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Text(cell)}</td>")).Append("</tr>\n");
        }

        html.Append(isFirst ? $"<p>{Text(none)}</p>" : "</tbody></table>");
        html.Append(note is null || isFirst ? "</section>\n" : $"<p class=\"note\">{Text(note)}</p></section>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Place(SeriesKey key) => $"{key.Station} {key.Device}.{key.Channel}";

    private static string Limit(AlertRule rule) => $"{rule.Threshold.Side.Word} {Wording.WithUnit(Figures.Limit(rule.Threshold.RaiseLimit), rule.Unit)}";

    private static string Plain(double value, SeriesKey key) =>
        Wording.WithUnit(value.ToString("0.####", CultureInfo.InvariantCulture), key.Measurand.Unit);

    private static string Number(Measurand measurand, double? value) => value is { } number ? Figures.Of(measurand, number) : "–";

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
