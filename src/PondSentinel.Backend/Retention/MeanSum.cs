using PondSentinel.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Retention;

/// <summary>Sums records, and sums of them, up to what they come to.</summary>
internal sealed class MeanSum
{
    private long records;
    private long count;
    private double sum;
    private double adjusted;
    private bool isAdjusted;
    private double min = double.PositiveInfinity;
    private double max = double.NegativeInfinity;
    private QualityFlag worst = QualityFlag.Good;

    /// <summary>What it comes to so far.</summary>
    public MeanValue Value => count == 0
        ? new MeanValue(records, 0, null, null, null, null, worst)
        : new MeanValue(records, count, sum / count, min, max, isAdjusted ? adjusted / count : null, worst);

    /// <summary>Adds a record. The same count as those that limits are held against.</summary>
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
        sum += value;
        adjusted += point.Adjusted ?? value;
        isAdjusted |= point.Adjusted is not null;
        (min, max) = (Math.Min(min, Math.Min(value, point.Low ?? value)), Math.Max(max, Math.Max(value, point.High ?? value)));
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
        sum += mean * value.Count;
        adjusted += (value.Adjusted ?? mean) * value.Count;
        isAdjusted |= value.Adjusted is not null;
        (min, max) = (Math.Min(min, value.Min ?? mean), Math.Max(max, value.Max ?? mean));
    }
}
