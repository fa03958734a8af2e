using PondSentinel.Air;
using PondSentinel.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Retention;

/// <summary>Sums records, and sums of them, up to what they come to.</summary>
/// <remarks>A direction's mean is that of its vectors; a mean of means counts each as often as it has values, and not by how much these
/// agreed.</remarks>
/// <param name="measurand">What they are values of.</param>
internal sealed class MeanSum(Measurand measurand)
{
    private long records;
    private long count;
    private Total sum;
    private Total adjusted;
    private bool isAdjusted;
    private double min = double.PositiveInfinity;
    private double max = double.NegativeInfinity;
    private QualityFlag worst = QualityFlag.Good;

    /// <summary>What it comes to so far.</summary>
    public MeanValue Value => count == 0
        ? new MeanValue(records, 0, null, null, null, null, worst)
        : new MeanValue(records, count, Mean(sum), min, max, isAdjusted ? Mean(adjusted) : null, worst);

    /// <summary>Adds a record. The same count as those that limits are held against; the lowest or highest of one that stands for what its
    /// probe cannot measure is no measured number.</summary>
    public void Add(HistoryPoint point)
    {
        records++;
        worst = point.Flag > worst ? point.Flag : worst;
        if (!new AlertSample(default, point.Value, point.Flag, point.Why).IsEvidence)
        {
            return;
        }

        var value = point.Value!.Value;
        count++;
        sum.Add(value, 1, measurand.IsDirection);
        adjusted.Add(point.Adjusted ?? value, 1, measurand.IsDirection);
        isAdjusted |= point.Adjusted is not null;
        var (low, high) = (point.Why & Why.OverRange) == 0 ? (point.Low ?? value, point.High ?? value) : (value, value);
        (min, max) = (Math.Min(min, Math.Min(value, low)), Math.Max(max, Math.Max(value, high)));
    }

    /// <summary>Adds what others come to.</summary>
    public void Add(MeanValue value)
    {
        records += value.Records;
        worst = value.Worst > worst ? value.Worst : worst;
        if (value.Mean is not { } mean)
        {
            return;
        }

        count += value.Count;
        sum.Add(mean, value.Count, measurand.IsDirection);
        adjusted.Add(value.Adjusted ?? mean, value.Count, measurand.IsDirection);
        isAdjusted |= value.Adjusted is not null;
        (min, max) = (Math.Min(min, value.Min ?? mean), Math.Max(max, value.Max ?? mean));
    }

    private double Mean(in Total total) => measurand.IsDirection ? total.Direction : total.Sum / count;

    // A direction weighs as many winds of 1 m/s as it has values.
    private struct Total
    {
        private WindMean winds;
        private double last;

        public double Sum { get; private set; }

        public readonly double Direction => winds.Direction ?? last;

        public void Add(double value, long weight, bool isDirection)
        {
            if (isDirection)
            {
                winds.Add(weight, value);
                last = value;
            }
            else
            {
                Sum += value * weight;
            }
        }
    }
}
