using PondSentinel.Measurements;

namespace PondSentinel.Derivation;

/// <summary>What a formula computes from.</summary>
/// <param name="Key">Its name in a configuration.</param>
/// <param name="Measurands">What it may be; unit and basis are converted.</param>
public sealed record FormulaInput(string Key, params IReadOnlyList<Measurand> Measurands)
{
    /// <summary>Whether the formula does without.</summary>
    public bool IsOptional { get; init; }
}

/// <summary>A constant of a formula.</summary>
/// <param name="Key">Its name in a configuration, the unit as its last word.</param>
/// <param name="Min">Lowest allowed.</param>
/// <param name="Max">Highest allowed.</param>
/// <param name="Usual">What holds where nobody says; null where somebody has to.</param>
public sealed record FormulaConstant(string Key, double Min, double Max, double? Usual)
{
    /// <summary>Whether it is written as <c>true</c> or <c>false</c>, which stand for 1 and 0.</summary>
    public bool IsFlag { get; init; }
}

/// <summary>How a channel is computed from others: a formula of Chemistry, Air or Water under the name that configurations know.</summary>
public sealed record Formula
{
    /// <summary>Name of the constant that is the length of a window, a duration.</summary>
    public const string PeriodKey = "period";

    /// <summary>Its name in a configuration. For ever: what it means never changes.</summary>
    public required string Name { get; init; }

    /// <summary>What it gives.</summary>
    public required Measurand Output { get; init; }

    /// <summary>What it needs.</summary>
    public required IReadOnlyList<FormulaInput> Inputs { get; init; }

    /// <summary>How it computes and by whom, for people.</summary>
    public required string Method { get; init; }

    /// <summary>Its constants.</summary>
    public IReadOnlyList<FormulaConstant> Constants { get; init; } = [];

    /// <summary>For one that looks back over a period: shortest, longest and usual; null for one that computes from what is now.</summary>
    public (TimeSpan Min, TimeSpan Max, TimeSpan Usual)? Period { get; init; }

    /// <summary>For one that compares two steps: least share of the period that lies between them; 0 for any other.</summary>
    public double FilledShare { get; init; }

    /// <summary>Begins a run.</summary>
    public required Func<FormulaSetting, IFormulaRun> Run { get; init; }
}

/// <summary>A formula with all that one channel settles.</summary>
/// <param name="Formula">The formula.</param>
/// <param name="Given">What each input measures, in the order of the formula's; null where it is left out.</param>
/// <param name="Constants">The constants, in the order of the formula's.</param>
/// <param name="Interval">Time between two steps.</param>
/// <param name="Period">How long it looks back; zero for one that does not.</param>
public sealed record FormulaSetting(
    Formula Formula, IReadOnlyList<Measurand?> Given, IReadOnlyList<double> Constants, TimeSpan Interval, TimeSpan Period)
{
    /// <summary>Most steps in a period.</summary>
    public const int StepsMax = 20_000;

    /// <summary>How old a step may be that it looks back on: its period and, since steps come early or late, half an interval.</summary>
    public TimeSpan LooksBack => Period > TimeSpan.Zero ? Period + (Interval / 2) : TimeSpan.Zero;

    /// <summary>Time between the two steps that are nearest to a period apart; right between two, the shorter.</summary>
    /// <param name="period">The period, at least an interval.</param>
    /// <param name="interval">Time between two steps, above 0.</param>
    public static TimeSpan Nearest(TimeSpan period, TimeSpan interval) => interval * Math.Ceiling((period / interval) - 0.5);

    /// <summary>Begins a run.</summary>
    public IFormulaRun Begin() => Formula.Run(this);
}

/// <summary>A formula on its way through the values of its inputs. Not thread-safe.</summary>
public interface IFormulaRun
{
    /// <summary>Takes what the inputs are now.</summary>
    /// <param name="atMs">When, by a clock that nobody sets, ms; rising.</param>
    /// <param name="inputs">The inputs in the order of the formula's; NaN where one is missing or left out.</param>
    /// <returns>The result; null where there is none.</returns>
    Computed<double>? Step(long atMs, ReadOnlySpan<double> inputs);
}
