using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Tests.Quality;

public sealed class ChannelTestsTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static TheoryData<ChannelTests, string> Wrong => new()
    {
        { new() { GrossRange = new() }, "gross_range: flags nothing" },
        { new() { GrossRange = new() { Fail = new Band(2, 1) } }, "gross_range.fail: must be [low, high]" },
        { new() { GrossRange = new() { Suspect = new Band(double.NaN, 1) } }, "gross_range.suspect: must be [low, high]" },
        { new() { GrossRange = new() { Fail = new Band(0, 1), Suspect = new Band(0, 2) } }, "gross_range.suspect: must lie within fail" },
        { new() { Climatology = [Member(ClimatologyPeriod.Month, 9, 4)] }, "climatology.month: must be [first, last]" },
        { new() { Climatology = [Member(ClimatologyPeriod.Month, 13, 14)] }, "climatology.month: must be within 1 to 12" },
        { new() { Climatology = [Member(ClimatologyPeriod.DayOfWeek, 7, 7)] }, "climatology.day_of_week: must be within 0 to 6" },
        { new() { Climatology = [Member(null, 2, 1)] }, "climatology.dates: must be [first, last]" },
        { new() { Climatology = [Member(ClimatologyPeriod.Week, 1, 2) with { DepthMetres = new Band(2, 1) }] }, "climatology.depth_m: must be [low, high]" },
        { new() { Climatology = [Member(ClimatologyPeriod.Week, 1, 2) with { Fail = new Band(1, 2) }] }, "climatology.suspect: must lie within fail" },
        { new() { Spike = new() }, "spike: flags nothing" },
        { new() { Spike = new() { Suspect = new Threshold(0) } }, "spike: flags nothing" },
        { new() { Spike = new() { Suspect = new Threshold(-1) } }, "spike.suspect: must be 0 or more" },
        { new() { Spike = new() { Fail = new Threshold(double.NaN) } }, "spike.fail: must be 0 or more" },
        { new() { Spike = new() { Suspect = Threshold.OfValue(50), Fail = Threshold.OfValue(20) } }, "spike.fail: must not be below suspect" },
        { new() { RateOfChange = new() { Suspect = new Threshold(1), Per = TimeSpan.Zero } }, "rate_of_change.per: must be longer than 0" },
        { new() { RateOfChange = new() }, "rate_of_change: flags nothing" },
        { new() { FlatLine = new() { Tolerance = new Threshold(1) } }, "flat_line: flags nothing" },
        { new() { FlatLine = new() { Suspect = -Hour, Tolerance = new Threshold(1) } }, "flat_line.suspect: must be longer than 0" },
        { new() { FlatLine = new() { Suspect = 2 * Hour, Fail = Hour, Tolerance = new Threshold(1) } }, "flat_line.fail: must not be shorter than suspect" },
        { new() { FlatLine = new() { Suspect = Hour, Tolerance = new Threshold(0) } }, "flat_line.tolerance: must be above 0" },
        { new() { AttenuatedSignal = new() }, "attenuated_signal: flags nothing" },
        { new() { AttenuatedSignal = new() { Suspect = 1, Fail = 2 } }, "attenuated_signal.fail: must not be above suspect: less is worse" },
        { new() { AttenuatedSignal = new() { Suspect = 1, ObservationsMin = 2 } }, "attenuated_signal.observations_min: has no meaning without period" },
        { new() { AttenuatedSignal = new() { Suspect = 1, Period = Hour, PeriodMin = 2 * Hour } }, "attenuated_signal.period_min: must not be longer than period" },
        { new() { AttenuatedSignal = new() { Suspect = 1, Period = Hour, PeriodMin = Hour, ObservationsMin = 1 } }, "attenuated_signal.period_min: says again what observations_min says" },
        { new() { TimeGap = new() { Fail = TimeSpan.Zero } }, "time_gap.fail: must be longer than 0" },
        { new() { Step = new() { Suspect = 0, Floor = 1 } }, "step.suspect: must be above 0" },
        { new() { Step = new() { Suspect = 4, Floor = double.NaN } }, "step.floor: must be above 0" },
        { new() { Step = new() { Suspect = 4, Floor = 1, Samples = 7 } }, "step.samples: must be from 8 to 1440" },
    };

    public static TheoryData<ChannelTests, string> WrongInAStream => new()
    {
        { new() { AttenuatedSignal = new() { Suspect = 1 } }, "attenuated_signal: needs a period: a stream has no end" },
        { new() { FlatLine = new() { Suspect = TimeSpan.FromSeconds(119), Tolerance = new Threshold(1) } }, "flat_line.suspect: is shorter than two intervals of the device" },
        { new() { FlatLine = new() { Fail = TimeSpan.FromDays(400), Tolerance = new Threshold(1) } }, "flat_line.fail: spans more than 524288 samples at the device's interval" },
        { new() { AttenuatedSignal = new() { Fail = 1, Period = TimeSpan.FromDays(400) } }, "attenuated_signal.period: spans more than 524288 samples at the device's interval" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Wrong_settings_have_one_message(ChannelTests tests, string message) =>
        Assert.Equal([message], tests.Faults().Select(Text));

    [Theory]
    [MemberData(nameof(WrongInAStream))]
    public void What_a_stream_cannot_be_tested_for_is_said(ChannelTests tests, string message)
    {
        Assert.Equal([], tests.Faults().Select(Text));
        Assert.Equal([message], tests.FaultsOfStream(TimeSpan.FromMinutes(1)).Select(Text));
    }

    [Fact]
    public void Defaults_are_sound_at_every_usual_interval() =>
        Assert.All(MeasurandNames.All, measurand =>
        {
            Assert.Equal([], DefaultTests.Of(measurand).Faults().Select(Text));
            Assert.Equal([], DefaultTests.Of(measurand).FaultsOfStream(TimeSpan.FromSeconds(1)).Select(Text));
            Assert.Equal([], DefaultTests.Of(measurand).FaultsOfStream(TimeSpan.FromHours(1)).Select(Text));
        });

    [Fact]
    public void Every_test_has_a_name_of_its_own() =>
        Assert.Equal(QualityTests.All.Count, QualityTests.All.Select(test => test.Word).Distinct().Count());

    private static ClimatologyMember Member(ClimatologyPeriod? period, double first, double last) =>
        new() { Period = period, Times = new Band(first, last), Suspect = new Band(0, 1) };

    private static string Text((QualityTest Test, SettingFault Fault) each) =>
        $"{each.Test.Word}{(each.Fault.Key is null ? "" : $".{each.Fault.Key}")}: {each.Fault.What}";
}
