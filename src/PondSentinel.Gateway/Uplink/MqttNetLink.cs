using System.Buffers;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using PondSentinel.Tls;

namespace PondSentinel.Gateway.Uplink;

/// <summary>One connection of an MQTTnet client, used once and thrown away.</summary>
internal sealed class MqttNetLink : IMqttLink
{
    // MQTT 5, 3.2.2.3.3 and 3.2.2.3.6: what holds where the broker says nothing.
    private const int InFlightMaxByDefault = 65_535;
    private const long PacketBytesMaxByDefault = 268_435_455;

    private static readonly MqttClientFactory Factory = new();

    private readonly IMqttClient client;
    private readonly TaskCompletionSource<LinkEnd> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LinkGoodbye? goodbye;
    private readonly bool isThrifty;
    private TopicAliases aliases = new(0);

    /// <summary>Prepares a connection.</summary>
    /// <param name="receive">Called for every message.</param>
    /// <param name="isThrifty">Whether bytes are dear: then topics go by number where the broker takes that, and receipts come at most
    /// once, because the next says again what one has said.</param>
    public MqttNetLink(Action<Arrival> receive, bool isThrifty = false)
    {
        this.isThrifty = isThrifty;
        client = Factory.CreateMqttClient(new WatchedAdapterFactory(NoteGoodbye));
        client.ApplicationMessageReceivedAsync += arrived =>
        {
            try
            {
                receive(new Arrival(arrived.ApplicationMessage.Topic, arrived.ApplicationMessage.Payload.ToArray()));
            }
            catch (Exception e)
            {
                // MQTTnet would keep it to itself, and the receipts would stop for good.
                ended.TrySetException(e);
                throw;
            }

            return Task.CompletedTask;
        };
        client.DisconnectedAsync += gone =>
        {
            // Its reason says "normal" also where the connection broke.
            ended.TrySetResult(Volatile.Read(ref goodbye)?.End ?? (gone.Exception is { } cause
                ? new LinkEnd(Describe(cause))
                : new LinkEnd("the broker closed the connection without a word", LinkEndKind.Closed)));
            return Task.CompletedTask;
        };
    }

    // What MQTTnet makes of an end of the stream before a CONNACK: an exception of its own without a cause.
    private static string ClosedUngreeted =>
        "the broker closed the connection before its greeting; look into its log, and where it is too old for MQTT 5 set protocol = \"3.1.1\" in [uplink]";

    /// <inheritdoc/>
    public BrokerTerms Terms { get; private set; }

    /// <inheritdoc/>
    public Task<LinkEnd> Ended => ended.Task;

    /// <summary>Connects.</summary>
    /// <param name="settings">How.</param>
    /// <param name="tls">Knows what a failure means where there is TLS.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why it failed, or null where it did not.</returns>
    public async Task<string?> ConnectAsync(
        MqttClientOptions settings, ServerCheck? tls, CancellationToken cancellationToken)
    {
        try
        {
            var greeting = await client.ConnectAsync(settings, cancellationToken);
            if (greeting.ResultCode != MqttClientConnectResultCode.Success)
            {
                var reason = new BrokerReason((int)greeting.ResultCode, greeting.ReasonString, greeting.ServerReference);
                return $"the broker refuses: {reason.Sentence}";
            }

            aliases = new TopicAliases(isThrifty ? greeting.TopicAliasMaximum : 0);
            Terms = new BrokerTerms(
                greeting.IsSessionPresent,
                greeting.ReceiveMaximum is > 0 and var inFlight ? inFlight : InFlightMaxByDefault,
                greeting.MaximumPacketSize is > 0 and var packet ? packet : PacketBytesMaxByDefault,
                greeting.ServerKeepAlive > 0 ? TimeSpan.FromSeconds(greeting.ServerKeepAlive) : null);
            return null;
        }
        catch (Exception e) when (IsOfTheLink(e))
        {
            return tls?.Refusal ?? (cancellationToken.IsCancellationRequested ? "no answer in time" : tls?.Meaning(e))
                ?? (e.GetBaseException() is MqttCommunicationException { InnerException: null } ? ClosedUngreeted
                : Describe(e));
        }
    }

