using CsCheck;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Guiding;
using PondSentinel.Measurements;
using PondSentinel.Tests.Calibration;

namespace PondSentinel.Tests.Gateway.Guiding;

public sealed class ReasonsChineseTests
{
    /// <summary>Whatever a fit has against readings: who rewords it in English is told here.</summary>
    [Fact]
    public void Every_reason_there_is_has_its_Chinese() => Gen.Select(CalibrationGen.Kinds, CalibrationGen.Anything, CalibrationGen.Number).Sample((kind, readings, celsius) =>
    {
        foreach (var reason in CalibrationFit.Of(kind.Kind, kind.Measurand, readings, celsius).Reasons)
        {
            Assert.NotEqual(reason, ReasonsChinese.Of(reason));
        }
    });

    [Theory]
    [InlineData(CalibrationKind.Line, Measurand.TurbidityNtu, "单点 100 使读数偏移 60 NTU，超过 ±25 NTU：检查标准液和读数，清洗探头，或改用两点校准", 100.0, 40.0)]
    [InlineData(CalibrationKind.Line, Measurand.Ph, "斜率 50 % 不在 90 至 105 % 之间：检查标准液是否过期或拿错，清洗或更换探头", 4.0, 5.5, 7.0, 7.0)]
    [InlineData(CalibrationKind.Line, Measurand.Ph, "标准值 6 与 7 相差不足 2", 6.0, 6.0, 7.0, 7.0)]
    [InlineData(CalibrationKind.IonElectrode, Measurand.AmmoniumNitrogen, "标准值 10 与 20 相差不足十倍", 10.0, 0.0, 20.0, 17.81)]
    public void Numbers_stand_where_they_belong(CalibrationKind kind, Measurand measurand, string chinese, params double[] readings) => Assert.Equal(
        chinese,
        ReasonsChinese.Of(CalibrationFit.Of(kind, measurand, [.. readings.Chunk(2).Select(pair => new StandardReading(pair[0], pair[1]))], 25).Reasons[0]));

    [Fact]
    public void Word_of_an_instrument_stays_as_it_is() => Assert.Equal("status 02: wrong buffer", ReasonsChinese.Of("status 02: wrong buffer"));
}
