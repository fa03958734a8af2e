using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Web;

/// <summary>Every page as people have it: on a desk and on a phone, by day and by night, in English and in Chinese, without a mouse, and on
/// paper.</summary>
/// <param name="site">What they look at.</param>
public sealed partial class PagesTests(WatchedSite site) : IClassFixture<WatchedSite>
{
    private const string Chart = "/chart?site=gannan&station=downstream&gateway=gz-07&device=down-nh4&channel=nh4n&span=7d";
    private const int TabKey = 9, KeysMost = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly SeriesKey Ammonium = new(Measurand.AmmoniumNitrogen, WatchedSite.Site, "downstream", WatchedSite.Gateway, "down-nh4", "nh4n");

    private Chromium Browser => site.Browser;


    private const string Dust = "/chart?site=gannan&station=village&gateway=gz-07&device=dust-1&channel=pm10&span=7d&second=gannan/village/gz-07/wind-1/direction";
    private const string Waters = Chart + "&second=gannan/upstream/gz-07/up-nh4/nh4n";

    private IReadOnlyList<(string Name, string Path, string Ready)> Pages =>
    [
        ("now", "/", "document.querySelector('.alert') && document.querySelector('#gateways .facts')"),
        ("chart", Chart, "document.querySelector('#plot canvas') && document.querySelector('#lists li')"),
        ("report", ReportOf(site.Newest), "document.querySelectorAll('table').length > 3"),
    ];

    private IReadOnlyList<(string Name, string Path, string Ready)> MorePages =>
    [
        .. Pages,
        ("waters", Waters, "document.querySelector('#plot canvas') && document.querySelector('#legend .k-second')"),
        ("dust", Dust, "document.querySelector('#plot canvas') && document.querySelector('#legend .k-second')"),
        ("public", "/public", "document.querySelector('.quantity')"),
        ("sign-in", "/sign-in", "document.querySelector('input[name=password]')"),
    ];

