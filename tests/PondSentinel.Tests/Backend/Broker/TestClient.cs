using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Formatter;

namespace PondSentinel.Tests.Backend.Broker;

/// <summary>A client that comes by TLS and believes whatever broker it meets, so that only the broker decides.</summary>
internal static class TestClient
{
    /// <summary>Tries to connect.</summary>
    /// <returns>The reason code; null where the connection ended without one.</returns>
    public static async Task<MqttClientConnectResultCode?> TryAsync(
        IMqttClient client, int port, string name, X509Certificate2? own, SslProtocols protocols = SslProtocols.Tls12 | SslProtocols.Tls13, string? user = null)
    {
        try
        {
            var options = new MqttClientOptionsBuilder()
                .WithTcpServer("127.0.0.1", port)
                .WithProtocolVersion(MqttProtocolVersion.V500)
                .WithClientId(name)
                .WithCredentials(user ?? name, (string?)null)
                .WithTimeout(TimeSpan.FromSeconds(20))
                .WithTlsOptions(tls =>
                {
                    tls.UseTls().WithTargetHost("localhost").WithSslProtocols(protocols).WithCertificateValidationHandler(_ => true);
#pragma warning disable CA1416 // Tests run on Linux. With the suites of TLS 1.1, so that it is the broker who refuses that.
                    tls.WithCipherSuitesPolicy(new CipherSuitesPolicy(
                    [
                        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
                        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
                    ]));
#pragma warning restore CA1416
                    if (own is not null)
                    {
                        tls.WithClientCertificates([own]);
                    }
                });
            return (await client.ConnectAsync(options.Build(), TestContext.Current.CancellationToken)).ResultCode;
        }
        catch (MQTTnet.Exceptions.MqttCommunicationException)
        {
            return null;
        }
    }
}
