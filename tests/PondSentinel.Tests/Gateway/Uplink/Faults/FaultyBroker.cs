using PondSentinel.Gateway.Uplink;

namespace PondSentinel.Tests.Gateway.Uplink.Faults;

/// <summary>What a broker does with a message.</summary>
internal enum Treatment
{
    /// <summary>Passes it on and says so.</summary>
    Take,

    /// <summary>Passes it on, and its answer is lost.</summary>
    TakeSilently,

    /// <summary>Loses it without a word.</summary>
    Swallow,

    /// <summary>Refuses it.</summary>
    Refuse,

    /// <summary>Has nobody who wants it.</summary>
    Unheard,
}

/// <summary>A broker that treats each message as a test says, and answers after a while. Thread-safe.</summary>
internal sealed class FaultyBroker(ModelBackend backend) : IBroker
{
    private readonly Lock gate = new();

    public BrokerTerms Terms { get; set; } = new(SessionPresent: true, InFlightMax: 4, PacketBytesMax: 1 << 20);

    public Func<OutgoingMessage, Treatment> Treat { get; set; } = _ => Treatment.Take;

    /// <summary>How long an answer takes.</summary>
    public TimeSpan Delay { get; set; }

    public bool IsAway { get; set; }

    public bool AnswersPings { get; set; } = true;

    public FaultyLink? Link { get; private set; }

    public int Links { get; private set; }

    public TimeSpan Now { get; private set; }

    public LinkBytes? Bytes => null;

    public Lock Gate => gate;

    public Task<Opening> OpenAsync(Action<Arrival> receive, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (IsAway)
            {
                return Task.FromResult(new Opening(null, "away"));
            }

            Links++;
            Link = new FaultyLink(this, receive, Terms);
            Terms = Terms with { SessionPresent = true };
            return Task.FromResult(new Opening(Link, null));
        }
    }

    /// <summary>Gives the answers that are due.</summary>
    public void Step(TimeSpan now)
    {
        Now = now;
        Link?.Answer(now);
    }

    public void PassOn(OutgoingMessage message) => backend.Enqueue(message);
}

/// <summary>One of its links.</summary>
internal sealed class FaultyLink(FaultyBroker broker, Action<Arrival> receive, BrokerTerms terms) : IMqttLink
{
    private readonly TaskCompletionSource<LinkEnd> ended = new();
    private readonly List<Pending> open = [];
    private readonly List<OutgoingMessage> published = [];

    public BrokerTerms Terms => terms;

    public Task<LinkEnd> Ended => ended.Task;

    public bool IsDisposed { get; private set; }

    public int InFlightMost { get; private set; }

    public bool IsGreeted
    {
        get
        {
            lock (broker.Gate)
            {
                return published.Any(message => message.Topic.EndsWith("/time", StringComparison.Ordinal));
            }
        }
    }

    public Task<SendAnswer> SubscribeAsync(IReadOnlyList<string> filters, CancellationToken cancellationToken) =>
        Task.FromResult(new SendAnswer(SendOutcome.Taken));

    public Task<SendAnswer> PublishAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        var treatment = broker.Treat(message);
        Pending pending;
        lock (broker.Gate)
        {
            published.Add(message);
            Fresh.Add(message);
            if (treatment is Treatment.Take or Treatment.TakeSilently)
            {
                broker.PassOn(message);
            }

            pending = new Pending(message, treatment, broker.Now + broker.Delay, new TaskCompletionSource<SendAnswer>());
            open.Add(pending);
            InFlightMost = Math.Max(InFlightMost, open.Count);
            if (broker.Delay == TimeSpan.Zero && Outcome(treatment) is { } outcome)
            {
                open.Remove(pending);
                return Task.FromResult(new SendAnswer(outcome, "so it is"));
            }
        }

        return UntilAsync(pending.Answered, cancellationToken);
    }

    /// <summary>What was published since somebody looked.</summary>
    public List<OutgoingMessage> Fresh { get; } = [];

    public Task<SendAnswer> PingAsync(CancellationToken cancellationToken) =>
        broker.AnswersPings
            ? Task.FromResult(new SendAnswer(SendOutcome.Taken))
            : UntilAsync(new TaskCompletionSource<SendAnswer>(), cancellationToken);

    public Task CloseAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        List<Pending> left;
        lock (broker.Gate)
        {
            left = [.. open];
        }

        left.ForEach(pending => pending.Answered.TrySetResult(new SendAnswer(SendOutcome.Lost, "disposed")));
        ended.TrySetResult(new LinkEnd("closed by the gateway"));
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    public void Answer(TimeSpan now)
    {
        while (true)
        {
            Pending? due;
            lock (broker.Gate)
            {
                due = IsDisposed ? null : open.FirstOrDefault(pending => pending.DueAt <= now && Outcome(pending.Treatment) is not null);
                if (due is null)
                {
                    return;
                }

                open.Remove(due);
            }

            due.Answered.TrySetResult(new SendAnswer(Outcome(due.Treatment)!.Value, "so it is"));
        }
    }

    public void Deliver(string topic, byte[] payload) => receive(new Arrival(topic, payload));

    public void Break(LinkEndKind kind) => ended.TrySetResult(new LinkEnd("broken", kind));

    private static SendOutcome? Outcome(Treatment treatment) => treatment switch
    {
        Treatment.Take => SendOutcome.Taken,
        Treatment.Refuse => SendOutcome.Refused,
        Treatment.Unheard => SendOutcome.Unheard,
        _ => null,
    };

    private static async Task<SendAnswer> UntilAsync(TaskCompletionSource<SendAnswer> answered, CancellationToken cancellationToken)
    {
        await using var registration =
            cancellationToken.UnsafeRegister(_ => answered.TrySetResult(new SendAnswer(SendOutcome.Lost, "cancelled")), null);
        return await answered.Task;
    }

    private sealed record Pending(
        OutgoingMessage Message, Treatment Treatment, TimeSpan DueAt, TaskCompletionSource<SendAnswer> Answered);
}
