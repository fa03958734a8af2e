using CsCheck;
using PondSentinel.Alerting;

namespace PondSentinel.Tests.Alerting;

/// <summary>Inverse velocity tells when a slope fails, and of a slope that does not it tells nothing.</summary>
public sealed class InverseVelocityTests
{
    private const double Least = 1;
    private const int StepMinutes = 30;
    private const int StepsOfDay = 48;
    private const double FailsAt = 240;
    private static readonly DateTimeOffset Start = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly InverseVelocityStatistic Daily = new() { Period = TimeSpan.FromDays(4), Least = Least };

    /// <summary>d = -c ln(tf - t): its velocity is c / (tf - t), so one over it falls to zero at tf.</summary>
    [Theory]
    [InlineData(48, 1)]
    [InlineData(96, 1)]
    [InlineData(200, -1)]
    public void Slope_on_its_way_to_failure_is_told_when(double c, int way)
    {
        var told = Over(Enumerable.Range(0, (int)FailsAt * 2).Select(i => -way * c * Math.Log((FailsAt - (i / 2.0)) / FailsAt)));

        foreach (var left in (double[])[72, 48, 36, 24])
        {
            Assert.InRange(told.Single(one => one.Hours == FailsAt - left).ToFailure, left - 4, left);
        }

        Assert.Contains(told, one => one.Hours > FailsAt - 12);
        Assert.True(told.Where(one => one.Hours > FailsAt - 12).All(one => one.ToFailure < 12), "its end is not told");
    }

    /// <summary>Still or creeping as ever, with what the sun does to the instrument each day, and noise: two days are never told, nor anything
    /// near them.</summary>
    [Fact]
    public void Slope_that_does_not_accelerate_is_never_told_of() =>
        Gen.Select(Gen.Double[-20, 20], Gen.Double[0, 20], Gen.Double[0, 24], Gen.Double[-Least / 2, Least / 2].Array[StepsOfDay * 9], Gen.Bool).Sample(
            (rate, wave, phase, noise, creeps) =>
            {
                var told = Over(noise.Select((value, i) =>
                    value + (creeps ? rate * i / StepsOfDay : 0) + (wave * Math.Sin(((i / 2.0) - phase) * Math.Tau / 24))));

                Assert.NotEmpty(told);
                Assert.All(told, one => Assert.InRange(one.ToFailure, 72, InverseVelocityStatistic.HoursMax));
            },
            iter: 300);

    /// <summary>A blow, a person who leans on it, a slope that slows down, and days that grow warmer by less than counts.</summary>
    [Fact]
    public void What_is_no_failure_is_none()
    {
        var days = Enumerable.Range(0, StepsOfDay * 10).Select(i => i / (double)StepsOfDay).ToList();

        IsNone(Over(days.Select(day => day < 5 ? 0 : 30.0)));
        IsNone(Over(days.Select(day => day is > 5 and < 5.2 ? 30.0 : 0)));
        IsNone(Over(days.Select(day => 40 * Math.Log(day + 1))));
        IsNone(Over(days.Select(day => 0.04 * day * day)));
    }

    [Fact]
    public void Outage_of_hours_is_borne_and_one_of_a_day_tells_nothing()
    {
        var all = Enumerable.Range(0, (int)(FailsAt - 24) * 2)
            .Select(i => (At: Start.AddMinutes(StepMinutes * i), Value: -96 * Math.Log((FailsAt - (i / 2.0)) / FailsAt))).ToList();

        var hours = Over(all.Where(sample => sample.At < Start.AddHours(180) || sample.At > Start.AddHours(186)));
        Assert.InRange(hours[^1].ToFailure, 15, 27);
        var day = Over(all.Where(sample => sample.At < Start.AddHours(160) || sample.At > Start.AddHours(184)));
        Assert.Contains(day, one => one.Hours < 160);
        Assert.DoesNotContain(day, one => one.Hours > 184);
    }

    private static void IsNone(List<(double Hours, double ToFailure)> told)
    {
        Assert.NotEmpty(told);
        Assert.All(told, one => Assert.Equal(InverseVelocityStatistic.HoursMax, one.ToFailure));
    }

    private static List<(double Hours, double ToFailure)> Over(IEnumerable<double> values) =>
        Over(values.Select((value, i) => (Start.AddMinutes(StepMinutes * i), value)));

    private static List<(double Hours, double ToFailure)> Over(IEnumerable<(DateTimeOffset At, double Value)> values) =>
        [.. StatisticRun.Over(Daily, [.. values.Select(sample => new AlertSample(sample.At, sample.Value))])
            .Select(told => ((told.At - Start).TotalHours, told.Value!.Value))];
}
