using PondSentinel.Measurements;

namespace PondSentinel.Derivation;

/// <summary>A value together with what is known of its quality.</summary>
/// <param name="Value">The number; null where it is missing.</param>
/// <param name="Flag">Its flag.</param>
/// <param name="Why">Reasons for the flag.</param>
public readonly record struct JudgedValue(double? Value, QualityFlag Flag, Why Why = Why.None);

/// <summary>A derived channel on its way: its formula, and what its inputs' quality makes of the result. Not thread-safe.</summary>
/// <remarks>
/// <para>The worst flag of the inputs wins, with the reasons of all. Where one is missing there is no value, never one from an older input. A
/// result that is extrapolated is suspect at best.</para>
/// <para>A formula that looks back does so on nothing that failed; what was suspect makes its results suspect as long as it lies within the
/// period.</para>
/// </remarks>
/// <param name="setting">The channel's settings.</param>
public sealed class DerivedRun(FormulaSetting setting)
{
    private readonly IFormulaRun run = setting.Begin();
    private readonly double[] values = new double[setting.Given.Count];
    private readonly long periodMs = (long)setting.Period.TotalMilliseconds;
    private readonly long oldestMs = (long)setting.LooksBack.TotalMilliseconds;
    private (long UntilMs, Why Why)? doubt;

    /// <summary>Takes what the inputs are now.</summary>
    /// <param name="atMs">When, by a clock that nobody sets, ms; rising.</param>
    /// <param name="inputs">The inputs in the order of the formula's; those that are left out are not looked at.</param>
    public JudgedValue Step(long atMs, ReadOnlySpan<JudgedValue> inputs)
    {
        var (worst, why, isMissing) = (QualityFlag.Good, Why.None, false);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = double.NaN;
            if (setting.Given[i] is null)
            {
                continue;
            }

            var input = inputs[i];
            why |= input.Why;
            if (input.Value is { } value && double.IsFinite(value))
            {
                worst = Worse(worst, input.Flag);
                values[i] = periodMs > 0 && input.Flag == QualityFlag.Fail ? double.NaN : value;
            }
            else
            {
                isMissing = true;
            }
        }

        // Before there is any result: the first ones look back on what came while the period filled.
        if (LooksBack && !isMissing && worst == QualityFlag.Suspect)
        {
            doubt = (atMs + oldestMs, why | (doubt is { } before && before.UntilMs >= atMs ? before.Why : Why.None));
        }

        var result = run.Step(atMs, values);
        return isMissing ? new(null, QualityFlag.Missing, why == Why.None ? Why.NoAnswer : why)
            : result is { } given && double.IsFinite(given.Value) ? Judged(atMs, given, worst, why)
            : new(null, QualityFlag.Missing, why | (periodMs > 0 ? Why.NotReady : Why.OverRange));
    }

    /// <summary>Whether its formula looks back over a period.</summary>
    public bool LooksBack => periodMs > 0;

    /// <summary>What an earlier step comes to now that its inputs were revised.</summary>
    /// <remarks>A formula that looks back is not run again: its result is doubted, and so are those of the period after it.</remarks>
    /// <param name="atMs">When the step was.</param>
    /// <param name="before">What it came to.</param>
    /// <param name="inputs">Its inputs as they are known by now.</param>
    public JudgedValue Again(long atMs, JudgedValue before, ReadOnlySpan<JudgedValue> inputs)
    {
        if (!LooksBack)
        {
            return Step(atMs, inputs);
        }

        var why = Why.None;
        for (var i = 0; i < values.Length; i++)
        {
            why |= setting.Given[i] is null ? Why.None : inputs[i].Why;
        }

        doubt = doubt is { } still && still.UntilMs > atMs + oldestMs ? (still.UntilMs, still.Why | why) : (atMs + oldestMs, why | (doubt?.Why ?? Why.None));
        return Doubted(before, why);
    }

    /// <summary>A result that is suspect at best.</summary>
    /// <param name="result">The result.</param>
    /// <param name="why">Reasons for it.</param>
    public static JudgedValue Doubted(JudgedValue result, Why why) =>
        result.Value is null ? result : result with { Flag = Worse(result.Flag, QualityFlag.Suspect), Why = result.Why | why };

    private JudgedValue Judged(long atMs, Computed<double> result, QualityFlag worst, Why why)
    {
        if (doubt is { } still && still.UntilMs >= atMs)
        {
            (worst, why) = (Worse(worst, QualityFlag.Suspect), why | still.Why);
        }

        return result.IsExtrapolated
            ? new(result.Value, Worse(worst, QualityFlag.Suspect), why | Why.Extrapolated)
            : new(result.Value, worst, why);
    }

    // The numbers of the flags rise with their severity; missing never comes here.
    private static QualityFlag Worse(QualityFlag one, QualityFlag other) => one > other ? one : other;
}
