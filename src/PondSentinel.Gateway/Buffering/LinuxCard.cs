using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PondSentinel.Gateway.Buffering;

/// <summary>A folder of a Linux file system.</summary>
/// <remarks>.NET has no fdatasync: its flush is fsync, which on a preallocated file writes the journal too, three times the
/// bytes for each commit.</remarks>
internal sealed partial class LinuxCard : ICard
{
    private const string LockName = "lock";

    // O_RDONLY | O_CLOEXEC of asm-generic/fcntl.h; x86-64 and arm64 agree on both.
    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int Interrupted = 4;

    private readonly string folder;

    /// <summary>Makes the folder where it is missing.</summary>
    /// <param name="folder">Its path.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public LinuxCard(string folder)
    {
        this.folder = Path.GetFullPath(folder);
        Guarded(() => Directory.CreateDirectory(this.folder));
    }

    /// <inheritdoc/>
    public long FreeBytes => Guarded(() => new DriveInfo(folder).AvailableFreeSpace);

    /// <inheritdoc/>
    public IDisposable Claim()
    {
        try
        {
            // FileShare.None is flock(LOCK_EX | LOCK_NB): the kernel lets go of it however the process ends.
            return new FileStream(At(LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The buffer in {folder} cannot be used: {e.Message} Another pond-gateway may be running with the same "
                + "folder; stop it, or give this one its own [buffer] folder that it may write to.",
                e);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List() =>
        Guarded(() => Directory.GetFiles(folder).Select(path => Path.GetFileName(path)!).ToList());

    /// <inheritdoc/>
    public ICardFile Create(string name, long length)
    {
        var file = new LinuxCardFile(Handle(name, FileMode.Create));
        try
        {
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
    public ICardFile Open(string name) => new LinuxCardFile(Handle(name, FileMode.Open));

    /// <inheritdoc/>
    public void Rename(string name, string newName) => Guarded(() => File.Move(At(name), At(newName), overwrite: true));

    /// <inheritdoc/>
    public void Delete(string name) => Guarded(() => File.Delete(At(name)));

    /// <inheritdoc/>
    public void SyncFolder()
    {
        var descriptor = OpenPath(folder, ReadOnlyCloseOnExec);
        if (descriptor < 0)
        {
            throw Failure("open", folder);
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Sync(handle) != 0)
        {
            throw Failure("fsync", folder);
        }
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
            throw new IOException(e.Message, e);
        }
    }

    private static void Guarded(Action action) => Guarded(() =>
    {
        action();
        return true;
    });

    private SafeFileHandle Handle(string name, FileMode mode) =>
        Guarded(() => File.OpenHandle(At(name), mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    private string At(string name) => Path.Combine(folder, name);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPath(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int SyncContent(SafeFileHandle file);

    private sealed class LinuxCardFile(SafeFileHandle handle) : ICardFile
    {
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

        public void Write(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(handle, bytes, offset);

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
    }
}
