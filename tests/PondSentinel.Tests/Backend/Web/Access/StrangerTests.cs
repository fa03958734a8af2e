using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Web;
using PondSentinel.Backend.Web.Access;
using PondSentinel.Backend.Web.Public;

namespace PondSentinel.Tests.Backend.Web.Access;

/// <summary>What a stranger sends who wants in: as bytes, where no client would send it.</summary>
public sealed class StrangerTests : AccessBench
{
    [Theory]
    [InlineData("GET http://evil.example/api/now HTTP/1.1\r\nHost: evil.example\r\n", 400)]
    [InlineData("GET http://127.0.0.1/api/now HTTP/1.1\r\nHost: evil.example\r\n", 400)]
    [InlineData("GET http://evil.example/api/now HTTP/1.1\r\nHost: 127.0.0.1\r\n", 400)]
    [InlineData("GET /api/now HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n", 400)]
    [InlineData("GET /api/now HTTP/1.1\r\nHost: 127.0.0.1.\r\n", 400)]
    [InlineData("GET /api/now HTTP/1.1\r\nHost: 127.0.0.1@evil.example\r\n", 400)]
    [InlineData("GET /api/now HTTP/1.1\r\nHost: \r\n", 400)]
    [InlineData("GET /api/now HTTP/1.1\r\n", 400)]
    [InlineData("GET /api/now HTTP/1.0\r\n", 400)]
    [InlineData("CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n", 401, 404, 405, 400)]
    [InlineData("GET /api/now HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For : 1.2.3.4\r\n", 400)]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n", 401, 404, 405, 400)]
    public async Task Request_that_means_another_host_or_is_none_gets_nothing(string request, params int[] expected)
    {
        await using var page = await Bench.StartAsync(new WebOptions { Port = 0 });

        var (status, body) = await RawAsync(page, request);

        Assert.Contains(status, expected);
        Assert.DoesNotContain("nowMs", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//api/now")]
    [InlineData("/./api/now")]
    [InlineData("/page.css/../api/now")]
    [InlineData("/public/../api/now")]
    [InlineData("/page.css/%2e%2e/api/now")]
    [InlineData("/page.css%2f..%2fapi/now")]
    [InlineData("/page.css/..\\api\\now")]
    [InlineData("/API/NOW")]
    [InlineData("/api/%6eow")]
    [InlineData("/api/now/")]
    [InlineData("/api/now;page.css")]
    [InlineData("/api/now%00page.css")]
    [InlineData("/api/now?page.css")]
    [InlineData("/%61pi/accounts")]
    [InlineData("/sign-in.js/../api/accounts")]
    [InlineData("/SIGN-IN/../api/accounts")]
    public async Task No_way_of_writing_a_path_leads_past_the_sign_in(string path)
    {
        await using var page = await Bench.StartAsync(ByProxy);

        var (status, body) = await RawAsync(page, $"GET {path} HTTP/1.1\r\nHost: {Host}\r\nX-Pond-Proxy-Secret: {Secret}\r\nX-Forwarded-Proto: https\r\n");

        Assert.Contains(status, new[] { 400, 401 });
        Assert.DoesNotContain("nowMs", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_too_much_is_refused_and_the_page_goes_on()
    {
        await using var page = await Bench.StartAsync(new WebOptions { Port = 0 });

        Assert.Equal(431, (await RawAsync(page, $"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: {new string('a', 40_000)}\r\n")).Status);
        Assert.Equal(431, (await RawAsync(page, $"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n{string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: a\r\n"))}")).Status);
        Assert.Equal(414, (await RawAsync(page, $"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n")).Status);
        Assert.Equal(200, (await RawAsync(page, "GET /api/now HTTP/1.1\r\nHost: 127.0.0.1\r\n")).Status);
    }

    [Fact]
    [Trait("depth", "deep")]
    public async Task Body_that_does_not_come_is_not_waited_for()
    {
        await using var page = await Bench.StartAsync(ByProxy);

        // The server gives up after 5 s at less than 240 bytes a second.
        var (status, _) = await RawAsync(
            page, $"POST /sign-in HTTP/1.1\r\nHost: {Host}\r\nX-Pond-Proxy-Secret: {Secret}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n");

        Assert.Contains(status, new[] { 0, 408 });
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(page, "/sign-in")).Status);
    }

    [Theory]
    [InlineData("X-Forwarded-Proto: https\r\nX-Forwarded-Proto: http\r\n")]
    [InlineData("X-Forwarded-Proto: HTTP\r\n")]
    [InlineData("X-Forwarded-Proto: https, http\r\n")]
    [InlineData("X-Pond-Proxy-Secret: guessed\r\n")]
    public async Task Header_that_comes_twice_or_as_a_list_is_taken_at_its_worst(string headers)
    {
        await using var page = await Bench.StartAsync(ByProxy);

        Assert.Equal(403, (await RawAsync(page, $"GET /sign-in HTTP/1.1\r\nHost: {Host}\r\nX-Pond-Proxy-Secret: {Secret}\r\n{headers}")).Status);
    }

    [Theory]
    [InlineData("X-Forwarded-User: li.na\r\nX-Forwarded-User: wang\r\n", 403)]
    [InlineData("X-Forwarded-User: li.na, wang\r\n", 403)]
    [InlineData("X-Forwarded-User: \r\n", 403)]
    [InlineData("X-Forwarded-User: li.na\u0000\r\n", 400)]
    [InlineData("X-Forwarded-User: li.na\r\n", 200)]
    public async Task Proxy_that_names_two_names_nobody(string headers, int expected)
    {
        await using var page = await Bench.StartAsync(ByProxy with { Proxy = ByProxy.Proxy! with { UserHeader = "X-Forwarded-User" } });

        Assert.Equal(expected, (await RawAsync(page, $"GET /api/me HTTP/1.1\r\nHost: {Host}\r\nX-Pond-Proxy-Secret: {Secret}\r\n{headers}")).Status);
    }

    [Theory]
    [InlineData("1.2.3.4, 203.0.113.9", "203.0.113.9")]
    [InlineData("203.0.113.9:4711", "203.0.113.9")]
    [InlineData("::ffff:203.0.113.9", "203.0.113.9")]
    [InlineData("1.2.3.4, [2001:db8::1]:4711", "2001:db8::1")]
    [InlineData("203.0.113.9, unknown", "127.0.0.1")]
    [InlineData("203.0.113.9,", "127.0.0.1")]
    [InlineData("", "127.0.0.1")]
    public async Task Address_is_the_last_that_the_proxy_has_written(string list, string address)
    {
        await using var page = await Bench.StartAsync(ByProxy);

        await TryAsync(page, "wang", "not the password", ("X-Forwarded-For", list));

        Assert.Equal(address, Bench.Accounts.Audit(1)[0].By.Address);
    }

    [Fact]
    public async Task Session_that_a_stranger_has_put_into_the_browser_is_not_gone_on_with_and_the_one_of_before_ends()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var planted = $"__Host-pond-session={new string('a', 64)}";
        var (form, token) = await FormAsync(page);

        var (status, _, headers) = await SendAsync(page, "/sign-in", Form("wang", Password, token), ("Cookie", $"{form}; {planted}"));
        var first = headers.GetValues("Set-Cookie").Single(each => each.Contains("pond-session=", StringComparison.Ordinal)).Split(';')[0];
        Assert.Equal((HttpStatusCode.SeeOther, HttpStatusCode.Unauthorized), (status, (await AskAsync(page, "/api/me", ("Cookie", planted))).Status));

        (form, token) = await FormAsync(page);
        await SendAsync(page, "/sign-in", Form("li.na", Password, token), ("Cookie", $"{form}; {first}"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(page, "/api/me", ("Cookie", first))).Status);
        Assert.Equal(
            [(AuditAct.SignedIn, "li.na"), (AuditAct.SignedOut, "wang"), (AuditAct.SignedIn, "wang")],
            Bench.Accounts.Audit(3).Select(entry => (entry.Act, entry.By.Name)));
    }

    [Fact]
    public async Task Nobody_is_signed_in_with_the_form_of_another_browser_nor_signed_out_by_another_page()
    {
        await using var page = await Bench.StartAsync(ByProxy);
        var (_, token) = await FormAsync(page);
        var (others, _) = await FormAsync(page);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(page, "/sign-in", Form("wang", Password, token), ("Cookie", others))).Status);

