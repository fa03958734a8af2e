using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Benchmarks;

/// <summary>What the tests of one channel keep after five days at a value a minute: live memory of many channels, by one.</summary>
internal static class QualityStateRun
{
    private const int Channels = 500;
    private const int Samples = 5 * 1440;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>Measures and prints.</summary>
    public static void Run()
    {
        Console.WriteLine("| signal | default tests of pH, bytes | all tests, a day's window, bytes |");
        Console.WriteLine("|---|---|---|");
        var random = new Random(1);
        Print("a day's course with noise", n => 7 + Math.Sin(n / 230.0) + (0.02 * random.NextDouble()));
        Print("rises all the time, 1 a day", n => 4 + (n / 1440.0));
        Print("frozen", _ => 7.01);
        Print("creeps by less than the tolerance all day", n => 7 + (n * 5e-6));
    }

    private static void Print(string signal, Func<int, double> value) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {signal} | {BytesOf(DefaultTests.Of(Measurand.Ph), value):0} | {BytesOf(QualityBenchmarks.All, value):0} |"));

    private static double BytesOf(ChannelTests tests, Func<int, double> value)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var judges = new ChannelJudge[Channels];
        for (var i = 0; i < Channels; i++)
        {
            judges[i] = new ChannelJudge(tests, Minute);
            for (var n = 0; n < Samples; n++)
            {
                judges[i].Judge(new QualitySample(n * 60_000L, value(n)), QualityFlag.Good, Why.None);
            }
        }

        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Channels;
        GC.KeepAlive(judges);
        return bytes;
    }
}
