using PondSentinel.Gateway.Uplink;

namespace PondSentinel.Tests.Gateway.Uplink;

/// <summary>A broker in the hands of a test: opens links that remember what was published and answer as the test says.
/// </summary>
internal sealed class FakeBroker : IBroker
{
    private readonly Lock gate = new();

    public BrokerTerms Terms { get; set; } = new(SessionPresent: true, InFlightMax: 20, PacketBytesMax: 1 << 20);

    /// <summary>What is answered to a message; null leaves it without an answer until the test gives one.</summary>
    public Func<OutgoingMessage, SendAnswer?> Answer { get; set; } = _ => new SendAnswer(SendOutcome.Taken);

    public SendAnswer Subscribed { get; set; } = new(SendOutcome.Taken);

    /// <summary>Why no link can be opened; null where one can.</summary>
    public string? Failure { get; set; }

    public List<FakeLink> Links { get; } = [];

    public FakeLink Link => Links[^1];

    public int Tries { get; private set; }

    public LinkBytes? Bytes { get; set; }

    public Task<Opening> OpenAsync(Action<Arrival> receive, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            Tries++;
            if (Failure is { } failure)
            {
                return Task.FromResult(new Opening(null, failure));
            }

            Links.Add(new FakeLink(this, receive, Terms));
            return Task.FromResult(new Opening(Link, null));
        }
    }
}

/// <summary>One of its links.</summary>
internal sealed class FakeLink(FakeBroker broker, Action<Arrival> receive, BrokerTerms terms) : IMqttLink
{
    private readonly TaskCompletionSource<LinkEnd> ended = new();
    private readonly List<(OutgoingMessage Message, TaskCompletionSource<SendAnswer> Answer)> open = [];

    public BrokerTerms Terms => terms;

    public Task<LinkEnd> Ended => ended.Task;

    public List<OutgoingMessage> Published { get; } = [];

    /// <summary>The same while others may publish.</summary>
    public IReadOnlyList<OutgoingMessage> PublishedSoFar
    {
        get
        {
            lock (Published)
            {
                return [.. Published];
            }
        }
    }

    public List<string> Subscriptions { get; } = [];

    public int Pings { get; private set; }

    public bool IsDisposed { get; private set; }

    public bool IsClosed { get; private set; }

    public int InFlightMost { get; private set; }

    public bool AnswersPings { get; set; } = true;

    public Task<SendAnswer> SubscribeAsync(IReadOnlyList<string> filters, CancellationToken cancellationToken)
    {
        Subscriptions.AddRange(filters);
        return Task.FromResult(broker.Subscribed);
    }

    public Task<SendAnswer> PublishAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        lock (Published)
        {
            Published.Add(message);
        }

        if (broker.Answer(message) is { } answer)
        {
            return Task.FromResult(answer);
        }

        var pending = new TaskCompletionSource<SendAnswer>();
        open.Add((message, pending));
        InFlightMost = Math.Max(InFlightMost, open.Count);
        return UntilAsync(pending, cancellationToken);
    }

    public Task<SendAnswer> PingAsync(CancellationToken cancellationToken)
    {
        Pings++;
        return AnswersPings
            ? Task.FromResult(new SendAnswer(SendOutcome.Taken))
            : UntilAsync(new TaskCompletionSource<SendAnswer>(), cancellationToken);
    }

    public Task CloseAsync(CancellationToken cancellationToken)
    {
        IsClosed = true;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        foreach (var (_, answer) in open.ToList())
        {
            answer.TrySetResult(new SendAnswer(SendOutcome.Lost, "disposed"));
        }

        ended.TrySetResult(new LinkEnd("closed by the gateway"));
        return ValueTask.CompletedTask;
    }

    /// <summary>Gives the late answer to the first message that waits for one on a topic with this end.</summary>
    public void Settle(string topicEnd, SendOutcome outcome = SendOutcome.Taken)
    {
        var waiting = open.First(pair => pair.Message.Topic.EndsWith(topicEnd, StringComparison.Ordinal));
        open.Remove(waiting);
        waiting.Answer.TrySetResult(new SendAnswer(outcome));
    }

    public void Deliver(string topic, byte[] payload) => receive(new Arrival(topic, payload));

    public void Fail(Exception bug) => ended.TrySetException(bug);

    public void Break(string why, LinkEndKind kind = LinkEndKind.Broken) => ended.TrySetResult(new LinkEnd(why, kind));

    // Goes on inside the call that cancels it.
    private static async Task<SendAnswer> UntilAsync(
        TaskCompletionSource<SendAnswer> pending, CancellationToken cancellationToken)
    {
        await using var registration =
            cancellationToken.UnsafeRegister(_ => pending.TrySetResult(new SendAnswer(SendOutcome.Lost, "cancelled")), null);
        return await pending.Task;
    }
}
