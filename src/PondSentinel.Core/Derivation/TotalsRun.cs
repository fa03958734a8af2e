using PondSentinel.Measurements;

namespace PondSentinel.Derivation;

/// <summary>Computes from what inputs are now and what they were a period ago: rain, the balance of a pond.</summary>
/// <remarks>
/// <para>Compared is the step that is nearest to a period ago, which has to be nine tenths of it old: steps come some ms early or late, and
/// no result may hang on that. Memory: some 80 bytes a step. Where a total that never goes back has gone back, its counter began anew, and
/// there is no result until that is a period ago.</para>
/// <para>A total that rose faster than anything can, and is back where it was with the next step, was misread once: that step is as if it
/// had been missing. Where it stays up, another counter stands there, which began anew with it.</para>
/// </remarks>
internal sealed class TotalsRun : IFormulaRun
{
    /// <summary>Least share of the period between the steps that are compared.</summary>
    internal const double FilledShare = 0.9;

    // How early a step may come, in intervals.
    private const double EarlyMax = 0.1;
    private const long Never = long.MinValue / 2;
    private const double MillisecondsOfMinute = 60_000;

    private readonly Func<TimeSpan, ReadOnlySpan<double>, double> change;
    private readonly Func<int, double?> fastest;
    private readonly bool[] isLeftOut;
    private readonly double oldestMs;
    private readonly double filledMs;
    private readonly Queue<(long AtMs, double[] Inputs)> steps = new();
    private (long AtMs, double[] Inputs)? newest;
    private (long AtMs, double[] Inputs)? before;
    private long anewMs = Never;

    /// <summary>Begins.</summary>
    /// <param name="setting">The channel's settings.</param>
    /// <param name="fastest">By how much an input can rise in a minute at most; infinite where nobody knows, null for one that may go back.</param>
    /// <param name="change">Computes from the time between two steps and the differences of the inputs, 0 where one is left out.</param>
    public TotalsRun(FormulaSetting setting, Func<int, double?> fastest, Func<TimeSpan, ReadOnlySpan<double>, double> change)
    {
        (this.change, this.fastest) = (change, fastest);
        isLeftOut = [.. setting.Given.Select(measurand => measurand is null)];
        oldestMs = setting.LooksBack.TotalMilliseconds;
        filledMs = (setting.Period.TotalMilliseconds * FilledShare) - (setting.Interval.TotalMilliseconds * EarlyMax);
    }

    /// <inheritdoc/>
    public Computed<double>? Step(long atMs, ReadOnlySpan<double> inputs)
    {
        var now = new double[inputs.Length];
        for (var i = 0; i < now.Length; i++)
        {
            now[i] = isLeftOut[i] ? 0 : inputs[i];
            if (double.IsNaN(now[i]))
            {
                return null;
            }
        }

        Settle(atMs, now);
        while (steps.TryPeek(out var oldest) && (atMs - oldest.AtMs > oldestMs || steps.Count >= FormulaSetting.StepsMax))
        {
            steps.Dequeue();
        }

        newest = (atMs, now);
        var (beganMs, then) = steps.TryPeek(out var first) ? first : newest.Value;
        if (anewMs > beganMs || atMs - beganMs < filledMs || IsTooFast(before, newest.Value))
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

    // Whether the step before this one is believed is known only now.
    private void Settle(long atMs, double[] now)
    {
        if (newest is not { } step || IsMisread(step, (atMs, now)))
        {
            return;
        }

        if (IsTooFast(before, step))
        {
            anewMs = step.AtMs;
        }

        steps.Enqueue(step);
        before = step;
        for (var i = 0; i < now.Length; i++)
        {
            anewMs = fastest(i) is not null && now[i] < step.Inputs[i] ? atMs : anewMs;
        }
    }

    // It stands above what came before and after, and no counter gets there, or from nothing to where it is now.
    private bool IsMisread((long AtMs, double[] Inputs) step, (long AtMs, double[] Inputs) next)
    {
        if (before is not { } known)
        {
            return false;
        }

        var isMisread = false;
        for (var i = 0; i < next.Inputs.Length; i++)
        {
            if (fastest(i) is not { } most)
            {
                continue;
            }

            if (next.Inputs[i] < known.Inputs[i])
            {
                return false;
            }

            isMisread |= next.Inputs[i] < step.Inputs[i]
                && (step.Inputs[i] - known.Inputs[i] > most * Minutes(known, step) || next.Inputs[i] > most * Minutes(step, next));
        }

        return isMisread;
    }

    private bool IsTooFast((long AtMs, double[] Inputs)? from, (long AtMs, double[] Inputs) to)
    {
        if (from is not { } known)
        {
            return false;
        }

        for (var i = 0; i < to.Inputs.Length; i++)
        {
            if (fastest(i) is { } most && to.Inputs[i] - known.Inputs[i] > most * Minutes(known, to))
            {
                return true;
            }
        }

        return false;
    }

    // What is read twice within a minute may still be the burst of one.
    private static double Minutes((long AtMs, double[] Inputs) from, (long AtMs, double[] Inputs) to) =>
        Math.Max(1, (to.AtMs - from.AtMs) / MillisecondsOfMinute);
}
