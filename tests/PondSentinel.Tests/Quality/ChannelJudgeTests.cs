using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Tests.Quality;

public sealed class ChannelJudgeTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Spike_is_told_late_and_makes_the_sample_before_worse()
    {
        var judge = new ChannelJudge(new ChannelTests { Spike = new() { Suspect = new Threshold(1), Fail = new Threshold(3) } }, Minute);

        Assert.Equal((QualityFlag.Good, Why.None), Judge(judge, 0, 7));
        Assert.Equal((QualityFlag.Good, Why.None), Judge(judge, 1, 12));
        Assert.Empty(judge.Late);
        Assert.Equal((QualityFlag.Good, Why.None), Judge(judge, 2, 7));
        Assert.Equal([new LateVerdict(1, QualityFlag.Fail, Why.Spike)], judge.Late);
        Judge(judge, 3, 7);
        Assert.Empty(judge.Late);
    }

    /// <summary>Where nothing else judged it, a sample is not evaluated and then good: not worth a revision.</summary>
    [Fact]
    public void What_turns_out_good_is_not_told_again()
    {
        var judge = new ChannelJudge(new ChannelTests { Spike = new() { Fail = new Threshold(3) } }, Minute);
        for (var n = 0; n < 5; n++)
        {
            Assert.Equal((QualityFlag.NotEvaluated, Why.None), Judge(judge, n, 7, QualityFlag.NotEvaluated));
            Assert.Empty(judge.Late);
        }
    }

    [Fact]
    public void What_is_known_of_a_value_already_stays()
    {
        var judge = new ChannelJudge(new ChannelTests { Spike = new() { Suspect = new Threshold(1) } }, Minute);
        Judge(judge, 0, 7);

        Assert.Equal((QualityFlag.Fail, Why.OverRange), Judge(judge, 1, 12, QualityFlag.Fail, Why.OverRange));
        Judge(judge, 2, 7);

        Assert.Equal([new LateVerdict(1, QualityFlag.Fail, Why.OverRange | Why.Spike)], judge.Late);
    }

    [Fact]
    public void Missing_value_stays_missing_with_its_reason()
    {
        var judge = new ChannelJudge(new ChannelTests { Spike = new() { Suspect = new Threshold(1) }, TimeGap = new() }, Minute);
        Judge(judge, 0, 7);

        Assert.Equal((QualityFlag.Missing, Why.NoAnswer), Judge(judge, 600, double.NaN, QualityFlag.Missing, Why.NoAnswer));
        Assert.Equal((QualityFlag.Good, Why.None), Judge(judge, 601, 7));
        Assert.Empty(judge.Late);
    }

    [Fact]
    public void Every_test_has_its_reason()
    {
        var judge = new ChannelJudge(
            new ChannelTests
            {
                GrossRange = new() { Suspect = new Band(0, 10) },
                Climatology = [new() { Period = ClimatologyPeriod.Month, Times = new Band(1, 1), Suspect = new Band(0, 10) }],
                RateOfChange = new() { Suspect = new Threshold(1), Per = Minute },
                FlatLine = new() { Suspect = 2 * Minute, Tolerance = new Threshold(0.1) },
                AttenuatedSignal = new() { Suspect = 0.1, Period = 3 * Minute, ObservationsMin = 2 },
                TimeGap = new() { Fail = 5 * Minute },
            },
            Minute);

        Judge(judge, 0, 20);
        Judge(judge, 1, 20);
        Assert.Equal((QualityFlag.Suspect, Why.OutOfBounds | Why.Flat), Judge(judge, 2, 20));
        Assert.Equal((QualityFlag.Suspect, Why.Rate), Judge(judge, 3, 5));
        Assert.Equal((QualityFlag.Fail, Why.Gap), Judge(judge, 30, 5));
    }

    /// <summary>A jump of a probe fails once. Water that changes as fast for three samples is believed, and marked.</summary>
    [Fact]
    public void Fast_change_is_suspect_from_the_third_sample_in_a_row()
    {
        var judge = new ChannelJudge(new ChannelTests { RateOfChange = new() { Fail = new Threshold(1), Per = Minute } }, Minute);

        Assert.Equal(
            [
                (QualityFlag.Good, Why.None), (QualityFlag.Fail, Why.Rate), (QualityFlag.Fail, Why.Rate), (QualityFlag.Suspect, Why.Rate),
                (QualityFlag.Suspect, Why.Rate), (QualityFlag.Good, Why.None), (QualityFlag.Fail, Why.Rate),
            ],
            new double[] { 0, 2, 4, 6, 8, 8, 10 }.Select((value, n) => Judge(judge, n, value)));
    }

    /// <summary>The season is told by the calendar, the rest by a clock that may count from anywhere.</summary>
    [Fact]
    public void Season_is_not_told_by_a_clock_that_knows_none()
    {
        var judge = new ChannelJudge(
            new ChannelTests { Climatology = [new() { Period = ClimatologyPeriod.Month, Times = new Band(7, 7), Suspect = new Band(0, 1) }] }, Minute);
        var july = new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

        Assert.Equal((QualityFlag.NotEvaluated, Why.None), Judge(judge, 0, 5, QualityFlag.NotEvaluated));
        Assert.Equal(
            (QualityFlag.Suspect, Why.OutOfBounds),
            judge.Judge(new QualitySample(60_000, 5) { CalendarMs = july }, QualityFlag.NotEvaluated, Why.None));
        Assert.Equal(
            (QualityFlag.NotEvaluated, Why.None),
            judge.Judge(new QualitySample(july, 5) { CalendarMs = null }, QualityFlag.NotEvaluated, Why.None));
    }

    private static (QualityFlag Flag, Why Why) Judge(
        ChannelJudge judge, int minute, double value, QualityFlag flag = QualityFlag.Good, Why why = Why.None) =>
        judge.Judge(new QualitySample(minute * 60_000L, value), flag, why);
}
