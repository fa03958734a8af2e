using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
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

    private string Month => site.Newest.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    private IReadOnlyList<(string Name, string Path, string Ready)> Pages =>
    [
        ("now", "/", "document.querySelector('.alert') && document.querySelector('#gateways .facts')"),
        ("chart", Chart, "document.querySelector('#plot canvas') && document.querySelector('#lists li')"),
        ("report", $"/report?site=gannan&month={Month}", "document.querySelectorAll('table').length > 3"),
    ];

    [Fact]
    public async Task Every_page_is_clear_to_all_in_both_languages_on_desk_and_phone_by_day_and_night()
    {
        var axe = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "axe.min.js"), TestContext.Current.CancellationToken);
        List<string> faults = [];
        foreach (var (name, path, ready) in Pages)
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
                faults.AddRange((await Browser.EvaluateAsync($"(() => {{ {axe} }})(); {Check}")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(fault => $"{what}: {fault}"));
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

    // What is serious or critical by the rules of axe, a line each.
    internal const string Check = """
        axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations
          .filter((fault) => fault.impact === 'serious' || fault.impact === 'critical')
          .flatMap((fault) => fault.nodes.map((node) => `${fault.id}: ${node.target.join(' ')} ${node.failureSummary.replaceAll('\n', ' ')}`)).join('\n'))
        """;

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

        await Browser.OpenAsync(new Uri(site.Page, path.StartsWith("/report", StringComparison.Ordinal) ? $"{path}&lang={language}" : path));
        await Browser.ShowsAsync($"document.readyState === 'complete' && location.pathname === '{path.Split('?')[0]}' && ({ready})", Patience);
    }

    private Task<string> TextAsync() => Browser.EvaluateAsync("document.body.innerText");

    // Three English words in a row; names and commands are shorter.
    [GeneratedRegex(@"\b[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}\b")]
    private static partial Regex EnglishSentence();

    [GeneratedRegex(@"/MediaBox \[0 0 (?<w>[\d.]+) (?<h>[\d.]+)\]")]
    private static partial Regex Sheets();
}
