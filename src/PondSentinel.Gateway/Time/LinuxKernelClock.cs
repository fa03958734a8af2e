using System.ComponentModel;
using System.Runtime.InteropServices;

namespace PondSentinel.Gateway.Time;

/// <summary>The kernel of this machine: Linux, 64 bit.</summary>
/// <remarks>Thread-safe. Reads only: the process never sets the system clock.</remarks>
public sealed partial class LinuxKernelClock : IKernelClock
{
    // include/uapi/linux/time.h and timex.h.
    private const int ClockMonotonic = 1;
    private const int ClockMonotonicRaw = 4;
    private const int ClockBootTime = 7;
    private const int StatusUnsynchronised = 0x0040;
    private const int StatusNanoseconds = 0x2000;
    private const int TimeError = 5;
    private const int LooksMax = 5;

    // systemd-timesyncd reports an error of 0 at each poll and says nothing of the way to its server: half of a round trip
    // of 1 s, as long as a crowded mobile link takes.
    private static readonly TimeSpan TimesyncdError = TimeSpan.FromMilliseconds(500);

    // Two looks further apart than this say nothing about sleep.
    private static readonly TimeSpan SleepResolution = TimeSpan.FromMilliseconds(1);

    private readonly HardwareClock hardware;
    private readonly string timesyncdMark;
    private readonly Lock gate = new();
    private TimeSpan slept;

    /// <summary>Reads the boot id.</summary>
    /// <param name="root">Where the file system begins; another folder in tests.</param>
    /// <exception cref="IOException"><c>/proc</c> is not there.</exception>
    public LinuxKernelClock(string root = "/")
    {
        BootId = Guid.Parse(File.ReadAllText("/proc/sys/kernel/random/boot_id").AsSpan().Trim());
        hardware = new HardwareClock(root);
        timesyncdMark = Path.Combine(root, "run/systemd/timesync/synchronized");
    }

    /// <inheritdoc/>
    public Guid BootId { get; }

    /// <inheritdoc/>
    public TimeSpan BootTime => Read(ClockMonotonicRaw) + Slept();

    /// <inheritdoc/>
    public TimeSpan SteeredTime => Read(ClockBootTime);

    /// <inheritdoc/>
    public long? HardwareClockMs => hardware.SetTheKernelMs;

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

            // maxerror is in microseconds; what the kernel has still to slew comes on top of it. TIME_ERROR says the same as
            // STA_UNSYNC and covers a lost PPS too.
            var nanoseconds = Math.Abs((double)kernel.Offset) * ((kernel.Status & StatusNanoseconds) != 0 ? 1 : 1000);
            return new Discipline(
                state != TimeError && (kernel.Status & StatusUnsynchronised) == 0,
                TimeSpan.FromMicroseconds(kernel.MaxError + (nanoseconds / 1000))
                    + (File.Exists(timesyncdMark) ? TimesyncdError : TimeSpan.Zero));
        }
    }

    private static TimeSpan Read(int clock) => ClockGetTime(clock, out var now) == 0
        ? TimeSpan.FromTicks((now.Seconds * TimeSpan.TicksPerSecond) + (now.Nanoseconds / TimeSpan.NanosecondsPerTick))
        : throw new Win32Exception();

    // The raw clock does not count sleep, and no clock that does is not steered. Only what cannot be the time between two
    // looks is new sleep, so that the sum never jumps to and fro.
    private TimeSpan Slept()
    {
        lock (gate)
        {
            for (var attempt = 0; attempt < LooksMax; attempt++)
            {
                var before = Read(ClockMonotonic);
                var boot = Read(ClockBootTime);
                var after = Read(ClockMonotonic);
                if (after - before <= SleepResolution)
                {
                    slept = slept < boot - after || slept > boot - before ? boot - after : slept;
                    break;
                }
            }

            return slept;
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

        [FieldOffset(8)]
        public long Offset;

        [FieldOffset(24)]
        public long MaxError;

        [FieldOffset(40)]
        public int Status;
    }
}
