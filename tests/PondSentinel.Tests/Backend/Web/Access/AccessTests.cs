using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PondSentinel.Alerting;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Backend.Web.Access;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Web.Access;

/// <summary>Who comes in, by a real server on loopback behind a proxy with a secret: that is how everybody but the machine itself comes.</summary>
public sealed partial class AccessTests : AccessBench
{
    private const string Episode = "nh4-high.stream-nh4-nh4n-3fa9c1d2.1782886200000";

    public AccessTests() => Bench.Write(transaction => new AlarmTable(transaction).Save(new Alarm
    {
        Id = Episode, Rule = "nh4-high", Site = "pond", Station = "stream", Gateway = "gz-07", Device = "stream-nh4", Channel = "nh4n",
        Severity = Severity.High, Phase = NoticeKind.Firing, OpenedAt = AlertBench.Start, ChangedAt = AlertBench.Start,
    }));

    [Fact]
    public async Task Nothing_but_the_way_in_is_to_be_had_without_signing_in()
    {
        await using var page = await Bench.StartAsync(ByProxy);

        var open = new List<string>();
        foreach (var path in page.Paths.Distinct())
        {
            var (status, _, _) = await AskAsync(page, path);
            if (status == HttpStatusCode.OK)
            {
                open.Add(path);
            }
            else
            {
                Assert.Contains(status, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.MethodNotAllowed });
            }
        }

