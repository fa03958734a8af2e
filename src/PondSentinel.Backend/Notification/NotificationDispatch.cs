using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification;

/// <summary>Brings what is planned to the channels: one loop each, so that a dead one holds up no other.</summary>
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

    // Who waits for the state database asks again within this time.
    private static readonly TimeSpan TurnOfOthers = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan DeskEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>Raised after something that may be to tell has changed.</summary>
    private event Action? Rung;

    /// <summary>Delivers until cancelled.</summary>
    /// <param name="cancellationToken">Ends it; what was not delivered waits for the next start.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        void Ring() => Rung?.Invoke();
        outbox.Woken += Ring;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> loops = [WatchDeskAsync(stop.Token), .. channels.Select(channel => RunAsync(channel, stop.Token))];
        try
        {
            // None of them ends before it is told to; where one fails, that is a bug and ends all: else its channel would be dead unseen.
            await await Task.WhenAny(loops);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(loops);
            outbox.Woken -= Ring;
        }
    }

    // People act through the database, from another process: all that they do is a line of the history.
    private async Task WatchDeskAsync(CancellationToken cancellationToken)
    {
        long? known = null;
        using var database = new KeptConnection(outbox);
        try
        {
            using var timer = new PeriodicTimer(DeskEvery, time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                try
                {
                    using var transaction = database.Open().BeginTransaction(deferred: true);
                    var newest = transaction.Query(
                        "SELECT coalesce(max(number), 0) FROM alarm_history", reader => reader.GetInt64(0))[0];
                    if (newest != known)
                    {
                        known = newest;
                        Rung?.Invoke();
                    }
                }
                catch (Exception e) when (!cancellationToken.IsCancellationRequested)
                {
                    // The loops of the channels look into the same database, and tell of it aloud.
                    logger.LogDebug(e, "What people did cannot be read now.");
                    database.Close();
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private async Task RunAsync(INotificationChannel channel, CancellationToken cancellationToken)
    {
        // One token is enough: it says "look again", not how many there are.
        var bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Ring() => bell.Writer.TryWrite(true);
        Rung += Ring;
        using var database = new KeptConnection(outbox);
        try
        {
            var trouble = new ChannelTrouble(channel.Name, logger);
            TriedMessage? done = null;
            while (true)
            {
                var step = await StepAsync(database, channel, done, trouble, cancellationToken);
                done = null;
                if (step.Message is { } kept)
                {
                    var result = await DeliverAsync(channel, kept.Message, cancellationToken);
                    done = new TriedMessage(kept, result, DeliveryPace.After(kept.Attempts + 1, result.RetryAfter));
                    Log(channel, done, trouble);
                }
                else if (step.GoesOn)
                {
                    await Task.Delay(TurnOfOthers, time, cancellationToken);
                }
                else if (step.IsResting)
                {
                    await RestAsync(step.LookAgainAt!.Value, cancellationToken);
                }
                else
                {
                    await WaitAsync(bell.Reader, step.LookAgainAt, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        finally
        {
            Rung -= Ring;
        }
    }

    private async Task<DeliveryResult> DeliverAsync(
        INotificationChannel channel, AlertMessage message, CancellationToken cancellationToken)
    {
        try
        {
            return await channel.DeliverAsync(message, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // A mistake of the channel's own. An alarm may still get through at the next attempt, and the other channels go on.
            logger.LogError(e, "{Channel} fails at message {Id} in a way that nobody foresaw.", channel.Name, message.Id);
            return DeliveryResult.Unknown($"{e.GetType().Name}: {e.Message}");
        }
    }

    private async Task<PlannedStep> StepAsync(
        KeptConnection database, INotificationChannel channel, TriedMessage? done, ChannelTrouble trouble, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                var step = PlannedStep.Take(database.Open(), channel, ref done, time.GetUtcNow());
                trouble.NotePlanning(null);
                Log(channel, step.Found);
                return step;
            }
            catch (Exception e) when (e is SqliteException or IOException)
            {
                // A full disk or a locked database passes; the notice is still in the outbox.
                database.Close();
                logger.LogWarning(
                    "The outbox cannot be read or written now ({Reason}); again in {Rest}.", e.Message, DatabaseRest);
                await Task.Delay(DatabaseRest, time, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // A mistake of this program. It must neither end the backend nor let the channel fall silent unseen: the heartbeat stops too,
                // as something waits for long.
                database.Close();
                trouble.NotePlanning(e);
                await Task.Delay(DeliveryPace.After(failures, null), time, cancellationToken);
            }
        }
    }

    private void Log(INotificationChannel channel, IReadOnlyList<Unreadable> found)
    {
        foreach (var (id, cause) in found)
        {
            if (cause is { } why)
            {
                logger.LogError(
                    "{Channel}: notice {Id} cannot be read ({Cause}). It is set aside, and the channel is told of which alarm it is. Go back to the later version of pond-backend, if there was one.",
                    channel.Name, id, why == UnreadableCause.Form ? "a later version has written it" : "it is damaged");
            }
            else
            {
                logger.LogError(
                    "{Channel}: message {Id} is kept in a form that this version cannot read. It is dropped, and its notices are told anew.",
                    channel.Name, id);
            }
        }
    }

    private Task RestAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        // By a clock that is set back meanwhile it would be for longer than anybody wanted.
        var rest = until - time.GetUtcNow();
        return Task.Delay(rest < TimeSpan.Zero ? TimeSpan.Zero : rest < DeliveryPace.Longest ? rest : DeliveryPace.Longest, time, cancellationToken);
    }

    private async Task WaitAsync(ChannelReader<bool> bell, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        var wait = until - time.GetUtcNow() ?? LongestWait;
        if (wait <= TimeSpan.Zero)
        {
            return;
        }

        using var limit = new CancellationTokenSource(wait < LongestWait ? wait : LongestWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await bell.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }

    private void Log(INotificationChannel channel, TriedMessage tried, ChannelTrouble trouble)
    {
        var (kept, result) = (tried.Kept, tried.Result);
        var isWaiting = result.Standing == DeliveryStanding.Waiting;
        if (!isWaiting || result.IsAway || !kept.IsAside)
        {
            trouble.Note(isWaiting ? result.Reason ?? "no reason given" : null);
        }

        if (tried.IsHalved)
        {
            logger.LogWarning(
                "{Channel} does not take message {Id} of {Count} notices: {Reason}. They go in smaller ones.",
                channel.Name, kept.Message.Id, kept.Message.Notices.Count, result.Reason);
        }
        else if (tried.IsSetAside)
        {
            logger.LogWarning(
                "{Channel} has not taken message {Id} in {Attempts} attempts: {Reason}. It is tried again, and others go before it{Notices}",
                channel.Name, kept.Message.Id, kept.Attempts + 1, result.Reason, Listed(kept.Message.Notices.Select(notice => notice.Id)));
        }
        else if (result.Standing == DeliveryStanding.Refused || result.RefusedNotices.Count > 0)
        {
            logger.LogError(
                "{Channel} refuses message {Id}: {Reason}{Notices}",
                channel.Name, kept.Message.Id, result.Reason,
                Listed(result.RefusedNotices.Count > 0 ? result.RefusedNotices : kept.Message.Notices.Select(notice => notice.Id)));
        }
        else if (!isWaiting)
        {
            logger.LogInformation(
                "{Kind} {Id} of {Count} notices taken by {Channel}.",
                kept.Message.Kind, kept.Message.Id, kept.Message.Notices.Count, channel.Name);
        }
    }

    // A test has none.
    private static string Listed(IEnumerable<string> notices) => string.Join(", ", notices) is { Length: > 0 } list ? $" [{list}]" : "";

    // Kept open, with its statements compiled, until the database fails it.
    private sealed class KeptConnection(NotificationOutbox outbox) : IDisposable
    {
        private SqliteConnection? connection;

        public SqliteConnection Open() => connection ??= outbox.Connect();

        public void Close()
        {
            connection?.Dispose();
            connection = null;
        }

        public void Dispose() => Close();
    }
}
