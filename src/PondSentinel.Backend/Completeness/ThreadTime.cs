using System.Runtime.InteropServices;

namespace PondSentinel.Backend.Completeness;

/// <summary>Processor time of the calling thread. Linux, 64 bit.</summary>
internal static partial class ThreadTime
{
    // include/uapi/linux/time.h.
    private const int ThreadCpuTime = 3;

    /// <summary>What the thread has used since it began.</summary>
    public static TimeSpan Spent
    {
        get
        {
            _ = GetTime(ThreadCpuTime, out var spent);
            return TimeSpan.FromSeconds(spent.Seconds) + TimeSpan.FromMicroseconds(spent.Nanoseconds / 1000);
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
