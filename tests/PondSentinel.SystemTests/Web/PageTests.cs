using PondSentinel.SystemTests.Scenarios;
using PondSentinel.SystemTests.Servers;
using PondSentinel.SystemTests.Site;

namespace PondSentinel.SystemTests.Web;

/// <summary>The page in a real browser, fed by the whole way.</summary>
public sealed class PageTests : Bench
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private Chromium browser = null!;

    /// <summary>Slower than elsewhere, so that the alert stands for a minute.</summary>
    private protected override SimulatedWorld World { get; } = new(Seed: 7, Speed: 60, Start: TimeSpan.FromMinutes(50));

    [Fact]
    public async Task Page_shows_values_with_unit_age_and_flag_and_an_alert_without_being_loaded_again()
    {
        await browser.ShowsAsync(Text("mg/L as N"), Patience);
        await browser.ShowsAsync(Text("downstream"), Patience);
        await browser.ShowsAsync(Text("good"), Patience);
        await browser.ShowsAsync(@"/\b\d+\s?s ago/.test(document.body.innerText)", Patience);

        await browser.ShowsAsync(Text(SiteSettings.LeakText), Patience);
        await browser.ScreenshotAsync(Path.Combine(Folder, "page.png"));
        await SomebodyTakesTheAlarmOnAndSilencesItAsync();

        // The ledger is on the page, in words; who reads by keyboard stays where he is while its numbers change.
        await browser.ShowsAsync(@"/Today: \d+(\.\d)? % complete/.test(document.getElementById('completeness').innerText)", Patience);
        await browser.EvaluateAsync("document.querySelector('#completeness summary').focus()");
        await browser.EvaluateAsync("document.querySelector('#completeness summary').click()");
        await browser.EvaluateAsync("window.before = document.querySelector('#completeness li')");
        await browser.ShowsAsync("document.querySelector('#completeness li') !== window.before", Patience);
        await browser.ShowsAsync("document.activeElement.closest('details')?.open && document.activeElement.matches('#completeness summary')", Patience);
        await browser.ShowsAsync("document.querySelector('#completeness details[open] table').innerText.includes('polls due')", Patience);
        await browser.ResizeAsync(360, 740);
        await browser.ShowsAsync("document.documentElement.scrollWidth <= 360", Patience);
        await browser.ScreenshotAsync(Path.Combine(Folder, "page-phone.png"));
        Assert.Equal("true", await browser.EvaluateAsync("window.loadedOnce === true"));
        Assert.Equal("false", await browser.EvaluateAsync("window.violated"));
        await ChartOfAChannelShowsItsCurveItsLimitAndItsAlertAsync();
    }

    // Through the dialog, as a person does it; what comes of it comes back by the stream.
    private async Task SomebodyTakesTheAlarmOnAndSilencesItAsync()
    {
        async Task Act(string button, string note)
        {
            await browser.ShowsAsync($"[...document.querySelectorAll('.alert button')].some(made => made.textContent.startsWith('{button}'))", Patience);
            await browser.EvaluateAsync($"[...document.querySelectorAll('.alert button')].find(made => made.textContent.startsWith('{button}')).click()");
            await browser.EvaluateAsync($"(() => {{ const form = document.getElementById('desk-form'); form.elements.by.value = 'Li Na'; form.elements.note.value = '{note}'; }})()");
            await browser.ScreenshotAsync(Path.Combine(Folder, $"desk-{button}.png"));
            await browser.EvaluateAsync("document.getElementById('desk-do').click()");
            await browser.ShowsAsync("!document.getElementById('desk').open", Patience);
        }

        await Act("Acknowledge", "closing the valve");
        await browser.ShowsAsync(Text("acknowledged by Li Na"), Patience);
        await Act("Silence", "cleaning the probes");
        await browser.ShowsAsync("document.querySelector('#silences li')?.innerText.includes('cleaning the probes')", Patience);
        await browser.ScreenshotAsync(Path.Combine(Folder, "page-desk.png"));
        await browser.EvaluateAsync("document.querySelector('#silences button').click()");
        await browser.EvaluateAsync("document.getElementById('desk-do').click()");
        await browser.ShowsAsync("!document.querySelector('#silences li')", Patience);
    }

    // From InfluxDB, through the same link that a person follows.
    private async Task ChartOfAChannelShowsItsCurveItsLimitAndItsAlertAsync()
    {
        await browser.ResizeAsync(1280, 1000);
        await browser.EvaluateAsync("[...document.querySelectorAll('a.label')].find(link => link.href.includes('channel=nh4n') && link.href.includes('station=downstream')).click()");
        await browser.ShowsAsync("document.querySelector('#plot canvas')", Patience);
        await browser.EvaluateAsync("window.violated = false; document.addEventListener('securitypolicyviolation', () => window.violated = true)");
        await browser.EvaluateAsync("document.querySelector('[data-span=\"1h\"]').click()");
        await browser.ShowsAsync("document.querySelector('[data-span=\"1h\"]').getAttribute('aria-pressed') === 'true'", Patience);
        await browser.ShowsAsync(@"/[\d,]+ values · lowest [\d.]+ mg\/L as N/.test(document.getElementById('summary').innerText)", Patience);
        await browser.ShowsAsync(Text(SiteSettings.LeakText), Patience);
        await browser.ShowsAsync("document.getElementById('legend').innerText.includes('limit')", Patience);
        await browser.ScreenshotAsync(Path.Combine(Folder, "chart.png"));

        // By keyboard, beside another channel, in Chinese, on a phone.
        await browser.EvaluateAsync("document.getElementById('plot').focus(); document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: '+', bubbles: true }))");
        await browser.EvaluateAsync("(() => { const choice = document.getElementById('second'); choice.value = choice.options[1].value; choice.dispatchEvent(new Event('change')); })()");
        await browser.ShowsAsync("document.querySelector('#legend .k-second')", Patience);
        await browser.EvaluateAsync("document.getElementById('language').click()");
        await browser.ShowsAsync(Text("限值"), Patience);
        await browser.ResizeAsync(360, 740);
        await browser.ShowsAsync("document.documentElement.scrollWidth <= 360", Patience);
        await browser.ScreenshotAsync(Path.Combine(Folder, "chart-phone.png"));
        Assert.Equal("true", await browser.EvaluateAsync("document.getElementById('problem').hidden"));
        Assert.Equal("false", await browser.EvaluateAsync("window.violated"));
    }

    public override async ValueTask DisposeAsync()
    {
        await (browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens the page while there is nothing to be seen on it yet.</summary>
    private protected override async Task BeforeGatewaysAsync()
    {
        browser = await Chromium.StartAsync(Folder);
        await browser.ResizeAsync(1280, 900);
        await browser.OpenAsync(Backend.Page);
        await browser.ShowsAsync(Text("PondSentinel"), Patience);
        await browser.ShowsAsync($"!({Text(SiteSettings.LeakText)})", Patience);
        await browser.EvaluateAsync("window.loadedOnce = true; window.violated = false");
        await browser.EvaluateAsync("document.addEventListener('securitypolicyviolation', () => window.violated = true)");
    }

    private static string Text(string text) => $"document.body.innerText.toLowerCase().includes({System.Text.Json.JsonSerializer.Serialize(text.ToLowerInvariant())})";
}
