using System.Buffers;
using PondSentinel.Backend.Broker;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Wire;
using Inbox = PondSentinel.Backend.Broker.Inbox;

namespace PondSentinel.Tests.BothEnds;

/// <summary>A broker without sockets between the gateways of one id and any number of backends. Keeps what a backend has not
/// acknowledged, over its ends, and gives the session to whoever calls last. What backends say is brought to the gateway in
/// <see cref="Bring"/>, by the thread of the test.</summary>
internal sealed class PostOffice
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Session> sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> retained = new(StringComparer.Ordinal);
    private readonly Queue<(string Topic, byte[] Payload)> outgoing = [];
    private GatewayLink? link;

    /// <summary>Batches brought to backends so far.</summary>
    public List<(string Topic, Batch Batch)> Batches { get; } = [];

    /// <summary>Whether all that came is acknowledged by every backend that runs.</summary>
    public bool IsQuiet
    {
        get
        {
            lock (gate)
            {
                return sessions.Values.All(session => session.Link is null || session.Waiting.Count == 0);
            }
        }
    }

    /// <summary>How often a gateway took the session from another.</summary>
    public int Takeovers { get; private set; }

    /// <summary>How often a backend has asked for something again.</summary>
    public int Wishes { get; private set; }

    /// <summary>The way of one gateway process.</summary>
    public GatewayWay WayOfGateway() => new(this);

    /// <summary>The way of one backend process; what its session holds comes again, and what is retained.</summary>
    public BackendLink LinkOf(string backend)
    {
        lock (gate)
        {
            if (!sessions.TryGetValue(backend, out var session))
            {
                sessions.Add(backend, session = new Session());
            }

            var opened = new BackendLink(this, session);
            session.Link = opened;
            foreach (var (topic, payload) in retained)
            {
                session.Waiting.AddLast((topic, payload));
            }

            foreach (var waiting in Nodes(session))
            {
                opened.Hand(waiting);
            }

            return opened;
        }
    }

    /// <summary>A backend's process is over.</summary>
    public void Leave(string backend)
    {
        lock (gate)
        {
            sessions[backend].Link = null;
        }
    }

    /// <summary>The broker loses what it holds for a backend that is away.</summary>
    public void Forget(string backend)
    {
        lock (gate)
        {
            sessions[backend].Waiting.Clear();
        }
    }

    /// <summary>A gateway's process is over, without a word.</summary>
    public void HangUp(GatewayWay way)
    {
        lock (gate)
        {
            if (link?.Way == way)
            {
                link = null;
            }
        }
    }

    /// <summary>Brings the gateway that is connected what backends have said.</summary>
    public void Bring()
    {
        while (true)
        {
            GatewayLink? to;
            (string Topic, byte[] Payload) message;
            lock (gate)
            {
                to = link;
                if (!outgoing.TryDequeue(out message))
                {
                    return;
                }
            }

            to?.Receive(message.Topic, message.Payload);
        }
    }

    /// <summary>Says something to the gateway, as a backend would.</summary>
    public void Say(string topic, byte[] payload)
    {
        lock (gate)
        {
            Wishes += topic.EndsWith("/replay", StringComparison.Ordinal) ? 1 : 0;
            outgoing.Enqueue((topic, payload));
        }
    }

    private static IEnumerable<LinkedListNode<(string Topic, byte[] Payload)>> Nodes(Session session)
    {
        for (var node = session.Waiting.First; node is not null; node = node.Next)
        {
            yield return node;
        }
    }

    private void Pass(OutgoingMessage message)
    {
        var payload = message.Payload.ToArray();
        lock (gate)
        {
            if (message.Retain)
            {
                retained[message.Topic] = payload;
            }

            if (message.Topic.Contains("/data/", StringComparison.Ordinal))
            {
                Batches.Add((message.Topic, BatchCodec.Decode(payload).Batch!));
            }

            foreach (var session in sessions.Values)
            {
                var node = session.Waiting.AddLast((message.Topic, payload));
                session.Link?.Hand(node);
            }
        }
    }

    private GatewayLink Open(GatewayWay way, Action<Arrival> receive)
    {
        GatewayLink? before;
        GatewayLink opened;
        lock (gate)
        {
            before = link;
            link = opened = new GatewayLink(this, way, receive);
        }

        if (before is not null)
        {
            Takeovers++;
            before.End();
        }

        return opened;
    }

    /// <summary>What a broker keeps for a backend.</summary>
    internal sealed class Session
    {
        public LinkedList<(string Topic, byte[] Payload)> Waiting { get; } = [];

        public BackendLink? Link { get; set; }
    }

    /// <summary>How a gateway process calls.</summary>
    internal sealed class GatewayWay(PostOffice office) : IBroker
    {
        public LinkBytes? Bytes => null;

        public Task<Opening> OpenAsync(Action<Arrival> receive, CancellationToken cancellationToken) =>
            Task.FromResult(new Opening(office.Open(this, receive), null));
    }

    /// <summary>One call of a gateway.</summary>
    internal sealed class GatewayLink(PostOffice office, GatewayWay way, Action<Arrival> receive) : IMqttLink
    {
        private readonly TaskCompletionSource<LinkEnd> ended = new();

        public GatewayWay Way => way;

        public BrokerTerms Terms { get; } = new(SessionPresent: true, InFlightMax: 20, PacketBytesMax: 1 << 20);

        public Task<LinkEnd> Ended => ended.Task;

        public Task<SendAnswer> SubscribeAsync(IReadOnlyList<string> filters, CancellationToken cancellationToken) =>
            Task.FromResult(new SendAnswer(SendOutcome.Taken));

        public Task<SendAnswer> PublishAsync(OutgoingMessage message, CancellationToken cancellationToken)
        {
            lock (office.gate)
            {
                if (office.link != this)
                {
                    return Task.FromResult(new SendAnswer(SendOutcome.Lost, "the link is gone"));
                }
            }

            office.Pass(message);
            return Task.FromResult(new SendAnswer(SendOutcome.Taken));
        }

        public Task<SendAnswer> PingAsync(CancellationToken cancellationToken) => Task.FromResult(new SendAnswer(SendOutcome.Taken));

        public Task CloseAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            office.HangUp(way);
            ended.TrySetResult(new LinkEnd("closed by the gateway"));
            return ValueTask.CompletedTask;
        }

        public void End() => ended.TrySetResult(new LinkEnd("another client has this id", LinkEndKind.TakenOver));

        public void Receive(string topic, byte[] payload) => receive(new Arrival(topic, payload));
    }

    /// <summary>One connection of a backend.</summary>
    internal sealed class BackendLink(PostOffice office, Session session) : IBrokerLink
    {
        public Inbox Incoming { get; } = new(new GatewayQuota { BytesPerSecond = 1L << 40, BytesPerDay = 1L << 50 }, TimeProvider.System);

        public DateTimeOffset? ConnectedSince => null;

        public void Hand(LinkedListNode<(string Topic, byte[] Payload)> node) => Incoming.Offer(
            node.Value.Topic, new ReadOnlySequence<byte>(node.Value.Payload), () => Acknowledge(node), () => session.Link != this);

        public async Task RunAsync(CancellationToken cancellationToken) =>
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        public Task<bool> PublishAsync(
            string topic, ReadOnlyMemory<byte> payload, bool retain, TimeSpan? expiry, CancellationToken cancellationToken)
        {
            office.Say(topic, payload.ToArray());
            return Task.FromResult(true);
        }

        private void Acknowledge(LinkedListNode<(string Topic, byte[] Payload)> node)
        {
            lock (office.gate)
            {
                if (session.Link == this && node.List == session.Waiting)
                {
                    session.Waiting.Remove(node);
                }
            }
        }
    }
}
