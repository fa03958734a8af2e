using CsCheck;
using PondSentinel.Air;
using PondSentinel.Averages;
using PondSentinel.Backend.Averages;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Backend.Averages;

/// <summary>Whatever the order, grouping, revisions, resends, restarts and lost transactions: the averages of the records as they
/// are.</summary>
public sealed class AverageKeeperProperties
{
    private const string Averages =
        """
        [[average]]
        kind = "mean-1h"
        measurand = "pm10_ug_m3"
        utc_offset_h = 5.75
        [[average]]
        kind = "pm10-24h-gb"
        utc_offset_h = 8
        needed = 9
        [[average]]
        kind = "pm10-rolling24"
        needed = 6
        [[average]]
        kind = "nowcast"
        [[average]]
        kind = "iaqi-cn"
        needed = 5
        [[average]]
        kind = "ph-mean"
        needed = 5
        """;

    private static readonly Gen<Point[]> GenSeries =
        Gen.Select(Gen.Frequency((30, Gen.Int[30, 140]), (1, Gen.Int[140, 4000])), Gen.Double[0, 700], Gen.Int[0, 9])
            .Array[1, 150]
            .Select(steps =>
            {
                var tenths = 0;
                return steps.Select(step => AverageBench.PointOf(
                    (tenths += step.Item1) / 10.0, step.Item2, step.Item3 == 0 ? QualityFlag.Fail : QualityFlag.Good)).ToArray();
            });

    [Fact]
    public void Any_order_grouping_revision_resend_restart_and_loss_end_in_the_averages_of_the_records() =>
        Gen.Select(GenSeries, Gen.OneOf(Gen.Const(0), Gen.Int[0, 10_000]), Gen.Int, Gen.Int[1, 40]).Sample(
            (series, disorderMinutes, seed, groupSize) =>
            {
                using var bench = new AverageBench(Averages);
                var random = new Random(seed);
                Dictionary<long, Point> last = [];
                var arriving = series.OrderBy(point => point.TimeMs + random.Next((disorderMinutes * 60_000) + 1)).ToList();
                foreach (var group in arriving.Chunk(groupSize))
                {
                    List<Point> points = [.. group];
                    foreach (var point in group)
                    {
                        last[point.TimeNs] = point;
                    }

                    // Some again, and some with another verdict or number than before.
                    foreach (var known in last.Values.Where(_ => random.Next(20) == 0).ToList())
                    {
                        var revised = random.Next(2) == 0
                            ? known
                            : known with { IsRevision = true, Value = known.Value with { Flag = random.Next(2) == 0 ? QualityFlag.Suspect : QualityFlag.Fail, Value = random.Next(3) * 100 } };
                        last[known.TimeNs] = revised;
                        points.Add(revised);
                    }

                    if (random.Next(4) == 0)
                    {
                        bench.StoreAndLose(WithPh(points));
                    }

                    if (random.Next(4) == 0)
                    {
                        bench.Restart();
                    }

                    bench.Store(WithPh(points));
                }

                // What had to wait for room.
                for (var i = 0; i < 3; i++)
                {
                    bench.Wait(AverageBench.Start.AddYears(-1));
                }

                Assert.Equal(Model([.. last.Values]), bench.Windows());
            },
            iter: 120);

    // Each number also as one of pH, which it need not be: its mean is of values and not of hours.
    private static List<Point> WithPh(IReadOnlyList<Point> points) =>
    [
        .. points,
        .. points.Select(point => point with
        {
            Measurand = Measurand.Ph, Channel = "ph", Value = point.Value with { Measurand = Measurand.Ph, Channel = "ph" },
        }),
    ];

    // From all records at once, hour by hour and window by window.
    private static List<(string, long, WindowValue)> Model(IReadOnlyList<Point> points)
    {
        List<(string, long, WindowValue)> windows = [];
        foreach (var average in AverageBench.Read(Averages))
        {
            var shift = TimeSpan.FromMinutes(average.ShiftMinutes);
            var hours = points.OrderBy(point => point.TimeNs)
                .Select(point => new HourSample(point.TimeMs, point.Value.Flag == QualityFlag.Fail ? double.NaN : point.Value.Value!.Value))
                .GroupBy(sample => HourMean.HourOf(sample.AtMs, shift)).ToDictionary(hour => hour.Key, hour => hour.ToArray());
            var over = hours.Keys.Max() - 1;
            double? MeanOf(long hour) => hours.TryGetValue(hour, out var samples) && hour <= over
                ? HourMean.Of(
                    hour, shift, samples, hours.TryGetValue(hour - 1, out var before) ? before[^1] : null,
                    hours.TryGetValue(hour + 1, out var after) ? after[0] : null)
                : null;

            IEnumerable<double> ValuesOf(long from, long to) => hours.Where(hour => hour.Key >= from && hour.Key <= to)
                .SelectMany(hour => hour.Value).Select(sample => sample.Value).Where(double.IsFinite);

            var rule = average.Rule;
            var ring = new HourRing(LiveKind.HoursMax * 4);
            for (var end = hours.Keys.Min(); end <= over; end++)
            {
                ring.Set(end, MeanOf(end));
                if (Enumerable.Range(0, rule.Hours).Any(age => hours.ContainsKey(end - age)) && (!rule.IsByClock || (end + average.HoursAhead + 1) % rule.Hours == 0))
                {
                    windows.Add((average.Id, end, Value(average.Kind.Word, ring.Over(end, rule.Hours, rule.Needed), ring, ValuesOf(end - rule.Hours + 1, end))));
                }
            }
        }

        return [.. windows.OrderBy(window => window.Item1, StringComparer.Ordinal).ThenBy(window => window.Item2)];
    }

    private static WindowValue Value(string kind, WindowMean window, HourRing ring, IEnumerable<double> values)
    {
        if (kind == "nowcast")
        {
            var mean = NowCast.Of([.. Enumerable.Range(0, 12).Select(age => ring[window.LastHour - age])]);
            return new WindowValue(mean, mean, window.Valid);
        }

        if (kind == "ph-mean")
        {
            double? mean = window.Mean is null ? null : PhMean.Of(values)!.Value.Arithmetic;
            return new WindowValue(mean, mean, window.Valid);
        }

        return new WindowValue(
            window.Mean is not { } exact ? null : kind switch
            {
                "pm10-24h-gb" => Math.Round((decimal)exact, MidpointRounding.ToEven) is var rounded ? (double)rounded : null,
                "iaqi-cn" => IndexScale.China2012.Of(exact).Value,
                _ => exact,
            },
            window.Mean,
            window.Valid);
    }
}
