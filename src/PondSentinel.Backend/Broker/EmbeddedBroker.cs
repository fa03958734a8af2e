using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MQTTnet.Protocol;
using MQTTnet.Server;
using PondSentinel.Tls;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Broker;

/// <summary>A broker within the backend, for one machine: it stands in for Mosquitto and keeps to the same access table.
/// </summary>
/// <remarks>
/// <para>Listens on loopback, and for gateways elsewhere on another address by TLS, where everybody shows a certificate.
/// Retained messages and sessions live in memory: what was queued is gone after a restart, and the gateways' resends make up
/// for it.</para>
/// <para>A client's user name is its client id. On loopback nobody proves who he is, but for the backend: its name opens
/// with a password of this process only, so that no gateway can give receipts. By TLS both are the common name of the
/// certificate; loopback is then for the backend alone.</para>
/// </remarks>
public sealed class EmbeddedBroker : IAsyncDisposable
{
    /// <summary>Largest payload, bytes. A batch is at most 32 KiB; a description of many channels is the largest there is.</summary>
    public const int PayloadBytesMax = MetaCodec.BytesMax;

    // Queued for a client that is away: at 32 KiB each this bounds a session to 32 MiB.
    private const int QueuedMessagesMax = 1_000;

    private readonly MqttServer server;
    private readonly string backendUser;
    private readonly byte[] backendPassword;
    private readonly bool isOpen;
    private readonly RefusalLog refusals;

    private EmbeddedBroker(
        IReadOnlyList<BrokerListener> listeners, BrokerOptions backend, RefusalLog refusals)
    {
        this.refusals = refusals;
        var options = new MqttServerOptionsBuilder()
            .WithPersistentSessions()
            .WithMaxPendingMessagesPerClient(QueuedMessagesMax)
            .Build();
        server = new MqttServerFactory().CreateMqttServer(options, listeners);
        isOpen = backend.Listen is not null;
        Port = listeners[0].Port;
        OpenPort = isOpen ? listeners[1].Port : null;
        backendUser = backend.User;
        backendPassword = Encoding.UTF8.GetBytes(backend.Password ?? "");
        server.ValidatingConnectionAsync += Admit;
        server.InterceptingPublishAsync += JudgePublish;
        server.InterceptingSubscriptionAsync += JudgeSubscription;
    }

    /// <summary>The port it listens on at loopback.</summary>
    public int Port { get; }

    /// <summary>The port it listens on for clients elsewhere; null where it does not.</summary>
    public int? OpenPort { get; }

    /// <summary>Starts a broker.</summary>
    /// <param name="backend">Where it listens, and name and password of the one client that is the backend; without a
    /// password nobody is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The journal.</param>
    /// <exception cref="IOException">A port cannot be had, or the certificates are of no use; the message says what to do.
    /// </exception>
    public static async Task<EmbeddedBroker> StartAsync(
        BrokerOptions backend, TimeProvider time, ILogger<EmbeddedBroker> log)
    {
        ArgumentNullException.ThrowIfNull(backend);
        if (backend.Listen is not null && FaultOf(backend.Tls, time) is { } fault)
        {
            throw new IOException($"The broker lets nobody in from elsewhere without certificates: {fault}.");
        }

        var refusals = new RefusalLog(time, log);
        List<BrokerListener> listeners = [];
        try
        {
            // Where others come in by TLS, the port on loopback is the backend's own affair.
            listeners.Add(Bound(new IPEndPoint(IPAddress.Loopback, backend.Listen is null ? backend.Port : 0), null, time, refusals));
            if (backend.Listen is { } address)
            {
                listeners.Add(Bound(new IPEndPoint(address, backend.Port), backend.Tls, time, refusals));
            }

            var broker = new EmbeddedBroker(listeners, backend, refusals);
            await broker.server.StartAsync();
            return broker;
        }
        catch (IOException)
        {
            listeners.ForEach(listener => listener.Dispose());
            throw;
        }
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

    private static BrokerListener Bound(IPEndPoint at, TlsOptions? tls, TimeProvider time, RefusalLog refusals)
    {
        var listener = new BrokerListener(at, tls, time, refusals);
        try
        {
            listener.Bind();
            return listener;
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new IOException($"The broker cannot listen on {at} ({e.Message}). Stop what uses the port, or set another in [broker] port.", e);
        }
    }

    private static string? FaultOf(TlsOptions? tls, TimeProvider time)
    {
        if (tls is not { Authority: not null, Certificate: not null, Key: not null })
        {
            return "name ca, certificate and key in [broker], made with deploy/pki/pki.sh";
        }

        // An expired certificate keeps gateways out, but not the page and the alerts of this backend from its owner: that is
        // a warning, so the dates are not asked for.
        using var files = TlsFiles.Read(tls, out var failure);
        return files is null ? failure : OwnCertificate.FaultOfServer(files, tls, _ => (time.GetUtcNow(), false));
    }

    private Task Admit(ValidatingConnectionEventArgs connection)
    {
        var refusal = RefusalOf(connection);
        if (refusal is var (code, why))
        {
            connection.ReasonCode = code;
            refusals.Note(connection.UserName, $"the connection as client \"{connection.ClientId}\"", why ?? code.ToString());
        }

        return Task.CompletedTask;
    }

    private (MqttConnectReasonCode Code, string? Why)? RefusalOf(ValidatingConnectionEventArgs connection)
    {
        var (user, client) = (connection.UserName, connection.ClientId);
        if (connection.IsSecureConnection)
        {
            var name = connection.ClientCertificate is { } certificate ? CertificateText.CommonName(certificate) : null;
            return !Names.IsName(name) || name != user
                    ? (MqttConnectReasonCode.BadUserNameOrPassword, $"its certificate is of {name ?? "nobody"}, not of its user name {user}")
                : user == backendUser
                    ? (MqttConnectReasonCode.BadUserNameOrPassword, "that is the name of this backend itself")
                : client != user
                    ? (MqttConnectReasonCode.ClientIdentifierNotValid, $"its client id must be its certificate's name {name}")
                : null;
        }

        return !Names.IsName(user) || !IsProven(connection) ? (MqttConnectReasonCode.BadUserNameOrPassword, null)
            : client != user ? (MqttConnectReasonCode.ClientIdentifierNotValid, null)
            : isOpen && user != backendUser ? (MqttConnectReasonCode.NotAuthorized, "without TLS only the backend itself comes in")
            : null;
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
