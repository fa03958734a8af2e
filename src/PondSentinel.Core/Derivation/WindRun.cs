using PondSentinel.Air;
using PondSentinel.Measurements;

namespace PondSentinel.Derivation;

/// <summary>The mean of winds over a period, in twelfths of it: the newest may still be filling. Memory: twelve sums.</summary>
/// <remarks>There is a result where three quarters of the steps of a period have been taken.</remarks>
internal sealed class WindRun : IFormulaRun
{
    private const int Parts = 12;
    private const double FilledShare = 0.75;

    private readonly Func<WindMean, double?> result;
    private readonly double stepsNeeded;
    private readonly long partMs;
    private readonly WindMean[] parts = new WindMean[Parts];
    private long open = long.MinValue;

    /// <summary>Begins.</summary>
    /// <param name="setting">The channel's settings.</param>
    /// <param name="result">What is wanted of the mean.</param>
    public WindRun(FormulaSetting setting, Func<WindMean, double?> result)
    {
        this.result = result;
        partMs = Math.Max(1, (long)setting.Period.TotalMilliseconds / Parts);

        // One twelfth is filling, so that up to eleven are whole.
        stepsNeeded = FilledShare * (setting.Period / setting.Interval) * (Parts - 1) / Parts;
    }

    /// <inheritdoc/>
    public Computed<double>? Step(long atMs, ReadOnlySpan<double> inputs)
    {
        MoveTo((long)Math.Floor(atMs / (double)partMs));
        var (speed, direction) = (inputs[0], inputs[1]);
        if (!(speed >= 0) || (speed > 0 && double.IsNaN(direction)))
        {
            return null;
        }

        parts[Place(open)].Add(speed, double.IsNaN(direction) ? 0 : direction);
        var whole = default(WindMean);
        foreach (ref readonly var part in parts.AsSpan())
        {
            whole.Add(part);
        }

        return whole.Count >= stepsNeeded && result(whole) is { } value ? new(value, IsExtrapolated: false) : null;
    }

    private void MoveTo(long part)
    {
        for (var next = Math.Max(open + 1, part - Parts + 1); next <= part; next++)
        {
            parts[Place(next)] = default;
        }

        open = Math.Max(open, part);
    }

    private static int Place(long part) => (int)(((part % Parts) + Parts) % Parts);
}
