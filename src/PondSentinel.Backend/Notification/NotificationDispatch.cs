using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace PondSentinel.Backend.Notification;

/// <summary>Brings notices from the outbox to the channels: one loop each, so that a dead one holds up no other, in the
/// order in which they were made.</summary>
/// <param name="outbox">The outbox.</param>
/// <param name="channels">The channels.</param>
/// <param name="time">Clock for waiting.</param>
/// <param name="logger">Where deliveries are told.</param>
public sealed class NotificationDispatch(
    NotificationOutbox outbox,
    IReadOnlyList<INotificationChannel> channels,
    TimeProvider time,
    ILogger<NotificationDispatch> logger)
{
    private static readonly TimeSpan DatabaseRest = TimeSpan.FromSeconds(5);

    /// <summary>Delivers until cancelled.</summary>
    /// <param name="cancellationToken">Ends it; what was not delivered waits for the next start.</param>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(channels.Select(channel => RunAsync(channel, cancellationToken)));

    private async Task RunAsync(INotificationChannel channel, CancellationToken cancellationToken)
    {
        // One token is enough: it says "look again", not how many there are.
        var bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Ring() => bell.Writer.TryWrite(true);
        outbox.Woken += Ring;
        try
        {
            while (true)
            {
                while (await DeliverNextAsync(channel, cancellationToken))
                {
                }

                await bell.Reader.ReadAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        finally
        {
            outbox.Woken -= Ring;
        }
    }

    private async Task<bool> DeliverNextAsync(INotificationChannel channel, CancellationToken cancellationToken)
    {
        try
        {
            if (outbox.Next(channel.Name) is not { } notice)
            {
                return false;
            }

            var standing = await channel.DeliverAsync(notice, cancellationToken);
            outbox.Settle(channel.Name, notice.Number, standing);
            logger.LogInformation("Notice {Id} {Standing} by {Channel}.", notice.Id, Word(standing), channel.Name);
        }
        catch (SqliteException e)
        {
            // A full disk or a locked database passes; the notice is still in the outbox.
            logger.LogWarning(
                "The outbox cannot be read or written now ({Reason}); again in {Rest}.", e.Message, DatabaseRest);
            await Task.Delay(DatabaseRest, time, cancellationToken);
        }

        return true;
    }

    private static string Word(DeliveryStanding standing) =>
        standing == DeliveryStanding.Delivered ? "taken" : "refused for good";
}
