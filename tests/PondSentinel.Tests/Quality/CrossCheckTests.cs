using CsCheck;
using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Tests.Quality;

/// <summary>What one channel says of another.</summary>
public sealed class CrossCheckTests
{
    private static readonly Gen<double> Number = Gen.Double[-1e6, 1e6];

    [Theory]
    [InlineData(20.0, 21.0, false)]
    [InlineData(20.0, 21.001, true)]
    [InlineData(20.0, 18.9, true)]
    public void Two_of_the_same_may_be_so_far_apart_and_no_farther(double value, double other, bool isSuspect) =>
        Assert.Equal(isSuspect, new AgreementCheck(1).IsSuspect(value, other));

    [Fact]
    public void Two_of_the_same_doubt_each_other_or_neither() =>
        Gen.Select(Number, Number, Gen.Double[0.001, 1e6]).Sample((one, other, apart) =>
            new AgreementCheck(apart).IsSuspect(one, other) == new AgreementCheck(apart).IsSuspect(other, one));

    /// <summary>100 mg/L of N is some 1 mS/cm in thin solution: what conducts 150 µS/cm does not hold it.</summary>
    [Theory]
    [InlineData(100, 1100, false)]
    [InlineData(100, 200, false)]
    [InlineData(100, 150, true)]
    [InlineData(2120, 5000, false)]
    [InlineData(8500, 30000, false)]
    [InlineData(0, 0, false)]
    [InlineData(-0.3, 5, false)]
    public void Ammonium_shows_in_the_conductivity(double ammonium, double conductivity, bool isSuspect) =>
        Assert.Equal(isSuspect, new ConductivityCheck(ConductivityCheck.PerMilligramUsual, 1).IsSuspect(ammonium, conductivity));

    [Fact]
    public void More_conductivity_never_makes_ammonium_suspect_and_the_whole_ion_is_held_to_its_nitrogen() =>
        Gen.Select(Gen.Double[0, 1e4], Gen.Double[0, 1e5], Gen.Double[0, 1e5]).Sample((ammonium, conductivity, more) =>
        {
            var asNitrogen = new ConductivityCheck(2, 1);
            var asIon = new ConductivityCheck(2, 1 / AmmoniumIon.PerNitrogen);
            Assert.True(asNitrogen.IsSuspect(ammonium, conductivity) || !asNitrogen.IsSuspect(ammonium, conductivity + more));
            Assert.True(asNitrogen.IsSuspect(ammonium, conductivity) || !asIon.IsSuspect(ammonium, conductivity));
        });

    [Theory]
    [InlineData(85, false)]
    [InlineData(85.1, true)]
    [InlineData(20, false)]
    public void Fog_is_above_a_humidity(double humidity, bool isSuspect) =>
        Assert.Equal(isSuspect, new ConditionCheck(double.NegativeInfinity, ConditionCheck.HumidityMaxUsual, Why.Fog).IsSuspect(500, humidity));

    [Theory]
    [InlineData(4, false)]
    [InlineData(3.9, true)]
    [InlineData(9, false)]
    [InlineData(9.1, true)]
    public void Electrode_has_a_window_of_ph(double ph, bool isSuspect) =>
        Assert.Equal(
            isSuspect,
            new ConditionCheck(ConditionCheck.ElectrodePhMinUsual, ConditionCheck.ElectrodePhMaxUsual, Why.OutOfWindow).IsSuspect(100, ph));

    [Fact]
    public void Wrong_settings_are_told()
    {
        Assert.Null(new AgreementCheck(1).Fault);
        Assert.Equal("apart", new AgreementCheck(0).Fault!.Key);
        Assert.Null(new ConductivityCheck(2, 1).Fault);
        Assert.Equal("per_mg_l", new ConductivityCheck(-1, 1).Fault!.Key);
        Assert.Null(new ConditionCheck(double.NegativeInfinity, 85, Why.Fog).Fault);
        Assert.Equal("low", new ConditionCheck(9, 4, Why.OutOfWindow).Fault!.Key);
    }

    [Fact]
    public void Leap_that_another_probe_bears_out_is_suspect_and_without_it_fails()
    {
        var tests = new ChannelTests { RateOfChange = new() { Fail = new Threshold(1), Per = TimeSpan.FromMinutes(1) } };
        Assert.Equal((QualityFlag.Suspect, Why.Rate), Leap(tests, within: 0.3, beside: 4.2));
        Assert.Equal((QualityFlag.Fail, Why.Rate), Leap(tests, within: 0.3, beside: 4.4));
        Assert.Equal((QualityFlag.Fail, Why.Rate), Leap(tests, within: 0.3, beside: null));
        Assert.Equal((QualityFlag.Fail, Why.Rate), Leap(tests, within: null, beside: 4));
    }

    /// <summary>The other probe may have been asked before the wave came, and tell of it when the verdict comes.</summary>
    [Theory]
    [InlineData(12.0, 7.0, QualityFlag.Suspect)]
    [InlineData(7.0, 12.0, QualityFlag.Suspect)]
    [InlineData(7.0, 7.0, QualityFlag.Fail)]
    public void Spike_that_another_probe_bears_out_is_suspect(double besideThen, double besideAfter, QualityFlag flag)
    {
        var judge = new ChannelJudge(
            new ChannelTests { Spike = new() { Suspect = new Threshold(1), Fail = new Threshold(3) } }, TimeSpan.FromMinutes(1), borneOutWithin: 0.5);
        judge.Judge(new QualitySample(0, 7, null), QualityFlag.Good, Why.None, 7);
        judge.Judge(new QualitySample(60_000, 12, null), QualityFlag.Good, Why.None, besideThen);
        judge.Judge(new QualitySample(120_000, 7, null), QualityFlag.Good, Why.None, besideAfter);

        Assert.Equal([new LateVerdict(1, flag, Why.Spike)], judge.Late);
    }

    /// <summary>Whatever another probe says, a value that is impossible stays so, and nothing is made worse.</summary>
    [Fact]
    public void Another_probe_takes_back_nothing_but_the_failure_of_a_leap() =>
        Gen.Select(Gen.Double[0, 14].Array[3, 20], Gen.Double[0, 14].Array[20], Gen.Enum<QualityFlag>().Array[20]).Sample((values, beside, known) =>
        {
            var tests = DefaultTests.Of(Measurand.Ph) with { GrossRange = null };
            var (alone, borneOut) = (new ChannelJudge(tests, TimeSpan.FromMinutes(1)), new ChannelJudge(tests, TimeSpan.FromMinutes(1), 1));
            for (var n = 0; n < values.Length; n++)
            {
                var sample = new QualitySample(n * 60_000L, values[n], null);
                var without = alone.Judge(sample, known[n], Why.None);
                var with = borneOut.Judge(sample, known[n], Why.None, beside[n]);
                Assert.Equal(without.Why, with.Why);
                Assert.True(
                    with.Flag == without.Flag || (with.Flag == QualityFlag.Suspect && without.Flag == QualityFlag.Fail && known[n] != QualityFlag.Fail));
            }
        });

    private static (QualityFlag Flag, Why Why) Leap(ChannelTests tests, double? within, double? beside)
    {
        var judge = new ChannelJudge(tests, TimeSpan.FromMinutes(1), within);
        judge.Judge(new QualitySample(0, 7, null), QualityFlag.Good, Why.None, 7);
        return judge.Judge(new QualitySample(60_000, 4, null), QualityFlag.Good, Why.None, beside);
    }
}