        Assert.Equal(["/icon.svg", "/page.css", "/plain.css", "/public.js", "/sign-in", "/sign-in.js"], open.Order(StringComparer.Ordinal));
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(page, "/no/such/path")).Status);
        var (seeOther, _, to) = await AskAsync(page, "/chart?site=a&b=c", ("Accept", "text/html,*/*"));
        Assert.Equal((HttpStatusCode.SeeOther, "/sign-in?to=%2Fchart%3Fsite%3Da%26b%3Dc"), (seeOther, to.Location?.OriginalString));
    }

    [Fact]
    public async Task Operator_signs_in_and_what_they_do_bears_their_name_whatever_the_browser_says()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "LI.NA", Password);
        Assert.StartsWith("__Host-pond-session=", cookie, StringComparison.Ordinal);
        using var me = JsonDocument.Parse((await AskAsync(page, "/api/me", ("Cookie", cookie))).Body);
        Assert.Equal(("li.na", "operator"), (me.RootElement.GetProperty("name").GetString(), me.RootElement.GetProperty("role").GetString()));

        Assert.Equal(HttpStatusCode.NoContent, await AcknowledgeAsync(page, cookie, me, new { episode = Episode, by = "Somebody Else" }));

        Assert.Equal("li.na", new AlarmDesk(Bench.State.Connect, Bench.Time).Active().Single().Acknowledged?.By);
        var audit = Bench.Accounts.Audit(2);
        Assert.Equal((AuditAct.Acknowledged, new Actor("li.na", AccessWay.Session, "203.0.113.9"), Episode), (audit[0].Act, audit[0].By, audit[0].Note));
        Assert.Equal((AuditAct.SignedIn, "li.na"), (audit[1].Act, audit[1].By.Name));
    }

    [Fact]
    public async Task Viewer_reads_and_changes_nothing()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "wang", Password);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(page, "/api/now", ("Cookie", cookie))).Status);
        using var desk = JsonDocument.Parse((await AskAsync(page, "/api/desk", ("Cookie", cookie))).Body);
        Assert.Equal((JsonValueKind.Null, "wang is viewer and may only read."), (desk.RootElement.GetProperty("token").ValueKind, desk.RootElement.GetProperty("refusal").GetString()));
        using var me = JsonDocument.Parse((await AskAsync(page, "/api/me", ("Cookie", cookie))).Body);

        Assert.Equal(HttpStatusCode.Forbidden, await AcknowledgeAsync(page, cookie, me, new { episode = Episode }));
        Assert.Null(Bench.Accounts.SetRole("wang", Role.Operator, Root));
        Assert.Equal(HttpStatusCode.NoContent, await AcknowledgeAsync(page, cookie, me, new { episode = Episode }));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "http://pond.example.org")]
    [InlineData("X-Pond-Token", "0000")]
    [InlineData("Cookie", "__Host-pond-session=0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task Request_of_a_foreign_page_changes_nothing_though_somebody_is_signed_in(string header, string value)
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "li.na", Password);
        using var me = JsonDocument.Parse((await AskAsync(page, "/api/me", ("Cookie", cookie))).Body);

        var status = await AcknowledgeAsync(page, cookie, me, new { episode = Episode }, (header, value));

        Assert.Contains(status, new[] { HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized });
        Assert.Null(new AlarmDesk(Bench.State.Connect, Bench.Time).Active().Single().Acknowledged);
    }

    [Fact]
    public async Task Signing_out_removal_and_another_password_end_a_session_at_once()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        async Task<bool> Reads(string cookie) => (await AskAsync(page, "/api/now", ("Cookie", cookie))).Status == HttpStatusCode.OK;

        var first = await SignInAsync(page, "li.na", Password);
        var second = await SignInAsync(page, "li.na", Password);
        using var me = JsonDocument.Parse((await AskAsync(page, "/api/me", ("Cookie", first))).Body);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(page, "/api/sign-out", new StringContent(""), ("Cookie", first), (Gate.TokenHeader, me.RootElement.GetProperty("token").GetString()!))).Status);
        Assert.Equal((false, true), (await Reads(first), await Reads(second)));
        Assert.Equal(AuditAct.SignedOut, Bench.Accounts.Audit(1)[0].Act);

        Assert.Null(Bench.Accounts.SetPassword("li.na", "another good secret", Root));
        Assert.False(await Reads(second));
        var third = await SignInAsync(page, "li.na", "another good secret");
        Assert.True(await Reads(third));
        Assert.Null(Bench.Accounts.Remove("li.na", Root));
        Assert.False(await Reads(third));
    }

    [Fact]
    public async Task Session_outlives_a_restart_and_ends_when_it_is_idle_or_old()
    {
        var page = await Bench.StartAsync(ByProxy with { SessionIdle = TimeSpan.FromHours(1), SessionMax = TimeSpan.FromHours(3) });
        var cookie = await SignInAsync(page, "wang", Password);
        var other = await SignInAsync(page, "li.na", Password);
        await page.DisposeAsync();
        await using var again = await Bench.StartAsync(ByProxy with { SessionIdle = TimeSpan.FromHours(1), SessionMax = TimeSpan.FromHours(3) });

        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 4; i++)
        {
            Bench.Time.Advance(TimeSpan.FromMinutes(50));
            statuses.Add((await AskAsync(again, "/api/now", ("Cookie", cookie))).Status);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Unauthorized], statuses);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(again, "/api/now", ("Cookie", other))).Status);
    }

    [Fact]
    public async Task Whoever_is_signed_in_waits_for_no_other_writer()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookies = new[] { await SignInAsync(page, "wang", Password), await SignInAsync(page, "li.na", Password) };
        Bench.Time.Advance(TimeSpan.FromSeconds(70));
        using var other = Bench.State.Connect();
        using var writing = other.BeginTransaction();

        // By now it is to be noted that they were here, which cannot be while another holds the file.
        var answers = await Task.WhenAll(cookies.Select(cookie => AskAsync(page, "/api/me", ("Cookie", cookie))));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        writing.Rollback();
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(page, "/api/me", ("Cookie", cookies[0]))).Status);
        Assert.Equal(Bench.Time.GetUtcNow().ToUnixTimeMilliseconds(), SeenMs().Max());
    }

    [Fact]
    public async Task Sessions_cannot_be_read_is_told_as_that_and_what_needs_none_goes_on()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "wang", Password);
        Bench.Write(transaction => transaction.Execute("ALTER TABLE access_session RENAME TO access_session_away"));

        var (status, body, _) = await AskAsync(page, "/api/now", ("Cookie", cookie));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("The state database cannot be used", body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(page, "/page.css", ("Cookie", cookie))).Status);
        Bench.Write(transaction => transaction.Execute("ALTER TABLE access_session_away RENAME TO access_session"));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(page, "/api/now", ("Cookie", cookie))).Status);
    }

    [Fact]
    public async Task Clock_that_is_behind_for_a_while_signs_nobody_out_for_good()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        Bench.Time.Advance(TimeSpan.FromHours(13));
        var cookie = await SignInAsync(page, "wang", Password);
        var now = Bench.Time.GetUtcNow();

        Bench.Time.AdjustTime(now.AddHours(-1));
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(page, "/api/now", ("Cookie", cookie))).Status);
        Bench.Time.AdjustTime(now);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(page, "/api/now", ("Cookie", cookie))).Status);

        // Nor does somebody who signs in while it is ahead.
        Bench.Time.AdjustTime(now.AddDays(1));
        await SignInAsync(page, "li.na", Password);
        Bench.Time.AdjustTime(now);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(page, "/api/now", ("Cookie", cookie))).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stream_of_somebody_who_was_removed_ends(bool isHeldBefore)
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var cookie = await SignInAsync(page, "wang", Password);
        using var request = Request(page, HttpMethod.Get, "/events", ("Cookie", cookie));
        using var answer = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        await using var stream = await answer.Content.ReadAsStreamAsync(Cancelled);
        using var reader = new StreamReader(stream);
        Assert.Equal("event: snapshot", await reader.ReadLineAsync(Cancelled));

        if (isHeldBefore)
        {
            // The watch looks while another holds the file, and gives up to note a use of a minute ago after a second: a few looks will do.
            Bench.Time.Advance(TimeSpan.FromSeconds(59));
            using var other = Bench.State.Connect();
            using var writing = other.BeginTransaction();
            Bench.Time.Advance(TimeSpan.FromSeconds(3));
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(page, "/api/me", ("Cookie", cookie))).Status);
        }

        Assert.Null(Bench.Accounts.Remove("wang", Root));
        Bench.Time.Advance(TimeSpan.FromSeconds(1));

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        await reader.ReadToEndAsync(limit.Token);
    }

    [Fact]
    public async Task Wrong_name_and_wrong_password_are_told_alike_and_kept_in_the_audit()
    {
        await using var page = await Bench.StartAsync(ByProxy);

        var wrong = await TryAsync(page, "wang", "not the password");
        var nobody = await TryAsync(page, "nobody", "not the password");
        var nonsense = await TryAsync(page, "<script>", "not the password");

        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden], new[] { wrong.Status, nobody.Status, nonsense.Status });
        Assert.All(new[] { wrong, nobody, nonsense }, each => Assert.Contains("Name or password is wrong.", each.Body, StringComparison.Ordinal));
        Assert.DoesNotContain("<script>", nonsense.Body, StringComparison.Ordinal);
        Assert.Equal(["?", "nobody", "wang"], Bench.Accounts.Audit(3).Select(entry => entry.By.Name));
        Assert.All(Bench.Accounts.Audit(3), entry => Assert.Equal(AuditAct.SignInRefused, entry.Act));
    }

    [Fact]
    public async Task Who_tries_too_often_waits_and_locks_nobody_out_who_was_here_before()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        await SignInAsync(page, "wang", Password);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 11; i++)
        {
            statuses.Add((await TryAsync(page, "wang", "not the password", ("X-Forwarded-For", "198.51.100.1"))).Status);
        }

        Assert.Equal(Enumerable.Repeat(HttpStatusCode.Forbidden, 10).Append(HttpStatusCode.TooManyRequests), statuses);
        for (var i = 0; i < 12; i++)
        {
            await TryAsync(page, "wang", "not the password", ("X-Forwarded-For", $"198.51.100.{i + 2}"));
        }

        var stranger = await TryAsync(page, "wang", Password, ("X-Forwarded-For", "198.51.100.200"));
        Assert.Equal(HttpStatusCode.TooManyRequests, stranger.Status);
        Assert.InRange(int.Parse(stranger.Headers.RetryAfter!.ToString(), System.Globalization.CultureInfo.InvariantCulture), 1, 10);
        Assert.NotEmpty(await SignInAsync(page, "wang", Password));
        Bench.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.SeeOther, (await TryAsync(page, "wang", Password, ("X-Forwarded-For", "198.51.100.200"))).Status);
    }

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/chart?site=a&b=c", "/chart?site=a&b=c")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("/a\r\nSet-Cookie: x", "/")]
    [InlineData("/sign-in", "/")]
    [InlineData(null, "/")]
    public void Way_on_leads_nowhere_else(string? wanted, string expected) => Assert.Equal(expected, SignInRoutes.ToOf(wanted));

    [Fact]
    public async Task Form_of_another_page_without_its_token_or_too_large_signs_nobody_in()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var (cookie, token) = await FormAsync(page);
        Task<(HttpStatusCode Status, string Body, System.Net.Http.Headers.HttpResponseHeaders Headers)> Send(string sent, string name, params (string, string)[] headers) =>
            SendAsync(page, "/sign-in", Form(name, Password, sent), [("Cookie", cookie), .. headers]);

        Assert.Equal(HttpStatusCode.Forbidden, (await Send(token, "wang", ("Sec-Fetch-Site", "cross-site"))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Send(token, "wang", ("Origin", "https://evil.example"))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Send("0000", "wang")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(page, "/sign-in", Form("wang", Password, token))).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Send(token, new string('w', 5_000))).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync(page, "/sign-in", JsonContent.Create(new { name = "wang" }), ("Cookie", cookie))).Status);
        Assert.DoesNotContain(Bench.Accounts.Audit(10), entry => entry.Act == AuditAct.SignedIn);
        Assert.Equal(HttpStatusCode.SeeOther, (await Send(token, "wang")).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Form_that_is_too_large_is_refused_with_all_protections_and_leaves_nothing_in_the_journal(bool isChunked)
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var parts = new MultipartFormDataContent { { new StringContent(new string('w', 5_000)), "name" } };

        using var request = Request(page, HttpMethod.Post, "/sign-in");
        (request.Content, request.Headers.TransferEncodingChunked) = (parts, isChunked);
        var (status, body, headers) = await ExchangeAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains("\"title\":\"Too large\"", body, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(headers.GetValues("X-Content-Type-Options")));
        Assert.DoesNotContain(Bench.Journal.Lines, line => line.Contains("unhandled exception", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("POST", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nwang", 400)]
    [InlineData("POST", "multipart/form-data", "name=wang", 400)]
    [InlineData("POST", "application/x-www-form-urlencoded; charset=utf-7", "name=wang", 400)]
    [InlineData("GET", "application/x-www-form-urlencoded", "name=wang", 200)]
    public async Task Form_that_is_none_is_answered_with_all_protections_and_leaves_nothing_in_the_journal(string method, string type, string form, int expected)
    {
        await using var page = await Bench.StartAsync(ByProxy);

        using var request = Request(page, new HttpMethod(method), "/sign-in");
        request.Content = new ByteArrayContent(Encoding.ASCII.GetBytes(form));
        Assert.True(request.Content.Headers.TryAddWithoutValidation("Content-Type", type));
        var (status, _, headers) = await ExchangeAsync(request);

        Assert.Equal(expected, (int)status);
        Assert.Equal("nosniff", Assert.Single(headers.GetValues("X-Content-Type-Options")));
        Assert.DoesNotContain(Bench.Journal.Lines, line => line.Contains("unhandled exception", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_tries_while_the_state_database_cannot_be_read_is_told_that()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        Bench.Write(transaction => transaction.Execute("ALTER TABLE access_audit RENAME TO access_audit_away"));

        var (status, body, _) = await TryAsync(page, "wang", Password);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("The state database cannot be used", body, StringComparison.Ordinal);
        Bench.Write(transaction => transaction.Execute("ALTER TABLE access_audit_away RENAME TO access_audit"));
        Assert.Equal(HttpStatusCode.SeeOther, (await TryAsync(page, "wang", Password)).Status);
    }

    [Theory]
    [InlineData("X-Pond-Proxy-Secret", "wrong")]
    [InlineData("X-Pond-Proxy-Secret", "")]
    [InlineData("X-Forwarded-Proto", "http")]
    [InlineData("Host", "evil.example")]
    public async Task Proxy_is_believed_with_its_secret_alone_and_lets_nobody_come_without_tls(string header, string value)
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var expected = header == "Host" ? HttpStatusCode.BadRequest : HttpStatusCode.Forbidden;

        Assert.Equal(expected, (await AskAsync(page, "/api/now", (header, value))).Status);
        Assert.Equal(expected, (await AskAsync(page, "/sign-in", (header, value))).Status);
    }

    [Fact]
    public async Task Browsers_that_come_by_the_proxy_keep_to_tls_and_those_of_this_machine_need_none()
    {
        await using var page = await Bench.StartAsync(ByProxy);

        async Task<bool> Keeps(string path, params (string, string)[] headers) =>
            (await AskAsync(page, path, headers)).Headers.Contains("Strict-Transport-Security");

        Assert.True(await Keeps("/sign-in"));
        Assert.True(await Keeps("/api/now"));
        Assert.False(await Keeps("/sign-in", ("X-Forwarded-Proto", "http")));
        using var machine = await Http.GetAsync(new Uri(page.Address, "/sign-in"), Cancelled);
        Assert.False(machine.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Proxy_from_another_address_is_not_believed()
    {
        await using var page = await Bench.StartAsync(ByProxy with { Proxy = ByProxy.Proxy! with { Addresses = [IPAddress.Parse("192.0.2.1")] } });

        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(page, "/sign-in")).Status);
    }

    [Fact]
    public async Task Proxy_speaks_for_accounts_that_there_are()
    {
        await using var page = await Bench.StartAsync(ByProxy with { Proxy = ByProxy.Proxy! with { UserHeader = "X-Forwarded-User" } });
        Assert.Null(Bench.Accounts.Add("zhao", Role.Operator, null, Root));
        using var me = JsonDocument.Parse((await AskAsync(page, "/api/me", ("X-Forwarded-User", "zhao"))).Body);

        Assert.Equal(("zhao", "operator", "proxy"), (me.RootElement.GetProperty("name").GetString(), me.RootElement.GetProperty("role").GetString(), me.RootElement.GetProperty("way").GetString()));
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(page, "/api/me", ("X-Forwarded-User", "stranger"))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(page, "/api/me")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(page, "/api/me", ("X-Forwarded-User", "zhao"), ("X-Pond-Proxy-Secret", "wrong"))).Status);
        Assert.Equal(HttpStatusCode.NoContent, await AcknowledgeAsync(page, "", me, new { episode = Episode }, ("X-Forwarded-User", "zhao")));
        Assert.Equal("zhao", new AlarmDesk(Bench.State.Connect, Bench.Time).Active().Single().Acknowledged?.By);
    }

    [Fact]
    public async Task Machines_are_let_in_from_this_one_or_with_their_token()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        foreach (var path in new[] { "/metrics", "/healthz", "/readyz" })
        {
            Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync(new Uri(page.Address, path), Cancelled)).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(page, path)).Status);
            Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(page, path, ("Authorization", "Bearer a token for prometheu"))).Status);
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(page, path, ("Authorization", "Bearer a token for prometheus"))).Status);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(page, "/api/now", ("Authorization", "Bearer a token for prometheus"))).Status);
    }

    [Fact]
    public async Task Machine_itself_signs_in_too_where_it_is_not_trusted()
    {
        await using var page = await Bench.StartAsync(new WebOptions { Port = 0, TrustsMachine = false });

        Assert.Equal(HttpStatusCode.Unauthorized, (await Http.GetAsync(new Uri(page.Address, "/api/now"), Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync(new Uri(page.Address, "/healthz"), Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync(new Uri(page.Address, "/sign-in"), Cancelled)).StatusCode);
    }

    [Theory]
    [InlineData("X-Forwarded-For")]
    [InlineData("X-Forwarded-Anything")]
    [InlineData("Forwarded")]
    [InlineData("Via")]
    [InlineData("X-Real-IP")]
    public async Task Unknown_proxy_on_this_machine_shows_nothing_to_anybody(string header)
    {
        await using var page = await Bench.StartAsync();
        foreach (var path in new[] { "/", "/api/now", "/sign-in", "/metrics", "/events" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(page.Address, path));
            request.Headers.TryAddWithoutValidation(header, "203.0.113.9");
            Assert.Equal(HttpStatusCode.Forbidden, (await Http.SendAsync(request, Cancelled)).StatusCode);
        }
    }

    [Fact]
    public async Task Page_for_signing_in_speaks_both_languages_and_its_policy_allows_no_script_within()
    {
        await using var page = await Bench.StartAsync(ByProxy);

        var (_, english, headers) = await AskAsync(page, "/sign-in?to=/chart%3Fa=%22b");
        var (_, chinese, _) = await AskAsync(page, "/sign-in", ("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8"));

        Assert.Contains("<html lang=\"en\">", english, StringComparison.Ordinal);
        Assert.Contains("value=\"/chart?a=&quot;b\"", english, StringComparison.Ordinal);
        Assert.Contains("<h2>登录</h2>", chinese, StringComparison.Ordinal);
        Assert.DoesNotMatch(InlineCode(), english + chinese);
        var policy = Assert.Single(headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("form-action 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        var form = Assert.Single(headers.GetValues("Set-Cookie"));
        Assert.Matches("^__Host-pond-form=[0-9a-f]{32}; path=/; secure; samesite=strict; httponly$", form);
    }

    [GeneratedRegex(@"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=""/)|javascript:|https?://", RegexOptions.IgnoreCase)]
    private static partial Regex InlineCode();

    private List<long> SeenMs()
    {
        using var connection = Bench.State.Connect();
        using var transaction = connection.BeginTransaction(deferred: true);
        return transaction.Query("SELECT seen_ms FROM access_session", reader => reader.GetInt64(0));
    }

    private async Task<HttpStatusCode> AcknowledgeAsync(
        WebPage page, string cookie, JsonDocument me, object body, params (string Name, string Value)[] headers) =>
        (await SendAsync(
            page, "/api/desk/acknowledge", JsonContent.Create(body),
            [("Cookie", cookie), (Gate.TokenHeader, me.RootElement.GetProperty("token").GetString()!), .. headers])).Status;
}
