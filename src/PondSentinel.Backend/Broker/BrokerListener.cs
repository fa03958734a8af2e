using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Implementations;
using MQTTnet.Server;
using PondSentinel.Tls;

namespace PondSentinel.Backend.Broker;

/// <summary>Where clients of the embedded broker come in: one address, by TLS or on loopback without.</summary>
/// <remarks>MQTTnet's own listener takes packets of any size and any number of connections, waits for ever for a handshake, and
/// says of a refused certificate that something went wrong. This one bounds all of it and says why.</remarks>
/// <param name="at">Address and port; port 0 takes a free one.</param>
/// <param name="tls">The certificates, where it speaks TLS; the files are read for every connection.</param>
/// <param name="time">The clock: of the handshake's deadline, and of certificates.</param>
/// <param name="refusals">Told of who does not come in.</param>
internal sealed class BrokerListener(IPEndPoint at, TlsOptions? tls, TimeProvider time, RefusalLog refusals) : IMqttServerAdapter
{
    /// <summary>Most connections at once. A file descriptor and some 10 KiB each.</summary>
    public const int ConnectionsMax = 2_048;

    /// <summary>Largest packet, bytes: the largest payload, and its topic and properties.</summary>
    public const int PacketBytesMax = EmbeddedBroker.PayloadBytesMax + (64 * 1024);

    private static readonly TimeSpan HandshakeWithin = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource stop = new();
    private readonly Socket socket = new(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private Task accepting = Task.CompletedTask;
    private int connections;

    /// <inheritdoc/>
    public Func<IMqttChannelAdapter, Task>? ClientHandler { get; set; }

    /// <summary>The port it listens on, once it listens.</summary>
    public int Port => ((IPEndPoint)socket.LocalEndPoint!).Port;

    /// <summary>Takes the port.</summary>
    /// <exception cref="SocketException">It cannot be had.</exception>
    public void Bind()
    {
        if (at.Address.Equals(IPAddress.IPv6Any))
        {
            socket.DualMode = true;
        }

        socket.Bind(at);
        socket.Listen();
    }

    /// <inheritdoc/>
    public Task StartAsync(MqttServerOptions options, IMqttNetLogger logger)
    {
        accepting = AcceptAsync(options, logger);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync()
    {
        await stop.CancelAsync();
        socket.Dispose();
        await accepting;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        socket.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync(MqttServerOptions options, IMqttNetLogger logger)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var client = await socket.AcceptAsync(stop.Token);
                _ = ServeAsync(client, options, logger);
            }
            catch (SocketException e) when (!stop.IsCancellationRequested)
            {
                // The client has gone again, or there are no file descriptors left: that may be over in a moment.
                refusals.Note(null, "a connection", e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, CancellationToken.None);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "One client's connection must not end the listener, whatever it threw.")]
    private async Task ServeAsync(Socket client, MqttServerOptions options, IMqttNetLogger logger)
    {
        await Task.Yield();
        var from = "a client that has gone";
        var isOneTooMany = Interlocked.Increment(ref connections) > ConnectionsMax;
        try
        {
            using (client)
            {
                var remote = (IPEndPoint)client.RemoteEndPoint!;
                from = remote.Address.ToString();
                if (isOneTooMany)
                {
                    refusals.Note(from, "a connection", $"there are {ConnectionsMax} already");
                    return;
                }

                client.NoDelay = true;
                await using var plain = new NetworkStream(client, ownsSocket: false);
                await using var secure = tls is null ? null : await SecureAsync(plain, from);
                if (tls is null || secure is not null)
                {
                    await HandAsync((Stream?)secure ?? plain, client, remote, options, logger, from);
                }
            }
        }
        catch (Exception e)
        {
            // Its own mistakes and broken connections MQTTnet ends by itself; what comes here is of the socket.
            refusals.Note(from, "its connection", e.Message);
        }
        finally
        {
            Interlocked.Decrement(ref connections);
        }
    }

    private async Task HandAsync(
        Stream stream, Socket client, IPEndPoint remote, MqttServerOptions options, IMqttNetLogger logger, string from)
    {
        var certificate = (stream as SslStream)?.RemoteCertificate as X509Certificate2;
        using var channel = new BoundedChannel(
            new MqttTcpChannel(stream, client.LocalEndPoint, remote, certificate),
            PacketBytesMax,
            bytes => refusals.Note(from, $"a packet of {bytes} bytes", $"the most is {PacketBytesMax}, so the connection is ended"));
        var formatter = new MqttPacketFormatterAdapter(new MqttBufferWriter(options.WriterBufferSize, options.WriterBufferSizeMax));
        using var adapter = new MqttChannelAdapter(channel, formatter, logger);
        if (ClientHandler is { } handle)
        {
            await handle(adapter);
        }
    }

    // The stream when the client has shown a certificate that is believed; null, and told why, when not.
    private async Task<SslStream?> SecureAsync(NetworkStream plain, string from)
    {
        using var files = TlsFiles.Read(tls!, out var refusal);
        if (files is null)
        {
            refusals.Note(from, "a connection", refusal!);
            return null;
        }

        var check = new ClientCheck(files, _ => (time.GetUtcNow(), true), "[broker]");
        var stream = new SslStream(plain, leaveInnerStreamOpen: true);
        try
        {
            using var deadline = new CancellationTokenSource(HandshakeWithin, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop.Token);
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = SslStreamCertificateContext.Create(files.Own!, null, offline: true),
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    ClientCertificateRequired = true,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck, // Judged by the owner's list.
                    AllowTlsResume = false, // A client that has been revoked since must not come back by an old ticket.
                    RemoteCertificateValidationCallback = (_, shown, chain, _) =>
                        (refusal = check.RefusalOf(shown, chain)) is null,
                },
                either.Token);
            return stream;
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException or CryptographicException)
        {
            await stream.DisposeAsync();
            if (!stop.IsCancellationRequested)
            {
                refusals.Note(from, "a connection", refusal ?? (e is OperationCanceledException
                    ? "it has not finished the TLS handshake in time"
                    : Handshake.MeaningOfClient(e) ?? $"the TLS handshake failed: {e.GetBaseException().Message}"));
            }

            return null;
        }
    }
}
