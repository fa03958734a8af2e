using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using PondSentinel.Tls;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Broker;

/// <summary>One connection, from connect to its end. A new one has a new client and a new socket, so that an
/// acknowledgement can never reach another connection than the one its message came by.</summary>
internal sealed class BrokerSession : IDisposable
{
    /// <summary>Messages at QoS 1 that the broker may have under way to us; the rest is to wait on its disk. Many,
    /// because those that are let go have to wait for the acknowledgements before theirs.</summary>
    public const ushort ReceiveMaximum = 1_024;

    private const uint PacketBytesMax = MetaCodec.BytesMax + (64 * 1024);

    // Payloads are held until they are acknowledged, those that are let go too. Where the broker keeps to no Receive Maximum,
    // beginning anew is all that is left.
    private const long UnacknowledgedBytesMax = 256L << 20;

    private static readonly TimeSpan SessionExpiry = TimeSpan.FromDays(7);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);

    // A question for the time is worthless after seconds: QoS 0, so that it comes past a full window of batches.
    private static readonly (TopicKind Kind, MqttQualityOfServiceLevel Quality)[] Subscriptions =
    [
        (TopicKind.DataLive, MqttQualityOfServiceLevel.AtLeastOnce),
        (TopicKind.DataBack, MqttQualityOfServiceLevel.AtLeastOnce),
        (TopicKind.Event, MqttQualityOfServiceLevel.AtLeastOnce),
        (TopicKind.Meta, MqttQualityOfServiceLevel.AtLeastOnce),
        (TopicKind.State, MqttQualityOfServiceLevel.AtLeastOnce),
        (TopicKind.Health, MqttQualityOfServiceLevel.AtLeastOnce),
        (TopicKind.Time, MqttQualityOfServiceLevel.AtMostOnce),
    ];

    private readonly BrokerOptions options;
    private readonly TimeProvider time;
    private readonly Inbox incoming;
    private readonly IMqttClient client = new MqttClientFactory().CreateMqttClient();
    private readonly AckOrder acks = new();
    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="options">The broker.</param>
    /// <param name="time">When the broker's certificate is judged, where it has one.</param>
    /// <param name="incoming">Takes what comes.</param>
    public BrokerSession(BrokerOptions options, TimeProvider time, Inbox incoming)
    {
        (this.options, this.time, this.incoming) = (options, time, incoming);
        client.ApplicationMessageReceivedAsync += Take;
        client.DisconnectedAsync += gone =>
        {
            ended.TrySetResult(Handshake.Meaning(gone.Exception) ?? gone.Exception?.Message ?? "the broker has closed the connection");
            return Task.CompletedTask;
        };
    }

    /// <summary>Completes when the connection is over, with the reason.</summary>
    public Task<string> Ended => ended.Task;

    /// <summary>Connects and subscribes.</summary>
    /// <returns>Null, or why not.</returns>
    public async Task<string?> ConnectAsync(CancellationToken cancellationToken)
    {
        var settings = new MqttClientOptionsBuilder()
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithTcpServer(options.Host, options.Port)
            .WithClientId(options.User)
            .WithCleanStart(false)
            .WithSessionExpiryInterval((uint)SessionExpiry.TotalSeconds)
            .WithReceiveMaximum(ReceiveMaximum)
            .WithMaximumPacketSize(PacketBytesMax)
            .WithKeepAlivePeriod(KeepAlive)
            .WithTimeout(AnswerWithin);
        if (options.Password is { } password)
        {
            settings = settings.WithCredentials(options.User, password);
        }

        if (options.Tls is not { } tls || options.Embedded)
        {
            return await ConnectAsync(settings.Build(), null, cancellationToken);
        }

        using var files = TlsFiles.Read(tls, out var failure);
        if (files is null)
        {
            return failure;
        }

        (DateTimeOffset, bool) Now(DateTimeOffset notBefore) => (time.GetUtcNow(), true);
        if (OwnCertificate.FaultOfClient(files, tls, options.User, Now) is { } fault)
        {
            return fault;
        }

        var check = new ServerCheck(options.Host, files, Now, "[broker]");
        return await ConnectAsync(settings.WithTlsOptions(with => Secure(with, files, check)).Build(), check, cancellationToken);
    }

    private async Task<string?> ConnectAsync(
        MqttClientOptions settings, ServerCheck? check, CancellationToken cancellationToken)
    {
        try
        {
            var connected = await client.ConnectAsync(settings, cancellationToken);
            if (connected.ResultCode != MqttClientConnectResultCode.Success)
            {
                return $"it refuses the client: {connected.ResultCode} {connected.ReasonString}".TrimEnd();
            }

            return await SubscribeAsync(cancellationToken);
        }
        catch (Exception e) when (IsTrouble(e, cancellationToken))
        {
            return check?.Meaning(e) ?? e.InnerException?.Message ?? e.Message;
        }
    }

    /// <summary>Sends acknowledgements until the connection is over.</summary>
    /// <returns>Why it is over.</returns>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = SendAcksAsync(over.Token);
        var reason = await Ended.WaitAsync(cancellationToken);
        await over.CancelAsync();
        await sending;
        return reason;
    }

    /// <summary>Publishes.</summary>
    /// <returns>Whether the broker has taken it; not where it was cancelled.</returns>
    public async Task<bool> PublishAsync(MqttApplicationMessage message, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.PublishAsync(message, cancellationToken)).IsSuccess;
        }
        catch (Exception e) when (e is OperationCanceledException || IsTrouble(e, cancellationToken))
        {
            return false;
        }
    }

    /// <summary>Ends the connection without a farewell: it does not answer.</summary>
    public void Abandon(string reason) => ended.TrySetResult(reason);

    /// <summary>Takes leave of the broker; the session stays.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.DisconnectAsync(new MqttClientDisconnectOptions(), cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException || IsTrouble(e, cancellationToken))
        {
            // It will notice by itself.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ended.TrySetResult("closed");
        client.Dispose();
    }

    // What SslStream finds by the system's authorities counts for nothing; the check judges all of it anew.
    private void Secure(MqttClientTlsOptionsBuilder settings, TlsFiles files, ServerCheck check)
    {
        settings.UseTls()
            .WithTargetHost(options.Host)
            .WithSslProtocols(SslProtocols.Tls12 | SslProtocols.Tls13)
            .WithRevocationMode(X509RevocationMode.NoCheck)
            .WithCertificateValidationHandler(shown => check.Accepts(shown.Certificate, shown.Chain));
        if (files.Own is { } own)
        {
            settings.WithClientCertificates([own]);
        }
    }

    // A client whose connection goes away in the middle of a call throws what its insides meet first: also
    // NullReferenceException, where the fields are already cleared.
    private static bool IsTrouble(Exception e, CancellationToken cancellationToken) =>
        e is MqttCommunicationException or MqttProtocolViolationException or System.Net.Sockets.SocketException or IOException
            or ObjectDisposedException or InvalidOperationException or NullReferenceException
        || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private async Task<string?> SubscribeAsync(CancellationToken cancellationToken)
    {
        // At every connect, also where the session is still there: that brings the retained states, which ask for receipts.
        var wanted = new MqttClientSubscribeOptions();
        wanted.TopicFilters.AddRange(Subscriptions.Select(subscription => new MqttTopicFilter
        {
            Topic = Topic.FilterOf(subscription.Kind),
            QualityOfServiceLevel = subscription.Quality,
            RetainHandling = MqttRetainHandling.SendAtSubscribe,
        }));
        var granted = await client.SubscribeAsync(wanted, cancellationToken);
        var refused = granted.Items
            .Where(item => item.ResultCode > MqttClientSubscribeResultCode.GrantedQoS2)
            .Select(item => item.TopicFilter.Topic)
            .ToList();
        return refused.Count == 0
            ? null
            : $"it does not let {options.User} subscribe to {string.Join(", ", refused)}; grant it read access";
    }

    private Task Take(MqttApplicationMessageReceivedEventArgs message)
    {
        message.AutoAcknowledge = false;
        var acknowledge = message.ApplicationMessage.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce
            ? static () => { }
            : acks.Enter(message.AcknowledgeAsync, message.ApplicationMessage.Payload.Length);
        if (acks.Bytes > UnacknowledgedBytesMax)
        {
            ended.TrySetResult("it sends far more than Receive Maximum allows; it is to deliver that again");
            return Task.CompletedTask;
        }

        incoming.Offer(
            message.ApplicationMessage.Topic, message.ApplicationMessage.Payload, acknowledge, () => ended.Task.IsCompleted,
            message.ApplicationMessage.Retain);
        return Task.CompletedTask;
    }

    private async Task SendAcksAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var send in acks.Ready(cancellationToken))
            {
                await send(cancellationToken);
            }
        }
        catch (Exception e) when (e is OperationCanceledException || IsTrouble(e, cancellationToken))
        {
            // The broker delivers again by the next connection, and ingest knows what it has.
            if (!cancellationToken.IsCancellationRequested)
            {
                ended.TrySetResult(e.Message);
            }
        }
    }
}
