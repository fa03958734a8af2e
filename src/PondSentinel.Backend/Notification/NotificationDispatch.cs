using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;

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
        var trouble = new ChannelTrouble(channel.Name, logger);
        void Ring() => bell.Writer.TryWrite(true);
        outbox.Woken += Ring;
        try
        {
            while (true)
            {
                while (await DeliverNextAsync(channel, trouble, cancellationToken))
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

    private async Task<bool> DeliverNextAsync(
        INotificationChannel channel, ChannelTrouble trouble, CancellationToken cancellationToken)
    {
        try
        {
            if (outbox.Next(channel.Name) is not { } waiting)
            {
                return false;
            }

            var notice = AlertNotice.FromJson(waiting.Body);
            var message = new AlertMessage
            {
                Id = notice.Id,
                Kind = MessageKind.Alert,
                Site = notice.Site,
                Notices = [notice],
                MadeAt = time.GetUtcNow(),
            };
            var result = await DeliverAsync(channel, message, trouble, cancellationToken);
            outbox.Settle(channel.Name, waiting.Number, result.Standing);
            if (result.Standing == DeliveryStanding.Refused)
            {
                logger.LogError("{Channel} refuses notice {Id}: {Reason}", channel.Name, notice.Id, result.Reason);
            }
            else
            {
                logger.LogInformation("Notice {Id} taken by {Channel}.", notice.Id, channel.Name);
            }
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

    private async Task<DeliveryResult> DeliverAsync(
        INotificationChannel channel, AlertMessage message, ChannelTrouble trouble, CancellationToken cancellationToken)
    {
        for (var attempts = 1; ; attempts++)
        {
            var result = await channel.DeliverAsync(message, cancellationToken);
            var isWaiting = result.Standing == DeliveryStanding.Waiting;
            trouble.Note(isWaiting ? result.Reason ?? "no reason given" : null);
            if (!isWaiting)
            {
                return result;
            }

            await Task.Delay(DeliveryPace.After(attempts, result.RetryAfter), time, cancellationToken);
        }
    }
}
