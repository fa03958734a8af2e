using PondSentinel.Backend.Access;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Web;

/// <summary>Accounts with a real browser at the real program: an admin changes those of others, and everybody their own.</summary>
/// <param name="site">The program, shared by these tests.</param>
public sealed class AccountsPageTests(ClosedSite site) : IClassFixture<ClosedSite>
{
    private const string Another = "another good secret";
    private const int TabKey = 9, KeysMost = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private Chromium Browser => site.Browser;

    [Fact]
    public async Task Admin_adds_changes_and_removes_by_keyboard_alone_and_sees_it_in_the_audit()
    {
        await site.SignInAsync("zhao", ClosedSite.Password, "/accounts");
        await Browser.ShowsAsync("document.querySelectorAll('#accounts li').length === 3", Patience);
        Assert.Contains("The last admin", await Browser.EvaluateAsync("document.getElementById('accounts').innerText"), StringComparison.Ordinal);

        await FocusAsync("#add");
        await Browser.PressAsync("Enter", 13);
        await Browser.ShowsAsync("document.getElementById('ask').open && document.activeElement.name === 'name'", Patience);
        await FillAsync("('name', 'wu'), ('role', 'operator'), ('password', 'short'), ('again', 'short'), ('own', 'x')");
        await Browser.ShowsAsync("document.getElementById('ask-problem').innerText.includes('12 to 128')", Patience);
        await FillAsync($"('password', '{Another}'), ('again', '{Another}')");
        await Browser.ShowsAsync("document.getElementById('ask-problem').innerText === 'Your own password is wrong.'", Patience);
        await FillAsync($"('own', '{ClosedSite.Password}')");
        await Browser.ShowsAsync("!document.getElementById('ask').open && document.getElementById('done').innerText.includes('wu')", Patience);
        await Browser.ShowsAsync("[...document.querySelectorAll('#accounts li')].some(item => item.innerText.includes('wu') && item.innerText.includes('operator'))", Patience);
        Assert.Equal(Role.Operator, site.Accounts.Check("wu", Another)?.Role);

        await OpenAsync("role/wu");
        await FillAsync($"('role', 'viewer'), ('own', '{ClosedSite.Password}')");
        await Browser.ShowsAsync("!document.getElementById('ask').open && document.getElementById('audit').innerText.includes('wu: operator to viewer')", Patience);
        await OpenAsync("remove/wu");
        await FillAsync($"('own', '{ClosedSite.Password}')");
        await Browser.ShowsAsync("!document.getElementById('ask').open && document.querySelectorAll('#accounts li').length === 3", Patience);
        Assert.Null(site.Accounts.Find("wu"));
        Assert.Contains("removed an account:", await Browser.EvaluateAsync("document.getElementById('audit').innerText"), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", await Browser.EvaluateAsync("document.documentElement.outerHTML"), StringComparison.Ordinal);
        await site.SignOutAsync();
    }

    /// <summary>The token of changes is another after each start, and the page stays open.</summary>
    [Fact]
    public async Task Page_that_was_opened_before_the_backend_started_again_changes_and_signs_out_still()
    {
        await site.SignInAsync("zhao", ClosedSite.Password, "/accounts");
        await Browser.ShowsAsync("document.querySelectorAll('#accounts li').length === 3", Patience);

        await FocusAsync("#add");
        await Browser.PressAsync("Enter", 13);
        await Browser.EvaluateAsync("me.token = '00'");
        await FillAsync($"('name', 'नमस्ते'), ('role', 'viewer'), ('password', '{Another}'), ('again', '{Another}'), ('own', '{ClosedSite.Password}')");
        await Browser.ShowsAsync("!document.getElementById('ask').open && document.querySelectorAll('#accounts li').length === 4", Patience);
        Assert.Null(site.Accounts.Remove("नमस्ते", Actor.OfCommand()));
        Assert.Equal("null false", await Browser.EvaluateAsync("`${passwordFault('li', 'a family of olives', 'a family of olives')} ${passwordFault('oli', 'a family of olives', 'a family of olives') === null}`"));

        await Browser.EvaluateAsync("me.token = '00'");
        await site.SignOutAsync();
        await Browser.OpenAsync(site.Page);
        await Browser.ShowsAsync("location.pathname === '/sign-in' && document.querySelector('input[name=password]')", Patience);
    }

    [Fact]
    public async Task Viewer_sees_no_account_but_their_own_and_goes_on_by_another_password()
    {
        await site.SignInAsync("wang", ClosedSite.Password, "/accounts");
        await Browser.ShowsAsync("document.getElementById('own-who').innerText === 'wang, viewer' && document.querySelector('#own-buttons button')", Patience);
        Assert.Equal("true", await Browser.EvaluateAsync("document.getElementById('all').hidden && document.getElementById('audit-section').hidden"));

        await OpenAsync("own");
        await FillAsync($"('password', '{Another}'), ('again', '{Another}'), ('own', '{ClosedSite.Password}')");
        await Browser.ShowsAsync("!document.getElementById('ask').open && document.getElementById('done').innerText.includes('wang')", Patience);

        Assert.NotNull(site.Accounts.Check("wang", Another));
        await Browser.OpenAsync(site.Page);
        await Browser.ShowsAsync("location.pathname === '/' && document.getElementById('who')?.innerText.includes('wang')", Patience);
        await site.SignOutAsync();
        Assert.Null(site.Accounts.SetPassword("wang", ClosedSite.Password, Actor.OfCommand()));
    }

    [Fact]
    public async Task It_is_clear_to_all_in_both_languages_on_desk_and_phone_by_day_and_night_and_reached_by_keyboard()
    {
        var axe = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "axe.min.js"), TestContext.Current.CancellationToken);
        await site.SignInAsync("zhao", ClosedSite.Password, "/accounts");
        var before = Browser.Complaints.Count;
        List<string> faults = [];
        foreach (var (language, isPhone, shade) in new[] { ("en", false, "light"), ("en", true, "dark"), ("zh", true, "light"), ("zh", false, "dark") })
        {
            var what = $"accounts-{language}-{(isPhone ? "phone" : "desk")}-{shade}";
            await Browser.ResizeAsync(isPhone ? 360 : 1280, isPhone ? 740 : 900);
            await Browser.ShadeAsync(shade);
            await Browser.EvaluateAsync($"localStorage.setItem('language', '{language}')");
            await Browser.OpenAsync(new Uri(site.Page, "/accounts"));
            await Browser.ShowsAsync($"document.querySelectorAll('#accounts li').length === 3 && document.title.startsWith('{(language == "zh" ? "账户" : "Accounts")}')", Patience);
            await Browser.ScreenshotAsync(Path.Combine(site.Folder, $"{what}.png"), isWhole: true);
            faults.AddRange(await FaultsAsync(axe, what, isPhone));
            await Browser.EvaluateAsync("document.getElementById('add').click()");
            await Browser.ShowsAsync("document.getElementById('ask').open", Patience);
            faults.AddRange(await FaultsAsync(axe, $"{what}-add", isPhone));
            await Browser.ScreenshotAsync(Path.Combine(site.Folder, $"{what}-add.png"));
            await Browser.EvaluateAsync("document.getElementById('ask-cancel').click()");
        }

