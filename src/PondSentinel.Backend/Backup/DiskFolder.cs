using System.Runtime.InteropServices;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Backup;

/// <summary>What a folder holds, its names as well as its files, as it is to survive a power cut.</summary>
internal static partial class DiskFolder
{
    // fcntl.h of Linux: to read, and not for programs that are started.
    private const int ReadOnlyCloseOnExec = 0x80000;

    // errno.h: of file systems over a network that know no such thing for folders.
    private const int InvalidArgument = 22;

    /// <summary>Writes the names in a folder onto the disk.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">They are not there for sure.</exception>
    public static void Sync(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var descriptor = Open(folder, ReadOnlyCloseOnExec);
        if (descriptor < 0)
        {
            throw Failure("open", folder);
        }

        using var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true);
        if (Sync(handle) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument)
        {
            throw Failure("fsync", folder);
        }
    }

    /// <summary>Gives a folder and all in it to the owner of another, where root has made it, and writes all names onto the disk.</summary>
    /// <param name="folder">The folder. What its files hold is on the disk already.</param>
    /// <param name="like">The other.</param>
    /// <exception cref="IOException">It cannot be done.</exception>
    public static void Settle(string folder, string like)
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Prepend(folder))
        {
            FolderOwner.GiveLike(entry, like);
            if (Directory.Exists(entry))
            {
                Sync(entry);
            }
        }
    }

    private static IOException Failure(string call, string folder)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} of {folder}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(Microsoft.Win32.SafeHandles.SafeFileHandle file);
}
