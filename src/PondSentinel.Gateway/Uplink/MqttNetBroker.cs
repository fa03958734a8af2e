using System.Globalization;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.Gateway.Time;
using PondSentinel.Tls;

namespace PondSentinel.Gateway.Uplink;

/// <summary>A broker over TCP or TLS, spoken to with MQTTnet, MQTT 5 or 3.1.1.</summary>
/// <remarks>What 3.1.1 cannot say, the broker decides: how long it keeps the session, when it publishes the will. It takes what
/// it is sent or closes the connection.</remarks>
/// <param name="options">Where it is.</param>
/// <param name="gateway">The gateway's id: also its user name and client id, by which the broker knows what it may do.
/// </param>
/// <param name="will">What the broker publishes when the gateway is gone without a word.</param>
/// <param name="judged">When the broker's certificate is judged, where it has one.</param>
/// <param name="time">For waiting.</param>
internal sealed class MqttNetBroker(
    UplinkOptions options, string gateway, OutgoingMessage will, CertificateTime judged, TimeProvider time) : IBroker
{
    /// <summary>How long the broker keeps the session of a gateway that is away: 1 day.</summary>
    public static readonly TimeSpan SessionExpiry = TimeSpan.FromDays(1);

    /// <summary>How long the broker waits with the will, so that a gateway that comes back was never off: 90 s.</summary>
    public static readonly TimeSpan WillDelay = TimeSpan.FromSeconds(90);

    // What comes back are receipts, times and commands, of which the wire allows 64 KiB.
    private const int PacketBytesMaxInbound = 128 * 1024;
    private const ushort InFlightMaxInbound = 16;

    private readonly LinkMeter meter = new();

    /// <inheritdoc/>
    public LinkBytes? Bytes => meter.Total;

    /// <inheritdoc/>
    public async Task<Opening> OpenAsync(Action<Arrival> receive, CancellationToken cancellationToken)
    {
        if (options.Tls is not { } tls)
        {
            return await OpenAsync(Settings().Build(), null, receive, cancellationToken);
        }

        using var files = TlsFiles.Read(tls, out var failure);
        if (files is null)
        {
            return Failed(failure);
        }

        if (OwnCertificate.FaultOfClient(files, tls, gateway, judged.For) is { } fault)
        {
            return Failed(fault);
        }

        var check = new ServerCheck(options.Host, files, judged.For, "[uplink]");
        return await OpenAsync(
            Settings().WithTlsOptions(settings => Secure(options.Host, settings, files, check)).Build(), check, receive, cancellationToken);
    }

    private async Task<Opening> OpenAsync(
        MqttClientOptions settings, ServerCheck? check, Action<Arrival> receive, CancellationToken cancellationToken)
    {
        var link = new MqttNetLink(receive, options.IsThrifty);
        try
        {
            if (await link.ConnectAsync(settings, check, cancellationToken) is not { } failure)
            {
                return new Opening(link, null);
            }

            await link.DisposeAsync();
            return Failed(failure);
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    private Opening Failed(string? failure) =>
        new(null, string.Create(CultureInfo.InvariantCulture, $"{options.Host}:{options.Port}: {failure}"));

    /// <summary>Has a connection secured. What SslStream finds by the system's own clock and authorities counts for nothing; the check
    /// judges all of it anew.</summary>
    /// <param name="host">The broker's name.</param>
    /// <param name="settings">The connection's.</param>
    /// <param name="files">The certificates.</param>
    /// <param name="check">Judges the broker's.</param>
    internal static void Secure(string host, MqttClientTlsOptionsBuilder settings, TlsFiles files, ServerCheck check)
    {
        settings.UseTls()
            .WithTargetHost(host)
            .WithSslProtocols(SslProtocols.Tls12 | SslProtocols.Tls13)
            .WithRevocationMode(X509RevocationMode.NoCheck)
            .WithCertificateValidationHandler(shown => check.Accepts(shown.Certificate, shown.Chain));
        if (files.Own is { } own)
        {
            settings.WithClientCertificates([own]);
        }
    }

    private MqttClientOptionsBuilder Settings()
    {
        var settings = new MqttClientOptionsBuilder()
            .WithTcpServer(options.Host, options.Port)
            .WithStreamProvider(new LinkSocket(options.Host, options.Port, options.AckDeadline, meter, time))
            .WithProtocolVersion(options.Protocol == MqttProtocol.Mqtt5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311)
            .WithoutPacketFragmentation() // Else header and payload are two records of TLS in two segments.
            .WithClientId(gateway)
            .WithCredentials(gateway, options.Password)
            .WithCleanStart(false)
            .WithKeepAlivePeriod(options.KeepAlive)
            .WithTimeout(options.AckDeadline)
            .WithWillTopic(will.Topic)
            .WithWillPayload(will.Payload.ToArray())
            .WithWillRetain(will.Retain)
            .WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce);
        return options.Protocol == MqttProtocol.Mqtt5
            ? settings
                .WithSessionExpiryInterval((uint)SessionExpiry.TotalSeconds)
                .WithReceiveMaximum(InFlightMaxInbound)
                .WithMaximumPacketSize(PacketBytesMaxInbound)
                .WithWillDelayInterval((uint)WillDelay.TotalSeconds)
            : settings;
    }
}
