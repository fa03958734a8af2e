namespace PondSentinel.Backend.Notification;

/// <summary>A channel that has something to do between messages.</summary>
public interface IBackgroundChannel
{
    /// <summary>Does it until cancelled.</summary>
    /// <param name="cancellationToken">Ends it without an exception.</param>
    Task RunAsync(CancellationToken cancellationToken);
}
