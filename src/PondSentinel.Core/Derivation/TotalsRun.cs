using PondSentinel.Measurements;

namespace PondSentinel.Derivation;

/// <summary>Computes from what inputs are now and what they were a period ago: rain, the balance of a pond.</summary>
/// <remarks>Compared is the step that is nearest to a period ago, which has to be nine tenths of it old: steps come some ms early or late, and
/// no result may hang on that. Memory: some 80 bytes a step. Where a total that never goes back has gone back, its counter began anew, and
/// there is no result until that is a period ago.</remarks>
internal sealed class TotalsRun : IFormulaRun
{
    /// <summary>Least share of the period between the steps that are compared.</summary>
    internal const double FilledShare = 0.9;

    // How early a step may come, in intervals.
    private const double EarlyMax = 0.1;
    private const long Never = long.MinValue / 2;

    private readonly Func<TimeSpan, ReadOnlySpan<double>, double> change;
    private readonly Func<int, bool> isTotal;
    private readonly bool[] isLeftOut;
    private readonly double oldestMs;
    private readonly double filledMs;
    private readonly Queue<(long AtMs, double[] Inputs)> steps = new();
    private double[]? last;
    private long wentBackMs = Never;

    /// <summary>Begins.</summary>
    /// <param name="setting">The channel's settings.</param>
    /// <param name="isTotal">Which inputs never go back.</param>
    /// <param name="change">Computes from the time between two steps and the differences of the inputs, 0 where one is left out.</param>
    public TotalsRun(FormulaSetting setting, Func<int, bool> isTotal, Func<TimeSpan, ReadOnlySpan<double>, double> change)
    {
        (this.change, this.isTotal) = (change, isTotal);
        isLeftOut = [.. setting.Given.Select(measurand => measurand is null)];
        oldestMs = setting.LooksBack.TotalMilliseconds;
        filledMs = (setting.Period.TotalMilliseconds * FilledShare) - (setting.Interval.TotalMilliseconds * EarlyMax);
    }

    /// <inheritdoc/>
    public Computed<double>? Step(long atMs, ReadOnlySpan<double> inputs)
    {
        while (steps.TryPeek(out var oldest) && atMs - oldest.AtMs > oldestMs)
        {
            steps.Dequeue();
        }

        var now = new double[inputs.Length];
        for (var i = 0; i < now.Length; i++)
        {
            now[i] = isLeftOut[i] ? 0 : inputs[i];
            if (double.IsNaN(now[i]))
            {
                return null;
            }

            wentBackMs = isTotal(i) && now[i] < last?[i] ? atMs : wentBackMs;
        }

        last = now;
        if (steps.Count > FormulaSetting.StepsMax)
        {
            steps.Dequeue();
        }

        steps.Enqueue((atMs, now));
        var (beganMs, then) = steps.Peek();
        if (wentBackMs > beganMs || atMs - beganMs < filledMs)
        {
            return null;
        }

        Span<double> changes = stackalloc double[now.Length];
        for (var i = 0; i < now.Length; i++)
        {
            changes[i] = now[i] - then[i];
        }

        return new(change(TimeSpan.FromMilliseconds(atMs - beganMs), changes), IsExtrapolated: false);
    }
}
