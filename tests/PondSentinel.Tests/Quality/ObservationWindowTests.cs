using CsCheck;
using PondSentinel.Quality;

namespace PondSentinel.Tests.Quality;

/// <summary>The packed window is held against lists that keep everything as it came: to the last bit, because a verdict on a threshold
/// turns on it.</summary>
public sealed class ObservationWindowTests
{
    // Longer than several blocks of the older part, so that each way through the ring is gone.
    private const int CountMax = 150;

    private static readonly Gen<double> GenValue = Gen.Frequency(
        (8, Gen.Double[-10, 10]),
        (4, Gen.Int[-3, 3].Select(whole => (double)whole)),
        (1, Gen.OneOf(0.0, -0.0, 5e-324, -5e-324, 2.2250738585072009e-308, double.MaxValue, double.MinValue, 1e200, -1e200)));

    // Around what fits into a byte, and far beyond.
    private static readonly Gen<long> GenStep = Gen.Frequency(
        (8, Gen.Const(60_000L)),
        (4, Gen.Long[0, 70_000]),
        (2, Gen.Const(0L)),
        (4, Gen.OneOf(127L, 128L, 129L, 59_871L, 59_872L, 59_873L, 60_127L, 60_128L, 60_129L)),
        (1, Gen.OneOf(86_400_000L, 4_000_000_000L, 250_000_000_000_000L / 400)));

    private static readonly Gen<(string What, long Step, double Value)> GenDeed = Gen.Select(
        Gen.Frequency((40, Gen.Const("add")), (20, Gen.Const("add and expire")), (2, Gen.Const("expire")), (1, Gen.Const("clear"))), GenStep, GenValue);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Window_is_a_list_of_what_it_was_given(bool isRange) =>
        Gen.Select(Gen.Int[1, CountMax], Gen.Long[1, 20_000_000], Gen.OneOf(0L, 60_000L, 10_000_000_000_000L), GenDeed.Array[0, 400]).Sample(
            (most, periodMs, usualMs, deeds) =>
            {
                var window = new ObservationWindow(isRange, most, usualMs);
                var lists = new Lists(most);
                var ms = 0L;
                foreach (var (what, step, value) in deeds)
                {
                    ms += step;
                    if (what == "clear")
                    {
                        window.Clear();
                        lists.Clear();
                    }

                    if (what.Contains("expire", StringComparison.Ordinal))
                    {
                        window.Expire(ms - periodMs);
                        lists.Expire(ms - periodMs);
                    }

                    if (what.Contains("add", StringComparison.Ordinal))
                    {
                        window.Add(ms, value);
                        lists.Add(ms, value);
                    }

                    Assert.Equal((lists.Count, lists.IsCut), (window.Count, window.IsCut));
                    if (isRange)
                    {
                        // 0 and -0 are the same range.
                        Assert.Equal(lists.Range + 0.0, window.Spread + 0.0);
                    }
                    else
                    {
                        Assert.Equal(BitConverter.DoubleToInt64Bits(lists.StandardDeviation), BitConverter.DoubleToInt64Bits(window.Spread));
                    }
                }
            },
            iter: TestDepth.Cases(1_000));

    /// <summary>The same sums in the same order, every observation and every sum a number of its own.</summary>
    private sealed class Lists(int most)
    {
        private readonly List<(long Ms, double Value)> all = [];
        private readonly List<Moments> older = [];
        private Moments newer;
        private long? cutMs;

        public int Count => all.Count;

        public bool IsCut => cutMs is not null;

        public double Range => all.Count == 0 ? double.NaN : all.Max(each => each.Value) - all.Min(each => each.Value);

        public double StandardDeviation => (older.Count > 0 ? older[0].And(newer) : newer).StandardDeviation;

        public void Add(long ms, double value)
        {
            if (all.Count == most)
            {
                cutMs = all[0].Ms;
                Drop();
            }

            all.Add((ms, value));
            newer = newer.And(Moments.Of(value));
        }

        public void Expire(long ms)
        {
            while (all.Count > 0 && all[0].Ms <= ms)
            {
                Drop();
            }

            cutMs = cutMs > ms ? cutMs : null;
        }

        public void Clear()
        {
            all.Clear();
            older.Clear();
            (newer, cutMs) = (default, null);
        }

        private void Drop()
        {
            if (older.Count == 0)
            {
                newer = default;
                var sum = default(Moments);
                foreach (var (_, value) in Enumerable.Reverse(all))
                {
                    sum = Moments.Of(value).And(sum);
                    older.Insert(0, sum);
                }
            }

            older.RemoveAt(0);
            all.RemoveAt(0);
        }
    }
}
