using System.Runtime.InteropServices;

namespace PondSentinel.Benchmarks.Buffering;

/// <summary>What figures are made of.</summary>
internal static partial class Figures
{
    private const int ClockOfProcess = 2; // CLOCK_PROCESS_CPUTIME_ID of linux/time.h

    /// <summary>Time that all processors together have spent on this process.</summary>
    public static TimeSpan Spent
    {
        get
        {
            _ = ReadClock(ClockOfProcess, out var time);
            return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000d);
        }
    }

    /// <summary>Bytes of the objects that are in use.</summary>
    public static long LiveBytes
    {
        get
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return GC.GetTotalMemory(forceFullCollection: true);
        }
    }

    /// <summary>The middle one.</summary>
    /// <param name="values">Values in any order.</param>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ReadClock(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
