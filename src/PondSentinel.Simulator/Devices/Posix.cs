using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace PondSentinel.Simulator.Devices;

/// <summary>The calls of the C library that make a pseudo-terminal. Numbers are those of Linux on x86-64 and arm64.</summary>
internal static partial class Posix
{
    public const int ReadWrite = 0x2;
    public const int NoControllingTerminal = 0x100;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;

    public const short PollIn = 0x1;
    public const short PollHangUp = 0x10;

    public const int Interrupted = 4;

    private const string NoTerminal = "no pseudo-terminal for the virtual probes (is /dev/pts mounted, and are fewer in use than /proc/sys/kernel/pty/max?)";

    // struct termios of glibc is 60 bytes; more does no harm.
    private const int TermiosBytes = 128;

    /// <summary>Opens a pseudo-terminal.</summary>
    /// <returns>The master's descriptor and the slave's path.</returns>
    /// <exception cref="IOException">The system has none to give.</exception>
    public static (int Master, string SlavePath) OpenPty()
    {
        var master = posix_openpt(ReadWrite | NoControllingTerminal | NonBlocking | CloseOnExec);
        if (master < 0)
        {
            throw Failure(NoTerminal);
        }

        Span<byte> name = stackalloc byte[128];
        if (grantpt(master) != 0 || unlockpt(master) != 0 || ptsname_r(master, ref name[0], (nuint)name.Length) != 0)
        {
            var failure = Failure(NoTerminal);
            close(master);
            throw failure;
        }

        return (master, Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]));
    }

    /// <summary>Makes a terminal pass every byte as it is, and leaves it closed.</summary>
    /// <param name="path">The slave.</param>
    /// <exception cref="IOException">It cannot be opened or set.</exception>
    public static void MakeRaw(string path)
    {
        var slave = open(path, ReadWrite | NoControllingTerminal | CloseOnExec);
        if (slave < 0)
        {
            throw Failure(path);
        }

        try
        {
            Span<byte> termios = stackalloc byte[TermiosBytes];
            if (tcgetattr(slave, ref termios[0]) != 0)
            {
                throw Failure(path);
            }

            cfmakeraw(ref termios[0]);
            if (tcsetattr(slave, 0, ref termios[0]) != 0)
            {
                throw Failure(path);
            }
        }
        finally
        {
            close(slave);
        }
    }

    /// <summary>Waits for bytes or a hang-up.</summary>
    /// <param name="descriptor">Of what; negative only waits.</param>
    /// <param name="milliseconds">At most this long.</param>
    /// <returns>What came: <see cref="PollIn"/>, <see cref="PollHangUp"/>, both or nothing.</returns>
    public static short Wait(int descriptor, int milliseconds)
    {
        var one = new PollDescriptor { Descriptor = descriptor, Events = PollIn };
        return poll(ref one, 1, milliseconds) > 0 ? one.ReturnedEvents : (short)0;
    }

    public static int Read(int descriptor, Span<byte> bytes) =>
        (int)read(descriptor, ref MemoryMarshal.GetReference(bytes), (nuint)bytes.Length);

    public static int Write(int descriptor, ReadOnlySpan<byte> bytes) =>
        (int)write(descriptor, in MemoryMarshal.GetReference(bytes), (nuint)bytes.Length);

    public static int Open(string path, int flags) => open(path, flags);

    public static void Close(int descriptor) => _ = close(descriptor);

    private static IOException Failure(string what) =>
        new($"{what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

#pragma warning disable IDE1006, SA1300, CA1707 // The C library's names.
    /// <summary>Bits per second that a terminal is set to, asked at its other end; null where the kernel does not say.</summary>
    /// <param name="descriptor">The other end.</param>
    public static int? BaudOf(int descriptor)
    {
        // TCGETS2 of asm-generic/ioctls.h; the rate is the last of the 44 bytes of struct termios2.
        const nuint getTermios2 = 0x802C542A;
        Span<byte> termios = stackalloc byte[44];
        return ioctl(descriptor, getTermios2, ref termios[0]) == 0 ? BitConverter.ToInt32(termios[^4..]) : null;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int posix_openpt(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int grantpt(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlockpt(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ptsname_r(int descriptor, ref byte name, nuint length);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, ref byte bytes, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, in byte bytes, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(ref PollDescriptor descriptors, nuint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int descriptor, nuint request, ref byte argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tcgetattr(int descriptor, ref byte termios);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tcsetattr(int descriptor, int actions, ref byte termios);

    [LibraryImport("libc")]
    private static partial void cfmakeraw(ref byte termios);
#pragma warning restore IDE1006, SA1300, CA1707

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short ReturnedEvents;
    }
}
