using PondSentinel.Calibration;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Calibration;

public sealed class CalibrationIntervalTests
{
    private const long DayMs = 86_400_000;

    [Theory]
    [InlineData(14, 12.5, DueState.Good)]
    [InlineData(14, 12.6, DueState.Due)]
    [InlineData(14, 13.9, DueState.Due)]
    [InlineData(14, 14, DueState.Overdue)]
    [InlineData(365, 357.9, DueState.Good)]
    [InlineData(365, 358, DueState.Due)]
    public void Word_comes_a_tenth_of_the_interval_before_and_a_week_at_most(double everyDays, double days, DueState state) =>
        Assert.Equal(state, CalibrationInterval.StateOf(1000, 1000 + (long)(everyDays * DayMs), 1000 + (long)(days * DayMs)));

    [Fact]
    public void Without_a_date_nothing_is_due() => Assert.Equal(DueState.Good, CalibrationInterval.StateOf(0, null, long.MaxValue));

    [Fact]
    public void Times_at_the_end_of_the_scale_are_no_trouble() =>
        Assert.Equal(DueState.Overdue, CalibrationInterval.StateOf(long.MinValue, long.MinValue, long.MaxValue));

    [Fact]
    public void What_nobody_calibrates_has_no_interval() => Assert.All(
        MeasurandNames.All.Where(measurand => CalibrationKinds.Of(measurand, isElectrode: false) is null),
        measurand => Assert.Null(CalibrationInterval.Of(measurand)));

    [Theory]
    [InlineData(Measurand.Ph, 90)]
    [InlineData(Measurand.AmmoniumNitrogen, 14)]
    [InlineData(Measurand.TurbidityNtu, 180)]
    [InlineData(Measurand.Conductivity, 365)]
    public void Interval_by_what_is_measured(Measurand measurand, int days) =>
        Assert.Equal(TimeSpan.FromDays(days), CalibrationInterval.Of(measurand));

    [Fact]
    public void Kind_has_a_name_of_its_own() => Assert.All(
        Enum.GetValues<CalibrationKind>(),
        kind =>
        {
            Assert.True(CalibrationKinds.TryParse(kind.Token, out var parsed));
            Assert.Equal(kind, parsed);
        });
}
