using System.Globalization;
using System.IO.Compression;
using System.Net.Sockets;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Storage;

public sealed class InfluxStoreTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Points_go_out_packed_to_the_database_in_requests_of_at_most_5000_lines()
    {
        using var server = new ScriptedInflux((_, _) => (204, ""));
        var store = Store(server, user: "pond", password: "geheim ü");
        Assert.Empty(await store.WriteAsync(Points(12_001), Cancelled));
        Assert.Equal([625, 1_250, 2_500, 5_000, 2_626], server.Requests.Select(request => request.Lines.Length));
        Assert.All(server.Requests, request => Assert.Equal("/sub/write?db=my%20pond&precision=ns", request.Path));
        Assert.All(server.Requests, request => Assert.Equal(
            "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("pond:geheim ü")), request.Authorization));
    }

    [Fact]
    public async Task Points_that_are_refused_are_found_and_the_others_are_stored()
    {
        HashSet<string> stored = [];
        using var server = new ScriptedInflux((_, lines) =>
        {
            var bad = lines.Where(line => line.Contains("seq=7i", StringComparison.Ordinal)
                || line.Contains("seq=4000i", StringComparison.Ordinal)).ToList();
            stored.UnionWith(lines.Except(bad));
            return bad.Count == 0
                ? (204, "")
                : (400, $$"""{"error":"partial write: field type conflict: input field \"value\" on measurement \"ph\" is type float, already exists as type string dropped={{bad.Count}}"}""");
        });
        var refused = await Store(server).WriteAsync(Points(5_000), Cancelled);
        Assert.Equal([(7L, "type"), (4000L, "type")], refused.Select(item => (item.Point.Sequence, item.Cause)));
        Assert.Contains("field type conflict", refused[0].Detail, StringComparison.Ordinal);
        Assert.Equal(4_998, stored.Count);
        Assert.True(server.Requests.Count < 60, $"{server.Requests.Count} requests");
    }

    [Fact]
    public async Task Points_older_than_the_server_keeps_are_found_in_few_requests_however_they_are_mixed()
    {
        const long Kept = 1_767_225_600_000;
        using var server = new ScriptedInflux((_, lines) =>
        {
            var old = lines.Count(line => long.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture) < Kept * 1_000_000);
            return old == 0
                ? (204, "")
                : (400, $$"""{"error":"partial write: points beyond retention policy dropped={{old}}"}""");
        });
        var points = Points(5_000).ConvertAll(point => point with
        {
            TimeNs = Point.KeyNs(Kept - (point.Sequence % 2), point.Sequence),
        });
        var refused = await Store(server).WriteAsync(points, Cancelled);
        Assert.Equal(points.Where(point => point.Sequence % 2 == 1), refused.Select(item => item.Point));
        Assert.True(server.Requests.Count < 60, $"{server.Requests.Count} requests");
    }

    [Fact]
    public async Task Part_that_is_refused_as_a_whole_is_not_halved()
    {
        using var server = new ScriptedInflux((_, lines) =>
            (400, $$"""{"error":"partial write: points beyond retention policy dropped={{lines.Length}}"}"""));
        var refused = await Store(server).WriteAsync(Points(100), Cancelled);
        Assert.Equal(100, refused.Count);
        Assert.All(refused, item => Assert.Equal("range", item.Cause));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Request_that_is_too_large_is_halved()
    {
        using var server = new ScriptedInflux((_, lines) => lines.Length > 30 ? (413, "Request Entity Too Large") : (204, ""));
        Assert.Empty(await Store(server).WriteAsync(Points(100), Cancelled));
        Assert.Equal(100, server.Requests.Where(request => request.Lines.Length <= 30).Sum(request => request.Lines.Length));
    }

    [Fact]
    public async Task Missing_database_is_created_once()
    {
        var exists = false;
        using var server = new ScriptedInflux((path, lines) =>
        {
            if (path.EndsWith("/query", StringComparison.Ordinal))
            {
                Assert.Equal("q=CREATE+DATABASE+%22my+pond%22", Assert.Single(lines));
                exists = true;
                return (200, """{"results":[{"statement_id":0}]}""");
            }

            return exists ? (204, "") : (404, """{"error":"database not found: \"my pond\""}""");
        });
        Assert.Empty(await Store(server).WriteAsync(Points(3), Cancelled));
        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [InlineData(401, """{"error":"authorization failed"}""", "does not know the user or password; set user and password in [influx] (HTTP 401: authorization failed)")]
    [InlineData(403, """{"error":"\"pond\" user is not authorized"}""", "does not let the user write to \"my pond\"; grant it WRITE (HTTP 403: \"pond\" user is not authorized)")]
    [InlineData(404, "<html>no\nsuch page</html>", "has no such database or retention policy, or is no InfluxDB 1.x; check url and database in [influx] (HTTP 404: <html>no such page</html>)")]
    [InlineData(429, "", "cannot take points now (HTTP 429: )")]
    [InlineData(500, """{"error":"timeout"}""", "cannot take points now (HTTP 500: timeout)")]
    [InlineData(503, "busy", "cannot take points now (HTTP 503: busy)")]
    [InlineData(400, """{"error":"partial write: max-series-per-database limit exceeded: (1000000) dropped=1"}""", "cannot take points now (HTTP 400: partial write: max-series-per-database limit exceeded: (1000000) dropped=1)")]
    public async Task Trouble_that_may_be_mended_is_no_refusal(int status, string body, string message)
    {
        using var server = new ScriptedInflux((_, _) => (status, body));
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => Store(server).WriteAsync(Points(3), Cancelled));
        Assert.Equal($"http://influx.test:8086/sub {message}", error.Message);
    }

    [Theory]
    [InlineData(401, """{"code":"unauthorized","message":"unauthorized access"}""", "does not know the token; set token in [influx] (HTTP 401: unauthorized access)")]
    [InlineData(403, """{"code":"forbidden","message":"insufficient permissions for write"}""", "does not let the token write to bucket \"po nd\"; grant it write (HTTP 403: insufficient permissions for write)")]
    [InlineData(404, """{"code":"not found","message":"bucket \"po nd\" not found"}""", "has no bucket \"po nd\" of organization \"mine & co\", or is no InfluxDB 2.x; create it, or check url, org and bucket in [influx] (HTTP 404: bucket \"po nd\" not found)")]
    public async Task Version_2_that_does_not_let_us_in_is_told_with_what_to_set(int status, string body, string message)
    {
        using var server = new ScriptedInflux((_, _) => (status, body));
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => Store(server, isVersion2: true).WriteAsync(Points(3), Cancelled));
        Assert.Equal($"http://influx.test:8086/sub {message}", error.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Version_2_gets_the_lines_by_bucket_and_token_and_refuses_with_422()
    {
        using var server = new ScriptedInflux((_, lines) => lines.Any(line => line.Contains("seq=7i", StringComparison.Ordinal))
            ? (422, """{"code":"unprocessable entity","message":"failure writing points to database: partial write: field type conflict: input field \"value\" dropped=1"}""")
            : (204, ""));
        var refused = await Store(server, isVersion2: true).WriteAsync(Points(20), Cancelled);
        Assert.Equal([(7L, "type")], refused.Select(item => (item.Point.Sequence, item.Cause)));
        Assert.All(server.Requests, request => Assert.Equal(
            ("/sub/api/v2/write?org=mine%20%26%20co&bucket=po%20nd&precision=ns", "Token t0k=="), (request.Path, request.Authorization)));
    }

    [Fact]
    public async Task Refusal_in_unknown_words_is_of_the_point_where_the_server_takes_other_lines()
    {
        using var server = new ScriptedInflux((_, lines) =>
            lines.Any(line => line.Contains("seq=7i", StringComparison.Ordinal)) ? (400, "no, not that one") : (204, ""));
        var alone = await Store(server).WriteAsync(Points(8)[7..], Cancelled);
        Assert.Equal([(7L, "type", "no, not that one")], alone.Select(item => (item.Point.Sequence, item.Cause, item.Detail)));

        var among = await Store(server).WriteAsync(Points(1_000), Cancelled);
        Assert.Equal([7L], among.Select(item => item.Point.Sequence));
        Assert.Equal(2, server.Requests.Count(request => request.Lines[0].StartsWith("pondsentinel_probe ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Refusal_in_unknown_words_of_all_that_comes_is_trouble_that_may_be_mended()
    {
        using var server = new ScriptedInflux((_, _) => (400, "<html>Bad Request</html>"));
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => Store(server).WriteAsync(Points(1_000), Cancelled));
        Assert.Equal("http://influx.test:8086/sub cannot take points now (HTTP 400: <html>Bad Request</html>)", error.Message);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task No_connection_is_told_by_the_address()
    {
        using var server = new ScriptedInflux((_, _) => throw new HttpRequestException("Connection refused"));
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => Store(server).WriteAsync(Points(1), Cancelled));
        Assert.Equal("http://influx.test:8086/sub: Connection refused", error.Message);
    }

    [Fact]
    public async Task Connection_that_is_reset_the_moment_it_stands_is_trouble_and_no_end()
    {
        using var server = new ScriptedInflux((_, _) => throw new SocketException((int)SocketError.NotConnected));
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => Store(server).WriteAsync(Points(1), Cancelled));
        Assert.StartsWith("http://influx.test:8086/sub: ", error.Message, StringComparison.Ordinal);
        Assert.IsType<SocketException>(error.InnerException);
    }

    [Fact]
    public async Task Server_that_does_not_answer_is_given_up_after_the_time_limit()
    {
        var time = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        using var server = new ScriptedInflux((_, _) => (204, "")) { Hang = asked };
        var writing = Store(server, time: time).WriteAsync(Points(1), Cancelled);
        await asked.Task.WaitAsync(Cancelled);
        time.Advance(TimeSpan.FromSeconds(10));
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => writing);
        Assert.Equal("http://influx.test:8086/sub gave no answer within 10 s.", error.Message);
    }

    private static InfluxStore Store(
        ScriptedInflux server, string? user = null, string? password = null, TimeProvider? time = null, bool isVersion2 = false) => new(
        new InfluxOptions
        {
            Url = new Uri("http://influx.test:8086/sub"),
            Database = "my pond",
            User = user,
            Password = password,
            Bucket = isVersion2 ? new InfluxBucket("mine & co", "po nd", "t0k==") : null,
        },
        server,
        time ?? TimeProvider.System,
        NullLogger<InfluxStore>.Instance);

    private static List<Point> Points(int count) =>
    [
        .. Enumerable.Range(0, count).Select(number => new Point
        {
            Measurand = Measurand.Ph,
            Site = "gz",
            Station = "pond-a",
            Gateway = "gz-07",
            Device = "pond1",
            Channel = "ph",
            TimeNs = Point.KeyNs(1_767_225_600_000, number),
            Epoch = "7q2mzk4a",
            Sequence = number,
            Clock = ClockSource.Ntp,
            Value = new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = 7, Flag = QualityFlag.Good },
        }),
    ];

    private sealed class ScriptedInflux(Func<string, string[], (int Status, string Body)> answer) : HttpMessageHandler
    {
        public List<(string Path, string[] Lines, string? Authorization)> Requests { get; } = [];

        public TaskCompletionSource? Hang { get; init; }

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (Hang is { } hang)
            {
                hang.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            var bytes = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
            var isPacked = request.Content.Headers.ContentEncoding.Contains("gzip");
            await using var body = isPacked
                ? new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress)
                : (Stream)new MemoryStream(bytes);
            using var reader = new StreamReader(body, Encoding.UTF8);
            var lines = (await reader.ReadToEndAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var path = request.RequestUri!.PathAndQuery;
            Requests.Add((path, lines, request.Headers.Authorization?.ToString()));
            var (status, text) = answer(path, lines);
            return new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(text) };
        }
    }
}