        var cookie = await SignInAsync(page, "wang", Password);
        using var me = JsonDocument.Parse((await AskAsync(page, "/api/me", ("Cookie", cookie))).Body);
        var right = (Gate.TokenHeader, me.RootElement.GetProperty("token").GetString()!);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(page, "/api/sign-out", new StringContent(""), ("Cookie", cookie))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(page, "/api/sign-out", new StringContent(""), ("Cookie", cookie), right, ("Sec-Fetch-Site", "same-site"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(page, "/api/me", ("Cookie", cookie))).Status);
    }

    [Fact]
    public async Task Nothing_is_kept_on_the_way_but_what_is_for_everybody()
    {
        await using var page = await Bench.StartAsync(ByProxy with { Public = new PublicOptions("pond", "stream", null, null, null, null) });
        foreach (var (path, host) in new[] { ("/page.css", Host), ("/sign-in", Host), ("/api/now", Host), ("/metrics", Host), ("/nothing", Host), ("/public", "evil.example") })
        {
            var (_, _, headers) = await AskAsync(page, path, ("Host", host));
            Assert.True(headers.CacheControl?.NoStore, path);
            Assert.Equal("nosniff", Assert.Single(headers.GetValues("X-Content-Type-Options")));
        }

        // A proxy may keep it for all: it has nothing of who asked, whoever that was.
        var cookie = await SignInAsync(page, "wang", Password);
        var (_, body, kept) = await AskAsync(page, "/public", ("Cookie", cookie));
        Assert.True(kept.CacheControl?.Public);
        Assert.Equal("Accept-Language", Assert.Single(kept.Vary));
        Assert.False(kept.Contains("Set-Cookie"));
        Assert.DoesNotContain("wang", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pond.example.org", true, "max-age=31536000")]
    [InlineData("pond.example.org", false, "max-age=0")]
    [InlineData("localhost", true, null)]
    [InlineData("192.0.2.7", true, null)]
    public async Task Browsers_keep_to_tls_at_a_name_of_ours_alone_until_they_are_told_to_forget_it(string host, bool isWanted, string? expected)
    {
        await using var page = await Bench.StartAsync(ByProxy with { Hosts = [Host, "192.0.2.7"], KeepsToTls = isWanted });

        var (_, _, headers) = await AskAsync(page, "/sign-in", ("Host", host));
        Assert.Equal(expected, headers.TryGetValues("Strict-Transport-Security", out var told) ? Assert.Single(told) : null);
    }

    // Sends a head, and reads until the other side closes.
    private static async Task<(int Status, string Body)> RawAsync(WebPage page, string head)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, page.Address.Port, limit.Token);
        var stream = client.GetStream();
        var answer = new MemoryStream();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"{head}Connection: close\r\n\r\n"), limit.Token);
        }
        catch (IOException)
        {
            // It may close before all was sent: what it has said by then counts.
        }

        try
        {
            await stream.CopyToAsync(answer, limit.Token);
        }
        catch (IOException)
        {
            // It may not have read all that was sent.
        }

        var text = Encoding.UTF8.GetString(answer.ToArray());
        return (text.Length > 12 ? int.Parse(text.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture) : 0, text);
    }
}
