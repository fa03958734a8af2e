namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>Posts messages as JSON to a web address. README.md of this folder describes the bodies for receivers.</summary>
public sealed class WebhookChannel : INotificationChannel, IDisposable
{
    private const string WholeMessage = "";

    // draft-ietf-httpapi-idempotency-key-header: a string in quotes.
    private const string IdempotencyHeader = "Idempotency-Key";

    private readonly WebhookOptions options;
    private readonly TimeProvider time;
    private readonly JsonPost post;
    private readonly TakenParts takenParts = new(StringComparer.Ordinal);

    /// <summary>Makes a channel.</summary>
    /// <param name="options">Where to post, and of what.</param>
    /// <param name="handler">The transport, disposed with the channel; <see cref="Transport"/> makes the usual one.</param>
    /// <param name="time">Clock for the time limit.</param>
    public WebhookChannel(WebhookOptions options, HttpMessageHandler handler, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        (this.options, this.time, post) = (options, time, new JsonPost(handler, time, options.AnswerWithin));

        // The path or query of a webhook is often its secret, so neither log nor database sees it.
        FormerName = $"webhook {options.Url.Authority} {ChannelNames.Digits(options.Url.AbsoluteUri + options.Topic)}";
    }

    /// <inheritdoc/>
    public string Name => options.Policy.Name;

    /// <inheritdoc/>
    public string? FormerName { get; }

    /// <inheritdoc/>
    public ChannelPolicy Policy => options.Policy;

    /// <summary>The usual transport.</summary>
    public static HttpMessageHandler Transport() => JsonPost.Transport();

    /// <inheritdoc/>
    public async Task<DeliveryResult> DeliverAsync(AlertMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Notices.Count > 1 && !options.Form.Holds(message))
        {
            // What nobody was sent counts as no message; its notices go in smaller ones.
            return DeliveryResult.Refused("its notices have no room in one message of this template");
        }

        DeliveryResult? refusal = null;
        List<string> refused = [];
        var taken = takenParts.Of(message.Id);
        foreach (var (body, notice, key) in options.Form.BodiesOf(message).Where(call => !taken.Contains(call.Notice ?? WholeMessage)))
        {
            List<(string, string)> headers = [(IdempotencyHeader, $"\"{key}\"")];
            if (options.Secret is { } secret)
            {
                headers.Add((WebhookSignature.Header, WebhookSignature.Of(secret, time.GetUtcNow(), body)));
            }

            var result = await post.SendAsync(options.Url, body, headers, options.Form.Answer, cancellationToken);
            switch (result.Standing)
            {
                case DeliveryStanding.Waiting:
                    return result with
                    {
                        IsOneStuck = taken.Count > 0,
                        TakenNotices = [.. taken.Where(part => part != WholeMessage)],
                        IsDroppedTold = taken.Contains(WholeMessage) && message.Dropped > 0,
                    };
                case DeliveryStanding.Refused:
                    refusal ??= result;
                    refused.AddRange(notice is null ? [] : [notice]);
                    break;
                default:
                    taken.Add(notice ?? WholeMessage);
                    break;
            }
        }

        return refusal is null ? DeliveryResult.Delivered
            : taken.Count == 0 && refused.Count <= 1 ? refusal
            : refusal with { Standing = DeliveryStanding.Delivered, RefusedNotices = refused };
    }

    /// <inheritdoc/>
    public void Dispose() => post.Dispose();
}
