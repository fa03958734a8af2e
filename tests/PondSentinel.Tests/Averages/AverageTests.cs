using CsCheck;
using PondSentinel.Averages;
using static PondSentinel.Tests.Repository.KnownAnswers;

namespace PondSentinel.Tests.Averages;

/// <summary>Windows of hours against known answers and against the plainest computation there is.</summary>
public sealed class AverageTests
{
    private static readonly WindowRule[] AnyRule =
    [
        WindowRule.DayGb, WindowRule.DayUs, WindowRule.Rolling24 with { Needed = 20 }, WindowRule.Hour, new(6, 4, true), new(5, 1, false),
    ];

    public static TheoryData<int, string> Rollings => new() { { 18, "mean18" }, { 20, "mean20" } };

    [Theory]
    [MemberData(nameof(Rollings))]
    public void Rolling_mean_is_as_known_and_lacks_what_it_lacks(int needed, string column)
    {
        var rows = Rows("Alerting/vectors/pm10_rolling24.csv");
        var windows = new MeanWindows(WindowRule.Rolling24 with { Needed = needed }, latenessHours: 0);
        foreach (var (row, hour) in rows.Select((row, hour) => (row, hour)))
        {
            List<WindowMean> told = [];
            Assert.True(windows.Take(hour, Number(row["pm10"]), told));
            var window = Assert.Single(told);
            Assert.Equal((hour, int.Parse(row["n_valid"], System.Globalization.CultureInfo.InvariantCulture)), (window.LastHour, window.Valid));
            Assert.Equal(Number(row[column]), window.Mean is { } mean ? Math.Round(mean, 6) : null);
        }
    }

    [Fact]
    public void Any_order_of_hours_and_revisions_ends_with_the_means_of_one_in_order() =>
        (from hours in Gen.Select(Gen.Int[-60, 60], Gen.Double[0, 900].Nullable(), (hour, mean) => (Hour: (long)hour, Mean: mean)).Array[1, 120]
         from rule in Gen.Int[0, AnyRule.Length - 1].Select(i => AnyRule[i])
         select (hours, rule)).Sample(input =>
         {
             var windows = new MeanWindows(input.rule, latenessHours: 200);
             Dictionary<long, WindowMean> last = [];
             Dictionary<long, double?> known = [];
             foreach (var (hour, mean) in input.hours)
             {
                 known[hour] = mean;
                 List<WindowMean> told = [];
                 Assert.True(windows.Take(hour, mean, told));
                 told.ForEach(window => last[window.LastHour] = window);
             }

             Assert.All(last.Values, window => Assert.Equal(Plain(known, input.rule, window.LastHour), window));

             // Whatever has ended and has an hour was told.
             var newest = known.Keys.Max();
             foreach (var end in Enumerable.Range((int)known.Keys.Min(), (int)(newest - known.Keys.Min()) + 1).Where(end => IsEnd(input.rule, end)))
             {
                 Assert.True(last.ContainsKey(end) || Plain(known, input.rule, end).Valid == 0);
             }
         });

    [Fact]
    public void Hour_that_is_too_late_changes_nothing()
    {
        var windows = new MeanWindows(WindowRule.Rolling24, latenessHours: 3);
        List<WindowMean> told = [];
        Assert.True(windows.Take(100, 5, told));
        told.Clear();

        Assert.False(windows.Take(96, 900, told));
        Assert.Empty(told);
        Assert.True(windows.Take(97, 900, told));
        Assert.Equal([97L, 98, 99, 100], told.Select(window => window.LastHour));
        Assert.Equal([1, 1, 1, 2], told.Select(window => window.Valid));
    }

    [Fact]
    public void Seventeen_hours_are_no_day_and_eighteen_are_one_to_EPA_alone()
    {
        foreach (var (hours, us, gb) in new[] { (17, false, false), (18, true, false), (19, true, false), (20, true, true), (24, true, true), (0, false, false) })
        {
            Assert.Equal(us, DayOf(WindowRule.DayUs, hours).Mean is not null);
            Assert.Equal(gb, DayOf(WindowRule.DayGb, hours).Mean is not null);
        }
    }

