using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace PondSentinel.Gateway.Control;

/// <summary>The socket's file: for its owner and the group <see cref="Group"/>, and nobody else.</summary>
internal static partial class ControlSocketFile
{
    /// <summary>The group whose members may give orders, where the machine has it.</summary>
    public const string Group = "pond";

    // S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP of sys/stat.h: 0660.
    private const uint OwnerAndGroup = 0x1B0;

    private const int Waiting = 16;

    // chown(2): leave it as it is.
    private const uint Same = uint.MaxValue;

    /// <summary>Makes it and listens.</summary>
    /// <param name="path">The file.</param>
    /// <param name="groups">The machine's groups, as <c>/etc/group</c> lists them.</param>
    /// <param name="warning">What is not as it should be though it listens, in one line; null where nothing is.</param>
    /// <exception cref="IOException">Another process listens there, or something else is in the way.</exception>
    /// <exception cref="SocketException">The file cannot be made there.</exception>
    /// <exception cref="UnauthorizedAccessException">What is in the way may not be removed.</exception>
    public static Socket Listen(string path, string groups, out string? warning)
    {
        RemoveRemains(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));

            // Nobody gets in before the rights are set: a connection is refused until it listens.
            if (ChangeMode(path, OwnerAndGroup) != 0)
            {
                throw new IOException($"its rights cannot be set: {Marshal.GetLastPInvokeErrorMessage()}");
            }

            warning = GroupId(groups) is { } group && ChangeOwner(path, Same, group) != 0
                ? $"cannot be given to the group {Group} ({Marshal.GetLastPInvokeErrorMessage()}): add the user that pond-gateway runs as to it"
                : null;
            socket.Listen(Waiting);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // What a process left that was killed. One that still listens is left alone, and so is a file that holds anything: it refuses a
    // connection too.
    private static void RemoveRemains(string path)
    {
        if (!Path.Exists(path))
        {
            return;
        }

        // One that listens and takes nobody would keep whoever waits for ever.
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && new FileInfo(path) is { Exists: true, Length: 0 })
        {
            File.Delete(path);
            return;
        }
        catch (SocketException e) when (e.SocketErrorCode is not (SocketError.WouldBlock or SocketError.InProgress))
        {
            throw new IOException($"something else is in the way: {e.Message}", e);
        }
        catch (SocketException)
        {
            // It listens, and has more callers than it takes.
        }

        throw new IOException("another process listens there");
    }

    private static uint? GroupId(string groups)
    {
        foreach (var line in groups.Split('\n'))
        {
            if (line.Split(':') is [Group, _, var id, ..] && uint.TryParse(id, out var number))
            {
                return number;
            }
        }

        return null;
    }

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeMode(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);
}
