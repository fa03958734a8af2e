using System.Globalization;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace PondSentinel.Gateway.Uplink;

/// <summary>A broker over TCP, spoken to with MQTTnet, MQTT 5.</summary>
/// <param name="options">Where it is.</param>
/// <param name="gateway">The gateway's id: also its user name and client id, by which the broker knows what it may do.
/// </param>
/// <param name="will">What the broker publishes when the gateway is gone without a word.</param>
internal sealed class MqttNetBroker(UplinkOptions options, string gateway, OutgoingMessage will) : IBroker
{
    /// <summary>How long the broker keeps the session of a gateway that is away: 1 day.</summary>
    public static readonly TimeSpan SessionExpiry = TimeSpan.FromDays(1);

    /// <summary>How long the broker waits with the will, so that a gateway that comes back was never off: 90 s.</summary>
    public static readonly TimeSpan WillDelay = TimeSpan.FromSeconds(90);

    /// <summary>How long the link may be silent before the broker gives the gateway up is one and a half times this: 60 s.
    /// </summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(60);

    // What comes back are receipts, times and commands, of which the wire allows 64 KiB.
    private const int PacketBytesMaxInbound = 128 * 1024;
    private const ushort InFlightMaxInbound = 16;

    private static readonly MqttClientFactory Factory = new();

    /// <inheritdoc/>
    public async Task<Opening> OpenAsync(Action<Arrival> receive, CancellationToken cancellationToken)
    {
        var link = new MqttNetLink(Factory.CreateMqttClient(), receive);
        try
        {
            if (await link.ConnectAsync(Settings(), cancellationToken) is not { } failure)
            {
                return new Opening(link, null);
            }

            await link.DisposeAsync();
            return new Opening(null, string.Create(CultureInfo.InvariantCulture, $"{options.Host}:{options.Port}: {failure}"));
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    private MqttClientOptions Settings() => new MqttClientOptionsBuilder()
        .WithTcpServer(options.Host, options.Port)
        .WithProtocolVersion(MqttProtocolVersion.V500)
        .WithClientId(gateway)
        .WithCredentials(gateway, options.Password)
        .WithCleanStart(false)
        .WithSessionExpiryInterval((uint)SessionExpiry.TotalSeconds)
        .WithKeepAlivePeriod(KeepAlive)
        .WithReceiveMaximum(InFlightMaxInbound)
        .WithMaximumPacketSize(PacketBytesMaxInbound)
        .WithTimeout(options.AckDeadline)
        .WithWillTopic(will.Topic)
        .WithWillPayload(will.Payload.ToArray())
        .WithWillRetain(will.Retain)
        .WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
        .WithWillDelayInterval((uint)WillDelay.TotalSeconds)
        .Build();
}
