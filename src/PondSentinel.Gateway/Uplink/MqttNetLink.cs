using System.Buffers;
using System.Globalization;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace PondSentinel.Gateway.Uplink;

/// <summary>One connection of an MQTTnet client, used once and thrown away.</summary>
internal sealed class MqttNetLink : IMqttLink
{
    // MQTT 5, 3.2.2.3.3 and 3.2.2.3.6: what holds where the broker says nothing.
    private const int InFlightMaxByDefault = 65_535;
    private const long PacketBytesMaxByDefault = 268_435_455;

    private readonly IMqttClient client;
    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Prepares a connection.</summary>
    /// <param name="client">A client that has never been connected; disposed with the link.</param>
    /// <param name="receive">Called for every message.</param>
    public MqttNetLink(IMqttClient client, Action<Arrival> receive)
    {
        this.client = client;
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
            // Its reason says "normal" also where the connection broke, so the exception comes first.
            ended.TrySetResult(gone.Exception is { } cause ? Describe(cause) : $"the broker ended it ({gone.Reason})");
            return Task.CompletedTask;
        };
    }

    /// <inheritdoc/>
    public BrokerTerms Terms { get; private set; }

    /// <inheritdoc/>
    public Task<string> Ended => ended.Task;

    /// <summary>Connects.</summary>
    /// <param name="settings">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why it failed, or null where it did not.</returns>
    public async Task<string?> ConnectAsync(MqttClientOptions settings, CancellationToken cancellationToken)
    {
        try
        {
            var greeting = await client.ConnectAsync(settings, cancellationToken);
            if (greeting.ResultCode != MqttClientConnectResultCode.Success)
            {
                return $"the broker refuses: {Sentence(greeting.ResultCode.ToString(), greeting.ReasonString)}";
            }

            Terms = new BrokerTerms(
                greeting.IsSessionPresent,
                greeting.ReceiveMaximum is > 0 and var inFlight ? inFlight : InFlightMaxByDefault,
                greeting.MaximumPacketSize is > 0 and var packet ? packet : PacketBytesMaxByDefault);
            return null;
        }
        catch (Exception e) when (IsOfTheLink(e))
        {
            return cancellationToken.IsCancellationRequested ? "no answer in time" : Describe(e);
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
                            Topic = filter, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                        }),
                    ],
                },
                cancellationToken);
            var refused = result.Items.FirstOrDefault(item => item.ResultCode >= MqttClientSubscribeResultCode.UnspecifiedError);
            return refused is null
                ? new SendAnswer(SendOutcome.Taken)
                : new SendAnswer(SendOutcome.Refused, $"{refused.TopicFilter.Topic}: {refused.ResultCode}");
        });

    /// <inheritdoc/>
    public Task<SendAnswer> PublishAsync(OutgoingMessage message, CancellationToken cancellationToken) =>
        AskAsync(async () =>
        {
            var result = await client.PublishAsync(
                new MqttApplicationMessage
                {
                    Topic = message.Topic,
                    Payload = new ReadOnlySequence<byte>(message.Payload),
                    Retain = message.Retain,
                    ContentType = message.ContentType,
                    QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                },
                cancellationToken);
            return result.ReasonCode switch
            {
                MqttClientPublishReasonCode.Success => new SendAnswer(SendOutcome.Taken),
                MqttClientPublishReasonCode.NoMatchingSubscribers => new SendAnswer(SendOutcome.Unheard, "nobody has subscribed"),
                var code => new SendAnswer(SendOutcome.Refused, Sentence(code.ToString(), result.ReasonString)),
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
        ended.TrySetResult("closed by the gateway");
        return ValueTask.CompletedTask;
    }

    private static async Task<SendAnswer> AskAsync(Func<Task<SendAnswer>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (IsOfTheLink(e))
        {
            return new SendAnswer(SendOutcome.Lost, Describe(e));
        }
    }

    // A client whose connection goes away in the middle of a call throws what its insides meet first: its own exceptions,
    // those of the socket, ObjectDisposedException, and NullReferenceException where the fields are already cleared.
    private static bool IsOfTheLink(Exception e) =>
        e is OperationCanceledException or MqttCommunicationException or MqttProtocolViolationException
            or MqttClientNotConnectedException or MqttClientDisconnectedException
            or System.Net.Sockets.SocketException or IOException or ObjectDisposedException or NullReferenceException
            or InvalidOperationException;

    private static string Describe(Exception e) => e.GetBaseException() switch
    {
        OperationCanceledException => "no answer in time",
        var cause => cause.Message.TrimEnd('.'),
    };

    private static string Sentence(string code, string? reason) =>
        string.IsNullOrEmpty(reason) ? code : string.Create(CultureInfo.InvariantCulture, $"{code}, \"{reason}\"");
}
