namespace PondSentinel.Gateway.Uplink;

/// <summary>A broker as the uplink knows it: something that can be called again and again.</summary>
internal interface IBroker
{
    /// <summary>Opens one connection: looks the name up anew, opens a new socket, introduces the gateway.</summary>
    /// <param name="receive">Called for every message, one after the other, until the link has been disposed. Must be quick
    /// and must not throw.</param>
    /// <param name="cancellationToken">Gives up; ends the task as a failure, not as an exception.</param>
    Task<Opening> OpenAsync(Action<Arrival> receive, CancellationToken cancellationToken);

    /// <summary>What has crossed all its connections since the process started, tries that failed included; null where nobody
    /// counts.</summary>
    LinkBytes? Bytes { get; }
}

/// <summary>One connection to a broker, from its greeting to its end. Thread-safe.</summary>
/// <remarks>It has no deadline, no memory and no will of its own: whoever uses it decides when it counts as dead and
/// disposes of it, which ends everything that still waits for an answer with <see cref="SendOutcome.Lost"/>.</remarks>
internal interface IMqttLink : IAsyncDisposable
{
    /// <summary>What the broker allows.</summary>
    BrokerTerms Terms { get; }

    /// <summary>Completes, with why in one line, when the connection is gone. Faults only where whoever receives
    /// has thrown, which is a bug.</summary>
    Task<LinkEnd> Ended { get; }

    /// <summary>Subscribes at QoS 1.</summary>
    /// <param name="filters">Topic filters.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<SendAnswer> SubscribeAsync(IReadOnlyList<string> filters, CancellationToken cancellationToken);

    /// <summary>Publishes at QoS 1 and waits for the broker's answer.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Stops waiting. Half of the message may be on the wire: the link is of no use after.
    /// </param>
    Task<SendAnswer> PublishAsync(OutgoingMessage message, CancellationToken cancellationToken);

    /// <summary>Asks the broker for a sign of life.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<SendAnswer> PingAsync(CancellationToken cancellationToken);

    /// <summary>Says goodbye, so that the broker does not publish the will.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    Task CloseAsync(CancellationToken cancellationToken);
}

/// <summary>What came of calling a broker: a link, or why there is none.</summary>
/// <param name="Link">The link.</param>
/// <param name="Failure">Why there is none, in one line for people.</param>
internal readonly record struct Opening(IMqttLink? Link, string? Failure);

/// <summary>What a broker allows and remembers.</summary>
/// <param name="SessionPresent">Whether it still has the session of the connection before.</param>
/// <param name="InFlightMax">Most messages it takes that it has not answered, 1 or more (Receive Maximum).</param>
/// <param name="PacketBytesMax">Largest packet it takes, bytes (Maximum Packet Size).</param>
/// <param name="KeepAlive">How often it wants a sign of life at least, where it does not take the gateway's word for that.
/// </param>
internal readonly record struct BrokerTerms(
    bool SessionPresent, int InFlightMax, long PacketBytesMax, TimeSpan? KeepAlive = null);

/// <summary>A message from the broker.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Payload">Its bytes, hostile until shown otherwise.</param>
internal readonly record struct Arrival(string Topic, ReadOnlyMemory<byte> Payload);

/// <summary>A message to the broker.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Payload">Its bytes.</param>
/// <param name="Retain">Whether the broker keeps it for those who come later.</param>
internal sealed record OutgoingMessage(string Topic, ReadOnlyMemory<byte> Payload, bool Retain = false);

/// <summary>What the broker said to something sent.</summary>
internal enum SendOutcome
{
    /// <summary>It has it and passes it on.</summary>
    Taken,

    /// <summary>It had it, and threw it away: nobody has subscribed (reason code 0x10).</summary>
    Unheard,

    /// <summary>It does not want it (reason code 0x80 and above).</summary>
    Refused,

    /// <summary>Nothing: the link is gone or counts as gone. Whether the broker has it nobody knows.</summary>
    Lost,
}

/// <summary>The broker's answer.</summary>
/// <param name="Outcome">What it comes to.</param>
/// <param name="Why">The reason in one line for people; null where there is nothing to say.</param>
internal readonly record struct SendAnswer(SendOutcome Outcome, string? Why = null)
{
    /// <summary>How long it took; zero where nobody measured it.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>Where the link is gone, what the next try has to heed.</summary>
    public LinkEndKind End { get; init; }
}
