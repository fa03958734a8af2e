using Microsoft.Extensions.Time.Testing;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Acquisition;

/// <summary>Which of another channel's numbers a value is held against.</summary>
public sealed class CrossJudgeTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider time = new();
    private readonly LatestNumbers latest;

    public CrossJudgeTests() => latest = new LatestNumbers(time);

    [Fact]
    public void Good_number_of_another_device_is_held_against_a_value_until_it_is_too_old()
    {
        var judge = Judge(new CrossReference("conductivity", "ec.ec", [Measurand.Conductivity], new ConductivityCheck(2, 1)));
        Assert.Equal((QualityFlag.Good, Why.None), Flag(judge, Value("nh4", 100)));

        Note("ec", Value("ec", 150));
        Assert.Equal((QualityFlag.Suspect, Why.Implausible), Flag(judge, Value("nh4", 100)));
        time.Advance(2 * Minute);
        Assert.Equal((QualityFlag.Suspect, Why.Implausible), Flag(judge, Value("nh4", 100)));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((QualityFlag.Good, Why.None), Flag(judge, Value("nh4", 100)));
    }

    [Fact]
    public void Number_that_is_not_of_the_water_or_impossible_says_nothing_and_what_is_known_already_stays()
    {
        var judge = Judge(new CrossReference("conductivity", "ec.ec", [Measurand.Conductivity], new ConductivityCheck(2, 1)));
        foreach (var (flag, why) in new[] { (QualityFlag.Fail, Why.OutOfBounds), (QualityFlag.Fail, Why.Maintenance), (QualityFlag.Suspect, Why.Flat) })
        {
            Note("ec", Value("ec", 150, flag, why));
            Assert.Equal((QualityFlag.Good, Why.None), Flag(judge, Value("nh4", 100)));
        }

        Note("ec", Value("ec", 150));
        Assert.Equal((QualityFlag.Fail, Why.OverRange | Why.Implausible), Flag(judge, Value("nh4", 100, QualityFlag.Fail, Why.OverRange)));
        Assert.Equal((QualityFlag.Missing, Why.NoAnswer), Flag(judge, Value("nh4", null, QualityFlag.Missing, Why.NoAnswer)));
        Assert.Equal((QualityFlag.Fail, Why.Maintenance), Flag(judge, Value("nh4", 100, QualityFlag.Fail, Why.Maintenance)));
    }

    /// <summary>What has leapt out of what is usual says the more: an acid spill is no window for an electrode.</summary>
    [Theory]
    [InlineData(QualityFlag.Suspect, Why.OutOfBounds)]
    [InlineData(QualityFlag.Fail, Why.Rate | Why.OutOfBounds)]
    public void Number_that_is_unusual_or_has_leapt_is_held_against_a_value(QualityFlag flag, Why why)
    {
        var judge = Judge(new CrossReference("ph", "ph.ph", [Measurand.Ph], new ConditionCheck(4, 9, Why.OutOfWindow)));
        Note("ph", Value("ph", 2.3, flag, why));

        Assert.Equal((QualityFlag.Suspect, Why.OutOfWindow), Flag(judge, Value("nh4", 100)));
    }

    /// <summary>Two that disagree go on doing so poll by poll, though each is doubted.</summary>
    [Fact]
    public void Two_that_disagree_stay_suspect_both()
    {
        var (one, other) = (
            Judge(new CrossReference("agrees_with", "b.t", [Measurand.WaterTemperature], new AgreementCheck(1)), "a", "t"),
            Judge(new CrossReference("agrees_with", "a.t", [Measurand.WaterTemperature], new AgreementCheck(1)), "b", "t"));
        Note("a", Value("t", 20));
        for (var poll = 0; poll < 5; poll++)
        {
            var ofOther = other.Judge([Value("t", 25)]);
            latest.Note("b", Minute, ofOther);
            var ofOne = one.Judge([Value("t", 20)]);
            latest.Note("a", Minute, ofOne);
            Assert.Equal(
                [(QualityFlag.Suspect, Why.Disagrees), (QualityFlag.Suspect, Why.Disagrees)],
                ofOther.Concat(ofOne).Select(value => (value.Flag, value.Why)));
            time.Advance(Minute);
        }
    }

    [Fact]
    public void Channel_of_the_same_device_is_taken_from_the_same_poll()
    {
        var judge = Judge(new CrossReference("ph", "probe.ph", [Measurand.Ph], new ConditionCheck(4, 9, Why.OutOfWindow)));
        Note("probe", Value("ph", 3));

        Assert.Equal((QualityFlag.Good, Why.None), Flag(judge, Value("nh4", 100), Value("ph", 5)));
        Assert.Equal((QualityFlag.Suspect, Why.OutOfWindow), Flag(judge, Value("nh4", 100), Value("ph", 3)));
        Assert.Equal((QualityFlag.Good, Why.None), Flag(judge, Value("nh4", 100), Value("ph", null, QualityFlag.Missing, Why.NoAnswer)));
    }

    /// <summary>Another probe that leapt too is doubted for it and bears the leap out all the same; one in maintenance does not.</summary>
    [Theory]
    [InlineData(QualityFlag.Good, Why.None, 4.0)]
    [InlineData(QualityFlag.Fail, Why.Rate, 4.0)]
    [InlineData(QualityFlag.Fail, Why.Maintenance, null)]
    [InlineData(QualityFlag.Fail, Why.OutOfBounds, null)]
    [InlineData(QualityFlag.Suspect, Why.Flat, null)]
    public void Leap_is_borne_out_by_what_is_of_the_water(QualityFlag flag, Why why, double? beside)
    {
        var channel = Channel("ph", []) with { Options = new ChannelOptions { Id = "ph", Output = "ph", ConfirmedBy = new Confirmation("b.ph", 0.3) } };
        var judge = new CrossJudge("a", [channel], latest);
        Note("b", Value("ph", 4, flag, why));

        Assert.Equal(beside, judge.Beside(0, [Value("ph", 4)]));
    }

    private void Note(string device, ChannelValue value) => latest.Note(device, Minute, [value]);

    private static (QualityFlag Flag, Why Why) Flag(CrossJudge judge, params ChannelValue[] values)
    {
        var judged = judge.Judge(values)[0];
        Assert.Equal(values[0].Value, judged.Value);
        return (judged.Flag, judged.Why);
    }

    private CrossJudge Judge(CrossReference reference, string device = "probe", string id = "nh4") =>
        new(device, [Channel(id, [reference]), Channel("ph", [])], latest);

    private static PolledChannel Channel(string id, IReadOnlyList<CrossReference> cross) =>
        new(new ChannelOptions { Id = id, Output = id, Cross = cross }, Measurand.AmmoniumNitrogen);

    private static ChannelValue Value(string channel, double? value, QualityFlag flag = QualityFlag.Good, Why why = Why.None) =>
        new() { Channel = channel, Measurand = Measurand.AmmoniumNitrogen, Value = value, Flag = flag, Why = why };
}
