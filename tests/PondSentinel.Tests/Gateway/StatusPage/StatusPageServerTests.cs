using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Diagnosis;
using PondSentinel.Gateway.StatusPage;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Ingest;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.StatusPage;

/// <summary>The page over real sockets of this machine.</summary>
public sealed class StatusPageServerTests : IAsyncLifetime
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";
    private const string Page = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private readonly FakeTimeProvider time = new();
    private readonly TestClocks machine = new();
    private readonly TestJournal journal = new();
    private readonly DayHistory history = new();
    private readonly CancellationTokenSource stop = new();
    private IPEndPoint place = new(IPAddress.Loopback, 0);
    private Task serving = Task.CompletedTask;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken End => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            place = (IPEndPoint)free.LocalEndpoint;
        }

        serving = Server("gz-07", time).RunAsync(stop.Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await serving.WaitAsync(Patience, CancellationToken.None);
        stop.Dispose();
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 200)]
    [InlineData("GET /?x HTTP/1.1\r\nhost: LOCALHOST:8088\r\n\r\n", 200)]
    [InlineData("HEAD / HTTP/1.0\r\nHost: 127.0.0.1:1\r\n\r\n", 200)]
    [InlineData("GET /status.json HTTP/1.1\r\nHost: [::1]:65535\r\n\r\n", 200)]
    [InlineData("GET /style.css HTTP/1.1\r\nHost:127.0.0.1\r\n\r\n", 200)]
    [InlineData("GET /etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404)]
    [InlineData("GET /../etc HTTP/1.1\r\nHost: localhost\r\n\r\n", 404)]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", 405)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 421)]
    [InlineData("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n", 421)]
    [InlineData("GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example:80\r\n\r\n", 421)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost:80@evil.example\r\n\r\n", 421)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost:\r\n\r\n", 421)]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400)]
    [InlineData("GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET /  HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("\r\n\r\n", 400)]
    public async Task Only_a_reader_on_this_machine_is_answered(string request, int status)
    {
        var answer = Encoding.UTF8.GetString(await AskAsync(request));
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Security-Policy: default-src 'none';", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-inline", answer, StringComparison.Ordinal);
        Assert.Equal(request.StartsWith("HEAD", StringComparison.Ordinal), answer.EndsWith("\r\n\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Head_has_an_end_or_is_refused_and_whatever_bytes_come_the_next_one_is_served()
    {
        Assert.StartsWith("HTTP/1.1 431 ", Encoding.UTF8.GetString(await AskAsync($"GET / HTTP/1.1\r\nX: {new string('x', 9000)}")), StringComparison.Ordinal);
        Gen.Byte.Array[0, 300].Sample(
            bytes =>
            {
                using var peer = Connect();
                peer.Send(bytes);
                peer.Shutdown(SocketShutdown.Both);
            },
            iter: 200,
            threads: 1);
        await OkSoonAsync();
        Assert.False(serving.IsCompleted);
    }

    [Fact]
    public async Task Peers_that_say_nothing_keep_nobody_out_for_long()
    {
        var silent = Enumerable.Range(0, StatusPageServer.ConnectionsMax).Select(_ => Connect()).ToList();
        try
        {
            // All places are taken once the last of them has been accepted.
            Assert.True(SpinWait.SpinUntil(
                () =>
                {
                    using var next = Connect();
                    next.ReceiveTimeout = 200;
                    return Receive(next) == 0;
                },
                Patience));
            time.Advance(TimeSpan.FromSeconds(11));
            Assert.All(silent, peer => Assert.Equal(0, Receive(peer)));
            await OkSoonAsync();
        }
        finally
        {
            silent.ForEach(peer => peer.Dispose());
        }
    }

    [Fact]
    public async Task Answer_is_packed_and_in_the_language_that_is_asked_for()
    {
        var answer = await AskAsync("GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br, gzip\r\nAccept-Language: zh-CN,en;q=0.5\r\n\r\n");
        var end = answer.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        Assert.Contains("Content-Encoding: gzip", Encoding.ASCII.GetString(answer[..end]), StringComparison.Ordinal);
        using var packed = new GZipStream(new MemoryStream(answer[end..]), CompressionMode.Decompress);
        using var text = new StreamReader(packed);
        var html = await text.ReadToEndAsync(End);
        Assert.Contains("<html lang=\"zh\">", html, StringComparison.Ordinal);
        Assert.Contains("缓冲：", html, StringComparison.Ordinal);
        Assert.Contains("时钟：", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_that_is_taken_is_said_once_and_had_when_it_is_free()
    {
        using var refused = new SemaphoreSlim(0);
        machine.WaitBegun = wait =>
        {
            if (wait == TimeSpan.FromMinutes(1))
            {
                refused.Release();
            }
        };
        using var end = new CancellationTokenSource();
        var second = Server("gz-08", machine).RunAsync(end.Token);
        Assert.True(await refused.WaitAsync(Patience, End));
        Assert.Contains("cannot be had (Address already in use); it is tried again each minute", journal.Lines.Single(), StringComparison.Ordinal);
        machine.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await refused.WaitAsync(Patience, End));
        await OkAsync();
        Assert.Single(journal.Lines);

        await stop.CancelAsync();
        await serving;
        machine.Advance(TimeSpan.FromMinutes(1));
        await OkSoonAsync();
        Assert.Contains("gz-08", Encoding.UTF8.GetString(await AskAsync("GET /status.json HTTP/1.1\r\nHost: localhost\r\n\r\n")), StringComparison.Ordinal);
        await end.CancelAsync();
        await second;
    }

    [Fact]
    public void What_a_probe_says_is_text_and_every_flag_is_seen()
    {
        const string body =
            """
            {"gateway":"<gz>","software":"s","uptime_s":1,"clock":null,"time_ms":1790000000000,"epoch":"a","unsettled":0,"buffer_bytes":0,
            "buffer_bytes_max":1048576,"lost":{},"fault":null,"process":1,"devices":[{"device":"ph","bus":"b","polls":1,"failed":1,"age_s":3,
            "fault":"device-fault","detail":"<script>alert(1)</script>\u202e\u0007","hint":"a & b","hint_zh":"c",
            "values":[{"channel":"ph.ph","x":7.5,"unit":"pH","m":"ph","flag":"fail","why":["out-of-bounds"]}]}]}
            """;
        var clock = new ClockReading(Guid.Empty, TimeSpan.FromHours(30), 0, null);
        foreach (var (hours, value, flag) in (IEnumerable<(int, double?, QualityFlag)>)[(29, 7, QualityFlag.Good), (28, 6, QualityFlag.Suspect), (27, null, QualityFlag.Missing), (26, 9, QualityFlag.Fail)])
        {
            history.Note("ph", clock with { BootTime = TimeSpan.FromHours(hours) }, [new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = value, Flag = flag }]);
        }

        var html = StatusHtml.Of(JsonElement.Parse(body), channel => history.Of(channel, clock.BootTime, TraceDrawing.Columns), new StatusWords(Language.English));

        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;??<br>a &amp; b", html, StringComparison.Ordinal);
        Assert.Contains("<h1>&lt;gz&gt;</h1>", html, StringComparison.Ordinal);
        Assert.Contains("<span class=\"flag fail\">fail</span> <span class=\"age\">out-of-bounds, 3 s ago</span>", html, StringComparison.Ordinal);
        foreach (var drawn in (string[])["<rect class=\"gap\"", "<path class=\"line\"", "<path class=\"suspect\"", "<path class=\"fail\"", "<span>6 – 9</span>"])
        {
            Assert.Contains(drawn, html, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("style=", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("listen = \"127.0.0.1:8088\"", null)]
    [InlineData("", null)]
    [InlineData("listen = \"[::1]:80\"", null)]
    [InlineData("listen = \"127.9.9.9:80\"", null)]
    [InlineData("listen = \"0.0.0.0:8088\"", "an address of this machine alone")]
    [InlineData("listen = \"192.168.1.7:8088\"", "an address of this machine alone")]
    [InlineData("listen = \"[::]:8088\"", "an address of this machine alone")]
    [InlineData("listen = \"127.0.0.1\"", "an address of this machine alone")]
    [InlineData("listen = \"localhost:80\"", "an address of this machine alone")]
    [InlineData("port = 80", "port")]
    public void No_address_but_one_of_this_machine_alone_is_taken(string setting, string? problem)
    {
        var read = GatewayConfigurationFile.Read("g.toml", $"[gateway]\nid = \"g\"\nsite = \"s\"\n[status_page]\n{setting}\n");
        var problems = read.Problems.Select(each => each.What).Where(what => what.Contains("status_page", StringComparison.Ordinal) || what.Contains("port", StringComparison.Ordinal)).ToList();
        Assert.Equal(problem is not null, problems.Count > 0);
        Assert.All(problems, what => Assert.Contains(problem!, what, StringComparison.Ordinal));
    }

    private static int Receive(Socket peer)
    {
        try
        {
            return peer.Receive(new byte[1]);
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionReset ? 0 : -1;
        }
    }

    private StatusPageServer Server(string gateway, TimeProvider patience)
    {
        var clock = new GatewayClock(machine, machine, new ClockOptions { Source = ClockPolicy.System });
        var status = new StatusVerb(gateway, "pond-gateway 1.0.0", new MemoryLog(), [], clock, static () => null);
        return new StatusPageServer(new StatusPageOptions { Listen = place }, status, history, clock, patience, journal);
    }

    private Socket Connect()
    {
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        peer.Connect(place);
        return peer;
    }

    private async Task OkAsync() =>
        Assert.StartsWith(Ok, Encoding.UTF8.GetString(await AskAsync(Page)), StringComparison.Ordinal);

    // A place is given back a moment after its peer has seen the end, and a port is had a moment after it was free: until then whoever
    // comes is let go without a word.
    private async Task OkSoonAsync()
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                if (await AskAsync(Page) is { Length: > 0 } answer)
                {
                    Assert.StartsWith(Ok, Encoding.UTF8.GetString(answer), StringComparison.Ordinal);
                    return;
                }
            }
            catch (SocketException)
            {
                // Refused or reset.
            }

            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Patience, "Nobody is served.");
        }
    }

    private async Task<byte[]> AskAsync(string request)
    {
        using var peer = Connect();
        await peer.SendAsync(Encoding.Latin1.GetBytes(request), End);
        using var answer = new MemoryStream();
        var part = new byte[4096];
        while (await peer.ReceiveAsync(part, End) is var count && count > 0)
        {
            answer.Write(part, 0, count);
        }

        return answer.ToArray();
    }
}
