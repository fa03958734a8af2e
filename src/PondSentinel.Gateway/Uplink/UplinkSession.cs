using System.Globalization;
using Microsoft.Extensions.Logging;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>What is done over one link, from the first word to the last.</summary>
internal sealed class UplinkSession : IDisposable
{
    /// <summary>How long a wanted stop may take over the link: 1 s.</summary>
    public static readonly TimeSpan GoodbyeMax = TimeSpan.FromSeconds(1);

    // Below it no batch of one record with its losses is sure to fit.
    private const int PacketBytesMin = 4 * 1024;

    private static readonly TimeSpan AskTimeInterval = TimeSpan.FromMinutes(1);

    // A backend that was set back is told at once, and not more often while it does not listen.
    private static readonly TimeSpan TellAgain = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan ResendLookInterval = TimeSpan.FromSeconds(1);

    // Before MQTTnet would: its own looks at what was sent and at the wall clock, which somebody may set.
    private const double PingAfterShare = 0.75;

    private readonly UplinkRoom room;
    private readonly IMqttLink link;
    private readonly Lanes lanes;
    private readonly Inbox inbox;
    private readonly SentBooks books;
    private readonly Courier courier;
    private readonly StatedLink stated;

    /// <summary>Begins with a link that has just been opened.</summary>
    /// <param name="room">What surrounds the uplink.</param>
    /// <param name="link">The link; disposed at the end of <see cref="RunAsync"/>.</param>
    /// <param name="lanes">What is sent.</param>
    /// <param name="inbox">Where questions for the time are noted.</param>
    /// <param name="books">What was sent.</param>
    /// <param name="tally">What is counted.</param>
    public UplinkSession(
        UplinkRoom room, IMqttLink link, Lanes lanes, Inbox inbox, SentBooks books, UplinkTally tally)
    {
        this.room = room;
        this.link = link;
        this.lanes = lanes;
        this.inbox = inbox;
        this.books = books;
        courier = new Courier(link, tally, room.Options.AckDeadline, room.Time);
        stated = new StatedLink(room, courier, link.Terms);
    }

    /// <summary>Works until the link is gone or the gateway stops.</summary>
    /// <param name="isFirst">Whether it is the first link of this process, which knows nothing of what the one before had on
    /// its way.</param>
    /// <param name="stop">Tells it to stop; it then says goodbye and ends without an exception.</param>
    /// <returns>Why it ended.</returns>
    public async Task<LinkEnd> RunAsync(bool isFirst, CancellationToken stop)
    {
        var watching = courier.WatchAsync();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, courier.LostToken);
        var stopped = new TaskCompletionSource();
        await using var told = stop.UnsafeRegister(
            static source => ((TaskCompletionSource)source!).TrySetResult(), stopped);
        var working = WorkAsync(isFirst, end.Token);
        await Task.WhenAny(working, courier.Lost, stopped.Task);
        if (stop.IsCancellationRequested && !courier.Lost.IsCompleted)
        {
            await SayGoodbyeAsync(working);
        }

