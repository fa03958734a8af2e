using PondSentinel.Backend.Samples;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Storage;

namespace PondSentinel.Tests.Backend.Samples;

/// <summary>What is told of a sample beside its probe is a number, or nothing.</summary>
public sealed class SamplePairTests
{
    [Theory]
    [InlineData(10, 12.5, 2.5, 25.0)]
    [InlineData(-10, -12.5, -2.5, -25.0)]
    [InlineData(0, 12.5, 12.5, null)]
    [InlineData(1e-308, 12.5, 12.5, null)]
    [InlineData(-1.7e308, 1.7e308, double.MaxValue, null)]
    public void Difference_and_percent_are_never_infinite(double sample, double probe, double difference, double? percent)
    {
        var pair = new SamplePair(
            new SamplePoint
            {
                Beside = SeriesKey.Of(MeasurementStoreContract.PointOf(1)), Method = "", TimeNs = 1, Value = sample, Who = "", Laboratory = "", Note = "",
                Epoch = "7q2mzk4a", Sequence = 1,
            },
            new NearValue(1, probe, QualityFlag.Good, Why.None));

        Assert.Equal((difference, percent), (pair.Difference, pair.Percent));
        Assert.DoesNotContain("Infinity", pair.Text, StringComparison.Ordinal);
    }
}
