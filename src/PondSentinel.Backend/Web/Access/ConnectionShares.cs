using System.Net;
using Microsoft.AspNetCore.Connections;

namespace PondSentinel.Backend.Web.Access;

/// <summary>How many connections one address may hold open to where others come in, so that no stranger who opens all there are, and says
/// nothing on them, keeps everybody else out. A proxy speaks for many.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="proxies">Addresses of the proxy.</param>
internal sealed class ConnectionShares(IReadOnlyList<IPAddress> proxies)
{
    /// <summary>Most connections there.</summary>
    public const int All = 512;

    /// <summary>Most of one address, or of one net of 64 bits of IPv6: behind one of a carrier sit many phones.</summary>
    public const int OfOne = 128;

    private readonly Lock gate = new();
    private readonly Dictionary<string, int> held = new(StringComparer.Ordinal);

    /// <summary>Serves a connection, or ends it.</summary>
    /// <param name="next">Serves it.</param>
    public ConnectionDelegate Limit(ConnectionDelegate next) => async connection =>
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address } || proxies.Contains(Plain(address)))
        {
            await next(connection);
            return;
        }

        var who = SignInRate.NetOf(Plain(address).ToString());
        if (!Take(who))
        {
            connection.Abort(new ConnectionAbortedException("One address holds too many connections."));
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Return(who);
        }
    };

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private bool Take(string who)
    {
        lock (gate)
        {
            var count = held.GetValueOrDefault(who);
            if (count >= OfOne)
            {
                return false;
            }

            held[who] = count + 1;
            return true;
        }
    }

    private void Return(string who)
    {
        lock (gate)
        {
            if (held[who] == 1)
            {
                held.Remove(who);
            }
            else
            {
                held[who]--;
            }
        }
    }
}
