using System.Runtime.InteropServices;

namespace PondSentinel.Backend.Ingest;

/// <summary>Whether this machine's wall clock may be given to gateways that have none.</summary>
public interface IWallClock
{
    /// <summary>Whether something keeps it right.</summary>
    bool IsSynchronised { get; }
}

/// <summary>What the kernel says of it (adjtimex, read only). Linux, 64 bit.</summary>
public sealed partial class KernelWallClock : IWallClock
{
    // include/uapi/linux/timex.h.
    private const int StatusUnsynchronised = 0x0040;
    private const int TimeError = 5;

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

        [FieldOffset(40)]
        public int Status;
    }
}
