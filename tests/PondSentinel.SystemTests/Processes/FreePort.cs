using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PondSentinel.SystemTests.Processes;

/// <summary>Ports on loopback for servers that cannot choose one themselves.</summary>
internal static class FreePort
{
    private static readonly ConcurrentDictionary<int, bool> HandedOut = new();

    /// <summary>A port that nobody listens on; never the same one twice in this process.</summary>
    public static int Next()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (HandedOut.TryAdd(port, true))
            {
                return port;
            }
        }
    }
}
