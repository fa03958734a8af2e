using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Sensors.Buses;

/// <summary>A device file that is this program's alone, as far as other programs heed flock: two that talk over one bus would take
/// each other's answers.</summary>
internal sealed class LineClaim : IDisposable
{
    // O_RDONLY, never blocking, not for child processes.
    private const int ReadOnlyFlags = 0x800 | 0x80000;

    private readonly SafeFileHandle file;

    private LineClaim(SafeFileHandle file) => this.file = file;

    /// <summary>Claims a device file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="held">Who has it, and what to do, where another has; null where this program has it, or it cannot be opened:
    /// whoever opens it to use it says why.</param>
    public static LineClaim? Take(string path, out string? held)
    {
        held = null;
        var descriptor = Libc.Open(path, ReadOnlyFlags);
        if (descriptor < 0)
        {
            return null;
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Libc.Flock(file, Libc.LockExclusiveNow) == 0)
        {
            return new LineClaim(file);
        }

        held = Marshal.GetLastPInvokeError() == Errno.TryAgain
            ? $"{path} is held by another program: stop that one (fuser -v {path} names it)"
            : null;
        file.Dispose();
        return null;
    }

    /// <summary>Lets go of it.</summary>
    public void Dispose() => file.Dispose();
}
