using System.Runtime.InteropServices;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Who may do what with a file that takes another's place.</summary>
internal static partial class FileRights
{
    /// <summary>To write in a folder: W_OK | X_OK of unistd.h.</summary>
    public const int WriteAndSearch = 3;

    /// <summary>To use a device: R_OK | W_OK of unistd.h.</summary>
    public const int ReadAndWrite = 6;

    // EACCES and EPERM of errno.h.
    private const int AccessDenied = 13;
    private const int NotPermitted = 1;

    // Of one that is made anew and may hold a password: its owner's to write, its group's to read.
    private const UnixFileMode OwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <summary>Lets nobody but its owner read a new file.</summary>
    /// <param name="path">The file.</param>
    public static void MakePrivate(string path) => Set(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>Lets its owner write a new file and its group read it.</summary>
    /// <param name="path">The file.</param>
    public static void MakeShared(string path) => Set(path, OwnerAndGroup);

    /// <summary>Whether this process may not do something with what is there.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="what">What, as access(2) has it.</param>
    public static bool IsDenied(string path, int what) =>
        Access(path, what) != 0 && Marshal.GetLastPInvokeError() is AccessDenied or NotPermitted;

    /// <summary>Gives a new file the owner, group and mode of another.</summary>
    /// <param name="path">The new file.</param>
    /// <param name="like">The other; where it is missing the owner of the folder has it, and nobody else may read it.</param>
    /// <exception cref="IOException">This process may not do that.</exception>
    public static void Copy(string path, string like)
    {
        try
        {
            var exists = File.Exists(like);
            Set(path, exists ? ModeOf(like) : OwnerAndGroup);
            if (exists)
            {
                FolderOwner.GiveLike(path, like);
            }
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsLinux() ? File.GetUnixFileMode(path) : throw Elsewhere();

    private static void Set(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw Elsewhere();
        }

        File.SetUnixFileMode(path, mode);
    }

    private static PlatformNotSupportedException Elsewhere() => new("a gateway runs on Linux");

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
