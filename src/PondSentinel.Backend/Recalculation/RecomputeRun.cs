using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Recalculation;

/// <summary>Computes series anew, a reading of the store at a time.</summary>
/// <param name="store">The store.</param>
/// <param name="how">How.</param>
/// <param name="calibration">Name of the calibration, for <c>adj_cal</c>.</param>
/// <param name="changed">Told which points of a series the store then has anew.</param>
internal sealed class RecomputeRun(
    IHistoryStore store, Recalculation how, string calibration, Action<SeriesKey, IReadOnlyList<AdjustedPoint>> changed)
{
    /// <summary>What became of the points.</summary>
    public RecomputeTally Tally { get; } = new();

    /// <summary>Computes a series.</summary>
    /// <param name="series">The series.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    /// <param name="isDry">Whether nothing is written.</param>
    /// <param name="cancellationToken">Gives up; what was written stays, and the same run may be done again.</param>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    public async Task RunAsync(SeriesKey series, long fromNs, long toNs, bool isDry, CancellationToken cancellationToken)
    {
        for (IReadOnlyList<HistoryPoint> points; fromNs < toNs; fromNs = points[^1].TimeNs + 1)
        {
            points = await store.ReadAsync(series, fromNs, toNs, cancellationToken);
            List<AdjustedPoint> adjusted = [];
            foreach (var point in points)
            {
                var computed = how.Of(point);
                Tally.Count(computed, point);
                if (computed.Value is { } value)
                {
                    adjusted.Add(new AdjustedPoint(point.TimeNs, value, calibration));
                }
            }

            if (!isDry)
            {
                await store.AdjustAsync(series, adjusted, cancellationToken);
                changed(series, adjusted);
            }

            if (points.Count < IHistoryStore.PointsMax)
            {
                return;
            }
        }
    }
}

/// <summary>What became of points.</summary>
internal sealed class RecomputeTally
{
    private readonly Dictionary<Outcome, long> counts = [];
    private double sum;
    private long newestNs = long.MinValue;

    /// <summary>Points that were read.</summary>
    public long Points => counts.Values.Sum();

    /// <summary>The largest change, either way, in the measurand's unit.</summary>
    public double LargestChange { get; private set; }

    /// <summary>Mean of the changes with their signs; 0 where there was none.</summary>
    public double MeanChange => this[Outcome.Computed] is > 0 and var count ? sum / count : 0;

    /// <summary>The newest value of the water that was computed anew, as it was before, of all series: none that failed, or was taken
    /// in maintenance or in a solution. Null where there was none.</summary>
    public double? NewestValue { get; private set; }

    /// <summary>How many came out so.</summary>
    public long this[Outcome outcome] => counts.GetValueOrDefault(outcome);

    /// <summary>Counts a point.</summary>
    /// <param name="computed">What became of it.</param>
    /// <param name="before">It, as it was.</param>
    public void Count(Recomputed computed, HistoryPoint before)
    {
        counts[computed.Outcome] = this[computed.Outcome] + 1;
        if (computed.Value is { } after && before.Value is { } value)
        {
            if (before.TimeNs >= newestNs && before.Flag != QualityFlag.Fail && (before.Why & (Why.Maintenance | Why.Calibrating)) == 0)
            {
                (newestNs, NewestValue) = (before.TimeNs, value);
            }

            sum += after - value;
            LargestChange = Math.Max(LargestChange, Math.Abs(after - value));
        }
    }
}
