namespace PondSentinel.SystemTests.Web;

/// <summary>Signing in with a real browser at the real program, and what somebody sees who has not.</summary>
/// <param name="site">The site.</param>
public sealed class SignInPageTests(ClosedSite site) : IClassFixture<ClosedSite>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Somebody_signs_in_is_told_apart_and_signs_out()
    {
        await LookAsync("public", "document.querySelector('.verdict') && location.pathname === '/public'", new Uri(site.Page, "public"));
        await LookAsync("sign-in", "document.querySelector('input[name=password]') && location.pathname === '/sign-in'", new Uri(site.Page, "?a=b"));

        await SubmitAsync("not the password");
        await site.Browser.ShowsAsync("document.querySelector('[role=alert]')?.innerText.includes('wrong')", Patience);
        await site.Browser.ScreenshotAsync(Path.Combine(site.Folder, "sign-in-wrong.png"));
        await SubmitAsync(ClosedSite.Password);

        await site.Browser.ShowsAsync("location.search === '?a=b' && document.getElementById('who')?.innerText.includes('li.na')", Patience);
        await site.Browser.ShowsAsync("document.getElementById('link').dataset.state === 'live'", Patience);
        await site.Browser.ScreenshotAsync(Path.Combine(site.Folder, "signed-in.png"));
        Assert.Equal("", await site.Browser.EvaluateAsync("document.cookie"));
        await site.Browser.EvaluateAsync("document.querySelector('#who button').click()");
        await site.Browser.ShowsAsync("location.pathname === '/sign-in'", Patience);
        await site.Browser.OpenAsync(site.Page);
        await site.Browser.ShowsAsync("location.pathname === '/sign-in' && document.querySelector('input[name=password]')", Patience);
    }

    // Phone and desktop, day and night; nothing is wider than its screen, and no policy is broken.
    private async Task LookAsync(string name, string expression, Uri address)
    {
        foreach (var (width, height, shade) in new[] { (1280, 900, "light"), (1280, 900, "dark"), (360, 740, "dark"), (360, 740, "light") })
        {
            await site.Browser.ResizeAsync(width, height);
            await site.Browser.ShadeAsync(shade);
            await site.Browser.OpenAsync(address);
            await site.Browser.ShowsAsync(expression, Patience);
            await site.Browser.ShowsAsync($"document.documentElement.scrollWidth <= {width}", Patience);
            await site.Browser.ScreenshotAsync(Path.Combine(site.Folder, $"{name}-{width}-{shade}.png"));
        }
    }

    private async Task SubmitAsync(string password)
    {
        await site.Browser.EvaluateAsync($"(() => {{ const form = document.querySelector('form'); form.elements.name.value = 'li.na'; form.elements.password.value = '{password}'; form.querySelector('button').click(); }})()");
    }
}
