using CsCheck;
using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>What the engine remembers changes nothing: whatever comes, fails, is written by another or is put in the place of the database,
/// an engine that remembers leaves the tables and says the same as one that forgets everything after each transaction.</summary>
public sealed class ChannelMemoryProperties
{
    private const int Nothing = 0;

    // Two channels with these rules.
    private const int Little = 6_000;

    // So that values are folded away, and late ones are deferred.
    private static readonly RewindWindow Window = new(TimeSpan.FromMinutes(40), KeptMin: 4, KeptMax: 300) { RewoundMax = 20 };

    private static readonly AlertRule[] Rules =
    [
        AlertBench.Ammonium with { Threshold = AlertBench.Ammonium.Threshold with { HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.FromMinutes(4) } },
        With("mean", new MeanStatistic { Period = TimeSpan.FromMinutes(30), Complete = 0.5 }),
        With("count", new CountStatistic { Least = 2, Of = 3, Side = LimitSide.Above }),
        With("none", new NoValueStatistic()),
        JointRules.Leak,
    ];

    // Another engine and another database often enough that both are there within one run.
    private static readonly Gen<Step> GenStep = Gen.Select(
        Gen.Frequency(
            (12, Gen.Const(Kind.Store)), (3, Gen.Const(Kind.Other)), (1, Gen.Const(Kind.Save)), (2, Gen.Const(Kind.Restore)), (3, Gen.Enum<Kind>())),
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 80], Gen.Int[0, 30], Gen.Bool).Array[1, 6],
        Gen.Frequency((3, Gen.Const(0)), (1, Gen.Int[0, 400])),
        (kind, values, back) => new Step(kind, values, back));

    private enum Kind
    {
        Store,
        Lose,
        Fail,
        Unheard,
        Restart,
        Other,
        Save,
        Restore,
        Wait,
        WaitAndLose,
        Alarm,
        AlarmAndLose,
        Flood,
    }

    [Fact]
    public void Engine_that_remembers_leaves_what_one_leaves_that_forgets() => GenStep.Array[1, 30].Sample(
        steps =>
        {
            using var forgetting = new Played(Nothing);
            using var little = new Played(Little);
            using var all = new Played(ChannelMemory.BytesMax);
            foreach (var (step, i) in steps.Select((step, i) => (step, i)))
            {
                foreach (var each in new[] { forgetting, little, all })
                {
                    each.Play(step, i);
                }

                var expected = forgetting.Everything();
                Assert.Equal(expected, little.Everything());
                Assert.Equal(expected, all.Everything());
            }
        },
        iter: TestDepth.Cases(25));

    /// <summary>By the oldest kept value, which is remembered: a late one may come before it, and folding takes it away.</summary>
    [Fact]
    public void Values_are_folded_away_at_the_same_times()
    {
        using var forgetting = new AlertBench(Window, Nothing, [AlertBench.Ammonium]);
        using var all = new AlertBench(Window, ChannelMemory.BytesMax, [AlertBench.Ammonium]);
        HashSet<string> folded = [];
        for (var i = 0; i < 700; i++)
        {
            foreach (var each in new[] { forgetting, all })
            {
                each.Store((i / 8.0, 5));
                if (i is 270 or 500)
                {
                    each.Store((i == 270 ? -8 : 20.01, 5));
                }
            }

            const string Sql = "SELECT folded_ns, kept FROM alert_subject";
            Assert.Equal(forgetting.Rows(Sql), all.Rows(Sql));
            folded.Add(all.Rows("SELECT folded_ns FROM alert_subject")[0]);
        }

        Assert.InRange(folded.Count, 5, 20);
    }

    private static AlertRule With(string id, Statistic statistic) => AlertBench.Ammonium with
    {
        Id = id,
        Statistic = statistic,
        Threshold = statistic.Judging(AlertBench.Ammonium.Threshold with { HoldRaise = TimeSpan.Zero }),
    };

    private sealed record Step(Kind Kind, (int Channel, int Tenths, int Value, bool IsRevision)[] Values, int Back);

    private sealed class Played : IDisposable
    {
        private readonly AlertBench bench;
        private AlertEngine other;
        private SqliteConnection saved;
        private double minute = 43_200;

        public Played(long memory)
        {
            bench = new AlertBench(Window, memory, Rules);
            var first = bench.Engine;
            other = bench.Restart();
            bench.Use(first);
            saved = bench.Copy();
        }

        public void Play(Step step, int number)
        {
            switch (step.Kind)
            {
                case Kind.Store:
                    bench.Store(Points(step, number));
                    break;
                case Kind.Lose:
                    bench.StoreAndLose(Points(step, number));
                    break;
                case Kind.Fail:
                    bench.StoreAndFail(Points(step, number));
                    break;
                case Kind.Unheard:
                    bench.StoreUnheard(Points(step, number));
                    break;
                case Kind.Restart:
                    bench.Restart();
                    break;
                case Kind.Other:
                    var used = bench.Engine;
                    bench.Use(other);
                    other = used;
                    break;
                case Kind.Save:
                    saved.Dispose();
                    saved = bench.Copy();
                    break;
                case Kind.Restore:
                    bench.Restore(saved);
                    break;
                case Kind.Wait:
                    bench.Wait(step.Values[0].Tenths);
                    minute += step.Values[0].Tenths;
                    break;
                case Kind.WaitAndLose:
                    bench.WaitAndLose(1);
                    minute++;
                    break;
                case Kind.Alarm:
                    bench.Alarm(minute, step.Back % 2 == 0 ? 20 : 5, peak: 20, raised: step.Back % 2 == 0);
                    break;
                case Kind.AlarmAndLose:
                    bench.AlarmAndLose(minute, 20);
                    break;
                case Kind.Flood:
                    // More than is folded away at once.
                    bench.Store([.. Enumerable.Range(0, 280).Select(i => PointOf(step.Values[0].Channel, minute + (i / 60.0), 5 + (i / 100), number))]);
                    minute += 5;
                    bench.Wait(5);
                    break;
            }
        }

        public IReadOnlyList<string> Everything() =>
        [
            .. bench.Rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'alert_%' AND name <> 'alert_written' ORDER BY name")
                .SelectMany(table => bench.Rows($"SELECT '{table}', * FROM {table} ORDER BY 2")),
            .. bench.Rows("SELECT subject, kind, hex(states) FROM alert_standing ORDER BY 1, 2"),
            .. bench.Told.Select(notice => notice.ToJson()),
            .. bench.Engine.Statuses.OrderBy(status => status.Rule.Id, StringComparer.Ordinal).ThenBy(status => $"{status.Subject}", StringComparer.Ordinal)
                .Select(status => $"{status with { Rule = null! }}"),
        ];

        public void Dispose()
        {
            saved.Dispose();
            bench.Dispose();
        }

        // One after the other, and with some minutes back: late, or older than what is kept.
        private List<Point> Points(Step step, int number)
        {
            List<Point> points = [];
            foreach (var (channel, tenths, value, isRevision) in step.Values)
            {
                minute += tenths / 10.0;
                points.Add(PointOf(channel, minute - step.Back, value, number) with { IsRevision = isRevision && step.Back > 0 });
            }

            bench.Time.Advance(TimeSpan.FromMinutes(step.Values.Sum(each => each.Tenths) / 10.0));
            return [.. points.DistinctBy(point => (point.TimeNs, point.Station, point.Device, point.Channel, point.Measurand))];
        }

        private static Point PointOf(int channel, double minute, double value, int number)
        {
            var point = channel switch
            {
                0 => AlertBench.PointOf(minute, value),
                1 => AlertBench.OtherOf(minute, value / 2, "spring", gateway: "gz-08"),
                2 => AlertBench.OtherOf(minute, value, "stream", device: "second"),
                3 => AlertBench.OtherOf(minute, value * 10, "stream", Measurand.Conductivity),
                _ => AlertBench.OtherOf(minute, value, "well", gateway: "gz-09"),
            };
            return point with { TimeNs = point.TimeNs + number };
        }
    }
}
