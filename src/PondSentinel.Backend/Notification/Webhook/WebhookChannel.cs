using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using PondSentinel.Backend.Alerting;

namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>Posts notices as JSON to a web address. README.md of this folder describes the body for receivers.</summary>
/// <remarks>Any 2xx answer means taken. 400, 413 and 422 speak of this very notice: it is refused for good, so that it
/// cannot hold up the ones behind it. Everything else (no connection, no answer within 10 s, 5xx, 429, a wrong path or
/// key, a redirect) may be mended.</remarks>
public sealed class WebhookChannel : INotificationChannel, IDisposable
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);

    private readonly Uri url;
    private readonly TimeProvider time;
    private readonly HttpClient client;

    /// <summary>Makes a channel.</summary>
    /// <param name="options">Where to post, and of what.</param>
    /// <param name="handler">The transport, disposed with the channel; <see cref="Transport"/> makes the usual one.</param>
    /// <param name="time">Clock for the time limit.</param>
    public WebhookChannel(WebhookOptions options, HttpMessageHandler handler, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        (url, Policy, this.time) = (options.Url, options.Policy, time);
        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("PondSentinel", "1"));

        // The path or query of a webhook is often its secret, so neither log nor database sees it.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url.AbsoluteUri)).AsSpan(0, 4));
        Name = $"webhook {url.Authority} {hash}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ChannelPolicy Policy { get; }

    /// <summary>The usual transport: follows no redirect, since that would hand the notice to a place nobody configured.
    /// </summary>
    public static HttpMessageHandler Transport() => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = AnswerWithin,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // So that a changed DNS entry is noticed.
    };

    /// <inheritdoc/>
    public async Task<DeliveryResult> DeliverAsync(AlertMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        var refused = DeliveryResult.Delivered;
        foreach (var notice in message.Notices)
        {
            var result = await DeliverAsync(notice, cancellationToken);
            if (result.Standing == DeliveryStanding.Waiting)
            {
                return result;
            }

            refused = result.Standing == DeliveryStanding.Refused ? result : refused;
        }

        return refused;
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task<DeliveryResult> DeliverAsync(AlertNotice notice, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AnswerWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await PostAsync(notice.ToJson(), either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return DeliveryResult.NotNow(string.Create(CultureInfo.InvariantCulture, $"no answer within {AnswerWithin.TotalSeconds} s"));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            return DeliveryResult.NotNow(e.Message);
        }
    }

    private async Task<DeliveryResult> PostAsync(string body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };

        // Only the status counts; a body of any size is left unread.
        using var response =
            await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var reason = string.Create(CultureInfo.InvariantCulture, $"HTTP status {(int)response.StatusCode}");
        return response switch
        {
            { IsSuccessStatusCode: true } => DeliveryResult.Delivered,
            {
                StatusCode: HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge
                    or HttpStatusCode.UnprocessableEntity
            } => DeliveryResult.Refused(reason),
            _ => DeliveryResult.NotNow(reason, RetryAfter(response.Headers.RetryAfter)),
        };
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header) => header?.Delta ?? (header?.Date - time.GetUtcNow());
}
