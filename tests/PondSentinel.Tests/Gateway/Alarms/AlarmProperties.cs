using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Gateway.Alarms;

/// <summary>What holds for every alarm and every series: the gateway finds what the backend's rule finds.</summary>
public sealed class AlarmProperties
{
    private static readonly Gen<(int Seconds, double Value, QualityFlag Flag, bool Restart, int Step)[]> GenSeries = Gen.Select(
        Gen.Int[1, 900],
        Gen.Frequency((2, Gen.Double[0, 30]), (2, Gen.Double[14, 22])),
        Gen.Frequency((8, Gen.Const(QualityFlag.Good)), (1, Gen.Const(QualityFlag.Fail)), (1, Gen.Const(QualityFlag.Suspect))),
        Gen.Frequency((12, Gen.Const(false)), (1, Gen.Const(true))),
        Gen.Frequency((9, Gen.Const(0)), (1, Gen.Int[-100_000, 100_000]))).Array[0, 60];

    private static readonly Statistic?[] Statistics = [null, new CountStatistic { Least = 3, Of = 4, Side = LimitSide.Above }, new MeanStatistic { Period = TimeSpan.FromHours(1) }];

    [Fact]
    public void Gateway_raises_and_ends_what_the_rule_of_the_backend_does_over_restarts_and_whatever_the_wall_clock_says() =>
        Gen.Select(GenSeries, Gen.Int[0, 2]).Sample((series, which) =>
        {
            var statistic = Statistics[which];
            var options = AlarmBench.Leak with { Statistic = statistic, Relays = [] };
            options = options with { Threshold = statistic?.Judging(options.Threshold) ?? options.Threshold };
            using var bench = new AlarmBench { Alarms = [options] };
            bench.Start();
            List<AlertChange> expected = [];
            List<string> found = [];
            var rule = new RuleStepper(options.Threshold, options.Statistic, default, RuleState.Initial);
            foreach (var (seconds, value, flag, restart, step) in series)
            {
                bench.Clocks.Advance(TimeSpan.FromSeconds(seconds));
                bench.Clocks.SetWall(TimeSpan.FromSeconds(step));
                if (restart)
                {
                    bench.Start();
                }

                if (bench.Measure(value, flag, flag == QualityFlag.Fail ? Why.OutOfBounds : Why.None, seconds: 0))
                {
                    found.Add(bench.Board.Read((alarms, _, _) => $"{alarms[0].IsRaised} {alarms[0].Last!.Change.At:O} {alarms[0].Last!.Change.Peak:R}"));
                }

                // A restart that nothing was written down before is that of another test.
                bench.Clocks.Advance(TimeSpan.FromMinutes(5));
                bench.Board.Look();
                List<AlertChange> steps = [];
                rule.Step(new AlertSample(PondSentinel.Gateway.Alarms.Alarm.At(bench.Clocks.BootTime - TimeSpan.FromMinutes(5)), value, flag), steps);

                // A mean that was raised and is over again before the next value came is told as over.
                expected.AddRange(steps.Where(change => change.IsRaised || change.IsCleared).TakeLast(1));
            }

            Assert.Equal(
                expected.Select(change => $"{change.IsRaised} {change.At:O} {change.Peak:R}"),
                found);
        }, iter: TestDepth.Cases(100));
}
