namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>One webhook.</summary>
public sealed record WebhookOptions
{
    /// <summary>Where to post: http or https. Path and query may be its secret.</summary>
    public required Uri Url { get; init; }

    /// <summary>Of what it is to tell, and how often.</summary>
    public ChannelPolicy Policy { get; init; } = ChannelPolicy.ForMachines;

    /// <summary>How long an answer is waited for: 1 s to 1 min.</summary>
    public TimeSpan AnswerWithin { get; init; } = JsonPost.UsualWait;

    /// <summary>Signs every call; null for none.</summary>
    public string? Secret { get; init; }

    /// <summary>Which of the receiver's topics it is for, where the form has one.</summary>
    public string? Topic { get; init; }

    /// <summary>The form of a message.</summary>
    internal IWebhookForm Form { get; init; } = new NoticeForm();
}
