using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Backend.Web.Access;

namespace PondSentinel.Tests.Backend.Web.Access;

/// <summary>Accounts by the page's API: what admins may, what everybody may of their own, and what nobody may.</summary>
public sealed class AccountsTests : AccessBench
{
    private const string Another = "another good secret";
    private static readonly string[] Changes = ["add", "role", "password", "end-sessions", "remove"];

    public AccountsTests() => Assert.Null(Bench.Accounts.Add("zhao", Role.Admin, Password, Root));

    [Fact]
    public async Task Admin_adds_changes_signs_out_and_removes_and_each_is_in_the_audit_with_name_and_address()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "zhao", Password);
        var li = await SignInAsync(page, "li.na", Password);

        Assert.Equal(HttpStatusCode.NoContent, await ChangeAsync(page, cookie, "add", new { name = "wu", role = "viewer", password = Another, ownPassword = Password }));
        Assert.Equal(HttpStatusCode.NoContent, await ChangeAsync(page, cookie, "add", new { name = "proxied", role = "viewer", ownPassword = Password }));
        Assert.Equal(HttpStatusCode.NoContent, await ChangeAsync(page, cookie, "role", new { name = "wu", role = "operator", ownPassword = Password }));
        Assert.NotEmpty(await SignInAsync(page, "wu", Another));
        using (var list = JsonDocument.Parse((await AskAsync(page, "/api/accounts", ("Cookie", cookie))).Body))
        {
            Assert.Equal(
                [("li.na", "operator", true, 1), ("proxied", "viewer", false, 0), ("wang", "viewer", true, 0), ("wu", "operator", true, 1), ("zhao", "admin", true, 1)],
                list.RootElement.GetProperty("accounts").EnumerateArray().Select(each => (
                    each.GetProperty("name").GetString(), each.GetProperty("role").GetString(), each.GetProperty("hasPassword").GetBoolean(), each.GetProperty("sessions").GetInt32())));
        }

        Assert.Equal(HttpStatusCode.NoContent, await ChangeAsync(page, cookie, "end-sessions", new { name = "li.na", ownPassword = Password }));
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(page, "/api/now", ("Cookie", li))).Status);
        Assert.Equal(HttpStatusCode.NoContent, await ChangeAsync(page, cookie, "password", new { name = "li.na", password = Another, ownPassword = Password }));
        Assert.NotEmpty(await SignInAsync(page, "li.na", Another));
        Assert.Equal(HttpStatusCode.NoContent, await ChangeAsync(page, cookie, "remove", new { name = "wu", ownPassword = Password }));
        Assert.Null(Bench.Accounts.Find("wu"));

        using var audit = JsonDocument.Parse((await AskAsync(page, "/api/audit?newest=20", ("Cookie", cookie))).Body);
        var done = audit.RootElement.GetProperty("entries").EnumerateArray().Where(entry => entry.GetProperty("by").GetString() == "zhao").ToList();
        Assert.Equal(
            ["account removed wu, operator", "password changed li.na", "sessions ended li.na, 1", "role changed wu: viewer to operator", "account added proxied, viewer, by the proxy", "account added wu, viewer", "signed in "],
            done.Select(entry => $"{entry.GetProperty("act").GetString()} {entry.GetProperty("note").GetString()}"));
        Assert.All(done, entry => Assert.Equal(("signed in", "203.0.113.9"), (entry.GetProperty("way").GetString(), entry.GetProperty("address").GetString())));
        Assert.DoesNotContain("secret", audit.RootElement.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_else_sees_or_changes_accounts_nor_does_who_sits_at_the_machine_and_has_not_signed_in()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookies = new[] { await SignInAsync(page, "li.na", Password), await SignInAsync(page, "wang", Password) };
        foreach (var cookie in cookies)
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(page, "/api/accounts", ("Cookie", cookie))).Status);
            Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(page, "/api/audit", ("Cookie", cookie))).Status);
            foreach (var act in Changes)
            {
                Assert.Equal(HttpStatusCode.Forbidden, await ChangeAsync(page, cookie, act, new { name = "wang", role = "admin", password = Another, ownPassword = Password }));
            }
        }

        using var machine = await Http.GetAsync(new Uri(page.Address, "/api/accounts"), Cancelled);
        Assert.Equal(HttpStatusCode.Forbidden, machine.StatusCode);
        Assert.Contains("Sign in as an admin for that, or use pond-backend account", await machine.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        using var me = JsonDocument.Parse(await Http.GetStringAsync(new Uri(page.Address, "/api/me"), Cancelled));
        using var own = new HttpRequestMessage(HttpMethod.Post, new Uri(page.Address, "/api/me/password")) { Content = JsonContent.Create(new { password = Another, ownPassword = Password }) };
        own.Headers.Add(Gate.TokenHeader, me.RootElement.GetProperty("token").GetString());
        Assert.Equal(HttpStatusCode.Forbidden, (await Http.SendAsync(own, Cancelled)).StatusCode);
        Assert.DoesNotContain(Bench.Accounts.Audit(100), entry => entry.Act is AuditAct.RoleChanged or AuditAct.PasswordChanged or AuditAct.AccountRemoved);
    }

    [Fact]
    public async Task Whoever_does_not_know_their_own_password_changes_nothing_and_tries_in_vain()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "zhao", Password);
        List<HttpStatusCode> statuses = [];
        for (var i = 0; i < 6; i++)
        {
            statuses.Add(await ChangeAsync(page, cookie, "remove", new { name = "wang", ownPassword = "not the password" }));
        }

        Assert.Equal(Enumerable.Repeat(HttpStatusCode.Forbidden, 5).Append(HttpStatusCode.TooManyRequests), statuses);
        Assert.Equal(HttpStatusCode.TooManyRequests, await ChangeAsync(page, cookie, "remove", new { name = "wang", ownPassword = Password }));
        Assert.NotNull(Bench.Accounts.Find("wang"));
        Assert.Equal((AuditAct.OwnPasswordRefused, new Actor("zhao", AccessWay.Session, "203.0.113.9"), "/api/accounts/remove"), (Bench.Accounts.Audit(1)[0].Act, Bench.Accounts.Audit(1)[0].By, Bench.Accounts.Audit(1)[0].Note));

        Bench.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(HttpStatusCode.NoContent, await ChangeAsync(page, cookie, "remove", new { name = "wang", ownPassword = Password }));
    }

    [Fact]
    public async Task Last_admin_is_neither_removed_nor_demoted_and_a_demoted_one_is_none_at_once()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "zhao", Password);

        Assert.Equal(HttpStatusCode.Conflict, await ChangeAsync(page, cookie, "remove", new { name = "ZHAO", ownPassword = Password }));
        Assert.Equal(HttpStatusCode.Conflict, await ChangeAsync(page, cookie, "role", new { name = "zhao", role = "operator", ownPassword = Password }));
        Assert.Equal(HttpStatusCode.NoContent, await ChangeAsync(page, cookie, "role", new { name = "li.na", role = "admin", ownPassword = Password }));
        Assert.Equal(HttpStatusCode.NoContent, await ChangeAsync(page, cookie, "role", new { name = "zhao", role = "operator", ownPassword = Password }));
        Assert.Equal(HttpStatusCode.Forbidden, await ChangeAsync(page, cookie, "role", new { name = "zhao", role = "admin", ownPassword = Password }));
        Assert.Equal(["li.na"], Bench.Accounts.All().Where(account => account.Role == Role.Admin).Select(account => account.Name));
    }

    [Theory]
    [InlineData("wang")]
    [InlineData("li.na")]
    public async Task Everybody_changes_their_own_password_goes_on_and_is_out_everywhere_else(string name)
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var elsewhere = await SignInAsync(page, name, Password);
        var cookie = await SignInAsync(page, name, Password);

        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(page, "/api/me/password", JsonContent.Create(new { password = Another, ownPassword = Another }), await WithTokenAsync(page, cookie))).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(page, "/api/me/password", JsonContent.Create(new { password = Password, ownPassword = Password }), await WithTokenAsync(page, cookie))).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(page, "/api/me/password", JsonContent.Create(new { password = "short", ownPassword = Password }), await WithTokenAsync(page, cookie))).Status);
        var (status, _, headers) = await SendAsync(page, "/api/me/password", JsonContent.Create(new { password = Another, ownPassword = Password }), await WithTokenAsync(page, cookie));

        Assert.Equal(HttpStatusCode.NoContent, status);
        var renewed = Assert.Single(headers.GetValues("Set-Cookie"));
        Assert.Matches("^__Host-pond-session=[0-9a-f]{64}; path=/; secure; samesite=strict; httponly$", renewed);
        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized],
            [(await AskAsync(page, "/api/me", ("Cookie", renewed.Split(';')[0]))).Status, (await AskAsync(page, "/api/me", ("Cookie", cookie))).Status, (await AskAsync(page, "/api/me", ("Cookie", elsewhere))).Status]);
        Assert.Null(Bench.Accounts.Check(name, Password));
        Assert.NotNull(Bench.Accounts.Check(name, Another));
        Assert.Contains(Bench.Accounts.Audit(3), entry => (entry.Act, entry.By.Name, entry.Note) == (AuditAct.PasswordChanged, name, name));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Origin", "https://evil.example", 403)]
    [InlineData("X-Pond-Token", "0000", 403)]
    [InlineData("Cookie", "", 401)]
    public async Task Request_of_a_foreign_page_changes_no_account(string header, string value, int expected)
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "zhao", Password);

        var (status, _, _) = await SendAsync(
            page, "/api/accounts/remove", JsonContent.Create(new { name = "wang", ownPassword = Password }), [.. await WithTokenAsync(page, cookie), (header, value)]);

        Assert.Equal(expected, (int)status);
        Assert.NotNull(Bench.Accounts.Find("wang"));
    }

    [Theory]
    [InlineData("""{"name":"wang"}""", 400)]
    [InlineData("""{"name":"wang","ownPassword":"correct horse battery","more":1}""", 400)]
    [InlineData("""{"name":"wang","name":"li.na","ownPassword":"correct horse battery"}""", 400)]
    [InlineData("""{"name":null,"ownPassword":"correct horse battery"}""", 400)]
    [InlineData("null", 409)]
    [InlineData("[", 400)]
    [InlineData("""{"name":"nobody","ownPassword":"correct horse battery"}""", 409)]
    [InlineData("""{"name":"\u0000","ownPassword":"correct horse battery"}""", 409)]
    public async Task Body_that_cannot_be_meant_is_one_clear_error(string body, int expected)
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "zhao", Password);

        var (status, answer, _) = await SendAsync(page, "/api/accounts/remove", new StringContent(body, Encoding.UTF8, "application/json"), await WithTokenAsync(page, cookie));

        Assert.Equal(expected, (int)status);
        Assert.NotEqual("", JsonElement.Parse(answer).GetProperty("detail").GetString());
        Assert.DoesNotContain("horse", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_too_large_no_json_or_of_no_role_is_refused()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "zhao", Password);
        async Task<(HttpStatusCode, string)> Send(string act, HttpContent content)
        {
            var (status, body, _) = await SendAsync(page, $"/api/accounts/{act}", content, await WithTokenAsync(page, cookie));
            return (status, body);
        }

        var (large, said) = await Send("remove", new StringContent(new string(' ', 9 * 1024) + "{}", Encoding.UTF8, "application/json"));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "The body is larger than anything that is taken here."), (large, JsonElement.Parse(said).GetProperty("detail").GetString()));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await Send("remove", new FormUrlEncodedContent([new("name", "wang")]))).Item1);
        Assert.Equal(HttpStatusCode.Conflict, (await Send("role", JsonContent.Create(new { name = "wang", role = "root", ownPassword = Password }))).Item1);
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(page, "/api/audit?newest=0", ("Cookie", cookie))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(page, "/api/audit?newest=1&newest=2", ("Cookie", cookie))).Status);
    }

    [Fact]
    public async Task Admin_for_whom_the_proxy_speaks_needs_a_password_here_to_change_accounts()
    {
        await using var page = await Bench.StartAsync(ByProxy with { Proxy = ByProxy.Proxy! with { UserHeader = "X-Forwarded-User" } });
        Assert.Null(Bench.Accounts.Add("chen", Role.Admin, null, Root));
        async Task<HttpStatusCode> Remove(string user)
        {
            using var me = JsonDocument.Parse((await AskAsync(page, "/api/me", ("X-Forwarded-User", user))).Body);
            return (await SendAsync(
                page, "/api/accounts/remove", JsonContent.Create(new { name = "wang", ownPassword = Password }),
                ("X-Forwarded-User", user), (Gate.TokenHeader, me.RootElement.GetProperty("token").GetString()!))).Status;
        }

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(page, "/api/accounts", ("X-Forwarded-User", "chen"))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, await Remove("chen"));
        Assert.Equal(HttpStatusCode.NoContent, await Remove("zhao"));
        Assert.Equal(new Actor("zhao", AccessWay.Proxy, "203.0.113.9"), Bench.Accounts.Audit(1)[0].By);
    }

    [Fact]
    public async Task Accounts_cannot_be_read_is_told_as_that()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "zhao", Password);
        Bench.Write(transaction => transaction.Execute("ALTER TABLE access_audit RENAME TO access_audit_away"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await AskAsync(page, "/api/audit", ("Cookie", cookie))).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ChangeAsync(page, cookie, "remove", new { name = "wang", ownPassword = Password }));
        Assert.NotNull(Bench.Accounts.Find("wang"));
    }

    private async Task<HttpStatusCode> ChangeAsync(WebPage page, string cookie, string act, object body) =>
        (await SendAsync(page, $"/api/accounts/{act}", JsonContent.Create(body), await WithTokenAsync(page, cookie))).Status;

    private async Task<(string Name, string Value)[]> WithTokenAsync(WebPage page, string cookie)
    {
        using var me = JsonDocument.Parse((await AskAsync(page, "/api/me", ("Cookie", cookie))).Body);
        return [("Cookie", cookie), (Gate.TokenHeader, me.RootElement.GetProperty("token").GetString()!)];
    }
}