        Assert.Equal([], faults);
        Assert.Equal([], Browser.Complaints.Skip(before));
        await Browser.EvaluateAsync("""
            window.reached = new Set();
            document.addEventListener('focusin', (event) => window.reached.add(event.target));
            window.missing = () => [...document.querySelectorAll('a[href], button, select, input')]
              .filter((element) => element.checkVisibility() && !window.reached.has(element)).map((element) => element.outerHTML.slice(0, 200)).join('\n');
            document.activeElement?.blur();
            """);
        for (var i = 0; i < KeysMost && (i == 0 || await Browser.EvaluateAsync("window.missing()") != ""); i++)
        {
            await Browser.PressAsync("Tab", TabKey);
        }

        Assert.Equal("", await Browser.EvaluateAsync("window.missing()"));
        await Browser.EvaluateAsync("localStorage.clear()");
        await site.SignOutAsync();
    }

    private async Task<IEnumerable<string>> FaultsAsync(string axe, string what, bool isPhone)
    {
        var found = await Browser.EvaluateAsync($"(() => {{ {axe} }})(); {PagesTests.Check}");
        var isWide = isPhone && await Browser.EvaluateAsync("document.documentElement.scrollWidth > 360") == "true";
        return found.Split('\n', StringSplitOptions.RemoveEmptyEntries).Concat(isWide ? ["wider than the screen"] : []).Select(fault => $"{what}: {fault}");
    }

    private Task<string> FocusAsync(string what) => Browser.EvaluateAsync($"document.querySelector('{what}').focus()");

    private async Task OpenAsync(string button)
    {
        await FocusAsync($"[data-stays=\"{button}\"]");
        await Browser.PressAsync("Enter", 13);
        await Browser.ShowsAsync("document.getElementById('ask').open", Patience);
    }

    // Fields and what to write there, then the key that sends the form.
    private async Task FillAsync(string fields)
    {
        var pairs = fields.Replace("('", "['", StringComparison.Ordinal).Replace("')", "']", StringComparison.Ordinal);
        await Browser.EvaluateAsync(
            $"for (const [name, value] of [{pairs}]) document.getElementById('ask-form').elements[name].value = value; document.getElementById('ask-form').elements.own.focus()");
        await Browser.PressAsync("Enter", 13);
    }
}
