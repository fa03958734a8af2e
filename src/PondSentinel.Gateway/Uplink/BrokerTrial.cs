using MQTTnet;
using MQTTnet.Formatter;
using PondSentinel.Tls;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Introduces the gateway to its broker once, to see whether it is taken, and says goodbye.</summary>
/// <remarks>Under a client id of its own, with a session that ends at once: the gateway's own session, which may be in use, is left
/// alone. The user name and the certificate are the gateway's, by which the broker knows it.</remarks>
/// <param name="options">Where the broker is.</param>
/// <param name="gateway">The gateway's id.</param>
/// <param name="time">For its patience and the dates of certificates.</param>
internal sealed class BrokerTrial(UplinkOptions options, string gateway, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Tries.</summary>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Why the gateway is not taken, in one line for people; null where it is.</returns>
    public async Task<string?> ConnectAsync(CancellationToken cancellationToken)
    {
        var settings = new MqttClientOptionsBuilder()
            .WithTcpServer(options.Host, options.Port)
            .WithProtocolVersion(options.Protocol == MqttProtocol.Mqtt5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311)
            .WithClientId($"{gateway}-doctor")
            .WithCredentials(gateway, options.Password)
            .WithCleanStart(true)
            .WithTimeout(Patience);
        if (options.Tls is not { } tls)
        {
            return await ConnectAsync(settings.Build(), check: null, cancellationToken);
        }

        using var files = TlsFiles.Read(tls, out var failure);
        if (files is null)
        {
            return failure;
        }

        var check = new ServerCheck(options.Host, files, _ => (time.GetUtcNow(), true), "[uplink]");
        return await ConnectAsync(
            settings.WithTlsOptions(way => MqttNetBroker.Secure(options.Host, way, files, check)).Build(), check, cancellationToken);
    }

    private async Task<string?> ConnectAsync(MqttClientOptions settings, ServerCheck? check, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await using var link = new MqttNetLink(static _ => { });
        if (await link.ConnectAsync(settings, check, either.Token) is { } failure)
        {
            return failure;
        }

        await link.CloseAsync(either.Token);
        return null;
    }
}
