using System.Globalization;
using System.Net;
using System.Text;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
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
    private readonly Wording words;
    private readonly ReportWords say;

    private ReportHtml(MonthReport report, Language language) =>
        (this.report, month, words, say) = (report, report.Month, Wording.Of(language), ReportWords.Of(language));

    /// <summary>The style sheet, for a file that stands alone.</summary>
    public static string Style { get; } = Encoding.UTF8.GetString(PageAsset.All.Single(asset => asset.Path == "/report.css").Bytes);

    /// <summary>The file.</summary>
    /// <param name="report">The report.</param>
    /// <param name="language">The language of all but what rules, gateways and people have written.</param>
    /// <param name="style">The style sheet itself, for a file that stands alone; null where the page's own is linked, and so are the page
    /// and the report in the other language.</param>
    public static string Of(MonthReport report, Language language, string? style)
    {
        var made = new ReportHtml(report, language);
        made.Write(style);
        return made.html.ToString();
    }

    private void Write(string? style)
    {
        html.Append(CultureInfo.InvariantCulture, $"<!doctype html>\n<html lang=\"{words.Code}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Append(CultureInfo.InvariantCulture, $"<title>{Text($"{report.Site} {month.Text}")}</title>\n");
        html.Append(style is null ? "<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n<link rel=\"stylesheet\" href=\"/report.css\">\n" : $"<style>\n{style}</style>\n");
        html.Append("</head>\n<body>\n");
        if (style is null)
        {
            Ways();
        }

        html.Append(CultureInfo.InvariantCulture, $"<header><h1>{Text(say.Title(report.Site, month.Text))}</h1>\n");
        html.Append(CultureInfo.InvariantCulture, $"<p class=\"mark\">{Text($"{say.Provisional} {(report.IsOver ? "" : say.NotOver + " ")}{say.NotValidated}")}</p>\n");
        html.Append(CultureInfo.InvariantCulture, $"<p>{Text(say.Span(month.Clock(month.FromMs), month.Clock(month.ToMs), month.Zone, month.Clock(report.MadeAt.ToUnixTimeMilliseconds()), report.Backend))}</p></header>\n<main>\n");
        Exceedances();
        Watched();
        Values();
        Completeness();
        Samples();
        Calibrations();
        Maintenance();
        Foundation();
        html.Append("</main>\n</body>\n</html>\n");
    }

    // On the screen only.
    private void Ways()
    {
        var (other, name) = words.Language == Language.Chinese ? (Language.English, "English") : (Language.Chinese, "中文");
        html.Append(CultureInfo.InvariantCulture, $"<nav class=\"ways\"><a href=\"/\">{Text(say.Back)}</a> <a href=\"/report?site={Uri.EscapeDataString(report.Site)}&amp;month={month.Text}&amp;{ReadersLanguage.Parameter}={ReadersLanguage.CodeOf(other)}\" lang=\"{Wording.Of(other).Code}\">{name}</a></nav>\n");
    }

    private void Exceedances() => Table(
        say.Exceedances,
        report.Series.SelectMany(series => series.Exceedances.Select(found => (series, found))).OrderBy(row => row.found.Episode.SinceMs).Select(row =>
        {
            var (episode, rule, to) = (row.found.Episode, row.found.Rule, row.found.ToMs);
            return (IReadOnlyList<string>)
            [
                Place(row.series.Key), episode.Rule,
                rule is null ? ToldAlarm.IsId(episode.Rule) ? say.OfGateway : say.Gone : $"{words.Quantity(rule)} {words.Limit(rule)}",
                month.Clock(episode.SinceMs), to is null ? say.GoesOn : $"{month.Clock(to.Value)}{(ToldAlarm.IsId(episode.Rule) ? say.WithHold : "")}",
                words.Span((to ?? report.MadeAt.ToUnixTimeMilliseconds()) - episode.SinceMs),
                words.Worst(rule, row.series.Key.Measurand, episode.Peak, episode.IsPeakBound),
                rule is null ? "" : words.Source(rule),
            ];
        }),
        Beyond(ReportMaker.EpisodesMax, series => series.HasMoreExceedances));

    private void Watched() => Table(
        say.Watched,
        report.Series.SelectMany(series => series.Limits.Select(rule => (IReadOnlyList<string>)
        [
            Place(series.Key), rule.Id, words.Limit(rule),
            words.Statistic(rule) ?? say.EachValue, words.Span((long)rule.Threshold.HoldRaise.TotalMilliseconds),
            words.Source(rule), words.Meaning(rule),
        ])));

    private void Values() => Table(
        say.Values,
        report.Series.Select(series => (IReadOnlyList<string>)
        [
            $"{Place(series.Key)}{say.Comma}{words.Label(series.Key.Measurand)}", words.Unit(series.Key.Measurand.Unit),
            Count(series.Digest.Points), Count(series.Days.Count(day => day.Max is not null)),
            Extreme(series, day => day.Min, Enumerable.Min), Extreme(series, day => day.Max, Enumerable.Max),
            Count(series.Days.Count(day => day.Worst >= QualityFlag.Suspect)),
        ]),
        say.ValuesNote);

    private void Completeness() => Table(
        say.Completeness,
        report.Series.Where(series => series.Ledger is not null).Select(series => (IReadOnlyList<string>)
        [
            Place(series.Key), Count(series.Ledger!.Expected),
            Share(series.Ledger.Expected, series.Ledger.Thousandths), Share(series.Ledger.Expected, series.Ledger.InMaintenanceThousandths),
            Count(series.Ledger.Late), words.Completeness(series.Ledger),
        ]));

    private void Samples() => Table(
        say.Samples,
        report.Series.SelectMany(series => series.Samples.Select(taken => (series, taken))).OrderBy(row => row.taken.Sample.TimeNs).Select(row =>
        {
            var (sample, probe) = row.taken;
            return (IReadOnlyList<string>)
            [
                month.Clock(Point.MsOf(sample.TimeNs)), Place(row.series.Key), Plain(sample.Value, row.series.Key),
                probe is { } near ? $"{Plain(near.Value, row.series.Key)} ({words.Flag(near.Flag)})" : say.NoProbe,
                row.taken.Text,
                string.Join(say.Comma, new[] { sample.Method, sample.Laboratory, sample.Who, sample.Note }.Where(part => part.Length > 0)),
            ];
        }),
        Beyond(ReportMaker.SamplesMax, series => series.HasMoreSamples));

    private void Calibrations() => Table(
        say.Calibrations,
        report.Series.SelectMany(series => series.Calibrations.Select(record => (series, record))).OrderBy(row => row.record.TimeMs).Select(row => (IReadOnlyList<string>)
        [
            month.Clock(row.record.TimeMs), Place(row.series.Key), row.record.Id, row.record.By,
            string.Join(say.Comma, new[]
            {
                row.record.IsAccepted ? say.Accepted : say.Refused(string.Join("; ", row.record.Reasons)), words.Found(row.record),
            }.Where(part => part.Length > 0)),
        ]));

    private void Maintenance() => Table(
        say.Maintenance,
        report.Series.SelectMany(series => series.Maintenance.Select(stretch => (series, stretch))).OrderBy(row => row.stretch.FromMs).Select(row => (IReadOnlyList<string>)
        [
            month.Clock(row.stretch.FromMs), month.Clock(row.stretch.ToMs), Place(row.series.Key), row.stretch.Who, row.stretch.Reason,
        ]),
        Beyond(ReportMaker.MaintenanceMax, series => series.HasMoreMaintenance));

    private void Foundation()
    {
        Table(
            say.Foundation,
            report.Series.Select(series => (IReadOnlyList<string>)
            [
                $"{Place(series.Key)} ({series.Key.Gateway})", series.Key.Measurand.WireName, Count(series.Digest.Points), series.Digest.Hex,
            ]));
        html.Append(CultureInfo.InvariantCulture, $"<p>{Text(say.AllTogether(Count(report.Values), report.Digest))}</p>\n");
    }

    // A report that leaves something out says so where it does.
    private string? Beyond(int most, Func<SeriesMonth, bool> hasMore) => report.Series.Where(hasMore).Select(series => Place(series.Key)).ToList() is [_, ..] channels
        ? say.More(Count(most), string.Join(say.Comma, channels))
        : null;

    private void Table(ReportTable table, IEnumerable<IReadOnlyList<string>> rows, string? note = null)
    {
        html.Append(CultureInfo.InvariantCulture, $"<section><h2>{Text(table.Title)}</h2>\n");
        var isFirst = true;
        foreach (var row in rows)
        {
            if (isFirst)
            {
                isFirst = false;
                html.Append(CultureInfo.InvariantCulture, $"<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{Text(table.Title)}\"><table><thead><tr>").AppendJoin("", table.Columns.Select(column => $"<th scope=\"col\">{Text(column)}</th>")).Append("</tr></thead><tbody>\n");
            }

            html.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Text(cell)}</td>")).Append("</tr>\n");
        }

        html.Append(isFirst ? $"<p>{Text(table.None)}</p>" : "</tbody></table></div>");
        html.Append(note is null || isFirst ? "</section>\n" : $"<p class=\"note\">{Text(note)}</p></section>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Place(SeriesKey key) => $"{key.Station} {key.Device}.{key.Channel}";

    private string Plain(double value, SeriesKey key) =>
        words.WithUnit(value.ToString("0.####", CultureInfo.InvariantCulture), key.Measurand.Unit);

    // A direction goes round: it has no lowest and no highest.
    private static string Extreme(SeriesMonth series, Func<SeriesBucket, double?> of, Func<IEnumerable<double?>, double?> pick) =>
        series.Key.Measurand.IsDirection ? "–" : Number(series.Key.Measurand, pick(series.Days.Select(of)));

    private static string Number(Measurand measurand, double? value) => value is { } number ? Figures.Of(measurand, number) : "–";

    // Of nothing there is no share.
    private static string Share(long of, long thousandths) =>
        of == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{thousandths / 10.0:0.0} %");

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
