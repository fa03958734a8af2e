using CsCheck;
using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Tests.Quality;

/// <summary>What holds for every series and all settings.</summary>
public sealed class SeriesJudgeProperties
{
    private static readonly DateTimeOffset Start = new(2026, 12, 30, 22, 0, 0, TimeSpan.Zero);

    // Sums of quarters are exact, so that a value on a limit is on it in every way of counting.
    private static readonly Gen<double> GenValue = Gen.Frequency(
        (30, Gen.Int[-8, 8].Select(quarters => quarters / 4.0)),
        (10, Gen.Const(1.25)),
        (5, Gen.Const(double.NaN)),
        (1, Gen.OneOf(double.PositiveInfinity, double.NegativeInfinity, 1e150, -1e150, 4e-320, 1e7)));

    private static readonly Gen<long?> GenStep = Gen.Frequency<long?>(
        (30, Gen.Const<long?>(60_000)),
        (5, Gen.Long[1, 200_000].Select(ms => (long?)ms)),
        (2, Gen.OneOf<long?>(0, 500, 1500, 600_000, 86_400_000)),
        (1, Gen.OneOf<long?>(-1, -60_000, -10_000_000)),
        (1, Gen.Const((long?)null)));

    private static readonly Gen<QualitySample> GenAbsurd = Gen.Select(
        Gen.OneOf(long.MinValue, long.MaxValue, -62_135_596_800_001, -62_135_596_800_000, 253_402_300_799_999, 253_402_300_800_000), GenValue)
        .Select(pair => new QualitySample(pair.Item1, pair.Item2));

    private static readonly Gen<QualitySample[]> GenSeries =
        from steps in Gen.Select(GenStep, GenValue, Gen.Frequency((3, Gen.Const((double?)null)), (1, Gen.Int[0, 4].Select(m => (double?)m)))).Array[0, 60]
        from absurd in Gen.Frequency((9, Gen.Const(Array.Empty<QualitySample>())), (1, GenAbsurd.Array[1, 4]))
        from at in Gen.Int[0, 60]
        select Series(steps, absurd, at);

    private static readonly Gen<Threshold?> GenThreshold = Gen.Frequency<Threshold?>(
        (3, Gen.Int[1, 8].Select(quarters => (Threshold?)new Threshold(quarters / 4.0))),
        (1, Gen.Select(Gen.OneOf(10.0, 25.0, 50.0), Gen.OneOf(0.0, 0.25)).Select(p => (Threshold?)Threshold.OfValue(p.Item1, p.Item2))),
        (1, Gen.OneOf<Threshold?>(null, new Threshold(0))));

    private static readonly Gen<Band> GenBand = Gen.Select(Gen.Int[-6, 6], Gen.Int[0, 8]).Select((low, width) => new Band(low / 4.0, (low + width) / 4.0));

    private static readonly Gen<TimeSpan?> GenTime = Gen.OneOf<TimeSpan?>(
        null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(59), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2.5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(12));

    private static readonly Gen<ClimatologyMember> GenMember =
        from period in Gen.OneOf<ClimatologyPeriod?>(
            null, ClimatologyPeriod.Month, ClimatologyPeriod.Quarter, ClimatologyPeriod.DayOfYear, ClimatologyPeriod.Week, ClimatologyPeriod.DayOfWeek)
        from suspect in GenBand
        from wider in Gen.Int[0, 3]
        from hasFail in Gen.Bool
        from depth in Gen.Frequency((3, Gen.Const((Band?)null)), (1, Gen.Int[0, 3].Select(low => (Band?)new Band(low, low + 1))))
        from first in Gen.Int[0, 6]
        from length in Gen.Int[0, 6]
        let origin = period switch
        {
            null => Start.ToUnixTimeMilliseconds(),
            ClimatologyPeriod.DayOfYear => 361,
            ClimatologyPeriod.Week => 50,
            ClimatologyPeriod.Month => 8,
            _ => 0,
        }
        let scale = period is null ? 600_000 : 1
        select new ClimatologyMember
        {
            Period = period,
            Times = new Band(origin + (first * scale), origin + ((first + length) * scale)),
            Suspect = suspect,
            Fail = hasFail ? new Band(suspect.Low - wider, suspect.High + wider) : null,
            DepthMetres = depth,
        };

    private static readonly Gen<AttenuatedSignalSettings> GenAttenuated =
        from method in Gen.OneOf(SpreadMethod.Range, SpreadMethod.StandardDeviation)
        // A range of quarters is exact; where a standard deviation is on its limit is a matter of rounding.
        from suspect in method == SpreadMethod.Range ? Gen.OneOf(0.25, 1.0, 1.5) : Gen.OneOf(0.3137, 0.7193, 1.517)
        from fail in method == SpreadMethod.Range ? Gen.OneOf<double?>(null, 0.0, 0.25) : Gen.OneOf<double?>(null, 0.0713, 0.2911)
        from period in GenTime
        from least in Gen.Int[0, 5]
        from asTime in Gen.Bool
        select new AttenuatedSignalSettings
        {
            Method = method,
            Suspect = suspect,
            Fail = fail,
            Period = period,
            ObservationsMin = period is null || asTime ? null : least,
            PeriodMin = period is { } p && asTime ? p * (least / 5.0) : null,
        };

