using System.Globalization;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Sends over one link, no more at a time than the broker takes, and holds every answer against the clock: where
/// one is late, the link counts as dead.</summary>
/// <remarks>Thread-safe. MQTTnet itself neither limits what is in flight nor notices a dead link while it publishes.
/// </remarks>
internal sealed class Courier : IDisposable
{
    /// <summary>Most bytes of a packet beside the payload: topic, properties, header.</summary>
    public const int PacketOverheadMax = 256;

    // One of each lane and a message of control are all that is ever in flight.
    private const int InFlightMax = 4;

    private readonly IMqttLink link;
    private readonly UplinkTally tally;
    private readonly TimeSpan ackDeadline;
    private readonly TimeProvider time;
    private readonly SendSlots slots;
    private readonly CancellationTokenSource lost = new();
    private readonly CancellationTokenSource underway = new();
    private readonly TaskCompletionSource<LinkEnd> why = new();
    private long lastAnswer;
    private bool given;

    /// <summary>Begins to send over a link.</summary>
    /// <param name="link">The link; not disposed.</param>
    /// <param name="tally">Counts what is sent.</param>
    /// <param name="ackDeadline">Longest time for an answer.</param>
    /// <param name="time">The clock; its timers are monotonic.</param>
    public Courier(IMqttLink link, UplinkTally tally, TimeSpan ackDeadline, TimeProvider time)
    {
        this.link = link;
        this.tally = tally;
        this.ackDeadline = ackDeadline;
        this.time = time;
        slots = new SendSlots(Math.Min(link.Terms.InFlightMax, InFlightMax));
        lastAnswer = time.GetTimestamp();
    }

    /// <summary>Completes, with why in one line, when the link is gone or counts as dead.</summary>
    public Task<LinkEnd> Lost => why.Task;

    /// <summary>Cancelled just before.</summary>
    public CancellationToken LostToken => lost.Token;

    /// <summary>Time since the broker last said anything to something sent.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Interlocked.Read(ref lastAnswer));

    /// <summary>Waits for the link to end by itself.</summary>
    public async Task WatchAsync()
    {
        try
        {
            var end = await link.Ended;
            Give(end.Why, end.Kind);
        }
        catch
        {
            Give("the uplink failed");
            throw;
        }
    }

    /// <summary>Publishes.</summary>
    /// <param name="message">The message.</param>
    /// <param name="priority">How important it is.</param>
    /// <param name="cancellationToken">Stops waiting for a turn. Once the message is on its way only its answer, the deadline
    /// or the end of the link end it: half a message would break the stream.</param>
    /// <param name="leaving">Called when its turn has come, before the first byte is sent; where it is never called, nothing
    /// was.</param>
    /// <exception cref="OperationCanceledException">Stopped before it was sent.</exception>
    public async Task<SendAnswer> PublishAsync(
        OutgoingMessage message, SendPriority priority, CancellationToken cancellationToken, Action? leaving = null)
    {
        if (message.Payload.Length > link.Terms.PacketBytesMax - PacketOverheadMax)
        {
            return new SendAnswer(SendOutcome.Refused, string.Create(
                CultureInfo.InvariantCulture,
                $"{message.Payload.Length} bytes, and the broker takes packets of {link.Terms.PacketBytesMax} at most; raise its limit, 512 KiB is always enough"));
        }

        await slots.EnterAsync(priority, cancellationToken);
        try
        {
            leaving?.Invoke();
            var answer = await InTimeAsync(token => link.PublishAsync(message, token));
            if (answer.Outcome is SendOutcome.Taken or SendOutcome.Unheard)
            {
                tally.CountBytes(message.Payload.Length);
            }

            return answer;
        }
        finally
        {
            slots.Leave();
        }
    }

    /// <summary>Subscribes.</summary>
    /// <param name="filters">Topic filters.</param>
    public Task<SendAnswer> SubscribeAsync(IReadOnlyList<string> filters) =>
        InTimeAsync(token => link.SubscribeAsync(filters, token));

    /// <summary>Asks for a sign of life.</summary>
    public Task<SendAnswer> PingAsync() => InTimeAsync(link.PingAsync);

    /// <summary>Gives the link up.</summary>
    /// <param name="reason">Why, in one line.</param>
    /// <param name="kind">What the next try has to heed.</param>
    public void Give(string reason, LinkEndKind kind = LinkEndKind.Broken)
    {
        if (Interlocked.Exchange(ref given, true))
        {
            return;
        }

        // First nothing new begins, then ends what is on its way. The other way round a lane whose message ended would send
        // the next at once, in vain and for ever, where it goes on inside of the call that ended it.
        lost.Cancel();
        why.SetResult(new LinkEnd(reason, kind));
        underway.Cancel();
    }

    /// <summary>Frees what the clock holds. To be called when nothing is sent any more and the link has been given up.
    /// </summary>
    public void Dispose()
    {
        lost.Dispose();
        underway.Dispose();
    }

    private async Task<SendAnswer> InTimeAsync(Func<CancellationToken, Task<SendAnswer>> ask)
    {
        using var deadline = new CancellationTokenSource(ackDeadline, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, underway.Token);
        var asked = time.GetTimestamp();
        var answer = await ask(end.Token);
        if (answer.Outcome != SendOutcome.Lost)
        {
            Interlocked.Exchange(ref lastAnswer, time.GetTimestamp());
            return answer with { Took = time.GetElapsedTime(asked) };
        }

        Give(
            deadline.IsCancellationRequested
                ? string.Create(CultureInfo.InvariantCulture, $"no answer of the broker in {ackDeadline.TotalSeconds:0.#} s")
                : answer.Why ?? "the connection is gone",
            answer.End);
        return answer;
    }
}
