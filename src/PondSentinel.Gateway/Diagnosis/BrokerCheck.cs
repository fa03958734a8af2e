using System.Globalization;
using System.Net.Sockets;
using PondSentinel.Gateway.Uplink;

namespace PondSentinel.Gateway.Diagnosis;

/// <summary>Tries the way to the broker, a step after the other: its name, its port, its greeting.</summary>
/// <param name="options">Where it is.</param>
/// <param name="gateway">The gateway's name.</param>
/// <param name="time">For its patience and the dates of certificates.</param>
internal sealed class BrokerCheck(UplinkOptions options, string gateway, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private string Place => string.Create(CultureInfo.InvariantCulture, $"{options.Host}:{options.Port}");

    /// <summary>Tries.</summary>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task<Finding> TryAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var addresses = await System.Net.Dns.GetHostAddressesAsync(options.Host, either.Token);
            using var connection = new TcpClient();
            await connection.ConnectAsync(addresses, options.Port, either.Token);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain)
        {
            return Finding.Bad("broker-name", options.Host, e.Message);
        }
        catch (SocketException e)
        {
            return Finding.Bad("broker-unreachable", Place, e.Message);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Finding.Bad("broker-unreachable", Place, "no answer in time");
        }

        return await new BrokerTrial(options, gateway, time).ConnectAsync(cancellationToken) is { } refusal
            ? Finding.Bad("broker-refuses", Place, refusal)
            : Finding.Good("broker-good", Place);
    }
}
