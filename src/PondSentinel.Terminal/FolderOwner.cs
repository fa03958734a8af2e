using System.Runtime.InteropServices;

namespace PondSentinel.Terminal;

/// <summary>Who has a folder. What root makes in a folder of the service must be the service's: it could not go on with it else.
/// </summary>
public static partial class FolderOwner
{
    // AT_FDCWD of fcntl.h; STATX_UID | STATX_GID of linux/stat.h.
    private const int CurrentFolder = -100;
    private const uint OwnerAndGroup = 0x18;

    // struct statx of linux/stat.h is the same on all machines.
    private const int StatLength = 256;
    private const int OwnerAt = 20;
    private const int GroupAt = 24;

    // errno.h: also of a file system that knows no owners.
    private const int NotPermitted = 1;

    /// <summary>Gives what root has just made to who has the folder that it is in; of all others it is theirs already.</summary>
    /// <param name="path">The file or folder. A link is given away itself, never what it leads to.</param>
    /// <exception cref="IOException">The medium failed. Where this process may give nothing away it stays as it is.</exception>
    public static void Give(string path) => GiveLike(path, Path.GetDirectoryName(path) ?? "/");

    /// <summary>Gives what root has just made to who has something else; of all others it is theirs already.</summary>
    /// <param name="path">The file or folder. A link is given away itself, never what it leads to.</param>
    /// <param name="like">The other file or folder.</param>
    /// <exception cref="IOException">The medium failed. Where this process may give nothing away it stays as it is.</exception>
    public static void GiveLike(string path, string like)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            return;
        }

        Span<byte> stat = stackalloc byte[StatLength];
        if (Stat(CurrentFolder, like, 0, OwnerAndGroup, stat) != 0)
        {
            throw Failure("statx", like);
        }

        var owner = BitConverter.ToUInt32(stat[OwnerAt..]);
        var group = BitConverter.ToUInt32(stat[GroupAt..]);
        if ((owner, group) != (0, 0) && ChangeOwner(path, owner, group) != 0 && Marshal.GetLastPInvokeError() != NotPermitted)
        {
            throw Failure("lchown", path);
        }
    }

    private static IOException Failure(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} of {path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(int folder, string path, int flags, uint mask, Span<byte> stat);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);
}