    /// <inheritdoc/>
    public Task<SendAnswer> SubscribeAsync(IReadOnlyList<string> filters, CancellationToken cancellationToken) =>
        AskAsync(async () =>
        {
            var result = await client.SubscribeAsync(
                new MqttClientSubscribeOptions
                {
                    TopicFilters =
                    [
                        .. filters.Select(filter => new MqttTopicFilter
                        {
                            Topic = filter,
                            QualityOfServiceLevel = isThrifty && filter.EndsWith("/ack", StringComparison.Ordinal)
                                ? MqttQualityOfServiceLevel.AtMostOnce
                                : MqttQualityOfServiceLevel.AtLeastOnce,
                        }),
                    ],
                },
                cancellationToken);
            var refused = result.Items.FirstOrDefault(item => item.ResultCode >= MqttClientSubscribeResultCode.UnspecifiedError);
            return refused is null
                ? new SendAnswer(SendOutcome.Taken)
                : new SendAnswer(
                    SendOutcome.Refused, $"{refused.TopicFilter.Topic}: {new BrokerReason((int)refused.ResultCode).Words}");
        });

    /// <inheritdoc/>
    public Task<SendAnswer> PublishAsync(OutgoingMessage message, CancellationToken cancellationToken) =>
        AskAsync(async () =>
        {
            var (number, isKnown) = aliases.Of(message.Topic);
            var result = await client.PublishAsync(
                new MqttApplicationMessage
                {
                    Topic = isKnown ? null : message.Topic,
                    TopicAlias = number,
                    Payload = new ReadOnlySequence<byte>(message.Payload),
                    Retain = message.Retain,
                    QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                },
                cancellationToken);
            aliases.NoteAnswered(message.Topic);
            return result.ReasonCode switch
            {
                MqttClientPublishReasonCode.Success => new SendAnswer(SendOutcome.Taken),
                MqttClientPublishReasonCode.NoMatchingSubscribers => new SendAnswer(SendOutcome.Unheard, "nobody has subscribed"),
                var code => new SendAnswer(SendOutcome.Refused, new BrokerReason((int)code, result.ReasonString).Sentence),
            };
        });

    /// <inheritdoc/>
    public Task<SendAnswer> PingAsync(CancellationToken cancellationToken) =>
        AskAsync(async () =>
        {
            await client.PingAsync(cancellationToken);
            return new SendAnswer(SendOutcome.Taken);
        });

    /// <inheritdoc/>
    public Task CloseAsync(CancellationToken cancellationToken) =>
        AskAsync(async () =>
        {
            await client.DisconnectAsync(new MqttClientDisconnectOptions(), cancellationToken);
            return new SendAnswer(SendOutcome.Taken);
        });

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // Where the socket is closed by us, MQTTnet does not always say that it is closed.
        client.Dispose();
        ended.TrySetResult(new LinkEnd("closed by the gateway"));
        return ValueTask.CompletedTask;
    }

    private async Task<SendAnswer> AskAsync(Func<Task<SendAnswer>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (IsOfTheLink(e))
        {
            // Whoever waits for an answer learns of the end before the client says that it has ended.
            var end = Volatile.Read(ref goodbye)?.End ?? new LinkEnd(Describe(e));
            return new SendAnswer(SendOutcome.Lost, end.Why) { End = end.Kind };
        }
    }

    // A client whose connection goes away in the middle of a call throws what its insides meet first: its own exceptions,
    // those of the socket, ObjectDisposedException, and NullReferenceException where the fields are already cleared.
    private static bool IsOfTheLink(Exception e) =>
        e is OperationCanceledException or MqttCommunicationException or MqttProtocolViolationException
            or MqttClientNotConnectedException or MqttClientDisconnectedException
            or System.Net.Sockets.SocketException or IOException or ObjectDisposedException or NullReferenceException
            or InvalidOperationException;

    private static string Describe(Exception e) => Handshake.Meaning(e) ?? e.GetBaseException() switch
    {
        OperationCanceledException => "no answer in time",
        var cause => cause.Message.TrimEnd('.'),
    };

    private void NoteGoodbye(MqttDisconnectPacket packet)
    {
        var reason = new BrokerReason((int)packet.ReasonCode, packet.ReasonString, packet.ServerReference);
        Volatile.Write(ref goodbye, new LinkGoodbye(new LinkEnd(
            $"the broker ended it: {reason.Sentence}",
            reason.Code == BrokerReason.SessionTakenOver ? LinkEndKind.TakenOver : LinkEndKind.Broken)));
    }

    private sealed record LinkGoodbye(LinkEnd End);
}
