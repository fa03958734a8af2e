using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Backend.Alerting.Wording;

public sealed class ChineseConditionTests
{
    private static readonly Condition Conductive = new()
    {
        Of = new ChannelSelector(Measurand.Conductivity), Range = ValueRange.Above(100), Within = TimeSpan.FromMinutes(30),
    };

    [Fact]
    public void Condition_is_told_in_chinese()
    {
        Assert.Equal("同一站点的电导率高于 100 µS/cm", ChineseNames.Condition(Conductive));
        Assert.Equal(
            "未出现：spring 的铵态氮（NH4-N）低于 0.5 mg/L（以 N 计）",
            ChineseNames.Condition(Conductive with
            {
                Of = new ChannelSelector(Measurand.AmmoniumNitrogen) { Station = "spring" }, Range = ValueRange.Below(0.5), IsBar = true,
            }));
        Assert.Equal(
            "任一站点的风向在 315 至 45 之间 °",
            ChineseNames.Condition(Conductive with
            {
                Of = new ChannelSelector(Measurand.WindDirection) { Station = "*" }, Range = new ValueRange(315, 45, IsOpen: false),
            }));
        Assert.Equal(
            "同一站点的电导率（2 小时内的变化量）高于 20 µS/cm",
            ChineseNames.Condition(Conductive with { Statistic = new ChangeStatistic { Period = TimeSpan.FromHours(2) }, Range = ValueRange.Above(20) }));
    }
}
