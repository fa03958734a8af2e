using BenchmarkDotNet.Attributes;
using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Benchmarks;

/// <summary>The tests of quality on one channel, a value a minute: what a sample costs.</summary>
public class QualityBenchmarks
{
    private const int Samples = 100_000;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly double[] values = new double[Samples];
    private readonly ChannelJudge defaults = new(DefaultTests.Of(Measurand.Ph), Minute);
    private readonly ChannelJudge all = new(All, Minute);
    private long minute;

    /// <summary>Makes the values.</summary>
    public QualityBenchmarks()
    {
        var random = new Random(1);
        for (var n = 0; n < Samples; n++)
        {
            values[n] = 7 + Math.Sin(n / 230.0) + (0.02 * random.NextDouble());
        }
    }

    /// <summary>All tests, with a window of a day.</summary>
    internal static ChannelTests All => DefaultTests.Of(Measurand.Ph) with
    {
        Climatology = [.. Enumerable.Range(1, 12).Select(month => new ClimatologyMember
        {
            Period = ClimatologyPeriod.Month, Times = new Band(month, month), Suspect = new Band(4, 9),
        })],
        AttenuatedSignal = new() { Suspect = 0.02, Fail = 0.005, Period = TimeSpan.FromHours(24), PeriodMin = TimeSpan.FromHours(12) },
        TimeGap = new(),
    };

    [Benchmark(Baseline = true, OperationsPerInvoke = Samples)]
    [BenchmarkCategory("quality")]
    public int DefaultsOfPh() => Run(defaults);

    [Benchmark(OperationsPerInvoke = Samples)]
    [BenchmarkCategory("quality")]
    public int AllTests() => Run(all);

    private int Run(ChannelJudge judge)
    {
        var worse = 0;
        foreach (var value in values)
        {
            judge.Judge(new QualitySample(minute++ * 60_000, value), QualityFlag.Good, Why.None);
            worse += judge.Late.Count;
        }

        return worse;
    }
}
