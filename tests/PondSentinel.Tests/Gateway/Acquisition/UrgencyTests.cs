using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Acquisition;

public sealed class UrgencyTests
{
    private readonly Urgency urgency = new(
        [new PolledChannel(new ChannelOptions { Id = "ph", Output = "ph", Urgent = new Band(6, 9) }, Measurand.Ph)]);

    [Theory]
    [InlineData(6.0, false)]
    [InlineData(9.0, false)]
    [InlineData(5.9, true)]
    [InlineData(9.1, true)]
    public void First_record_is_urgent_by_its_value_alone(double value, bool urgent) =>
        Assert.Equal(urgent, IsUrgent(value, QualityFlag.Good));

    [Fact]
    public void Change_of_flag_is_urgent_once_each_way()
    {
        IsUrgent(7, QualityFlag.Good);

        Assert.True(IsUrgent(null, QualityFlag.Missing));
        Assert.False(IsUrgent(null, QualityFlag.Missing));
        Assert.True(IsUrgent(7, QualityFlag.Good));
        Assert.False(IsUrgent(7, QualityFlag.Good));
    }

    [Fact]
    public void Every_value_outside_the_band_is_urgent()
    {
        Assert.True(IsUrgent(5, QualityFlag.Good));
        Assert.True(IsUrgent(5, QualityFlag.Good));
    }

    private bool IsUrgent(double? value, QualityFlag flag) => urgency.IsUrgent(
        [new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = value, Flag = flag }]);
}
