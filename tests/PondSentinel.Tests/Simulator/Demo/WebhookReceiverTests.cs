using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Alerting;
using PondSentinel.Simulator.Demo;

namespace PondSentinel.Tests.Simulator.Demo;

public sealed class WebhookReceiverTests : IDisposable
{
    private readonly ConcurrentQueue<AlertNotice> told = new();
    private readonly HttpClient client = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => client.Dispose();

    [Fact]
    public async Task Notice_is_told_once_however_often_it_comes()
    {
        await using var receiver = await StartAsync(0);
        foreach (var id in new[] { "a", "a", "b" })
        {
            Assert.Equal(HttpStatusCode.NoContent, await PostAsync(receiver, Notices.Leak(id).ToJson()));
        }

        Assert.Equal([Notices.Leak("a"), Notices.Leak("b")], told);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1,2")]
    public async Task What_is_no_notice_is_refused(string body)
    {
        await using var receiver = await StartAsync(0);
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(receiver, body));
        Assert.Empty(told);
    }

    [Fact]
    public async Task Body_of_any_size_is_not_read_to_its_end()
    {
        await using var receiver = await StartAsync(0);

        // It is refused by what its head says, though not one byte of it ever comes.
        using var sender = new TcpClient();
        await sender.ConnectAsync(receiver.Url.Host, receiver.Url.Port, Cancelled);
        await using var stream = sender.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST {receiver.Url.AbsolutePath} HTTP/1.1\r\nHost: {receiver.Url.Authority}\r\nContent-Length: {1 << 20}\r\n\r\n"), Cancelled);
        using var answer = new StreamReader(stream);
        Assert.Equal("HTTP/1.1 400 Bad Request", await answer.ReadLineAsync(Cancelled));
        Assert.Empty(told);
    }

    [Fact]
    public async Task Port_of_the_last_time_is_taken_again_unless_somebody_else_has_it()
    {
        var first = await StartAsync(0);
        var port = first.Url.Port;
        await using (var second = await StartAsync(port))
        {
            Assert.NotEqual(port, second.Url.Port);
        }

        await first.DisposeAsync();
        await using var third = await StartAsync(port);
        Assert.Equal(port, third.Url.Port);
    }

    private Task<WebhookReceiver> StartAsync(int port) =>
        WebhookReceiver.StartAsync(port, told.Enqueue, NullLoggerFactory.Instance);

    private async Task<HttpStatusCode> PostAsync(WebhookReceiver receiver, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(receiver.Url, content, Cancelled);
        return response.StatusCode;
    }
}
