using System.Runtime.InteropServices;

namespace PondSentinel.Backend.Ingest;

/// <summary>Whether this machine's wall clock may be given to gateways that have none.</summary>
public interface IWallClock
{
    /// <summary>Whether something keeps it right.</summary>
    bool IsSynchronised { get; }

    /// <summary>How far it may be wrong, ms; null where nobody says.</summary>
    long? ErrorMs => null;
}

/// <summary>What the kernel says of it (adjtimex, read only). Linux, 64 bit.</summary>
public sealed partial class KernelWallClock : IWallClock
{
    // include/uapi/linux/timex.h.
    private const int StatusUnsynchronised = 0x0040;
    private const int StatusNanoseconds = 0x2000;
    private const int TimeError = 5;
    private const int MicrosecondsPerMillisecond = 1000;
    private const int NanosecondsPerMicrosecond = 1000;

    // systemd-timesyncd reports an error of 0 at each poll and says nothing of the way to its server: half of a round trip
    // of 1 s.
    private const long TimesyncdErrorMs = 500;
    private const string TimesyncdMark = "/run/systemd/timesync/synchronized";

    /// <inheritdoc/>
    public long? ErrorMs
    {
        get
        {
            var kernel = default(Timex);
            if (AdjustTimex(ref kernel) < 0)
            {
                return null;
            }

            // Both in microseconds, what the kernel has still to slew perhaps in nanoseconds; the millisecond is cut off.
            var slewUs = Math.Abs((double)kernel.Offset)
                / ((kernel.Status & StatusNanoseconds) != 0 ? NanosecondsPerMicrosecond : 1);
            return (long)Math.Ceiling((kernel.MaxError + slewUs) / MicrosecondsPerMillisecond)
                + 1
                + (File.Exists(TimesyncdMark) ? TimesyncdErrorMs : 0);
        }
    }

    /// <inheritdoc/>
    public bool IsSynchronised
    {
        get
        {
            var kernel = default(Timex);
            var state = AdjustTimex(ref kernel);
            return state >= 0 && state != TimeError && (kernel.Status & StatusUnsynchronised) == 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "adjtimex")]
    private static partial int AdjustTimex(ref Timex kernel);

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
