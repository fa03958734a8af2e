using System.Net;
using System.Text.RegularExpressions;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Web;

namespace PondSentinel.Tests.Backend.Web.Access;

/// <summary>A real server on loopback behind a proxy with a secret, which is how everybody but the machine itself comes, with an operator and a
/// viewer.</summary>
public abstract partial class AccessBench : IDisposable
{
    private protected const string Password = "correct horse battery";
    private protected const string Secret = "a secret of the proxy, long enough";
    private protected const string Host = "pond.example.org";

    private protected static readonly WebOptions ByProxy = new()
    {
        Port = 0, Hosts = [Host], Proxy = new ProxyOptions([IPAddress.Loopback], Secret, null), MetricsToken = "a token for prometheus",
    };

    protected AccessBench()
    {
        Assert.Null(Bench.Accounts.Add("li.na", Role.Operator, Password, Root));
        Assert.Null(Bench.Accounts.Add("wang", Role.Viewer, Password, Root));
    }

    private protected PageBench Bench { get; } = new(TimeProvider.System);

    private protected HttpClient Http { get; } = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(60) };

    private protected static Actor Root { get; } = new("root", AccessWay.Command, null);

    private protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Http.Dispose();
        Bench.Dispose();
        GC.SuppressFinalize(this);
    }

    [GeneratedRegex("name=\"token\" value=\"([0-9a-f]+)\"")]
    private static partial Regex TokenField();

    private protected static FormUrlEncodedContent Form(string name, string password, string token) =>
        new([new("name", name), new("password", password), new("to", "/chart"), new("lang", "en"), new("token", token)]);

    private protected async Task<string> SignInAsync(WebPage page, string name, string password)
    {
        var (status, body, headers) = await TryAsync(page, name, password);
        Assert.True(status == HttpStatusCode.SeeOther, body);
        Assert.Equal("/chart", headers.Location?.OriginalString);
        var cookie = headers.GetValues("Set-Cookie").Single(each => each.Contains("pond-session=", StringComparison.Ordinal));
        Assert.EndsWith("; path=/; secure; samesite=strict; httponly", cookie, StringComparison.Ordinal);
        return cookie.Split(';')[0];
    }

    private protected async Task<(HttpStatusCode Status, string Body, System.Net.Http.Headers.HttpResponseHeaders Headers)> TryAsync(
        WebPage page, string name, string password, params (string Name, string Value)[] headers)
    {
        var (cookie, token) = await FormAsync(page);
        return await SendAsync(page, "/sign-in", Form(name, password, token), [("Cookie", cookie), .. headers]);
    }

    private protected async Task<(string Cookie, string Token)> FormAsync(WebPage page)
    {
        var (_, body, headers) = await AskAsync(page, "/sign-in");
        return (headers.GetValues("Set-Cookie").Single().Split(';')[0], TokenField().Match(body).Groups[1].Value);
    }

    private protected Task<(HttpStatusCode Status, string Body, System.Net.Http.Headers.HttpResponseHeaders Headers)> AskAsync(
        WebPage page, string path, params (string Name, string Value)[] headers) => ExchangeAsync(Request(page, HttpMethod.Get, path, headers));

    private protected Task<(HttpStatusCode Status, string Body, System.Net.Http.Headers.HttpResponseHeaders Headers)> SendAsync(
        WebPage page, string path, HttpContent content, params (string Name, string Value)[] headers)
    {
        var request = Request(page, HttpMethod.Post, path, headers);
        request.Content = content;
        return ExchangeAsync(request);
    }

    // As the proxy passes it on, and as a browser sends it, but for the headers that are named.
    private protected static HttpRequestMessage Request(WebPage page, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, new Uri(page.Address, path));
        var usual = new[]
        {
            ("Host", Host), ("X-Pond-Proxy-Secret", Secret), ("X-Forwarded-For", "1.2.3.4, 203.0.113.9"), ("X-Forwarded-Proto", "https"),
            ("Sec-Fetch-Site", "same-origin"),
        };
        if (method == HttpMethod.Post)
        {
            usual = [.. usual, ("Origin", $"https://{Host}")];
        }

        // Of two of a name the last one counts.
        foreach (var (name, value) in usual.Concat(headers).GroupBy(header => header.Item1).Select(group => group.Last()).Where(header => header.Item2.Length > 0 || header.Item1 != "Cookie"))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private protected async Task<(HttpStatusCode Status, string Body, System.Net.Http.Headers.HttpResponseHeaders Headers)> ExchangeAsync(HttpRequestMessage request)
    {
        using (request)
        {
            // What streams for ever is not waited for.
            using var answer = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
            return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType == "text/event-stream" ? "" : await answer.Content.ReadAsStringAsync(Cancelled), answer.Headers);
        }
    }
}
