using System.Buffers.Binary;
using System.Net.Sockets;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Counts what crosses the sockets of the uplink, by the kernel's own count. Thread-safe.</summary>
internal sealed class LinkMeter
{
    // include/uapi/linux/tcp.h: struct tcp_info, option TCP_INFO of level IPPROTO_TCP.
    private const int LevelTcp = 6;
    private const int OptionInfo = 11;
    private const int OptionsAt = 5;
    private const int BytesReceivedAt = 128;
    private const int SegmentsOutAt = 136;
    private const int SegmentsInAt = 140;
    private const int BytesSentAt = 200;
    private const int InfoBytes = 208;
    private const byte HasTimestamps = 1;

    private const int HeaderIpV4 = 20;
    private const int HeaderIpV6 = 40;
    private const int HeaderTcp = 20;
    private const int HeaderTimestamps = 12;

    // FIN and its acknowledgement, each way, after the last look.
    private const int SegmentsOfTheEnd = 2;

    private readonly Lock gate = new();
    private readonly List<Socket> open = [];
    private LinkBytes closed;

    /// <summary>All since the process started, tries that failed included; null where the kernel does not count (before
    /// Linux 4.19).</summary>
    public LinkBytes? Total
    {
        get
        {
            lock (gate)
            {
                var sum = closed;
                foreach (var socket in open)
                {
                    if (Read(socket, 0) is not { } bytes)
                    {
                        return null;
                    }

                    sum += bytes;
                }

                return sum;
            }
        }
    }

    /// <summary>Begins to count a socket.</summary>
    /// <param name="socket">The socket; <see cref="Remove"/> is called before it is closed.</param>
    public void Add(Socket socket)
    {
        lock (gate)
        {
            open.Add(socket);
        }
    }

    /// <summary>Takes the last count of a socket; not its first call does nothing.</summary>
    /// <param name="socket">The socket, still open.</param>
    public void Remove(Socket socket)
    {
        lock (gate)
        {
            if (open.Remove(socket))
            {
                closed += Read(socket, SegmentsOfTheEnd) ?? default;
            }
        }
    }

    private static LinkBytes? Read(Socket socket, int more)
    {
        Span<byte> info = stackalloc byte[InfoBytes];
        try
        {
            if (socket.GetRawSocketOption(LevelTcp, OptionInfo, info) < InfoBytes)
            {
                return null;
            }
        }
        catch (ObjectDisposedException)
        {
            // A connection that was given up while it was opened: some SYN, which nobody counts any more.
            return default(LinkBytes);
        }

        var header = (socket.AddressFamily == AddressFamily.InterNetworkV6 ? HeaderIpV6 : HeaderIpV4)
            + HeaderTcp
            + ((info[OptionsAt] & HasTimestamps) != 0 ? HeaderTimestamps : 0);
        return new LinkBytes(
            Count(info, BytesSentAt) + (header * (Segments(info, SegmentsOutAt) + more)),
            Count(info, BytesReceivedAt) + (header * (Segments(info, SegmentsInAt) + more)));
    }

    private static long Count(ReadOnlySpan<byte> info, int at) => BinaryPrimitives.ReadInt64LittleEndian(info[at..]);

    private static long Segments(ReadOnlySpan<byte> info, int at) => BinaryPrimitives.ReadUInt32LittleEndian(info[at..]);
}
