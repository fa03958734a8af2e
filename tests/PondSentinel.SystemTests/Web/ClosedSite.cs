using PondSentinel.Backend.Access;
using PondSentinel.Backend.Storage;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Web;

/// <summary>A backend at which everybody signs in, with an admin, an operator and a viewer, one station for everybody, and a browser.</summary>
public sealed class ClosedSite : IAsyncLifetime
{
    internal const string Password = "correct horse battery";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = TestFolder.CreateShared();
    private RunningProcess? process;

    /// <summary>The folder of the tests: pictures are put there.</summary>
    internal string Folder => folder;

    internal Uri Page { get; } = new($"http://127.0.0.1:{FreePort.Next()}/");

    internal Chromium Browser { get; private set; } = null!;

    /// <summary>The accounts, as the command line has them; hashes are of few rounds, since nobody is to wait for them.</summary>
    internal AccountBook Accounts { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var starting = Chromium.StartAsync(folder);
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
                port = {Page.Port}
                trust_machine = false
                [web.public]
                site = "pond"
                station = "stream"
                title = "The stream below the pond at the old bridge of the village"
                """));
        process = RunningProcess.Start("pond-backend", folder, "dotnet", Built.Program("PondSentinel.Backend", "pond-backend"), "run", "--config", config);
        using var http = new HttpClient();
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    return (await http.GetAsync(new Uri(Page, "healthz"))).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            Patience,
            () => $"The backend does not start.\n{process.Tail}");
        Accounts = new AccountBook(new StateDatabase($"{folder}/state/state.db").Connect, new Passwords(1_000), TimeProvider.System);
        foreach (var (name, role) in new[] { ("zhao", Role.Admin), ("li.na", Role.Operator), ("wang", Role.Viewer) })
        {
            Assert.Null(Accounts.Add(name, role, Password, Actor.OfCommand()));
        }

        Browser = await starting;
    }

    public async ValueTask DisposeAsync()
    {
        await (Browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (process?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>Signs somebody in, and goes to a page.</summary>
    internal async Task SignInAsync(string name, string password, string to)
    {
        await Browser.OpenAsync(new Uri(Page, $"sign-in?to={to}"));
        await Browser.ShowsAsync("document.querySelector('input[name=password]') && document.readyState === 'complete'", Patience);
        await Browser.EvaluateAsync($"(() => {{ const form = document.querySelector('form'); form.elements.name.value = '{name}'; form.elements.password.value = '{password}'; form.querySelector('button').click(); }})()");
        await Browser.ShowsAsync($"location.pathname === '{to}' && document.getElementById('who')?.innerText.includes('{name}')", Patience);
    }

    /// <summary>Signs out.</summary>
    internal async Task SignOutAsync()
    {
        await Browser.EvaluateAsync("document.querySelector('#who button').click()");
        await Browser.ShowsAsync("location.pathname === '/sign-in' && document.querySelector('input[name=password]')", Patience);
    }
}
