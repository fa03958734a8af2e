using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Implementations;
using MQTTnet.Packets;

namespace PondSentinel.Gateway.Uplink;

/// <summary>MQTTnet's adapter, watched for a broker's goodbye: the client passes on its reason alone, and that only where
/// nobody waits for an answer.</summary>
/// <param name="inner">The adapter.</param>
/// <param name="saidGoodbye">Told of a DISCONNECT before the client knows of it.</param>
internal sealed class WatchedAdapter(IMqttChannelAdapter inner, Action<MqttDisconnectPacket> saidGoodbye) : IMqttChannelAdapter
{
    /// <inheritdoc/>
    public long BytesReceived => inner.BytesReceived;

    /// <inheritdoc/>
    public long BytesSent => inner.BytesSent;

    /// <inheritdoc/>
    public X509Certificate2 ClientCertificate => inner.ClientCertificate;

    /// <inheritdoc/>
    public EndPoint RemoteEndPoint => inner.RemoteEndPoint;

    /// <inheritdoc/>
    public EndPoint LocalEndPoint => inner.LocalEndPoint;

    /// <inheritdoc/>
    public bool IsSecureConnection => inner.IsSecureConnection;

    /// <inheritdoc/>
    public MqttPacketFormatterAdapter PacketFormatterAdapter => inner.PacketFormatterAdapter;

    /// <inheritdoc/>
    public Task ConnectAsync(CancellationToken cancellationToken) => inner.ConnectAsync(cancellationToken);

    /// <inheritdoc/>
    public Task DisconnectAsync(CancellationToken cancellationToken) => inner.DisconnectAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<MqttPacket> ReceivePacketAsync(CancellationToken cancellationToken)
    {
        var packet = await inner.ReceivePacketAsync(cancellationToken).ConfigureAwait(false);
        if (packet is MqttDisconnectPacket goodbye)
        {
            saidGoodbye(goodbye);
        }

        return packet;
    }

    /// <inheritdoc/>
    public void ResetStatistics() => inner.ResetStatistics();

    /// <inheritdoc/>
    public Task SendPacketAsync(MqttPacket packet, CancellationToken cancellationToken) =>
        inner.SendPacketAsync(packet, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}

/// <summary>Makes such adapters for one client.</summary>
/// <param name="saidGoodbye">Told of a DISCONNECT.</param>
internal sealed class WatchedAdapterFactory(Action<MqttDisconnectPacket> saidGoodbye) : IMqttClientAdapterFactory
{
    private readonly MqttClientAdapterFactory inner = new();

    /// <inheritdoc/>
    public IMqttChannelAdapter CreateClientAdapter(
        MqttClientOptions options, MqttPacketInspector packetInspector, IMqttNetLogger logger) =>
        new WatchedAdapter(inner.CreateClientAdapter(options, packetInspector, logger), saidGoodbye);
}
