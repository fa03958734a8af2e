using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using PondSentinel.Backend.Web;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Web;

public sealed partial class WebPageTests : IDisposable
{
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(30);
    private readonly PageBench bench = new(TimeProvider.System);
    private readonly HttpClient http = new() { Timeout = Enough };

    public void Dispose()
    {
        http.Dispose();
        bench.Dispose();
    }

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/page.css", "text/css")]
    [InlineData("/elements.js", "text/javascript")]
    [InlineData("/page.js", "text/javascript")]
    [InlineData("/time.js", "text/javascript")]
    [InlineData("/places.js", "text/javascript")]
    [InlineData("/chart", "text/html")]
    [InlineData("/chart.js", "text/javascript")]
    [InlineData("/uplot.js", "text/javascript")]
    [InlineData("/uplot-license.txt", "text/plain")]
    [InlineData("/icon.svg", "image/svg+xml")]
    [InlineData("/api/now", "application/json")]
    [InlineData("/api/openapi.json", "application/json")]
    [InlineData("/api/desk", "application/json")]
    [InlineData("/api/series", "application/problem+json")]
    [InlineData("/healthz", "text/plain")]
    [InlineData("/readyz", "application/json")]
    [InlineData("/metrics", "text/plain")]
    public async Task Every_answer_is_protected_and_never_kept(string path, string type)
    {
        await using var page = await bench.StartAsync();

        using var answer = await http.GetAsync(new Uri(page.Address, path), TestContext.Current.CancellationToken);

        Assert.Equal(path == "/api/series" ? HttpStatusCode.BadRequest : HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Cross-Origin-Resource-Policy")));
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public void Page_has_no_script_and_no_style_of_its_own_so_that_the_policy_can_hold()
    {
        foreach (var asset in PageAsset.All.Where(asset => !asset.Path.StartsWith("/uplot", StringComparison.Ordinal)))
        {
            var text = Encoding.UTF8.GetString(asset.Bytes);
            if (asset.ContentType.StartsWith("text/html", StringComparison.Ordinal))
            {
                Assert.DoesNotMatch(InlineCode(), text);
            }
            else if (asset.ContentType.StartsWith("text/javascript", StringComparison.Ordinal))
            {
                // Shapes are named by an address that nobody calls.
                Assert.DoesNotMatch(TextAsCode(), text.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public void Each_text_of_the_pages_stands_in_both_languages()
    {
        var words = Encoding.UTF8.GetString(PageAsset.All.Single(asset => asset.Path == "/words.js").Bytes);
        var english = TextIds().Matches(words[words.IndexOf("  en: {", StringComparison.Ordinal)..words.IndexOf("  zh: {", StringComparison.Ordinal)]);
        var chinese = TextIds().Matches(words[words.IndexOf("  zh: {", StringComparison.Ordinal)..words.IndexOf("};", StringComparison.Ordinal)]);
        var known = english.Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);

        Assert.True(known.Count > 50);
        Assert.Equal(known.Order(StringComparer.Ordinal), chinese.Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
        foreach (var asset in PageAsset.All.Where(asset => asset.Path != "/words.js" && !asset.Path.StartsWith("/uplot", StringComparison.Ordinal) && asset.ContentType.StartsWith("text/", StringComparison.Ordinal)))
        {
            Assert.All(
                UsedTextIds().Matches(Encoding.UTF8.GetString(asset.Bytes)).Select(match => match.Groups["id"].Value),
                id => Assert.Contains(id, known));
        }
    }

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:8080", 200)]
    [InlineData("127.0.0.1:1", 200)]
    [InlineData("[::1]:8080", 200)]
    [InlineData("evil.example", 400)]
    [InlineData("evil.example:8080", 400)]
    [InlineData("127.0.0.1.evil.example", 400)]
    [InlineData("localhost.evil.example:8080", 400)]
    [InlineData("[::2]:8080", 400)]
    [InlineData("", 400)]
    public async Task Host_that_is_not_this_machine_is_refused(string host, int expected)
    {
        await using var page = await bench.StartAsync();

        Assert.Equal($"HTTP/1.1 {expected}", (await AskAsync(page.Address, "/api/now", host))[..12]);
        Assert.Equal($"HTTP/1.1 {expected}", (await AskAsync(page.Address, "/", host))[..12]);
        Assert.Equal($"HTTP/1.1 {expected}", (await AskAsync(page.Address, "/metrics", host))[..12]);
    }

    [Fact]
    public async Task Nothing_can_be_changed_by_the_page()
    {
        await using var page = await bench.StartAsync();
        using var body = new StringContent("{}");

        using var answer = await http.PostAsync(new Uri(page.Address, "/api/now"), body, TestContext.Current.CancellationToken);

        Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.MethodNotAllowed, HttpStatusCode.RequestEntityTooLarge });
    }

    [Fact]
    public async Task Page_is_told_in_the_language_that_it_asks_for()
    {
        await using var page = await bench.StartAsync();
        bench.Store(AlertBench.PointOf(-1, 16.5));
        async Task<string?> LabelAsync(string query)
        {
            using var parsed = JsonDocument.Parse(await http.GetStringAsync(new Uri(page.Address, $"/api/now{query}"), TestContext.Current.CancellationToken));
            return parsed.RootElement.GetProperty("sites")[0].GetProperty("stations")[0].GetProperty("values")[0].GetProperty("label").GetString();
        }

        Assert.Equal("Ammonium (NH4-N)", await LabelAsync(""));
        Assert.Equal("铵态氮（NH4-N）", await LabelAsync("?lang=zh"));
        using var refused = await http.GetAsync(new Uri(page.Address, "/events?lang=fr"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        await using var stream = await http.GetStreamAsync(new Uri(page.Address, "/events?lang=zh"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        Assert.Contains("铵态氮（NH4-N）", await NextAsync(reader), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_tells_what_is_and_then_each_change()
    {
        await using var page = await bench.StartAsync();
        bench.Store(AlertBench.PointOf(-2, 1.25));
        await using var stream = await http.GetStreamAsync(new Uri(page.Address, "/events"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);

        Assert.Equal("1.25", ShownBy(await NextAsync(reader)));
        bench.Store(AlertBench.PointOf(-1, 16.5));

        Assert.Equal("16.5", ShownBy(await NextAsync(reader)));
    }

    [Theory]
    [InlineData("/page.js", "gzip, deflate, br", true)]
    [InlineData("/api/openapi.json", "br;q=1, GZIP;q=0.5", true)]
    [InlineData("/page.js", "gzip;q=0, br", false)]
    [InlineData("/page.js", ";;q=", false)]
    [InlineData("/icon.svg", "gzip", false)]
    public async Task What_a_browser_takes_packed_is_sent_packed_where_it_is_worth_it(string path, string accept, bool isPacked)
    {
        await using var page = await bench.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(page.Address, path));
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accept);

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);

        var bytes = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        var asset = PageAsset.All.Single(known => known.Path == path);
        Assert.Equal(isPacked ? ["gzip"] : [], answer.Content.Headers.ContentEncoding);
        Assert.Equal(["Accept-Encoding"], answer.Headers.Vary);
        Assert.Equal(asset.Bytes, isPacked ? Unpacked(bytes) : bytes);
        Assert.True(!isPacked || bytes.Length < asset.Bytes.Length / 2);
    }

    [Fact]
    public async Task Packed_stream_tells_the_same_as_soon_as_it_is()
    {
        await using var page = await bench.StartAsync();
        bench.Store(AlertBench.PointOf(-2, 1.25));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(page.Address, "/events"));
        request.Headers.Add("Accept-Encoding", "gzip");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
        await using var stream = new GZipStream(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), CompressionMode.Decompress);
        using var reader = new StreamReader(stream);

        Assert.Equal("1.25", ShownBy(await NextAsync(reader)));
        bench.Store(AlertBench.PointOf(-1, 16.5));

        Assert.Equal("16.5", ShownBy(await NextAsync(reader)));
    }

    [Fact]
    public void Parts_of_a_packed_stream_stand_in_any_order_and_number() => Gen.String[0, 300].Array[0, 6].Sample(texts =>
    {
        var parts = texts.Select(text => Encoding.UTF8.GetBytes(text + "x")).ToList();
        var packed = parts.Select(part => Packing.Part(part)).ToList();

        Assert.Equal(parts.SelectMany(part => part), Unpacked([.. Packing.StreamHead.Span, .. packed.SelectMany(part => part)]));
        packed.Reverse();
        Assert.Equal(parts.AsEnumerable().Reverse().SelectMany(part => part), Unpacked([.. Packing.StreamHead.Span, .. packed.SelectMany(part => part)]));
    });

    [Fact]
    public async Task Hostile_name_stays_text_in_the_data()
    {
        await using var page = await bench.StartAsync();
        bench.Store(AlertBench.PointOf(-1, 1, station: "</script>\r\n\r\ndata: {}\u2028"));

        var json = await http.GetStringAsync(new Uri(page.Address, "/api/now"), TestContext.Current.CancellationToken);

        Assert.DoesNotContain('\n', json);
        using var parsed = JsonDocument.Parse(json);
        Assert.Equal(
            "</script>\r\n\r\ndata: {}\u2028",
            parsed.RootElement.GetProperty("sites")[0].GetProperty("stations")[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task Taken_port_is_one_line_that_says_what_to_do()
    {
        await using var first = await bench.StartAsync();

        var e = await Assert.ThrowsAsync<IOException>(() => bench.StartAsync(first.Address.Port));

        Assert.Equal(
            $"The page cannot listen on 127.0.0.1:{first.Address.Port} (Address already in use). Stop what uses the port, or set another in [web] port.",
            e.Message);
    }

    [GeneratedRegex(@"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=""/)|javascript:|https?://", RegexOptions.IgnoreCase)]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|\.style\b|https?://")]
    private static partial Regex TextAsCode();

    [GeneratedRegex(@"(?<=[{,]\s*)""?([\w]+)""?: """)]
    private static partial Regex TextIds();

    [GeneratedRegex(@"\b(?:say|told|counted|fact|polls)\(""(?<id>\w+)""|data-(?:text|label)=""(?<id>\w+)""")]
    private static partial Regex UsedTextIds();

    // Of a stream that has no end too.
    private static byte[] Unpacked(byte[] bytes)
    {
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        var part = new byte[4_096];
        try
        {
            while (gzip.Read(part) is var read and > 0)
            {
                unpacked.Write(part, 0, read);
            }
        }
        catch (InvalidDataException)
        {
            // The trailer is missing.
        }

        return unpacked.ToArray();
    }

    private static string? ShownBy(string json)
    {
        using var parsed = JsonDocument.Parse(json);
        return parsed.RootElement.GetProperty("sites")[0].GetProperty("stations")[0].GetProperty("values")[0]
            .GetProperty("text").GetString();
    }

    private static async Task<string> NextAsync(StreamReader reader)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Enough);
        var isSnapshot = false;
        while (true)
        {
            var line = await reader.ReadLineAsync(deadline.Token) ?? throw new InvalidOperationException("The stream has ended.");
            if (isSnapshot && line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return line["data: ".Length..];
            }

            isSnapshot = line == "event: snapshot" || (isSnapshot && line.Length > 0);
        }
    }

    // HttpClient would not send a Host that is empty or of another port.
    private static async Task<string> AskAsync(Uri address, string path, string host)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
            TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
