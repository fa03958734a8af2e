using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>Posts notices as JSON to a web address. README.md of this folder describes the body for receivers.</summary>
/// <remarks>
/// <para>Any 2xx answer means taken. 400, 413 and 422 speak of this very notice: it is refused for good, so that it
/// cannot hold up the ones behind it. Everything else (no connection, no answer within 10 s, 5xx, 429, a wrong path or
/// key, a redirect) may be mended and is tried again until it is: from 1 s growing to 5 min, or when the receiver says,
/// up to an hour.</para>
/// <para>Trouble is logged when it begins and when it ends, not at every attempt.</para>
/// </remarks>
public sealed class WebhookChannel : INotificationChannel, IDisposable
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DelayFirst = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DelayMax = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromHours(1);

    private readonly Uri url;
    private readonly TimeProvider time;
    private readonly ILogger<WebhookChannel> logger;
    private readonly HttpClient client;
    private readonly ResiliencePipeline<Answer> pipeline;
    private string? trouble;

    /// <summary>Makes a channel.</summary>
    /// <param name="url">Where to post.</param>
    /// <param name="handler">The transport, disposed with the channel; <see cref="Transport"/> makes the usual one.</param>
    /// <param name="time">Clock for time limits and back-off.</param>
    /// <param name="logger">Where trouble is told.</param>
    public WebhookChannel(Uri url, HttpMessageHandler handler, TimeProvider time, ILogger<WebhookChannel> logger)
    {
        (this.url, this.time, this.logger) = (url, time, logger);
        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("PondSentinel", "1"));
        pipeline = new ResiliencePipelineBuilder<Answer> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<Answer>
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                Delay = DelayFirst,
                MaxDelay = DelayMax,
                UseJitter = true,
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is HttpRequestException or IOException or SocketException or TimeoutRejectedException
                    || arguments.Outcome.Result is { Standing: DeliveryStanding.Waiting }),
                DelayGenerator = arguments => ValueTask.FromResult(arguments.Outcome.Result?.RetryAfter),
                OnRetry = arguments =>
                {
                    Note(Reason(arguments.Outcome));
                    return ValueTask.CompletedTask;
                },
            })
            .AddTimeout(new TimeoutStrategyOptions { Timeout = AnswerWithin })
            .Build();
        // The path or query of a webhook is often its secret, so neither log nor database sees it.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url.AbsoluteUri)).AsSpan(0, 4));
        Name = $"webhook {url.Authority} {hash}";
    }

    /// <inheritdoc/>
    public string Name { get; }

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
    public async Task<DeliveryStanding> DeliverAsync(WaitingNotice notice, CancellationToken cancellationToken)
    {
        var answer = await pipeline.ExecuteAsync(
            async (body, cancelled) => await PostAsync(body, cancelled), notice.Body, cancellationToken);
        if (answer.Standing == DeliveryStanding.Refused)
        {
            logger.LogError("{Channel} refuses notice {Id}: {Reason}", Name, notice.Id, answer.Reason);
        }

        Note(null);
        return answer.Standing;
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static string Reason(Outcome<Answer> outcome) => outcome.Exception switch
    {
        TimeoutRejectedException => string.Create(CultureInfo.InvariantCulture, $"no answer within {AnswerWithin.TotalSeconds} s"),
        { } e => e.Message,
        null => outcome.Result?.Reason ?? "",
    };

    private async Task<Answer> PostAsync(string body, CancellationToken cancellationToken)
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
            { IsSuccessStatusCode: true } => new Answer(DeliveryStanding.Delivered, reason, null),
            {
                StatusCode: HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge
                    or HttpStatusCode.UnprocessableEntity
            } => new Answer(DeliveryStanding.Refused, reason, null),
            _ => new Answer(DeliveryStanding.Waiting, reason, RetryAfter(response.Headers.RetryAfter)),
        };
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var wait = header?.Delta ?? (header?.Date - time.GetUtcNow());
        return wait is not { } asked ? null
            : asked < DelayFirst ? DelayFirst
            : asked > RetryAfterMax ? RetryAfterMax
            : asked;
    }

    private void Note(string? reason)
    {
        if (reason is not null && trouble is null)
        {
            logger.LogWarning("{Channel} takes no notices: {Reason}. They wait and are tried again until it does.", Name, reason);
        }
        else if (reason is null && trouble is not null)
        {
            logger.LogInformation("{Channel} takes notices again (it was: {Reason}).", Name, trouble);
        }

        trouble = reason;
    }

    private sealed record Answer(DeliveryStanding Standing, string Reason, TimeSpan? RetryAfter);
}
