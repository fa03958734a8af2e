using System.Globalization;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Site;

/// <summary>The gateway's status page in a real browser.</summary>
public sealed class StatusPageTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Page_shows_what_status_says_with_the_day_drawn_on_a_phone_and_on_a_desk_by_day_and_by_night()
    {
        var folder = TestFolder.Create();
        await using var twins = await TwinProcess.StartAsync(folder, Checkout.Absolute("deploy/gateway.sample.toml"));
        var file = Path.Combine(twins.Folder, "gateway.toml");
        var port = FreePort.Next();
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            file,
            text.Replace("[status_page]", string.Create(CultureInfo.InvariantCulture, $"[status_page]\nlisten = \"127.0.0.1:{port}\""), StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        twins.StartGateway();
        await twins.DoAsync("mute stream-turb");
        await twins.HearAsync(["stream-ph", "dust"], 3);

        await using var browser = await Chromium.StartAsync(folder);
        await browser.ResizeAsync(360, 740);
        await browser.OpenAsync(new Uri($"http://localhost:{port}/"));
        await browser.ShowsAsync("document.body.innerText.includes('gz-07')", Patience);
        await browser.ShowsAsync("document.body.innerText.includes('no-answer')", Patience);
        await browser.ShowsAsync("document.querySelectorAll('svg path.line').length >= 3", Patience);
        Assert.Equal("true", await browser.EvaluateAsync("document.documentElement.scrollWidth <= 360"));
        Assert.Equal("true", await browser.EvaluateAsync("getComputedStyle(document.querySelector('svg path.line')).fill === 'none'"));
        await browser.ScreenshotAsync(Path.Combine(folder, "phone-day.png"));
        await browser.ShadeAsync("dark");
        await browser.ScreenshotAsync(Path.Combine(folder, "phone-night.png"));
        await browser.ResizeAsync(1280, 900);
        await browser.ScreenshotAsync(Path.Combine(folder, "desk-night.png"));
        await browser.ShadeAsync("light");
        await browser.ScreenshotAsync(Path.Combine(folder, "desk-day.png"));

        // By another name that points here it shows nothing.
        await browser.OpenAsync(new Uri($"http://evil.localhost:{port}/"));
        await browser.ShowsAsync("document.body.innerText.includes('this page is for this machine')", Patience);
    }
}
