using System.Net;
using System.Text.RegularExpressions;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Reports;
using PondSentinel.Backend.Samples;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web.History;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Tests.Backend.Web;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Reports;

public sealed partial class ReportTests : IDisposable
{
    private readonly PageBench bench = new(TimeProvider.System);
    private readonly ReportMaker maker;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static ReportMonth July => ReportMonth.Parse("2026-07", TimeSpan.FromHours(8))!;

    public ReportTests() => maker = new ReportMaker("b1", bench.Series, bench.State.Connect, [AlertBench.Ammonium], bench.Time);

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData("2026-07", 31, "2026-07-01 00:00", "2026-08-01 00:00")]
    [InlineData("2028-02", 29, "2028-02-01 00:00", "2028-03-01 00:00")]
    public void Month_is_the_sites_own(string text, int days, string from, string to)
    {
        var month = ReportMonth.Parse(text, TimeSpan.FromHours(8))!;

        Assert.Equal((days, from, to, "UTC+08:00"), (month.Days, month.Clock(month.FromMs), month.Clock(month.ToMs), month.Zone));
        Assert.Equal(new DateTimeOffset(2026, 6, 30, 16, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds(), July.FromMs);
    }

    [Theory]
    [InlineData("2026-13")]
    [InlineData("2026-7")]
    [InlineData("July")]
    [InlineData("1970-01")]
    [InlineData("2026-07-01")]
    public void What_is_no_month_is_none(string text) => Assert.Null(ReportMonth.Parse(text, TimeSpan.Zero));

    [Fact]
    public async Task Report_has_exceedances_with_their_standard_samples_against_probes_and_the_values_extremes()
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 14), AlertBench.PointOf(10, 17.25), AlertBench.PointOf(20, 1e9, QualityFlag.Fail), AlertBench.PointOf(30, null, QualityFlag.Missing));
        var key = SeriesKey.Of(AlertBench.PointOf(0, 1));
        bench.Write(transaction =>
        {
            new SampleTable(transaction).Add(new SamplePoint
            {
                Beside = key, Method = "HJ 535", TimeNs = Point.KeyNs(AlertBench.Start.AddMinutes(11).ToUnixTimeMilliseconds(), 1), Value = 16.25,
                Who = "Wang <Fang>", Laboratory = "", Note = "", Epoch = "7q2mzk4a", Sequence = 1,
            });
            Episode(transaction, 600_000, EpisodeStanding.Over);
            Episode(transaction, 700_000, EpisodeStanding.Withdrawn);
            Episode(transaction, 800_000, EpisodeStanding.Over, isPeakBound: true);
        });

        var report = (await maker.MakeAsync("pond", July, Cancelled))!;
        var html = ReportHtml.Of(report, Language.English, style: null);

        Assert.Equal(4, report.Values);
        Assert.Contains("<td>Ammonium (NH4-N) above 15 mg/L as N</td><td>2026-07-01 14:00</td><td>2026-07-01 14:40</td><td>40 min</td><td>17.2 mg/L as N</td><td>GB 26451-2011</td>", html, StringComparison.Ordinal);
        Assert.Contains("<td>40 min</td><td>at least 17.2 mg/L as N</td><td>GB 26451-2011</td>", html, StringComparison.Ordinal);
        Assert.Equal(2, report.Series.Single().Exceedances.Count);
        Assert.Contains("<td>16.25 mg/L as N</td><td>17.25 mg/L as N (good)</td><td>+1 (+6.2 %)</td><td>HJ 535, Wang &lt;Fang&gt;</td>", html, StringComparison.Ordinal);
        Assert.Contains("<td>4</td><td>1</td><td>14.0</td><td>17.2</td><td>1</td>", html, StringComparison.Ordinal);
        Assert.Contains("Provisional.", html, StringComparison.Ordinal);
        Assert.Contains("The month is not over.", html, StringComparison.Ordinal);
        Assert.Contains(report.Digest, html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_speaks_chinese_but_for_names_and_says_the_same_numbers()
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 14), AlertBench.PointOf(10, 17.25));
        bench.Write(transaction => Episode(transaction, 600_000, EpisodeStanding.Over));
        var report = (await maker.MakeAsync("pond", July, Cancelled))!;

        var (english, chinese) = (ReportHtml.Of(report, Language.English, style: null), ReportHtml.Of(report, Language.Chinese, style: null));

        Assert.Contains("<html lang=\"zh-CN\">", chinese, StringComparison.Ordinal);
        Assert.Contains("<td>铵态氮（NH4-N） 高于 15 mg/L（以 N 计）</td><td>2026-07-01 14:00</td><td>2026-07-01 14:40</td><td>40 分钟</td>", chinese, StringComparison.Ordinal);
        Assert.Contains($"合计 2 个数据，SHA-256 {report.Digest}", chinese, StringComparison.Ordinal);
        Assert.Contains("href=\"/report?site=pond&amp;month=2026-07&amp;lang=en\" lang=\"en\">English</a>", chinese, StringComparison.Ordinal);
        Assert.Equal(Count(english, "<h2>"), Count(chinese, "<h2>"));
        Assert.Equal(Count(english, "<th "), Count(chinese, "<th "));
        Assert.All(Headings().Matches(chinese), heading => Assert.Contains(heading.Groups[1].Value, letter => letter is >= '一' and <= '龥'));
    }

    /// <summary>Ten minutes over the limit are not forty because the rule waits for half an hour before it says so.</summary>
    [Fact]
    public async Task Exceedance_ends_when_the_value_was_back_and_not_with_the_hold()
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 14));
        bench.Write(transaction =>
        {
            Episode(transaction, 600_000, EpisodeStanding.Over);
            var alerts = new AlertTables(transaction);
            var subject = alerts.Subject(AlertSubject.Of(AlertBench.PointOf(0, 1)), "").Id;
            void Step(AlertPhase from, AlertPhase to, double minute) => alerts.Add(
                "nh4-high", subject, new AlertChange(from, to, AlertBench.Start.AddMinutes(minute), 14, AlertBench.Start, 17.25), null);
            Step(AlertPhase.Firing, AlertPhase.Clearing, 5);
            Step(AlertPhase.Clearing, AlertPhase.Firing, 7);
            Step(AlertPhase.Firing, AlertPhase.Clearing, 10);
            Step(AlertPhase.Clearing, AlertPhase.Normal, 40);
        });

        var html = ReportHtml.Of((await maker.MakeAsync("pond", July, Cancelled))!, Language.English, style: null);

        Assert.Contains("<td>2026-07-01 14:00</td><td>2026-07-01 14:10</td><td>10 min</td>", html, StringComparison.Ordinal);
    }

    /// <summary>A limit that was out of force all the month has watched nothing.</summary>
    [Theory]
    [InlineData(null, "2026-06-30T16:00Z", false)]
    [InlineData(null, "2026-06-30T16:01Z", true)]
    [InlineData("2026-07-31T15:59Z", null, true)]
    [InlineData("2026-07-31T16:00Z", null, false)]
    [InlineData(null, null, true)]
    public async Task What_was_watched_is_what_was_in_force_at_some_time_of_the_month(string? from, string? before, bool isWatched)
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 14));
        DateTimeOffset? Instant(string? text) => text is null ? null : DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        var rule = AlertBench.Ammonium with { Validity = new Validity(Instant(from), Instant(before)) };

        var report = (await new ReportMaker("b1", bench.Series, bench.State.Connect, [rule], bench.Time).MakeAsync("pond", July, Cancelled))!;
        using var history = new SeriesHistory(bench.Series, bench.State.Connect, [rule], bench.Live, bench.Time);
        var (answer, _) = await history.AnswerAsync(
            new SeriesQuery { Site = "pond", Station = "stream", Device = "stream-nh4", Channel = "nh4n", FromMs = July.FromMs, ToMs = July.ToMs, Points = 1_000 }, Cancelled);

        Assert.Equal(isWatched, ReportHtml.Of(report, Language.English, style: null).Contains("<td>nh4-high</td><td>above 15 mg/L as N</td>", StringComparison.Ordinal));
        Assert.Equal(isWatched ? 1 : 0, answer!.Limits.Count);
    }

    /// <summary>Such an alarm is in no configuration of a backend: nobody has taken its limit away.</summary>
    [Theory]
    [InlineData(true, "<td>gw-leak</td><td>Ammonium (NH4-N) above 15 mg/L as N</td>", "<td>gw-leak</td><td>铵态氮（NH4-N） 高于 15 mg/L（以 N 计）</td>")]
    [InlineData(false, "<td>gw-leak</td><td>a limit of the gateway itself</td>", "<td>gw-leak</td><td>网关自身的限值</td>")]
    public async Task Alarm_of_a_gateway_stands_beside_the_limit_that_its_gateway_told(bool isKept, string english, string chinese)
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 14));
        bench.Write(transaction =>
        {
            var alerts = new AlertTables(transaction);
            var row = alerts.Subject(AlertSubject.Of(AlertBench.PointOf(0, 1)), "gw-leak");
            if (isKept)
            {
                alerts.GatewayAlarms.Save(row.Id, new GatewayName(row.Subject.Site, row.Subject.Gateway), new GatewayAlarm
                {
                    Alarm = "leak", IsRaised = true, Station = row.Subject.Station, Channel = row.Subject.Channel, Measurand = Measurand.AmmoniumNitrogen, Value = 20, Peak = 20,
                    Flag = QualityFlag.Good, BeforeMs = 0, Side = LimitSide.Above, RaiseLimit = 15, ClearLimit = 12, Severity = Severity.High,
                }, null, AlertBench.Start);
            }

            alerts.Save("gw-leak", row.Id, new Episode
            {
                Id = $"gw-leak.stream-nh4-nh4n-3fa9c1d2.{AlertBench.Start.ToUnixTimeMilliseconds()}", Since = AlertBench.Start, Raised = AlertBench.Start, Cleared = AlertBench.Start.AddMinutes(40), Peak = 20,
                Standing = EpisodeStanding.Over, Notices = 1,
            });
        });

        var report = (await maker.MakeAsync("pond", July, Cancelled))!;

        Assert.Contains(english, ReportHtml.Of(report, Language.English, style: null), StringComparison.Ordinal);
        Assert.Contains(chinese, ReportHtml.Of(report, Language.Chinese, style: null), StringComparison.Ordinal);
        Assert.Contains("<td>2026-07-01 14:40 (with the gateway&#39;s hold)</td>", ReportHtml.Of(report, Language.English, style: null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_that_leaves_something_out_says_so()
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 14));
        var key = SeriesKey.Of(AlertBench.PointOf(0, 1));
        async Task<(int Samples, string Html)> WithAsync(int count)
        {
            bench.Write(transaction =>
            {
                for (var i = 0; i < count; i++)
                {
                    new SampleTable(transaction).Add(new SamplePoint
                    {
                        Beside = key, Method = "", TimeNs = Point.KeyNs(AlertBench.Start.AddMinutes(i).ToUnixTimeMilliseconds(), i), Value = i,
                        Who = "Li", Laboratory = "", Note = "", Epoch = "7q2mzk4a", Sequence = i,
                    });
                }
            });
            var report = (await maker.MakeAsync("pond", July, Cancelled))!;
            return (report.Series.Single().Samples.Count, ReportHtml.Of(report, Language.English, style: null));
        }

        var whole = await WithAsync(ReportMaker.SamplesMax);
        var more = await WithAsync(ReportMaker.SamplesMax + 1);

        Assert.Equal((ReportMaker.SamplesMax, ReportMaker.SamplesMax), (whole.Samples, more.Samples));
        Assert.DoesNotContain("Not all", whole.Html, StringComparison.Ordinal);
        Assert.Contains("<p class=\"note\">Not all: of a channel only the latest 500 of the month stand here, and there are more of stream stream-nh4.nh4n.</p>", more.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<td>0 mg/L as N</td>", more.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Digest_is_the_same_while_nothing_changes_and_another_after_a_revision_or_a_late_value()
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 14), AlertBench.PointOf(1, 15));
        var first = (await maker.MakeAsync("pond", July, Cancelled))!.Digest;
        Assert.Equal(first, (await maker.MakeAsync("pond", July, Cancelled))!.Digest);

        await bench.KeepAsync(AlertBench.PointOf(1, 15, QualityFlag.Suspect) with { IsRevision = true });
        var revised = (await maker.MakeAsync("pond", July, Cancelled))!.Digest;
        await bench.KeepAsync(AlertBench.PointOf(0.5, 14));

        Assert.Equal(3, new HashSet<string>([first, revised, (await maker.MakeAsync("pond", July, Cancelled))!.Digest]).Count);
        Assert.Equal(64, first.Length);
    }

    [Fact]
    public async Task Page_gives_it_and_says_what_is_wrong_with_the_question()
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 14));
        await using var page = await bench.StartAsync();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        async Task<(HttpStatusCode, string)> AskAsync(string query)
        {
            using var answer = await http.GetAsync(new Uri(page.Address, $"/report{query}"), Cancelled);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        }

        var (status, html) = await AskAsync("?site=pond&month=2026-07");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("<link rel=\"stylesheet\" href=\"/report.css\">", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<style", html, StringComparison.Ordinal);
        Assert.Contains("监测月报", (await AskAsync("?site=pond&month=2026-07&lang=zh")).Item2, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync("?site=pond&month=2026-07&lang=de")).Item1);
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync("?site=other&month=2026-07")).Item1);
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync("?site=pond&month=07")).Item1);
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync("")).Item1);
    }

    [Fact]
    public async Task Command_writes_the_file_and_says_what_it_rests_on()
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 14));
        var file = Path.Combine(bench.Folder, "report.html");
        using var output = new StringWriter();
        using var error = new StringWriter();
        Task<int> RunAsync(string site, string month, string? path = null) => ReportCommand.RunAsync(
            new BackendConfiguration { Folder = bench.Folder, Rules = [AlertBench.Ammonium] }, (site, month, path ?? file, Language.English), bench.Time, output, error, Cancelled);

        Assert.Equal(0, await RunAsync("pond", "2026-07"));
        Assert.StartsWith($"{file}: 1 channels, 1 values, 0 exceedances, sha256 ", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("<style>", await File.ReadAllTextAsync(file, Cancelled), StringComparison.Ordinal);
        Assert.Equal(1, await RunAsync("other", "2026-07"));
        Assert.Equal(2, await RunAsync("pond", "July"));
        Assert.Equal(
            $"no gateway has sent anything of site other; the page names the sites{Environment.NewLine}--month July is no month; write it as 2026-10{Environment.NewLine}", error.ToString());
        var nowhere = Path.Combine(bench.Folder, "nowhere", "r.html");
        Assert.Equal(1, await RunAsync("pond", "2026-07", nowhere));
        Assert.Contains($"{nowhere} cannot be written (", error.ToString(), StringComparison.Ordinal);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    [GeneratedRegex("<h2>([^<]*)</h2>")]
    private static partial Regex Headings();

    private static void Episode(Microsoft.Data.Sqlite.SqliteTransaction transaction, long raisedMs, EpisodeStanding standing, bool isPeakBound = false)
    {
        var alerts = new AlertTables(transaction);
        var subject = alerts.Subject(AlertSubject.Of(AlertBench.PointOf(0, 1)), "").Id;
        alerts.Save("nh4-high", subject, new Episode
        {
            Id = $"nh4-high.stream-nh4-nh4n-3fa9c1d2.{AlertBench.Start.ToUnixTimeMilliseconds() + raisedMs}", Since = AlertBench.Start,
            Raised = AlertBench.Start.AddMilliseconds(raisedMs), Cleared = AlertBench.Start.AddMinutes(40), Peak = 17.25, IsPeakBound = isPeakBound, Standing = standing, Notices = 2,
        });
    }
}
