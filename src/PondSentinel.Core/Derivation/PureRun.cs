using PondSentinel.Measurements;

namespace PondSentinel.Derivation;

/// <summary>Computes from what is now.</summary>
/// <param name="inputs">The inputs, none of them missing.</param>
internal delegate Computed<double> PureFormula(ReadOnlySpan<double> inputs);

/// <summary>A formula without memory.</summary>
/// <param name="formula">The formula.</param>
internal sealed class PureRun(PureFormula formula) : IFormulaRun
{
    /// <inheritdoc/>
    public Computed<double>? Step(long atMs, ReadOnlySpan<double> inputs)
    {
        foreach (var input in inputs)
        {
            if (double.IsNaN(input))
            {
                return null;
            }
        }

        var result = formula(inputs);
        return double.IsFinite(result.Value) ? result : null;
    }
}
