using System.Reflection;
using System.Runtime.CompilerServices;
using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Tests.Quality;

/// <summary>What all tests on one channel cost with a day's window, a value a minute: memory, and garbage.</summary>
public sealed class ChannelStateTests
{
    private const int MinutesPerDay = 1440;

    // Header of an object, and the length of an array, on a 64-bit machine.
    private const int ObjectBytes = 16;
    private const int ArrayBytes = 24;

    private readonly Random random = new(7);

    private static ChannelTests All => DefaultTests.Of(Measurand.Ph) with
    {
        Climatology = [.. Enumerable.Range(1, 12).Select(month => new ClimatologyMember
        {
            Period = ClimatologyPeriod.Month, Times = new Band(month, month), Suspect = new Band(4, 9),
        })],
        AttenuatedSignal = new() { Suspect = 0.02, Fail = 0.005, Period = TimeSpan.FromHours(24), PeriodMin = TimeSpan.FromHours(12) },
        TimeGap = new(),
    };

    [Fact]
    public void All_tests_with_a_days_window_keep_less_than_16_KB()
    {
        var judge = new ChannelJudge(All, TimeSpan.FromMinutes(1));
        Run(judge, 0, 5);

        var bytes = BytesOf(judge);

        Assert.InRange(bytes, MinutesPerDay * 10, 16 * 1024);
    }

    [Fact]
    public void Sample_allocates_nothing_once_the_windows_have_their_room()
    {
        var judge = new ChannelJudge(All, TimeSpan.FromMinutes(1));
        Run(judge, 0, 3);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(judge, 3, 2);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void Run(ChannelJudge judge, int fromDay, int days)
    {
        for (var n = fromDay * MinutesPerDay; n < (fromDay + days) * MinutesPerDay; n++)
        {
            judge.Judge(
                new QualitySample(n * 60_000L, 7 + Math.Sin(n / 230.0) + (0.02 * random.NextDouble())), QualityFlag.Good, Why.None);
        }
    }

    // All that hangs on an object but its settings, which are the configuration's.
    private static long BytesOf(object root)
    {
        var bytes = 0L;
        HashSet<object> seen = new(ReferenceEqualityComparer.Instance) { root };
        for (var left = new Stack<object>([root]); left.TryPop(out var next);)
        {
            bytes += next is Array array
                ? ArrayBytes + (array.LongLength * SizeOf(array.GetType().GetElementType()!))
                : ObjectBytes + Fields(next.GetType()).Sum(field => SizeOf(field.FieldType));
            foreach (var below in Below(next).Where(below => !IsSetting(below) && seen.Add(below)))
            {
                left.Push(below);
            }
        }

        return bytes;
    }

    private static IEnumerable<object> Below(object one) => (one is Array array
        ? array.GetType().GetElementType()!.IsValueType ? [] : array.Cast<object?>()
        : Fields(one.GetType()).Where(field => !field.FieldType.IsValueType).Select(field => field.GetValue(one))).OfType<object>();

    private static bool IsSetting(object one) => one is Type or string or Delegate || one.GetType().Name.EndsWith("Settings", StringComparison.Ordinal)
        || one is IReadOnlyList<ClimatologyMember>;

    private static IEnumerable<FieldInfo> Fields(Type type)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            foreach (var field in at.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                yield return field;
            }
        }
    }

    private static int SizeOf(Type type) => type.IsValueType
        ? (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!
        : IntPtr.Size;
}
