using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Buffering;

/// <summary>A folder of a Linux file system.</summary>
/// <remarks>.NET has no fdatasync: its flush is fsync, which on a preallocated file writes the journal too, three times the
/// bytes for each commit.</remarks>
internal sealed partial class LinuxCard : ICard
{
    // O_RDONLY, O_RDWR and O_CLOEXEC of asm-generic/fcntl.h; x86-64 and arm64 agree on them.
    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int ReadWriteCloseOnExec = 0x80002;

    // LOCK_EX | LOCK_NB of asm-generic/fcntl.h.
    private const int ExclusiveAtOnce = 6;

    // errno.h.
    private const int Interrupted = 4;
    private const int WouldBlock = 11;
    private const int AccessDenied = 13;
    private const int ReadOnlyFileSystem = 30;

    private const string Buffer = "buffer";

    private readonly string folder;
    private readonly bool isToRead;
    private readonly string purpose;

    private LinuxCard(string folder, bool isToRead, string purpose) =>
        (this.folder, this.isToRead, this.purpose) = (folder, isToRead, purpose);

    /// <inheritdoc/>
    public long FreeBytes => Guarded(() => new DriveInfo(folder).AvailableFreeSpace);

    /// <summary>The card at a folder, which is made where it is missing. Where the medium does not let it be made the card is
    /// dead.</summary>
    /// <param name="folder">Its path.</param>
    /// <param name="purpose">What lives in it, for people.</param>
    /// <exception cref="IOException">It is no folder, or this process has no right to it: a mistake in the settings, not a
    /// broken medium.</exception>
    public static ICard At(string folder, string purpose = Buffer)
    {
        var path = Path.GetFullPath(folder);
        try
        {
            if (!Directory.Exists(path))
            {
                Guarded(() => Directory.CreateDirectory(path));
                FolderOwner.Give(path);
            }
        }
        catch (IOException e) when (CardErrors.IsOfTheMedium(e))
        {
            return new DeadCard(e);
        }

        return FileRights.IsDenied(path, FileRights.WriteAndSearch)
            ? throw new IOException(
                $"The {purpose} in {path} cannot be used: this user may not write there. Give the folder to the user that "
                + "pond-gateway runs as, or name another in [buffer] folder.")
            : new LinuxCard(path, isToRead: false, purpose);
    }

    /// <summary>The card at a folder, whose files are only read.</summary>
    /// <param name="folder">Its path.</param>
    /// <param name="purpose">What lives in it, for people.</param>
    /// <exception cref="IOException">It is not there.</exception>
    public static ICard ToRead(string folder, string purpose = Buffer)
    {
        var path = Path.GetFullPath(folder);
        return Directory.Exists(path)
            ? new LinuxCard(path, isToRead: true, purpose)
            : throw new IOException($"there is no such folder, or it may not be read; name the folder of a {purpose}");
    }

    /// <summary>Whether a folder could not be claimed because another process has it.</summary>
    /// <param name="error">The failure.</param>
    public static bool IsInUse(IOException error) => error.InnerException is IOException { HResult: WouldBlock };

    /// <inheritdoc/>
    public IDisposable Claim()
    {
        // The folder itself is locked: that needs no file, which a card gone read-only would not take. The kernel lets go of
        // it however the process ends.
        var handle = OpenFolder();
        if (Lock(handle, ExclusiveAtOnce) == 0)
        {
            return handle;
        }

        var error = Failure("flock", folder);
        handle.Dispose();
        throw error.HResult == WouldBlock
            ? new IOException(
                $"The {purpose} in {folder} is in use: another pond-gateway runs with the same folder. Stop it, or give this "
                + "one its own [buffer] folder.",
                error)
            : error;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List() =>
        Guarded(() => Directory.GetFiles(folder).Select(path => Path.GetFileName(path)!).ToList());

    /// <inheritdoc/>
    public ICardFile Create(string name, long length)
    {
        var file = new LinuxCardFile(Handle(name, FileMode.Create, FileAccess.ReadWrite), isReadOnly: false);
        try
        {
            FolderOwner.Give(PathOf(name));
            var zeros = new byte[(int)Math.Min(length, 256 * 1024)];
            for (long offset = 0; offset < length; offset += zeros.Length)
            {
                file.Write(offset, zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - offset)));
            }

            return file;
        }
        catch (IOException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ICardFile Open(string name)
    {
        if (isToRead)
        {
            return OpenToRead(name);
        }

        try
        {
            return new LinuxCardFile(Handle(name, FileMode.Open, FileAccess.ReadWrite), isReadOnly: false);
        }
        catch (IOException e) when (e.HResult == ReadOnlyFileSystem)
        {
            // What a card gone read-only holds can still be sent.
            return OpenToRead(name);
        }
    }

    /// <inheritdoc/>
    public ICardFile OpenToRead(string name) => new LinuxCardFile(Handle(name, FileMode.Open, FileAccess.Read), isReadOnly: true);

    /// <inheritdoc/>
    public void Rename(string name, string newName) => Guarded(() => File.Move(PathOf(name), PathOf(newName), overwrite: true));

    /// <inheritdoc/>
    public void Delete(string name) => Guarded(() => File.Delete(PathOf(name)));

    /// <inheritdoc/>
    public void SyncFolder()
    {
        using var handle = OpenFolder();
        if (Sync(handle) != 0)
        {
            throw Failure("fsync", folder);
        }
    }

    private SafeFileHandle OpenFolder()
    {
        var descriptor = OpenPath(folder, ReadOnlyCloseOnExec);
        return descriptor < 0 ? throw Failure("open", folder) : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static IOException Failure(string call, string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} of {what}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    // A read-only or foreign folder is a broken medium to the buffer, whatever class .NET makes of it.
    private static T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e) { HResult = AccessDenied };
        }
    }

    private static void Guarded(Action action) => Guarded(() =>
    {
        action();
        return true;
    });

    private SafeFileHandle Handle(string name, FileMode mode, FileAccess access) =>
        Guarded(() => File.OpenHandle(PathOf(name), mode, access, FileShare.ReadWrite | FileShare.Delete));

    private string PathOf(string name) => Path.Combine(folder, name);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPath(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int SyncContent(SafeFileHandle file);

    private sealed class LinuxCardFile(SafeFileHandle handle, bool isReadOnly) : ICardFile
    {
        private SafeFileHandle handle = handle;
        private bool isReadOnly = isReadOnly;

        public long Length => RandomAccess.GetLength(handle);

        public int Read(long offset, Span<byte> bytes)
        {
            var done = 0;
            while (done < bytes.Length)
            {
                var read = RandomAccess.Read(handle, bytes[done..], offset + done);
                if (read == 0)
                {
                    break;
                }

                done += read;
            }

            return done;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            if (isReadOnly)
            {
                OpenAgain();
            }

            RandomAccess.Write(handle, bytes, offset);
        }

        public void Sync()
        {
            while (SyncContent(handle) != 0)
            {
                if (Marshal.GetLastPInvokeError() != Interrupted)
                {
                    throw Failure("fdatasync", "a file of the buffer");
                }
            }
        }

        public void Dispose() => handle.Dispose();

        // The card may be writable by now. The same file, whatever it is called by now.
        private void OpenAgain()
        {
            var descriptor = OpenPath($"/proc/self/fd/{handle.DangerousGetHandle()}", ReadWriteCloseOnExec);
            if (descriptor < 0)
            {
                throw Failure("open", "a file of the buffer");
            }

            handle.Dispose();
            (handle, isReadOnly) = (new SafeFileHandle(descriptor, ownsHandle: true), false);
        }
    }
}
