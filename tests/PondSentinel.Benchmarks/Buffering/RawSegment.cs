using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PondSentinel.Benchmarks.Buffering;

/// <summary>The limit: a file of zeros that is written from front to back and synced with fdatasync, with nothing around it.
/// </summary>
internal sealed partial class RawSegment : IDisposable
{
    private readonly SafeFileHandle file;
    private readonly int length;
    private long offset;

    /// <summary>Makes the file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="length">Bytes of zeros; after the last the writing begins anew at the front.</param>
    public RawSegment(string path, int length)
    {
        this.length = length;
        file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
        RandomAccess.Write(file, new byte[length], 0);
        Sync();
    }

    /// <summary>Writes bytes behind the last and syncs.</summary>
    /// <param name="bytes">The bytes.</param>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (offset + bytes.Length > length)
        {
            offset = 0;
        }

        RandomAccess.Write(file, bytes, offset);
        offset += bytes.Length;
        Sync();
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int SyncContent(SafeFileHandle file);

    private void Sync()
    {
        if (SyncContent(file) != 0)
        {
            throw new IOException($"fdatasync: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
