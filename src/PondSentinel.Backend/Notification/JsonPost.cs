using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Notification;

/// <summary>Posts JSON over HTTP, once, and says what came of it.</summary>
/// <remarks>Any 2xx answer means taken. 400, 413 and 422 speak of this very body: it is refused for good, so that it cannot hold up the
/// ones behind it. Everything else (no connection, no answer in time, 5xx, 429, a wrong path or key, a redirect) may be mended.
/// Where the body was on its way and no answer came, or one of a gateway that had none (502, 504), the receiver may have taken it.
/// </remarks>
/// <param name="handler">The transport, disposed with this; <see cref="Transport"/> makes the usual one.</param>
/// <param name="time">Clock for the time limit.</param>
/// <param name="answerWithin">How long an answer is waited for.</param>
internal sealed class JsonPost(HttpMessageHandler handler, TimeProvider time, TimeSpan answerWithin) : IDisposable
{
    /// <summary>How long an answer is waited for where nobody has said otherwise; and for a connection in any case.</summary>
    public static readonly TimeSpan UsualWait = TimeSpan.FromSeconds(10);

    // An attempt that hangs holds up what else there is to tell.
    private static readonly TimeSpan WaitMin = TimeSpan.FromSeconds(1), WaitMax = TimeSpan.FromSeconds(60);

    private readonly HttpClient client = ClientOf(handler);

    /// <summary>The usual transport: follows no redirect, since that would hand the notice to a place nobody configured.
    /// </summary>
    public static HttpMessageHandler Transport() => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = UsualWait,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // So that a changed DNS entry is noticed.
    };

    /// <summary>Reads the key <c>timeout</c> of a channel.</summary>
    /// <param name="section">The channel's section.</param>
    public static TimeSpan ReadWait(TomlSection section) => section.Duration("timeout", WaitMin, WaitMax) ?? UsualWait;

    /// <summary>Posts a body.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="body">JSON in UTF-8.</param>
    /// <param name="headers">Headers of its own.</param>
    /// <param name="answer">What the body of a 2xx answer has to say; null where its status says all.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task<DeliveryResult> SendAsync(
        Uri url, byte[] body, IReadOnlyList<(string Name, string Value)> headers, AnswerRule? answer, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(answerWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var content = new SentContent(body);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
            foreach (var (name, value) in headers)
            {
                request.Headers.Add(name, value);
            }

            // Where only the status counts a body of any size is left unread.
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.IsSuccessStatusCode && answer is not null
                ? answer.Judge(await ReadAsync(response, either.Token))
                : Judge(response);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var reason = string.Create(CultureInfo.InvariantCulture, $"no answer within {answerWithin.TotalSeconds} s");
            return DeliveryResult.NotNow(reason) with { MayBeTaken = content.IsSent, IsAway = !content.IsSent };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            return DeliveryResult.NotNow(e.Message) with { MayBeTaken = content.IsSent, IsAway = !content.IsSent };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static HttpClient ClientOf(HttpMessageHandler handler)
    {
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("PondSentinel", "1"));
        return client;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var answer = new byte[AnswerRule.BytesMax];
        return answer.AsMemory(0, await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, cancellationToken));
    }

    private DeliveryResult Judge(HttpResponseMessage response)
    {
        var reason = string.Create(CultureInfo.InvariantCulture, $"HTTP status {(int)response.StatusCode}");
        var wait = RetryAfter(response.Headers.RetryAfter);
        return response switch
        {
            { IsSuccessStatusCode: true } => DeliveryResult.Delivered,
            {
                StatusCode: HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge
                    or HttpStatusCode.UnprocessableEntity
            } => DeliveryResult.Refused(reason),
            _ => DeliveryResult.NotNow(ToComeBack(reason, wait), wait) with
            {
                MayBeTaken = response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout,
            },
        };
    }

    private static string ToComeBack(string reason, TimeSpan? wait) =>
        wait is { } said && said > TimeSpan.Zero ? FormattableString.Invariant($"{reason}, to come back in {Math.Ceiling(said.TotalSeconds)} s") : reason;

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header) => header?.Delta ?? (header?.Date - time.GetUtcNow());

    // It is asked for its bytes once the connection stands.
    private sealed class SentContent(byte[] body) : HttpContent
    {
        public bool IsSent { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            IsSent = true;
            return stream.WriteAsync(body, cancellationToken).AsTask();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = body.Length;
            return true;
        }
    }
}
