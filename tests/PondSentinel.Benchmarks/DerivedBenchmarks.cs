using BenchmarkDotNet.Attributes;
using PondSentinel.Averages;
using PondSentinel.Derivation;
using PondSentinel.Measurements;

namespace PondSentinel.Benchmarks;

/// <summary>Derived channels and windows of hours: what a value and a window cost.</summary>
public class DerivedBenchmarks
{
    private const int Values = 100_000;

    private readonly JudgedValue[][] inputs = new JudgedValue[Values][];
    private readonly double[] hours = new double[Values];
    private readonly DerivedRun ammonia = Run("unionized-ammonia-nitrogen", TimeSpan.Zero);
    private readonly DerivedRun ratio = Run("ammonia-acute-ratio", TimeSpan.Zero);
    private readonly DerivedRun wind = Run("wind-vector-direction", TimeSpan.FromMinutes(10));
    private readonly MeanWindows rolling = new(WindowRule.Rolling24, latenessHours: 48);
    private readonly MeanWindows days = new(WindowRule.DayGb, latenessHours: 48);
    private readonly SampleHours samples = new(TimeSpan.FromMinutes(1), TimeSpan.Zero, kept: 3);
    private readonly List<WindowMean> told = [];
    private long step;
    private long hour;
    private long minute;

    /// <summary>Makes the values.</summary>
    public DerivedBenchmarks()
    {
        var random = new Random(1);
        for (var n = 0; n < Values; n++)
        {
            inputs[n] = [Good(10 * random.NextDouble()), Good(6 + (3 * random.NextDouble())), Good(30 * random.NextDouble())];
            hours[n] = 100 * random.NextDouble();
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Values)]
    [BenchmarkCategory("derived")]
    public int UnionizedAmmonia() => Run(ammonia);

    [Benchmark(OperationsPerInvoke = Values)]
    [BenchmarkCategory("derived")]
    public int RatioToTheAcuteCriterion() => Run(ratio);

    [Benchmark(OperationsPerInvoke = Values)]
    [BenchmarkCategory("derived")]
    public int WindOfTenMinutes() => Run(wind);

    /// <summary>A window is updated with each hour.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Values)]
    [BenchmarkCategory("windows")]
    public int RollingDay() => Run(rolling, late: 0);

    /// <summary>Each hour comes twelve hours late or again, and opens the windows that hold it: with the newest one fourteen are
    /// updated.</summary>
    [Benchmark(OperationsPerInvoke = Values * 14)]
    [BenchmarkCategory("windows")]
    public int RollingDayOfLateHours() => Run(rolling, late: 12);

    [Benchmark(OperationsPerInvoke = Values)]
    [BenchmarkCategory("windows")]
    public int CalendarDay() => Run(days, late: 0);

    /// <summary>A sample a minute, and the mean of its hour at the end of it.</summary>
    [Benchmark(OperationsPerInvoke = Values)]
    [BenchmarkCategory("windows")]
    public double SamplesOfHours()
    {
        var sum = 0.0;
        foreach (var value in hours)
        {
            minute++;
            samples.Take(minute * 60_000, value);
            sum += minute % 60 == 0 ? samples.MeanOf((minute / 60) - 1) ?? 0 : 0;
        }

        return sum;
    }

    private static JudgedValue Good(double value) => new(value, QualityFlag.Good);

    private static DerivedRun Run(string name, TimeSpan period)
    {
        var formula = FormulaBook.Find(name)!;
        return new DerivedRun(new FormulaSetting(
            formula,
            [.. formula.Inputs.Select(input => (Measurand?)input.Measurands[0])],
            [.. formula.Constants.Select(constant => constant.Usual ?? 0)],
            TimeSpan.FromSeconds(10),
            period));
    }

    private int Run(DerivedRun run)
    {
        var suspect = 0;
        foreach (var input in inputs)
        {
            step += 10_000;
            suspect += run.Step(step, input).Flag == QualityFlag.Suspect ? 1 : 0;
        }

        return suspect;
    }

    private int Run(MeanWindows windows, int late)
    {
        var valid = 0;
        foreach (var mean in hours)
        {
            told.Clear();
            hour++;
            if (late > 0)
            {
                // The newest hour is known: only the late one opens windows.
                windows.Take(hour, mean, told);
                told.Clear();
            }

            windows.Take(hour - late, mean, told);
            valid += told.Count;
        }

        return valid;
    }
}