    private static readonly Gen<ChannelTests> GenTests =
        from gross in Gen.Select(Gen.Bool, GenBand, Gen.Int[0, 3])
        from members in GenMember.Array[0, 3]
        from spike in Gen.Select(Gen.OneOf(SpikeMethod.Average, SpikeMethod.Differential), GenThreshold, GenThreshold)
        from rate in Gen.Select(GenThreshold, GenThreshold, Gen.OneOf(1.0, 60.0, 600.0))
        from flat in Gen.Select(GenTime, GenTime, GenThreshold)
        from attenuated in Gen.Select(Gen.Bool, GenAttenuated)
        from gap in GenTime
        from step in Gen.Select(Gen.OneOf(0.4, 1.1, 4), Gen.OneOf(0.3, 2), Gen.Int[8, 20])
        select Sound(new ChannelTests
        {
            GrossRange = new GrossRangeSettings
            {
                Suspect = gross.Item2,
                Fail = gross.Item1 ? new Band(gross.Item2.Low - gross.Item3, gross.Item2.High + gross.Item3) : null,
            },
            Climatology = members,
            Spike = new SpikeSettings { Method = spike.Item1, Suspect = spike.Item2, Fail = spike.Item3 },
            RateOfChange = new RateOfChangeSettings { Suspect = rate.Item1, Fail = rate.Item2, Per = TimeSpan.FromSeconds(rate.Item3) },
            FlatLine = new FlatLineSettings { Suspect = flat.Item1, Fail = flat.Item2, Tolerance = flat.Item3 ?? new Threshold(0.5) },
            AttenuatedSignal = attenuated.Item1 ? attenuated.Item2 : null,
            TimeGap = gap is { } span ? new TimeGapSettings { Fail = span } : null,
            Step = new StepSettings { Suspect = step.Item1, Floor = step.Item2, Samples = step.Item3 },
        });

    [Fact]
    public void Series_is_judged_as_the_definitions_read() =>
        Gen.Select(GenSeries, GenTests).Sample(
            (series, tests) => Agree(NaiveQartod.OfSeries(series, tests), JudgedSeries.Of(series, tests), series, tests),
            iter: TestDepth.Cases(20_000));

    [Fact]
    public void Stream_is_judged_as_the_definitions_read_at_its_own_interval() =>
        Gen.Select(GenSeries, GenTests, Gen.OneOf<double?>(null, 0.0, 1.0, 30.0, 60.0, 90.0), Gen.Int[1, 12]).Sample(
            (series, tests, seconds, most) =>
            {
                TimeSpan? interval = seconds is { } s ? TimeSpan.FromSeconds(s) : null;
                var facts = new SeriesFacts(interval) { ObservationsMax = most };
                Agree(new NaiveQartod(series, tests, interval, knowsWhole: false, most), JudgedSeries.Of(series, tests, facts), series, tests);
            },
            iter: TestDepth.Cases(20_000));

    [Fact]
    public void What_is_said_at_first_changes_only_from_not_evaluated_and_is_final_two_samples_later() =>
        Gen.Select(GenSeries, GenTests).Sample(
            (series, tests) =>
            {
                var judge = new SeriesJudge(tests, JudgedSeries.Survey(series));
                List<JudgedSample> first = [];
                long settled = 0;
                foreach (var sample in series)
                {
                    var now = judge.Judge(sample).ToArray();
                    first.Add(judge.Newest);
                    foreach (var final in now)
                    {
                        Check(final, first[(int)final.Index]);
                        settled = final.Index + 1;
                    }

                    Assert.True(first.Count - settled <= SeriesJudge.SamplesLateMax);
                }

                foreach (var final in judge.Complete().ToArray())
                {
                    Check(final, first[(int)final.Index]);
                    settled = final.Index + 1;
                }

                Assert.Equal(series.Length, settled);
            },
            iter: TestDepth.Cases(3_000));

    private static void Check(JudgedSample final, JudgedSample first)
    {
        Assert.Equal(first.Sample, final.Sample);
        Assert.Equal(first.Flags != final.Flags, final.IsRevised);
        Assert.All(QualityTests.All, test => Assert.True(
            first.Flags[test] == final.Flags[test] || first.Flags[test] == QualityFlag.NotEvaluated));
    }

    private static void Agree(NaiveQartod naive, List<JudgedSample> judged, QualitySample[] series, ChannelTests tests)
    {
        Assert.Equal(Enumerable.Range(0, series.Length).Select(n => (long)n), judged.Select(each => each.Index));
        for (var n = 0; n < series.Length; n++)
        {
            foreach (var test in QualityTests.All)
            {
                if (naive.Verdict(test, n) != judged[n].Flags[test])
                {
                    Assert.Fail($"{test} of {n}: {naive.Verdict(test, n)} by definition, {judged[n].Flags[test]} by the stream; {tests}");
                }
            }

            Assert.Equal(naive.Aggregate(n), judged[n].Flag);
        }
    }

    private static QualitySample[] Series((long? Step, double Value, double? Depth)[] steps, QualitySample[] absurd, int at)
    {
        var ms = Start.ToUnixTimeMilliseconds();
        List<QualitySample> series = [];
        foreach (var (step, value, depth) in steps)
        {
            ms += step ?? 60_000;
            series.Add(new QualitySample(step is null ? null : ms, value, depth));
        }

        series.InsertRange(Math.Min(at, series.Count), absurd);
        return [.. series];
    }

    // A test whose settings are wrong does not run.
    private static ChannelTests Sound(ChannelTests tests)
    {
        foreach (var (test, _) in tests.Faults().ToList())
        {
            tests = test switch
            {
                QualityTest.Spike => tests with { Spike = null },
                QualityTest.RateOfChange => tests with { RateOfChange = null },
                QualityTest.FlatLine => tests with { FlatLine = null },
                QualityTest.AttenuatedSignal => tests with { AttenuatedSignal = null },
                QualityTest.Climatology => tests with { Climatology = [] },
                _ => tests,
            };
        }

        return tests;
    }
}
