using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace PondSentinel.Gateway.Control;

/// <summary>Who is at the other end of a unix domain socket, by the kernel's word.</summary>
internal static class ControlPeer
{
    // SOL_SOCKET and SO_PEERCRED of asm-generic/socket.h: x86-64 and arm64 agree on them.
    private const int LevelSocket = 1;
    private const int OptionPeerCredentials = 17;

    // struct ucred: pid, uid, gid, 32 bits each.
    private const int CredentialsLength = 12;
    private const int UidOffset = 4;

    /// <summary>The user that the peer was when it connected.</summary>
    /// <param name="socket">The connection.</param>
    /// <exception cref="SocketException">The kernel does not say.</exception>
    public static uint Uid(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[CredentialsLength];
        socket.GetRawSocketOption(LevelSocket, OptionPeerCredentials, credentials);
        return MemoryMarshal.Read<uint>(credentials[UidOffset..]);
    }
}
