using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PondSentinel.Sensors.Buses.Serial;

/// <summary>The system calls of a serial port, as Linux has them on x64 and arm64 (asm-generic): asm/ioctls.h,
/// asm-generic/termbits.h, bits/poll.h, bits/fcntl.h.</summary>
internal static unsafe partial class Libc
{
    /// <summary>Read and write, never the controlling terminal, never blocking, not for child processes.</summary>
    public const int OpenFlags = 0x2 | 0x100 | 0x800 | 0x80000;

    /// <summary>flock: exclusive, or at once an error.</summary>
    public const int LockExclusiveNow = 2 | 4;

    /// <summary>poll: bytes to read.</summary>
    public const short PollIn = 0x1;

    /// <summary>poll: room to write.</summary>
    public const short PollOut = 0x4;

    /// <summary>poll: error, hang-up or no such descriptor.</summary>
    public const short PollGone = 0x8 | 0x10 | 0x20;

    /// <summary>tcflush: what has come and was not read.</summary>
    public const int FlushInput = 0;

    /// <summary>tcflush: both directions.</summary>
    public const int FlushBoth = 2;

    private const nuint Tcgets2 = 0x802C542A;
    private const nuint Tcsets2 = 0x402C542B;
    private const nuint Tiocexcl = 0x540C;
    private const nuint Tiocnxcl = 0x540D;
    private const nuint Tcflsh = 0x540B;
    private const int EventNonBlockingCloseOnExec = 0x800 | 0x80000;

    /// <summary>Opens a file.</summary>
    /// <returns>The descriptor, or -1.</returns>
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    /// <summary>Locks an open file against other openings.</summary>
    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(SafeFileHandle file, int operation);

    /// <summary>Reads what is there.</summary>
    /// <returns>Bytes, 0 at hang-up, or -1.</returns>
    public static nint Read(SafeFileHandle file, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return ReadRaw(file, start, (nuint)buffer.Length);
        }
    }

    /// <summary>Writes as much as there is room for.</summary>
    /// <returns>Bytes, or -1.</returns>
    public static nint Write(SafeFileHandle file, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return WriteRaw(file, start, (nuint)buffer.Length);
        }
    }

    /// <summary>Waits for descriptors.</summary>
    /// <param name="files">What to wait for; a negative descriptor is left out.</param>
    /// <param name="timeout">At most so long, to the nanosecond; nothing below zero.</param>
    /// <returns>How many are ready, or -1.</returns>
    public static int Poll(Span<PollFile> files, TimeSpan timeout)
    {
        var limit = new TimeSpec
        {
            Seconds = timeout.Ticks / TimeSpan.TicksPerSecond,
            Nanoseconds = timeout.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        };
        fixed (PollFile* start = files)
        {
            return PollRaw(start, (nuint)files.Length, &limit, signals: 0);
        }
    }

    /// <summary>A counter that poll can wait for.</summary>
    /// <exception cref="IOException">The process has no descriptor left.</exception>
    public static SafeFileHandle CreateEvent()
    {
        var descriptor = EventFdRaw(0, EventNonBlockingCloseOnExec);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"eventfd: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>The settings of a terminal.</summary>
    public static int GetTermios(SafeFileHandle file, out Termios2 termios) => GetTermiosRaw(file, Tcgets2, out termios);

    /// <summary>Sets a terminal, at once.</summary>
    public static int SetTermios(SafeFileHandle file, in Termios2 termios) => SetTermiosRaw(file, Tcsets2, in termios);

    /// <summary>Makes every further opening fail, but for root's.</summary>
    public static int ClaimExclusively(SafeFileHandle file) => IoctlRaw(file, Tiocexcl, 0);

    /// <summary>Takes <see cref="ClaimExclusively"/> back.</summary>
    public static int ReleaseExclusively(SafeFileHandle file) => IoctlRaw(file, Tiocnxcl, 0);

    /// <summary>Throws away what waits in the kernel.</summary>
    public static int Flush(SafeFileHandle file, int queues) => IoctlRaw(file, Tcflsh, queues);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadRaw(SafeFileHandle file, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteRaw(SafeFileHandle file, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    private static partial int PollRaw(PollFile* files, nuint count, TimeSpec* timeout, nuint signals);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFdRaw(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int GetTermiosRaw(SafeFileHandle file, nuint request, out Termios2 termios);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int SetTermiosRaw(SafeFileHandle file, nuint request, in Termios2 termios);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoctlRaw(SafeFileHandle file, nuint request, nint argument);

    /// <summary>struct timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollFile
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

    /// <summary>struct termios2: 44 bytes, the same on x64 and arm64. It alone takes any baud rate.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Termios2
    {
        public uint InputFlags;
        public uint OutputFlags;
        public uint ControlFlags;
        public uint LocalFlags;
        public byte LineDiscipline;
        public fixed byte ControlCharacters[19];
        public uint InputSpeed;
        public uint OutputSpeed;
    }
}

/// <summary>Error numbers of Linux (asm-generic/errno-base.h).</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int NoDeviceOrAddress = 6;
    public const int TryAgain = 11;
    public const int Access = 13;
    public const int Busy = 16;
    public const int NoDevice = 19;
    public const int NotTypewriter = 25;
}
