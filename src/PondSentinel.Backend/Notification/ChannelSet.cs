using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Notification.Webhook;

namespace PondSentinel.Backend.Notification;

/// <summary>The channels of a configuration, made and disposed together.</summary>
internal sealed class ChannelSet : IDisposable
{
    /// <summary>Makes them.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="time">Clock for time limits.</param>
    public ChannelSet(BackendConfiguration configuration, TimeProvider time) => All =
    [
        .. configuration.Webhooks.Select(webhook => new WebhookChannel(webhook, WebhookChannel.Transport(), time)),
    ];

    /// <summary>All of them, in the order of the configuration.</summary>
    public IReadOnlyList<INotificationChannel> All { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var channel in All.OfType<IDisposable>())
        {
            channel.Dispose();
        }
    }
}