    [Fact]
    public void Silence_of_years_forgets_what_was_before_it()
    {
        var windows = new MeanWindows(WindowRule.DayUs, latenessHours: 48);
        List<WindowMean> told = [];
        windows.Take(0, 900, told);
        windows.Take(24L * 365 * 70, 5, told);
        Assert.Equal(new WindowMean(23, 1, null), Assert.Single(told));

        var day = Enumerable.Range(1, 23).Select(hour => (24L * 365 * 70) + hour).ToList();
        day.ForEach(hour => windows.Take(hour, 5, told));
        Assert.Equal(new WindowMean(day[^1], 24, 5), told[^1]);
    }

    [Fact]
    public void Ring_keeps_the_newest_hours_and_no_other()
    {
        var ring = new HourRing(3);
        Assert.Equal((null, null), (ring.Newest, ring[0]));
        Assert.True(ring.Set(10, 1) && ring.Set(12, 3) && ring.Set(11, double.NaN));
        Assert.Equal((1, null, 3, null), (ring[10], ring[11], ring[12], ring[13]));
        Assert.Equal(new WindowMean(12, 2, 2), ring.Over(12, 3, 2));
        Assert.False(ring.Set(9, 5));
        Assert.True(ring.Set(13, 5));
        Assert.Null(ring[10]);
    }

    [Fact]
    public void Open_window_keeps_eight_bytes_for_each_of_its_hours_and_of_the_lateness()
    {
        List<WindowMean> told = new(64);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var windows = new MeanWindows(WindowRule.Rolling24, latenessHours: 48);
        for (var hour = 0; hour < 100; hour++)
        {
            told.Clear();
            windows.Take(hour, hour, told);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 8 * 72, (8 * 72) + 200);
    }

    [Theory]
    [InlineData(new[] { 4.0, 5.0 }, 4.5, 4.259637, 4.5)]
    [InlineData(new[] { 7.0, 7.0, 7.0, 7.0 }, 7.0, 7.0, 7.0)]
    [InlineData(new[] { 3.2 }, 3.2, 3.2, 3.2)]
    [InlineData(new[] { 9.0, 2.0, 3.0 }, 4.666667, 2.435729, 3.0)]
    public void PH_has_two_means_and_a_median(double[] values, double arithmetic, double hydrogen, double median)
    {
        var mean = PhMean.Of(values)!.Value;

        Assert.Equal((values.Length, values.Min(), values.Max()), (mean.Count, mean.Lowest, mean.Highest));
        Assert.Equal(arithmetic, mean.Arithmetic, 5e-7);
        Assert.Equal(hydrogen, mean.HydrogenIon, 5e-7);
        Assert.Equal(median, mean.Median, 12);
    }

    [Fact]
    public void PH_of_nothing_is_nothing_and_hydrogen_ions_never_lift_it()
    {
        Assert.Null(PhMean.Of([]));
        Gen.Double[-2, 16].Array[1, 50].Sample(values =>
        {
            var mean = PhMean.Of(values)!.Value;
            Assert.True(mean.HydrogenIon <= mean.Arithmetic + 1e-9);
            Assert.InRange(mean.HydrogenIon, mean.Lowest - 1e-9, mean.Highest + 1e-9);
        });
    }

    private static WindowMean DayOf(WindowRule rule, int hours)
    {
        var windows = new MeanWindows(rule, latenessHours: 0);
        List<WindowMean> told = [];
        for (var hour = 0; hour < 24; hour++)
        {
            windows.Take(hour, hour < hours ? 50 : null, told);
        }

        return Assert.Single(told);
    }

    private static bool IsEnd(WindowRule rule, long end) => !rule.IsByClock || (end + 1) % rule.Hours == 0;

    private static WindowMean Plain(Dictionary<long, double?> known, WindowRule rule, long end)
    {
        var means = Enumerable.Range(0, rule.Hours).Select(back => known.GetValueOrDefault(end - rule.Hours + 1 + back)).OfType<double>().ToList();
        return new WindowMean(end, means.Count, means.Count >= Math.Max(1, rule.Needed) ? means.Sum() / means.Count : null);
    }
}
