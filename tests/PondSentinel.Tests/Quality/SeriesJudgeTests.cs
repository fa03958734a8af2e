using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Tests.Quality;

public sealed class SeriesJudgeTests
{
    private static readonly ChannelTests SpikeOnly = new() { Spike = new() { Suspect = new Threshold(1), Fail = new Threshold(3) } };

    [Fact]
    public void Spike_is_told_with_the_sample_after_it()
    {
        var judge = new SeriesJudge(SpikeOnly, new SeriesFacts(null));
        Assert.True(judge.Judge(new QualitySample(0, 5)).IsEmpty);
        Assert.Equal(0, Assert.Single(judge.Judge(new QualitySample(1, 9)).ToArray()).Index);
        Assert.Equal(QualityFlag.NotEvaluated, judge.Newest.Flag);

        var late = Assert.Single(judge.Judge(new QualitySample(2, 5)).ToArray());

        Assert.Equal((1, QualityFlag.Fail, true), (late.Index, late.Flag, late.IsRevised));
    }

    [Fact]
    public void Series_without_a_sample_is_judged_and_ends() =>
        Assert.Equal([], JudgedSeries.Of([], SpikeOnly));

    [Fact]
    public void Without_tests_a_value_is_not_evaluated_and_none_is_missing() =>
        Assert.Equal(
            [QualityFlag.NotEvaluated, QualityFlag.Missing, QualityFlag.Missing],
            JudgedSeries.Of(JudgedSeries.Minutes(1, double.NaN, double.PositiveInfinity), ChannelTests.None).Select(judged => judged.Flag));

    [Fact]
    public void Value_that_is_missing_at_a_good_time_is_missing() =>
        Assert.Equal(
            [QualityFlag.Good, QualityFlag.Missing, QualityFlag.Missing],
            JudgedSeries.Of(JudgedSeries.Minutes(1, double.NaN, double.NegativeInfinity), new ChannelTests { TimeGap = new() }).Select(judged => judged.Flag));

    [Fact]
    public void Nothing_is_taken_after_the_end()
    {
        var judge = new SeriesJudge(SpikeOnly, new SeriesFacts(null));
        judge.Complete();

        Assert.Throws<InvalidOperationException>(() => { judge.Judge(new QualitySample(0, 1)); });
        Assert.Throws<InvalidOperationException>(() => judge.Newest);
    }

    [Fact]
    public void Wrong_settings_are_refused_with_what_is_wrong()
    {
        var wrong = new ChannelTests { Spike = new() { Suspect = new Threshold(3), Fail = new Threshold(1) } };

        var refusal = Assert.Throws<ArgumentException>(() => new SeriesJudge(wrong, new SeriesFacts(null)));

        Assert.StartsWith("spike.fail must not be below suspect.", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>An absurd value makes the standard deviation infinite or no number at all, but only while it is in the window.
    /// </summary>
    [Fact]
    public void Absurd_value_leaves_no_trace_in_the_standard_deviation()
    {
        double[] values = [1, 2, 1, 2, double.MaxValue, -double.MaxValue, 1e17, 1, 2, 1, 2, 1, 2, 2, 2, 2, 2];
        var tests = new ChannelTests
        {
            AttenuatedSignal = new() { Suspect = 0.45, Fail = 0.1, Period = TimeSpan.FromMinutes(4), ObservationsMin = 4 },
        };

        var flags = JudgedSeries.Of(JudgedSeries.Minutes(values), tests).Select(judged => (int)judged.Flags[QualityTest.AttenuatedSignal]!).ToList();

        Assert.Equal([2, 2, 2, 1], flags[..4]);
        Assert.Equal([1, 1, 1, 3, 3, 4, 4], flags[10..]);
    }

    /// <summary>A million samples in one period: the window holds what was agreed, and while it is cut nothing is said.</summary>
    [Fact]
    public void Dense_stream_takes_no_more_memory_than_was_agreed()
    {
        var interval = TimeSpan.FromMinutes(1);
        var tests = new ChannelTests
        {
            FlatLine = new() { Suspect = TimeSpan.FromHours(6), Fail = TimeSpan.FromHours(24), Tolerance = new Threshold(0.5) },
            AttenuatedSignal = new() { Suspect = 0.5, Fail = 0.1, Period = TimeSpan.FromHours(24), ObservationsMin = 100 },
        };
        var facts = SeriesFacts.OfStream(interval, tests);
        Assert.Equal(2 * 1440 + 16, facts.ObservationsMax);
        var judge = new SeriesJudge(tests, facts);
        judge.Judge(new QualitySample(0, 0));

        // What rises all the time is the worst for a range.
        for (var n = 1; n < 10_000; n++)
        {
            judge.Judge(new QualitySample(n, n));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var n = 10_000; n < 1_000_000; n++)
        {
            judge.Judge(new QualitySample(n, n));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(QualityFlag.NotEvaluated, judge.Newest.Flags[QualityTest.AttenuatedSignal]);
        Assert.Equal(QualityFlag.Good, judge.Newest.Flags[QualityTest.FlatLine]);

        // A day later the window is whole again.
        for (var n = 0; n < 200; n++)
        {
            judge.Judge(new QualitySample(100_000_000 + n, 7));
        }

        Assert.Equal(QualityFlag.Fail, judge.Newest.Flags[QualityTest.AttenuatedSignal]);
    }

    [Fact]
    public void Series_with_too_many_different_steps_is_said_to_be_irregular()
    {
        var survey = new SeriesSurvey();
        for (long n = 0; n <= SeriesSurvey.StepsMax; n++)
        {
            survey.Add(new QualitySample(n * (n + 1) / 2, 1));
        }

        Assert.False(survey.IsTooIrregular);
        survey.Add(new QualitySample(0, 1));

        Assert.True(survey.IsTooIrregular);
        Assert.Null(survey.Facts.Interval);
    }

    [Theory]
    [InlineData(new long[] { 0 }, null)]
    [InlineData(new long[] { 0, 10 }, 10.0)]
    [InlineData(new long[] { 0, 10, 25 }, 12.5)]
    [InlineData(new long[] { 0, 10, 20, 1000, 1010, 5 }, 10.0)]
    [InlineData(new long[] { 5, 5, 5 }, 0.0)]
    public void Interval_of_a_series_is_the_median_of_its_steps(long[] times, double? ms) =>
        Assert.Equal(
            ms is { } known ? TimeSpan.FromMilliseconds(known) : null,
            JudgedSeries.Survey(times.Select(time => new QualitySample(time, 1))).Interval);
}
