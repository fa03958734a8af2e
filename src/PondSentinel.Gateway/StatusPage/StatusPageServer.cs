using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Diagnosis;
using PondSentinel.Gateway.Time;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.StatusPage;

/// <summary>Serves the status page on loopback: one request a connection (RFC 9112 with <c>Connection: close</c>), bounded in bytes,
/// time and number. What comes over it costs the measuring nothing.</summary>
/// <remarks>Where the port cannot be had the journal says so, and it is tried again.</remarks>
/// <param name="options">Where it is.</param>
/// <param name="status">Says how the gateway is.</param>
/// <param name="history">The last 24 hours.</param>
/// <param name="clock">For where a day ends.</param>
/// <param name="time">For its patience.</param>
/// <param name="log">The journal.</param>
internal sealed class StatusPageServer(
    StatusPageOptions options, StatusVerb status, DayHistory history, GatewayClock clock, TimeProvider time, ILogger log)
{
    /// <summary>Connections that are served at once; others are told to come again.</summary>
    public const int ConnectionsMax = 8;

    // Nobody loads it from elsewhere, frames it or runs a script in it.
    private const string Always =
        "Connection: close\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\n"
        + "Content-Security-Policy: default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private int serving;

    /// <summary>Serves until told to stop.</summary>
    /// <param name="cancellationToken">Tells it; ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string? said = null;
        try
        {
            while (true)
            {
                try
                {
                    using var listener = new Socket(options.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                    listener.Bind(options.Listen);
                    listener.Listen(ConnectionsMax);
                    said = null;
                    await AcceptAllAsync(listener, cancellationToken);
                }
                catch (SocketException e)
                {
                    if (said != e.Message)
                    {
                        said = e.Message;
                        log.LogWarning("status page: {Listen} cannot be had ({Reason}); it is tried again each minute; name another port in [status_page] listen", options.Listen, e.Message);
                    }

                    await Task.Delay(AgainAfter, time, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task AcceptAllAsync(Socket listener, CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket connection;
            try
            {
                connection = await listener.AcceptAsync(cancellationToken);
            }
            catch (SocketException e)
            {
                // The machine is short of something. Not at once again: it would be short of that too.
                log.LogWarning("status page: a connection could not be taken: {Reason}", e.Message);
                await Task.Delay(PauseAfterFailure, time, cancellationToken);
                continue;
            }

            if (Interlocked.Increment(ref serving) > ConnectionsMax)
            {
                Interlocked.Decrement(ref serving);
                connection.Dispose();
                continue;
            }

            _ = ServeAsync(connection, cancellationToken);
        }
    }

    // Never with an exception.
    private async Task ServeAsync(Socket connection, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using (connection)
            {
                var request = await ReceiveAsync(connection, either.Token);
                if (request is not null)
                {
                    await SendAsync(connection, await AnswerAsync(request, either.Token), either.Token);
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // It has gone, or took too long, or the gateway stops: nobody is left to tell.
        }
#pragma warning disable CA1031 // A mistake in the page must not end the measuring.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.LogError(e, "status page: failed");
        }
        finally
        {
            Interlocked.Decrement(ref serving);
        }
    }

    private static async Task<PageRequest?> ReceiveAsync(Socket connection, CancellationToken cancellationToken)
    {
        var buffer = new byte[PageRequest.BytesMax];
        for (var length = 0; ;)
        {
            var received = await connection.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            if (received == 0)
            {
                return null;
            }

            length += received;
            var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                return PageRequest.Parse(buffer.AsSpan(0, end + 4));
            }

            if (length == buffer.Length)
            {
                return PageRequest.Refused(431);
            }
        }
    }

    private async Task<byte[]> AnswerAsync(PageRequest request, CancellationToken cancellationToken) => request switch
    {
        { Status: 400 } => Plain(request, "400 Bad Request", "this is no request that is understood here"),
        { Status: 405 } => Plain(request, "405 Method Not Allowed", "this page is only read", "Allow: GET, HEAD\r\n"),
        { Status: 421 } => Plain(request, "421 Misdirected Request", "this page is for this machine: ask for http://localhost, for example through ssh -L"),
        { Status: 431 } => Plain(request, "431 Request Header Fields Too Large", "the head of a request has at most 8 KiB"),
        { Path: "/" } => await PageAsync(request, cancellationToken),
        { Path: "/status.json" } => Whole(request, "200 OK", "application/json", "Cache-Control: no-store\r\n", Encoding.UTF8.GetBytes(await StatusAsync(cancellationToken))),
        { Path: "/style.css" } => Whole(request, "200 OK", "text/css; charset=utf-8", "Cache-Control: max-age=600\r\n", StatusStyle.Css),
        _ => Plain(request, "404 Not Found", "there is / and /status.json"),
    };

    private async Task<byte[]> PageAsync(PageRequest request, CancellationToken cancellationToken)
    {
        using var body = JsonDocument.Parse(await StatusAsync(cancellationToken));
        var words = new StatusWords(Languages.Of(request.Languages, static _ => null));
        var now = clock.BootTime;
        var html = StatusHtml.Of(body.RootElement, channel => history.Of(channel, now, TraceDrawing.Columns), words);
        return Whole(request, "200 OK", "text/html; charset=utf-8", "Cache-Control: no-store\r\nVary: Accept-Language, Accept-Encoding\r\n", Encoding.UTF8.GetBytes(html));
    }

    private async Task<string> StatusAsync(CancellationToken cancellationToken)
    {
        var answer = await status.AnswerAsync(ControlRequest.Parse("{\"verb\":\"status\"}"u8, uid: 0), cancellationToken);
        return JsonLine.Of(answer.Write);
    }

    private static byte[] Plain(PageRequest request, string state, string text, string fields = "") =>
        Whole(request, state, "text/plain; charset=utf-8", fields, Encoding.UTF8.GetBytes($"{text}\n"));

    private static byte[] Whole(PageRequest request, string state, string type, string fields, ReadOnlySpan<byte> body)
    {
        using var packed = new MemoryStream();
        if (request.TakesGzip)
        {
            using var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true);
            gzip.Write(body);
        }
        else
        {
            packed.Write(body);
        }

        var head = Encoding.ASCII.GetBytes(FormattableString.Invariant(
            $"HTTP/1.1 {state}\r\n{Always}{fields}{(request.TakesGzip ? "Content-Encoding: gzip\r\n" : "")}Content-Type: {type}\r\nContent-Length: {packed.Length}\r\n\r\n"));
        return request.IsHead ? head : [.. head, .. packed.GetBuffer().AsSpan(0, (int)packed.Length)];
    }

    // What the peer still says is read before the end: a socket that is closed with it unread resets, and the answer may be lost.
    private static async Task SendAsync(Socket connection, byte[] answer, CancellationToken cancellationToken)
    {
        for (var rest = answer.AsMemory(); !rest.IsEmpty;)
        {
            rest = rest[await connection.SendAsync(rest, cancellationToken)..];
        }

        connection.Shutdown(SocketShutdown.Send);
        var ignored = new byte[PageRequest.BytesMax];
        for (var left = 8; left > 0 && await connection.ReceiveAsync(ignored, cancellationToken) > 0; left--)
        {
        }
    }
}
