namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>One webhook.</summary>
public sealed record WebhookOptions
{
    /// <summary>Where to post: http or https. Path and query may be its secret.</summary>
    public required Uri Url { get; init; }

    /// <summary>Of what it is to tell, and how often.</summary>
    public ChannelPolicy Policy { get; init; } = ChannelPolicy.ForMachines;
}