        courier.Give("stopped");
        await link.DisposeAsync();
        await Task.WhenAll(working, watching);
        books.NoteLinkLost();
        return await courier.Lost;
    }

    /// <inheritdoc/>
    public void Dispose() => courier.Dispose();

    private async Task WorkAsync(bool isFirst, CancellationToken cancellationToken)
    {
        // The greeting is three messages.
        room.Loop?.Turn(3 * room.Options.AckDeadline);

        // At once, so that it is not forgotten where the link is gone again before anything was said over it.
        SendAgainWhatMayBeLost(isFirst);
        lanes.StartLive();
        await UntilEndAsync(GreetAsync, cancellationToken);
        if (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        await Task.WhenAll(
            UntilEndAsync(token => lanes.SendEventsAsync(stated, token), cancellationToken),
            UntilEndAsync(token => lanes.SendLiveAsync(stated, token), cancellationToken),
            UntilEndAsync(token => lanes.SendBacklogAsync(stated, token), cancellationToken),
            UntilEndAsync(AskTimeAsync, cancellationToken),
            UntilEndAsync(SendHealthAsync, cancellationToken),
            UntilEndAsync(SendAgainAsync, cancellationToken),
            UntilEndAsync(PingAsync, cancellationToken));
    }

    // None of them ends before it is told to, but for those that have one thing to do; where one fails, that is a bug, and
    // it takes the link with it rather than half of the work.
    private async Task UntilEndAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The link is gone, or the gateway stops.
        }
        catch
        {
            courier.Give("the uplink failed");
            throw;
        }
    }

    private async Task GreetAsync(CancellationToken cancellationToken)
    {
        if (link.Terms.PacketBytesMax < PacketBytesMin)
        {
            courier.Give(string.Create(
                CultureInfo.InvariantCulture,
                $"the broker takes packets of {link.Terms.PacketBytesMax} bytes at most; raise its limit to {PacketBytesMin} or more, best 64 KiB"));
            return;
        }

        // Before the state, to which the backend answers with receipts. The site of a receipt is that of its records.
        string[] filters =
        [
            new Topic("+", room.Gateway, TopicKind.Ack).ToString(), new Topic("+", room.Gateway, TopicKind.Replay).ToString(),
        ];
        var subscribed = await courier.SubscribeAsync(filters);
        if (subscribed.Outcome == SendOutcome.Refused)
        {
            courier.Give($"the broker refuses the subscription to {subscribed.Why}; check its access list for this gateway");
            return;
        }

        await Task.WhenAll(stated.StateAsync(cancellationToken, anyway: true), stated.MetaAsync(cancellationToken));
    }

    private void SendAgainWhatMayBeLost(bool isFirst)
    {
        var count = 0L;
        if (isFirst)
        {
            count = room.Buffer.Inventory.Sum(
                held => room.Buffer.Requeue(held.Epoch, new SequenceRange(held.FirstHeld, held.Last)));
            room.Buffer.RequeueEvents();
        }
        else if (!link.Terms.SessionPresent)
        {
            books.NoteSessionLost();
            count = books.RequeueDue(room.Buffer);
        }

        if (count > 0)
        {
            room.Log.LogInformation(
                "uplink: {Count} records were sent and not settled {When}; sending them again",
                count,
                isFirst ? "before this start" : "when the broker lost the session");
        }
    }

    // At once, and again while nobody vouches for the clock: until somebody does, records wait in the buffer, and the backend
    // may have been away or without the time itself when it was asked. Later anew, because what it said grows stale, and
    // whoever vouches for the clock may stop.
    private async Task AskTimeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await courier.PublishAsync(
                new OutgoingMessage(room.TopicOf(TopicKind.Time), TimeCodec.Encode(inbox.AskTime())),
                SendPriority.Control,
                cancellationToken);
            var asked = room.Time.GetTimestamp();
            do
            {
                await Task.Delay(AskTimeInterval, room.Time, cancellationToken);
            }
            while (room.Clock.IsVouchedFor && room.Time.GetElapsedTime(asked) < room.Thrift.TimeKeeps);
        }
    }

    private async Task SendHealthAsync(CancellationToken cancellationToken)
    {
        string? refused = null;
        while (true)
        {
            var health = await room.NextHealthAsync(cancellationToken);
            var answer = await courier.PublishAsync(
                new OutgoingMessage(room.TopicOf(TopicKind.Health), room.Dictionary.Packed(HealthCodec.Encode(health))),
                SendPriority.Control,
                cancellationToken);
            if (answer.Outcome == SendOutcome.Refused && answer.Why != refused)
            {
                refused = answer.Why;
                room.Log.LogWarning("uplink: {Topic}: {Why}", room.TopicOf(TopicKind.Health), refused);
            }
        }
    }

    private async Task SendAgainAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ResendLookInterval, room.Time);
        var asked = room.Time.GetTimestamp();
        long? told = null;
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            // Two messages at most.
            room.Loop?.Turn(ResendLookInterval + (2 * room.Options.AckDeadline));
            lanes.ReleaseAside();
            if (books.RequeueDue(room.Buffer) is > 0 and var count)
            {
                room.Log.LogWarning("uplink: {Count} records were sent and never settled; sending them again", count);
            }

            if ((told is not { } at || room.Time.GetElapsedTime(at) >= TellAgain) && inbox.TakeContradiction())
            {
                told = room.Time.GetTimestamp();
                await stated.StateAsync(cancellationToken, anyway: true);
            }

            // A backend that misses the end of the stream does not know that it does: the state makes it say what it has.
            if (books.WantAnswer && room.Time.GetElapsedTime(asked) >= room.Thrift.AskAgain)
            {
                asked = room.Time.GetTimestamp();
                await stated.StateAsync(cancellationToken, anyway: true);
            }
        }
    }

    private async Task PingAsync(CancellationToken cancellationToken)
    {
        var (own, wanted) = (room.Options.KeepAlive, link.Terms.KeepAlive);
        var after = PingAfterShare * (wanted < own ? wanted.Value : own);
        while (true)
        {
            var left = after - courier.Silence;
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, room.Time, cancellationToken);
            }
            else
            {
                await courier.PingAsync();
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task SayGoodbyeAsync(Task working)
    {
        using var budget = new CancellationTokenSource(GoodbyeMax, room.Time);
        try
        {
            // What is on its way may arrive: half a message would spoil the goodbye.
            await working.WaitAsync(budget.Token);
            await stated.StateOffAsync(budget.Token).WaitAsync(budget.Token);
            await link.CloseAsync(budget.Token).WaitAsync(budget.Token);
        }
        catch (OperationCanceledException) when (budget.IsCancellationRequested)
        {
            // The broker publishes the will instead.
        }
    }
}
