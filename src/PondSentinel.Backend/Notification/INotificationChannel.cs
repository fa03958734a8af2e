namespace PondSentinel.Backend.Notification;

/// <summary>A way to reach people.</summary>
public interface INotificationChannel
{
    /// <summary>Its name in the outbox: stays the same over restarts, and tells no secret.</summary>
    string Name { get; }

    /// <summary>Delivers one notice; tries again for as long as that makes sense, which may be for ever.</summary>
    /// <param name="notice">The notice.</param>
    /// <param name="cancellationToken">Stops trying; the notice goes on waiting.</param>
    /// <returns><see cref="DeliveryStanding.Delivered"/>, or <see cref="DeliveryStanding.Refused"/> where this notice will
    /// never be taken.</returns>
    Task<DeliveryStanding> DeliverAsync(WaitingNotice notice, CancellationToken cancellationToken);
}
