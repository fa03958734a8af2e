using System.Globalization;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Uplink;

/// <summary>A broker over TCP or TLS, spoken to with MQTTnet, MQTT 5.</summary>
/// <param name="options">Where it is.</param>
/// <param name="gateway">The gateway's id: also its user name and client id, by which the broker knows what it may do.
/// </param>
/// <param name="will">What the broker publishes when the gateway is gone without a word.</param>
/// <param name="time">When the broker's certificate is judged, where it has one.</param>
internal sealed class MqttNetBroker(
    UplinkOptions options, string gateway, OutgoingMessage will, CertificateTime time) : IBroker
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
        if (options.Tls is not { } tls)
        {
            return await OpenAsync(Settings().Build(), null, receive, cancellationToken);
        }

        using var files = TlsFiles.Read(tls, out var failure);
        if (files is null)
        {
            return Failed(failure);
        }

        var check = new ServerCheck(options.Host, files.Authorities, time);
        return await OpenAsync(
            Settings().WithTlsOptions(settings => Secure(settings, files, check)).Build(), check, receive, cancellationToken);
    }

    private async Task<Opening> OpenAsync(
        MqttClientOptions settings, ServerCheck? check, Action<Arrival> receive, CancellationToken cancellationToken)
    {
        var link = new MqttNetLink(Factory.CreateMqttClient(), receive);
        try
        {
            if (await link.ConnectAsync(settings, cancellationToken) is not { } failure)
            {
                return new Opening(link, null);
            }

            await link.DisposeAsync();
            return Failed(check?.Refusal ?? failure);
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    private Opening Failed(string? failure) =>
        new(null, string.Create(CultureInfo.InvariantCulture, $"{options.Host}:{options.Port}: {failure}"));

    // What SslStream finds by the system's own clock and authorities counts for nothing; the check judges all of it anew.
    private void Secure(MqttClientTlsOptionsBuilder settings, TlsFiles files, ServerCheck check)
    {
        settings.UseTls()
            .WithTargetHost(options.Host)
            .WithSslProtocols(SslProtocols.Tls12 | SslProtocols.Tls13)
            .WithRevocationMode(X509RevocationMode.NoCheck)
            .WithCertificateValidationHandler(shown => check.Accepts(
                shown.Certificate as X509Certificate2,
                shown.Chain?.ChainPolicy.ExtraStore.Concat(shown.Chain.ChainElements.Select(element => element.Certificate)) ?? []));
        if (files.Own is { } own)
        {
            settings.WithClientCertificates([own]);
        }
    }

    private MqttClientOptionsBuilder Settings() => new MqttClientOptionsBuilder()
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
        .WithWillDelayInterval((uint)WillDelay.TotalSeconds);
}
