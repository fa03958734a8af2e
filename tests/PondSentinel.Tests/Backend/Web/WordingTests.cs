using Microsoft.AspNetCore.Http;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Web;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Web;

public sealed class WordingTests
{
    [Theory]
    [InlineData(Measurand.Ph, 6.8983, "6.90")]
    [InlineData(Measurand.WaterTemperature, -0.04, "0.0")]
    [InlineData(Measurand.WaterTemperature, -0.06, "-0.1")]
    [InlineData(Measurand.AmmoniumNitrogen, 0.20227, "0.20")]
    [InlineData(Measurand.AmmoniumNitrogen, 9.999, "10.00")]
    [InlineData(Measurand.AmmoniumNitrogen, 28.8627, "28.9")]
    [InlineData(Measurand.AmmoniumNitrogen, 1234.5, "1234")]
    [InlineData(Measurand.TurbidityNtu, 6.1504, "6.15")]
    [InlineData(Measurand.Pm10, 69.4, "69")]
    public void Number_has_as_many_digits_as_mean_something(Measurand measurand, double value, string expected) =>
        Assert.Equal(expected, Wording.Number(measurand, value));

    [Fact]
    public void Every_flag_reason_fate_loss_and_clock_has_words_of_its_own_in_both_languages()
    {
        static IReadOnlyList<string> All(Wording words) =>
        [
            .. Enum.GetValues<QualityFlag>().Select(words.Flag),
            .. Enum.GetValues<Why>().Where(why => why != Why.None).Select(why => Assert.Single(words.Reasons(why))),
            .. Fates.All.Select(words.Fate),
            .. Enum.GetValues<LossCause>().Select(words.Loss),
            .. Enum.GetValues<ClockSource>().Select(words.Clock),
        ];

        Assert.All(All(Wording.Of(Language.English)), text => Assert.True(text.Length > 0 && text.All(char.IsAscii), text));
        Assert.All(All(Wording.Of(Language.Chinese)), text => Assert.True(text.Any(letter => letter is >= '一' and <= '龥'), text));
        Assert.Equal(Fates.Count, Fates.All.Select(Wording.Of(Language.Chinese).Fate).Distinct().Count());
    }

    [Fact]
    public void Calibration_tells_what_was_found_in_words_of_the_reader()
    {
        var record = new CalibrationRecord
        {
            Id = "c1", Device = "d", Channel = "ph", Measurand = Measurand.Ph, Model = "m", TimeMs = 1, By = "Li", Kind = CalibrationKind.PhElectrode, Celsius = 20,
            SlopePercent = [97.26, 99], Offset = -12.3456, AsFound = [new StandardReading(7, -10.5), new StandardReading(4.01, 160)],
        };

        Assert.Equal("slope 97.3 / 99.0 %; offset -12.346 mV; as found -10.5 mV in 7, 160 mV in 4.01", Wording.Of(Language.English).Found(record));
        Assert.Equal("斜率 97.3 / 99.0 %；零点偏移 -12.346 mV；校准前示值 -10.5 mV 对应 7，160 mV 对应 4.01", Wording.Of(Language.Chinese).Found(record));
        Assert.Equal("offset 0.1", Wording.Of(Language.English).Found(record with { Kind = CalibrationKind.Instrument, SlopePercent = [], AsFound = [], Offset = 0.1 }));
        Assert.Equal("", Wording.Of(Language.English).Found(record with { SlopePercent = [], AsFound = [], Offset = null }));
    }

    [Theory]
    [InlineData("", null, "en")]
    [InlineData("", "zh-CN,zh;q=0.9,en;q=0.8", "zh")]
    [InlineData("", "de,en;q=0.5,zh;q=0.4", "en")]
    [InlineData("", "fr", "en")]
    [InlineData("", "en;q=0.1,ZH-tw", "zh")]
    [InlineData("", ";;;q=", "en")]
    [InlineData("?lang=zh", "en", "zh")]
    [InlineData("?lang=en", "zh", "en")]
    [InlineData("?lang=de", "zh", null)]
    [InlineData("?lang=", "zh", null)]
    [InlineData("?lang=zh&lang=zh", "zh", null)]
    public void Reader_is_told_in_the_language_that_he_asks_for_or_that_his_browser_prefers(string query, string? accepted, string? expected)
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new QueryString(query);
        request.Headers.AcceptLanguage = accepted;

        Assert.Equal(expected, ReadersLanguage.Of(request) is { } language ? ReadersLanguage.CodeOf(language) : null);
    }

    [Fact]
    public void What_became_of_polls_is_told_in_chinese_too()
    {
        var counts = new FateCounts();
        counts.Add(Fate.Good, 1420);
        counts.Add(Fate.Power, 20);
        var summary = LedgerSummary.Of([new LedgerRow
        {
            Gateway = "gz-07", Day = 0, Channel = new LedgerChannel("ph", "ph"), IntervalMs = 60_000, Expected = 1440, Counts = counts,
        }]);

        Assert.Equal("98.6 % complete, 20 min missing: power cut", summary.Text);
        Assert.Equal("完整率 98.6 %，缺测 20 分钟：断电", Wording.Of(Language.Chinese).Completeness(summary));
    }
}
