using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MQTTnet.Protocol;
using MQTTnet.Server;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Broker;

/// <summary>A broker within the backend, for one machine: it stands in for Mosquitto and keeps to the same access table.
/// </summary>
/// <remarks>
/// <para>Listens on loopback only. Retained messages and sessions live in memory: what was queued is gone after a restart,
/// and the gateways' resends make up for it.</para>
/// <para>A client's user name is its client id. On loopback nobody proves who he is, but for the backend: its name opens
/// with a password of this process only, so that no gateway can give receipts.</para>
/// </remarks>
public sealed class EmbeddedBroker : IAsyncDisposable
{
    /// <summary>Largest payload, bytes. A batch is at most 32 KiB; a description of many channels is larger.</summary>
    public const int PayloadBytesMax = 256 * 1024;

    // Queued for a client that is away: at 32 KiB each this bounds a session to 32 MiB.
    private const int QueuedMessagesMax = 1_000;

    private readonly MqttServer server;
    private readonly string backendUser;
    private readonly byte[] backendPassword;
    private readonly RefusalLog refusals;

    private EmbeddedBroker(MqttServer server, int port, BrokerOptions backend, TimeProvider time, ILogger<EmbeddedBroker> log)
    {
        this.server = server;
        Port = port;
        backendUser = backend.User;
        backendPassword = Encoding.UTF8.GetBytes(backend.Password ?? "");
        refusals = new RefusalLog(time, log);
        server.ValidatingConnectionAsync += Admit;
        server.InterceptingPublishAsync += JudgePublish;
        server.InterceptingSubscriptionAsync += JudgeSubscription;
    }

    /// <summary>The port it listens on.</summary>
    public int Port { get; private set; }

    /// <summary>Starts a broker.</summary>
    /// <param name="port">Port on loopback; 0 takes a free one.</param>
    /// <param name="backend">Name and password of the one client that is the backend; without a password nobody is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The journal.</param>
    /// <exception cref="IOException">The port cannot be had; the message says what to do.</exception>
    public static async Task<EmbeddedBroker> StartAsync(
        int port, BrokerOptions backend, TimeProvider time, ILogger<EmbeddedBroker> log)
    {
        ArgumentNullException.ThrowIfNull(backend);
        var options = new MqttServerOptionsBuilder()
            .WithDefaultEndpoint()
            .WithDefaultEndpointPort(port)
            .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
            .WithDefaultEndpointBoundIPV6Address(IPAddress.None)
            .WithPersistentSessions()
            .WithMaxPendingMessagesPerClient(QueuedMessagesMax)
            .Build();
        var broker = new EmbeddedBroker(new MqttServerFactory().CreateMqttServer(options), port, backend, time, log);
        try
        {
            await broker.server.StartAsync();
        }
        catch (SocketException e)
        {
            await broker.DisposeAsync();
            throw new IOException(
                $"The broker cannot listen on 127.0.0.1:{port} ({e.Message}). Stop what uses the port, or set another in [broker] port.", e);
        }

        // The listener writes the port that it was given back into the options.
        broker.Port = options.DefaultEndpointOptions.Port;
        return broker;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (server.IsStarted)
        {
            await server.StopAsync(new MqttServerStopOptions());
        }

        server.Dispose();
    }

    private Task Admit(ValidatingConnectionEventArgs connection)
    {
        connection.ReasonCode = !Names.IsName(connection.UserName) || !IsProven(connection)
            ? MqttConnectReasonCode.BadUserNameOrPassword
            : connection.ClientId == connection.UserName
                ? MqttConnectReasonCode.Success
                : MqttConnectReasonCode.ClientIdentifierNotValid;
        if (connection.ReasonCode != MqttConnectReasonCode.Success)
        {
            refusals.Note(connection.UserName, $"the connection as client \"{connection.ClientId}\"", connection.ReasonCode.ToString());
        }

        return Task.CompletedTask;
    }

    private bool IsProven(ValidatingConnectionEventArgs connection) =>
        connection.UserName != backendUser
        || (backendPassword.Length > 0
            && CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(connection.Password ?? ""), backendPassword));

    private Task JudgePublish(InterceptingPublishEventArgs publish)
    {
        var message = publish.ApplicationMessage;
        var refusal =
            !TableOf(publish.UserName).MayPublish(message.Topic ?? "", publish.UserName) ? MqttPubAckReasonCode.NotAuthorized
            : message.Payload.Length > PayloadBytesMax ? MqttPubAckReasonCode.QuotaExceeded
            : MqttPubAckReasonCode.Success;
        if (refusal != MqttPubAckReasonCode.Success)
        {
            publish.ProcessPublish = false;
            publish.Response.ReasonCode = refusal;
            refusals.Note(publish.UserName, $"a message of {message.Payload.Length} bytes to {message.Topic}", refusal.ToString());
        }

        return Task.CompletedTask;
    }

    private Task JudgeSubscription(InterceptingSubscriptionEventArgs subscription)
    {
        if (!TableOf(subscription.UserName).MaySubscribe(subscription.TopicFilter.Topic, subscription.UserName))
        {
            subscription.ProcessSubscription = false;
            subscription.Response.ReasonCode = MqttSubscribeReasonCode.NotAuthorized;
            refusals.Note(
                subscription.UserName,
                $"a subscription to {subscription.TopicFilter.Topic}",
                nameof(MqttSubscribeReasonCode.NotAuthorized));
        }

        return Task.CompletedTask;
    }

    private AccessTable TableOf(string user) => user == backendUser ? AccessTable.OfBackend : AccessTable.OfGateway;
}