    [Fact]
    public async Task Every_page_is_clear_to_all_in_both_languages_on_desk_and_phone_by_day_and_night()
    {
        var axe = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "axe.min.js"), TestContext.Current.CancellationToken);
        List<string> faults = [];
        foreach (var (name, path, ready) in MorePages)
        {
            foreach (var (language, isPhone, shade) in new[]
            {
                ("en", false, "light"), ("en", false, "dark"), ("en", true, "light"), ("en", true, "dark"), ("zh", false, "light"), ("zh", true, "dark"),
            })
            {
                var what = $"{name}-{language}-{(isPhone ? "phone" : "desk")}-{shade}";
                await Browser.ResizeAsync(isPhone ? 360 : 1280, isPhone ? 740 : 900);
                await Browser.ShadeAsync(shade);
                await ShowAsync(path, ready, language);
                faults.AddRange(await FaultsAsync(axe, what));
                if (isPhone && await Browser.EvaluateAsync("document.documentElement.scrollWidth > 360") == "true")
                {
                    faults.Add($"{what}: wider than the screen");
                }

                await Browser.ScreenshotAsync(Path.Combine(site.Folder, $"{what}.png"), isWhole: true);
            }
        }

        Assert.Equal([], faults);
        Assert.Equal([], Browser.Complaints);
    }

    [Fact]
    public async Task Link_of_a_message_shows_its_alarm()
    {
        await Browser.ResizeAsync(1280, 900);
        await Browser.ShadeAsync("light");
        await ShowAsync("/", Pages[0].Ready, "en");
        var id = await Browser.EvaluateAsync("snapshot.alerts.find((alert) => alert.episode !== null).episode");
        await ShowAsync($"/?alarm={Uri.EscapeDataString(id)}", "document.querySelectorAll('.alert').length > 0", "en");
        await Browser.ShowsAsync("document.querySelectorAll('.alert[data-wanted]').length === 1", Patience);
        await Browser.ScreenshotAsync(Path.Combine(site.Folder, "linked.png"));
        Assert.Equal([], Browser.Complaints);
    }

    [Fact]
    public async Task Every_dialog_is_clear_to_all()
    {
        var axe = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "axe.min.js"), TestContext.Current.CancellationToken);
        List<string> faults = [];
        foreach (var (language, isPhone, shade) in new[] { ("en", false, "light"), ("zh", true, "dark") })
        {
            await Browser.ResizeAsync(isPhone ? 360 : 1280, isPhone ? 740 : 900);
            await Browser.ShadeAsync(shade);
            await ShowAsync("/", Pages[0].Ready, language);
            foreach (var (name, place) in new[] { ("acknowledge", 0), ("silence", 1) })
            {
                var what = $"dialog-{name}-{language}-{(isPhone ? "phone" : "desk")}-{shade}";
                await Browser.ShowsAsync($"document.querySelectorAll('.alert .buttons button')[{place}]", Patience);
                await Browser.EvaluateAsync($"document.querySelectorAll('.alert .buttons button')[{place}].click()");
                await Browser.ShowsAsync("document.getElementById('desk').open", Patience);
                faults.AddRange(await FaultsAsync(axe, what));
                await Browser.ScreenshotAsync(Path.Combine(site.Folder, $"{what}.png"));
                await Browser.EvaluateAsync("document.getElementById('desk-cancel').click()");
                await Browser.ShowsAsync("!document.getElementById('desk').open", Patience);
            }
        }

        Assert.Equal([], faults);
        Assert.Equal([], Browser.Complaints);
    }

    [Fact]
    public async Task What_is_compared_is_one_click_away_and_a_direction_is_no_line()
    {
        await Browser.ResizeAsync(1280, 900);
        await ShowAsync("/", Pages[0].Ready, "en");
        string Links(string channel) =>
            $"[...[...document.querySelectorAll('.value')].find(item => item.innerText.includes('{channel}')).querySelectorAll('.pairs a')].map(link => link.innerText).sort().join('|')";
        Assert.Equal("Ammonium (NH4-N), Upper reach", await Browser.EvaluateAsync(Links("down-nh4.nh4n")));
        Assert.Equal("Ammonium (NH4-N), Lower reach", await Browser.EvaluateAsync(Links("up-nh4.nh4n")));
        Assert.Equal("Wind direction, Village school|Wind speed, Village school", await Browser.EvaluateAsync(Links("dust-1.pm10")));

        await Browser.EvaluateAsync("[...document.querySelectorAll('.pairs a')].find(link => link.innerText.startsWith('Wind direction')).click()");
        await Browser.ShowsAsync("location.pathname === '/chart' && document.querySelector('#plot canvas') && document.querySelector('#legend .k-second')", Patience);
        await Browser.EvaluateAsync("document.querySelector('[data-span=\"7d\"]').click()");
        await Browser.ShowsAsync("view.spanMs === SPANS['7d'] && shown.beside.fromMs < shown.beside.nowMs - SPANS['1d'] - 1", Patience);
        Assert.Equal("null", await Browser.EvaluateAsync("String(chart.series[4].paths(chart, 4, 0, 1))"));
        Assert.Equal("180,270,360,450,540", await Browser.EvaluateAsync("chart.axes[2].splits().join()"));
        Assert.Equal("S,W,N,E,S", await Browser.EvaluateAsync("chart.axes[2].values().join()"));
        Assert.Equal("180,540 530", await Browser.EvaluateAsync("""
            (() => {
              const { beside } = shown;
              const about = (degrees) => ({ ...beside, points: { ...beside.points, mean: beside.points.mean.map(() => degrees) } });
              const holder = document.getElementById('plot').appendChild(document.createElement('div'));
              const two = drawChart(holder, beside.fromMs, beside.nowMs, about(10), about(170), { point() {}, select() {} });
              const found = `${two.scales.y.range()} ${[...new Set(two.data[4].filter((value) => value != null))]}`;
              two.destroy();
              holder.remove();
              return found;
            })()
            """));
        await Browser.EvaluateAsync("tell(shown.beside.points.timeMs.at(-1))");
        Assert.Contains($"Wind direction: {Math.Round(WatchedSite.Wind(WatchedSite.Polls - 1)).ToString(CultureInfo.InvariantCulture)}", await Browser.EvaluateAsync("document.getElementById('readout').innerText"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alert_leads_to_its_curve_which_a_keyboard_reads_point_by_point_and_saves_as_it_is_seen()
    {
        await Browser.ResizeAsync(1280, 900);
        await ShowAsync("/", Pages[0].Ready, "en");
        string Word(string station) => $"[...document.querySelectorAll('#sites article')].find(card => card.querySelector('h3').innerText === '{station}').querySelector('header .word').innerText";
        Assert.Equal(("firing", "good data"), (await Browser.EvaluateAsync(Word("Lower reach")), await Browser.EvaluateAsync(Word("Upper reach"))));

        await Browser.EvaluateAsync("document.querySelector('.alert .compared a').click()");
        await Browser.ShowsAsync("location.pathname === '/chart' && document.querySelector('#plot canvas')", Patience);
        Assert.Equal("6h", await Browser.EvaluateAsync("new URLSearchParams(location.search).get('span')"));
        Assert.Equal("true", await Browser.EvaluateAsync("document.getElementById('csv-second').hidden"));

        async Task<string> BackAsync()
        {
            await Browser.EvaluateAsync("plot.focus(); plot.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', shiftKey: true, bubbles: true }))");
            return await Browser.EvaluateAsync("`${standing} ${document.getElementById('readout').innerText}`");
        }

        var newest = site.Newest.ToUnixTimeMilliseconds();
        var last = await BackAsync();
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{newest} "), last, StringComparison.Ordinal);
        Assert.Contains("28.2 mg/L as N", last, StringComparison.Ordinal);
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{newest - (long)WatchedSite.Interval.TotalMilliseconds} "), await BackAsync(), StringComparison.Ordinal);

        await Browser.EvaluateAsync("(() => { const choice = document.getElementById('second'); choice.value = choice.options[1].value; choice.dispatchEvent(new Event('change')); })()");
        await Browser.ShowsAsync("!document.getElementById('csv-second').hidden && document.getElementById('csv-second').href.includes('device=up-nh4')", Patience);
    }

    [Fact]
    public async Task Page_for_everybody_is_made_anew_where_it_stands_and_says_so_where_it_cannot_be()
    {
        await Browser.ResizeAsync(360, 740);
        await ShowAsync("/public", "document.querySelector('.quantity')", "en");
        await Browser.EvaluateAsync("window.before = document.querySelector('.verdict'); document.querySelector('.verdict h2').textContent = 'something else'");
        await Browser.EvaluateAsync("document.querySelector('.verdict p').lastChild.data = 'old advice'; document.querySelector('li span:has(br)').firstChild.data = 'old limit'");
        await Browser.EvaluateAsync("renew()");
        Assert.Equal("false false", await Browser.EvaluateAsync("['old advice', 'old limit'].map((text) => document.querySelector('main').innerText.includes(text)).join(' ')"));
        Assert.Equal("true", await Browser.EvaluateAsync("window.before === document.querySelector('.verdict') && document.getElementById('stale').hidden && document.querySelector('.verdict h2').textContent === 'A limit is exceeded'"));

        await Browser.EvaluateAsync("window.fetch = () => Promise.reject(new TypeError('no network')); renew()");
        Assert.Equal("false", await Browser.EvaluateAsync("document.getElementById('stale').hidden"));
    }

    [Fact]
    public async Task Sample_and_calibration_are_told_with_the_same_numbers_on_chart_list_and_report()
    {
        const string Difference = "-0.522 (-23.2 %)", Found = "slope 96.4 %; offset 0.12 mg/L as N; as found 9.71 in 10";
        var listed = await Command.RunAsync("dotnet", Built.Program("PondSentinel.Backend", "pond-backend"), "samples", "--config", Path.Combine(site.Folder, "backend.toml"));
        Assert.Contains($": {Difference}", listed, StringComparison.Ordinal);

        await Browser.ResizeAsync(1280, 900);
        await ShowAsync(Chart, Pages[1].Ready, "en");
        Assert.Contains(Difference, await Browser.EvaluateAsync("document.getElementById('lists').innerText"), StringComparison.Ordinal);
        Assert.Contains(Found, await Browser.EvaluateAsync("document.getElementById('lists').innerText"), StringComparison.Ordinal);
        await Browser.EvaluateAsync("tell(shown.answer.samples[0].timeMs)");
        Assert.Contains(Difference, await Browser.EvaluateAsync("document.getElementById('readout').innerText"), StringComparison.Ordinal);
        await Browser.EvaluateAsync("tell(shown.answer.calibrations[0].timeMs)");
        Assert.Contains(Found, await Browser.EvaluateAsync("document.getElementById('readout').innerText"), StringComparison.Ordinal);
        await Browser.EvaluateAsync("tell(shown.answer.samples[0].timeMs - SPANS['1d'])");
        Assert.DoesNotContain(Difference, await Browser.EvaluateAsync("document.getElementById('readout').innerText"), StringComparison.Ordinal);

        await ShowAsync(ReportOf(site.At(WatchedSite.SampledAt)), Pages[2].Ready, "en");
        Assert.Contains(Difference, await TextAsync(), StringComparison.Ordinal);
        await ShowAsync(ReportOf(site.At(WatchedSite.CalibratedAt)), Pages[2].Ready, "en");
        Assert.Contains(Found, await TextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "Grab samples against probes", "Calibrations")]
    [InlineData("zh", "人工取样与探头对比", "校准")]
    public async Task Printed_report_has_every_heading_and_cell_and_cuts_none(string language, params string[] headings)
    {
        await Browser.ResizeAsync(1280, 900);
        await ShowAsync(Pages[2].Path, Pages[2].Ready, language);
        var cells = (await Browser.EvaluateAsync("[...document.querySelectorAll('h1, h2, th, td')].map(cell => cell.innerText.replace(/\\s/g, '')).filter(text => text !== '').join('\\n')")).Split('\n');
        Assert.All(headings, heading => Assert.Contains(heading.Replace(" ", "", StringComparison.Ordinal), cells));
        Assert.True(cells.Length > 100, $"{cells.Length} cells");

        var file = Path.Combine(site.Folder, $"report-{language}.pdf");
        await Browser.PrintAsync(file);
        var text = WhiteSpace().Replace(await Command.RunAsync("pdftotext", "-raw", file, "-"), "");
        Assert.Equal([], cells.Distinct().Where(cell => !text.Contains(cell, StringComparison.Ordinal)));

        // Each word within its sheet of A4, 842 by 595 points.
        var words = Words().Matches(await Command.RunAsync("pdftotext", "-bbox", file, "-"));
        Assert.True(words.Count > cells.Length / 2, $"{words.Count} words");
        Assert.Equal([], words.Where(word => !(Place(word, "x0") > 0 && Place(word, "x1") < 842 && Place(word, "y0") > 0 && Place(word, "y1") < 595)).Select(word => word.Value));
    }

    [Fact]
    public async Task Everything_that_can_be_pressed_can_be_reached_by_keyboard()
    {
        await Browser.ResizeAsync(1280, 900);
        foreach (var (_, path, ready) in Pages)
        {
            await ShowAsync(path, ready, "en");
            await Browser.EvaluateAsync("""
                window.reached = new Set();
                document.addEventListener('focusin', (event) => window.reached.add(event.target.dataset.stays ?? event.target.outerHTML.slice(0, 200)));
                window.missing = () => [...document.querySelectorAll('a[href], button, select, input, summary, [tabindex="0"]')]
                  .filter((element) => element.checkVisibility() && !element.disabled)
                  .filter((element) => !window.reached.has(element.dataset.stays ?? element.outerHTML.slice(0, 200)))
                  .map((element) => element.outerHTML.slice(0, 200)).join('\n');
                document.activeElement?.blur();
                """);
            for (var i = 0; i < KeysMost && (i == 0 || await Browser.EvaluateAsync("window.missing()") != ""); i++)
            {
                await Browser.PressAsync("Tab", TabKey);
            }

            Assert.Equal("", await Browser.EvaluateAsync("window.missing()"));
        }
    }

    [Fact]
    public async Task Switch_of_languages_is_remembered_and_nothing_stays_in_the_other()
    {
        await Browser.ResizeAsync(1280, 900);
        await ShowAsync("/", Pages[0].Ready, "en");
        Assert.Contains("The pond leaks", await TextAsync(), StringComparison.Ordinal);

        await Browser.EvaluateAsync("document.getElementById('language').click()");
        await Browser.ShowsAsync("document.body.innerText.includes('尾水池渗漏')", Patience);

        var text = await TextAsync();
        Assert.All(["可吸入颗粒物", "铵态氮", "处置措施", "数据完整率", "网关", "最近通信"], word => Assert.Contains(word, text, StringComparison.Ordinal));
        Assert.DoesNotContain(text.Split('\n'), line => EnglishSentence().IsMatch(line));
        await ShowAsync("/", Pages[0].Ready, language: null);
        Assert.Contains("尾水池渗漏", await TextAsync(), StringComparison.Ordinal);
        await Browser.EvaluateAsync("localStorage.clear()");
    }

    [Fact]
    public async Task Numbers_on_page_chart_and_report_are_the_stores_and_the_report_is_printed()
    {
        IReadOnlyList<HistoryPoint> points;
        await using (var store = new EmbeddedStore(Path.Combine(site.State, "store.db")))
        {
            var month = new DateTimeOffset(site.Newest.Year, site.Newest.Month, 1, 0, 0, 0, TimeSpan.Zero);
            points = await store.ReadAsync(Ammonium, month.ToUnixTimeMilliseconds() * 1_000_000, month.AddMonths(1).ToUnixTimeMilliseconds() * 1_000_000, TestContext.Current.CancellationToken);
        }

        Assert.Equal(WatchedSite.Ammonium(WatchedSite.Polls - 1), points[^1].Value);
        await Browser.ResizeAsync(1280, 900);
        await ShowAsync("/", Pages[0].Ready, "en");
        Assert.Equal("28.2", await Browser.EvaluateAsync("[...document.querySelectorAll('.value')].find(item => item.innerText.includes('down-nh4.nh4n')).querySelector('.number').innerText"));
        var series = JsonElement.Parse(await Browser.EvaluateAsync($"fetch('{Chart.Replace("/chart", "/api/series", StringComparison.Ordinal).Replace("&span=7d", "", StringComparison.Ordinal)}&from={site.Newest.AddDays(-7).ToUnixTimeMilliseconds()}&to={site.Newest.AddSeconds(1).ToUnixTimeMilliseconds()}').then(answer => answer.text())"));
        Assert.Equal(points[^1].Value, series.GetProperty("points").GetProperty("last").EnumerateArray().Last().GetDouble());

        await ShowAsync(Pages[2].Path, Pages[2].Ready, "en");
        var row = await Browser.EvaluateAsync("[...document.querySelectorAll('tr')].filter(row => row.innerText.startsWith('downstream down-nh4.nh4n, ')).map(row => [...row.cells].map(cell => cell.innerText).join('|'))[0]");
        var numbers = points.Where(point => point.Value is not null).Select(point => point.Value!.Value).ToList();
        Assert.StartsWith(
            string.Create(CultureInfo.InvariantCulture, $"downstream down-nh4.nh4n, Ammonium (NH4-N)|mg/L as N|{points.Count}|"), row, StringComparison.Ordinal);
        Assert.Contains($"|{Figures.Of(Measurand.AmmoniumNitrogen, numbers.Min())}|28.2|", row, StringComparison.Ordinal);

        var file = Path.Combine(site.Folder, "report.pdf");
        await Browser.PrintAsync(file);
        var pdf = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
        var sheets = Sheets().Matches(pdf);
        Assert.InRange(sheets.Count, 2, 8);
        Assert.All(sheets.Select(sheet => (double.Parse(sheet.Groups["w"].Value, CultureInfo.InvariantCulture), double.Parse(sheet.Groups["h"].Value, CultureInfo.InvariantCulture))), size =>
            Assert.True(Math.Abs(size.Item1 - 842) < 2 && Math.Abs(size.Item2 - 595) < 2, $"{size}"));
    }

    // Pages that the backend writes in the language of their address.
    private static readonly string[] Told = ["/report", "/public", "/sign-in"];

    // What is serious or critical by the rules of axe, a line each.
    internal const string Check = """
        axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations
          .filter((fault) => fault.impact === 'serious' || fault.impact === 'critical')
          .flatMap((fault) => fault.nodes.map((node) => `${fault.id}: ${node.target.join(' ')} ${node.failureSummary.replaceAll('\n', ' ')}`)).join('\n'))
        """;

    // Two days of a site may lie in two months.
    private static string ReportOf(DateTimeOffset time) => $"/report?site=gannan&month={time.ToString("yyyy-MM", CultureInfo.InvariantCulture)}";

    private async Task<IEnumerable<string>> FaultsAsync(string axe, string what) =>
        (await Browser.EvaluateAsync($"(() => {{ {axe} }})(); {Check}")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(fault => $"{what}: {fault}");

    private static double Place(Match word, string side) => double.Parse(word.Groups[side].Value, CultureInfo.InvariantCulture);

    private async Task ShowAsync(string path, string ready, string? language)
    {
        if (language is not null)
        {
            if (await Browser.EvaluateAsync("location.protocol") != "http:")
            {
                await Browser.OpenAsync(site.Page);
                await Browser.ShowsAsync("location.protocol === 'http:' && document.readyState === 'complete'", Patience);
            }

            await Browser.EvaluateAsync($"localStorage.setItem('language', '{language}')");
        }

        await Browser.OpenAsync(new Uri(site.Page, Told.Any(told => path.StartsWith(told, StringComparison.Ordinal)) ? $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}lang={language}" : path));
        await Browser.ShowsAsync($"document.readyState === 'complete' && location.pathname === '{path.Split('?')[0]}' && ({ready})", Patience);
    }

    private Task<string> TextAsync() => Browser.EvaluateAsync("document.body.innerText");

    // Three English words in a row; names and commands are shorter.
    [GeneratedRegex(@"\b[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}\b")]
    private static partial Regex EnglishSentence();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

    [GeneratedRegex("<word xMin=\"(?<x0>[-0-9.]+)\" yMin=\"(?<y0>[-0-9.]+)\" xMax=\"(?<x1>[-0-9.]+)\" yMax=\"(?<y1>[-0-9.]+)\">.*")]
    private static partial Regex Words();

    [GeneratedRegex(@"/MediaBox \[0 0 (?<w>[\d.]+) (?<h>[\d.]+)\]")]
    private static partial Regex Sheets();
}
