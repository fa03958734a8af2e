using PondSentinel.SystemTests.Scenarios;
using PondSentinel.SystemTests.Servers;
using PondSentinel.SystemTests.Site;

namespace PondSentinel.SystemTests.Web;

/// <summary>The page in a real browser, fed by the whole way.</summary>
public sealed class PageTests : Bench
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Page_shows_values_with_unit_age_and_flag_and_an_alert_without_being_loaded_again()
    {
        await ArrivesAsync();
        await using var browser = await Chromium.StartAsync(Folder);
        await browser.ResizeAsync(1280, 900);
        await browser.OpenAsync(Backend.Page);
        await browser.ShowsAsync(Text("mg/L as N"), Patience);
        await browser.EvaluateAsync("window.loadedOnce = true");
        await browser.ShowsAsync(Text("downstream"), Patience);
        await browser.ShowsAsync(Text("good"), Patience);
        await browser.ShowsAsync(@"/\b\d+\s?s\b/.test(document.body.innerText)", Patience);
        await browser.ShowsAsync($"!({Text(SiteSettings.LeakText)})", Patience);

        await browser.ShowsAsync(Text(SiteSettings.LeakText), Patience);
        Assert.Equal("true", await browser.EvaluateAsync("window.loadedOnce === true"));
        await browser.ScreenshotAsync(Path.Combine(Folder, "page.png"));

        await browser.ResizeAsync(360, 740);
        await browser.ShowsAsync("document.documentElement.scrollWidth <= 360", Patience);
        await browser.ScreenshotAsync(Path.Combine(Folder, "page-phone.png"));
    }

    private static string Text(string text) => $"document.body.innerText.toLowerCase().includes({System.Text.Json.JsonSerializer.Serialize(text.ToLowerInvariant())})";
}
