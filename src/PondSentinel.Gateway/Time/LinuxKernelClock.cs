using System.ComponentModel;
using System.Runtime.InteropServices;

namespace PondSentinel.Gateway.Time;

/// <summary>The kernel of this machine: Linux, 64 bit.</summary>
/// <remarks>Thread-safe. Reads only: the process never sets the system clock.</remarks>
public sealed partial class LinuxKernelClock : IKernelClock
{
    // include/uapi/linux/time.h and timex.h.
    private const int ClockBootTime = 7;
    private const int StatusUnsynchronised = 0x0040;
    private const int TimeError = 5;

    /// <summary>Reads the boot id.</summary>
    /// <exception cref="IOException"><c>/proc</c> is not there.</exception>
    public LinuxKernelClock() =>
        BootId = Guid.Parse(File.ReadAllText("/proc/sys/kernel/random/boot_id").AsSpan().Trim());

    /// <inheritdoc/>
    public Guid BootId { get; }

    /// <inheritdoc/>
    public TimeSpan BootTime => ClockGetTime(ClockBootTime, out var now) == 0
        ? TimeSpan.FromTicks((now.Seconds * TimeSpan.TicksPerSecond) + (now.Nanoseconds / TimeSpan.NanosecondsPerTick))
        : throw new Win32Exception();

    /// <inheritdoc/>
    public Discipline Discipline
    {
        get
        {
            var kernel = default(Timex);
            var state = AdjustTimex(ref kernel);
            if (state < 0)
            {
                throw new Win32Exception();
            }

            // maxerror is in microseconds. TIME_ERROR says the same as STA_UNSYNC and covers a lost PPS too.
            return new Discipline(
                state != TimeError && (kernel.Status & StatusUnsynchronised) == 0,
                TimeSpan.FromMicroseconds(kernel.MaxError));
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int ClockGetTime(int clock, out Timespec now);

    [LibraryImport("libc", EntryPoint = "adjtimex", SetLastError = true)]
    private static partial int AdjustTimex(ref Timex kernel);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    // struct timex where long has 64 bits: 208 bytes. Modes stays 0, which makes the call a reading.
    [StructLayout(LayoutKind.Explicit, Size = 208)]
    private struct Timex
    {
        [FieldOffset(0)]
        public uint Modes;

        [FieldOffset(24)]
        public long MaxError;

        [FieldOffset(40)]
        public int Status;
    }
}
