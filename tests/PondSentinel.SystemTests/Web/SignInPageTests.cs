using PondSentinel.Backend.Access;
using PondSentinel.Backend.Storage;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Web;

/// <summary>Signing in with a real browser at the real program, and what somebody sees who has not.</summary>
public sealed class SignInPageTests : IAsyncLifetime
{
    private const string Password = "correct horse battery";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = TestFolder.Create();
    private readonly int port = FreePort.Next();
    private RunningProcess backend = null!;
    private Chromium browser = null!;

    private Uri Page => new($"http://127.0.0.1:{port}/");

    public async ValueTask InitializeAsync()
    {
        var config = Path.Combine(folder, "backend.toml");
        await File.WriteAllTextAsync(
            config,
            FormattableString.Invariant(
                $"""
                [backend]
                folder = "{folder}/state"
                [broker]
                port = {FreePort.Next()}
                [web]
                port = {port}
                trust_machine = false
                [web.public]
                site = "pond"
                station = "stream"
                title = "The stream below the pond at the old bridge of the village"
                """),
            TestContext.Current.CancellationToken);
        backend = RunningProcess.Start("pond-backend", folder, "dotnet", Built.Program("PondSentinel.Backend", "pond-backend"), "run", "--config", config);
        var starting = Chromium.StartAsync(folder);
        using var http = new HttpClient();
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    return (await http.GetAsync(new Uri(Page, "healthz"), TestContext.Current.CancellationToken)).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            Patience,
            () => $"The backend does not start.\n{backend.Tail}");
        var accounts = new AccountBook(new StateDatabase($"{folder}/state/state.db").Connect, new Passwords(1_000), TimeProvider.System);
        Assert.Null(accounts.Add("li.na", Role.Operator, Password, Actor.OfCommand()));
        browser = await starting;
    }

    public async ValueTask DisposeAsync()
    {
        await (browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        await backend.DisposeAsync();
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Somebody_signs_in_is_told_apart_and_signs_out()
    {
        await LookAsync("public", "document.querySelector('.verdict') && location.pathname === '/public'", new Uri(Page, "public"));
        await LookAsync("sign-in", "document.querySelector('input[name=password]') && location.pathname === '/sign-in'", new Uri(Page, "?a=b"));

        await SubmitAsync("not the password");
        await browser.ShowsAsync("document.querySelector('[role=alert]')?.innerText.includes('wrong')", Patience);
        await browser.ScreenshotAsync(Path.Combine(folder, "sign-in-wrong.png"));
        await SubmitAsync(Password);

        await browser.ShowsAsync("location.search === '?a=b' && document.getElementById('who')?.innerText.includes('li.na')", Patience);
        await browser.ShowsAsync("document.getElementById('link').dataset.state === 'live'", Patience);
        await browser.ScreenshotAsync(Path.Combine(folder, "signed-in.png"));
        Assert.Equal("", await browser.EvaluateAsync("document.cookie"));
        await browser.EvaluateAsync("document.querySelector('#who button').click()");
        await browser.ShowsAsync("location.pathname === '/sign-in'", Patience);
        await browser.OpenAsync(Page);
        await browser.ShowsAsync("location.pathname === '/sign-in' && document.querySelector('input[name=password]')", Patience);
    }

    // Phone and desktop, day and night; nothing is wider than its screen, and no policy is broken.
    private async Task LookAsync(string name, string expression, Uri address)
    {
        foreach (var (width, height, shade) in new[] { (1280, 900, "light"), (1280, 900, "dark"), (360, 740, "dark"), (360, 740, "light") })
        {
            await browser.ResizeAsync(width, height);
            await browser.ShadeAsync(shade);
            await browser.OpenAsync(address);
            await browser.ShowsAsync(expression, Patience);
            await browser.ShowsAsync($"document.documentElement.scrollWidth <= {width}", Patience);
            await browser.ScreenshotAsync(Path.Combine(folder, $"{name}-{width}-{shade}.png"));
        }
    }

    private async Task SubmitAsync(string password)
    {
        await browser.EvaluateAsync($"(() => {{ const form = document.querySelector('form'); form.elements.name.value = 'li.na'; form.elements.password.value = '{password}'; form.querySelector('button').click(); }})()");
    }
}
