namespace PondSentinel.Quality;

/// <summary>What a channel is tested for, and how strictly. A test that is null does not run.</summary>
public sealed record ChannelTests
{
    /// <summary>No test.</summary>
    public static ChannelTests None { get; } = new();

    /// <summary>Gross range.</summary>
    public GrossRangeSettings? GrossRange { get; init; }

    /// <summary>Climatology; empty where it does not run.</summary>
    public IReadOnlyList<ClimatologyMember> Climatology { get; init; } = [];

    /// <summary>Spike.</summary>
    public SpikeSettings? Spike { get; init; }

    /// <summary>Rate of change.</summary>
    public RateOfChangeSettings? RateOfChange { get; init; }

    /// <summary>Flat line.</summary>
    public FlatLineSettings? FlatLine { get; init; }

    /// <summary>Attenuated signal.</summary>
    public AttenuatedSignalSettings? AttenuatedSignal { get; init; }

    /// <summary>Time gap.</summary>
    public TimeGapSettings? TimeGap { get; init; }

    /// <summary>Step.</summary>
    public StepSettings? Step { get; init; }

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => Running().Count == 0;

    /// <summary>Whether some test counts by the usual interval of the series.</summary>
    public bool NeedsInterval => FlatLine is not null || Step is not null || AttenuatedSignal?.PeriodMin is not null;

    /// <summary>Whether some test looks at the whole series.</summary>
    public bool NeedsWhole => AttenuatedSignal is { Period: null };

    /// <summary>The longest time that some test looks back; zero where none does.</summary>
    internal TimeSpan WindowLongest => new[]
    {
        FlatLine?.Suspect ?? TimeSpan.Zero, FlatLine?.Fail ?? TimeSpan.Zero, AttenuatedSignal?.Period ?? TimeSpan.Zero,
    }.Max();

    /// <summary>What is wrong with the settings, the first of each test.</summary>
    public IEnumerable<(QualityTest Test, SettingFault Fault)> Faults()
    {
        (QualityTest Test, SettingFault? Fault)[] all =
        [
            (QualityTest.GrossRange, GrossRange?.Fault),
            (QualityTest.Climatology, Climatology.Select(member => member.Fault).FirstOrDefault(fault => fault is not null)),
            (QualityTest.Spike, Spike?.Fault),
            (QualityTest.RateOfChange, RateOfChange?.Fault),
            (QualityTest.FlatLine, FlatLine?.Fault),
            (QualityTest.AttenuatedSignal, AttenuatedSignal?.Fault),
            (QualityTest.TimeGap, TimeGap?.Fault),
            (QualityTest.Step, Step?.Fault),
        ];
        return all.Where(each => each.Fault is not null).Select(each => (each.Test, each.Fault!));
    }

    /// <summary>What keeps sound settings from being used on a stream that is read at an interval: the first of each test.
    /// </summary>
    /// <param name="interval">Time between samples, above zero.</param>
    public IEnumerable<(QualityTest Test, SettingFault Fault)> FaultsOfStream(TimeSpan interval)
    {
        if (AttenuatedSignal is { Period: null })
        {
            yield return (QualityTest.AttenuatedSignal, new SettingFault(
                null, "needs a period: a stream has no end", "add period = \"24h\" and period_min = \"12h\""));
        }

        foreach (var (test, key, time) in new[]
        {
            (QualityTest.FlatLine, "suspect", FlatLine?.Suspect),
            (QualityTest.FlatLine, "fail", FlatLine?.Fail),
            (QualityTest.AttenuatedSignal, "period", AttenuatedSignal?.Period),
        })
        {
            if (time is { } looked && looked.Ticks / interval.Ticks >= SeriesFacts.WindowMax / 2)
            {
                yield return (test, new SettingFault(
                    key, $"spans more than {SeriesFacts.WindowMax / 2} samples at the device's interval", "shorten it, or poll less often"));
            }

            // A window of one or two samples is flat by itself.
            if (test == QualityTest.FlatLine && time is { } flat && flat.Ticks / interval.Ticks < 2)
            {
                yield return (test, new SettingFault(
                    key, "is shorter than two intervals of the device", "make it longer, or poll more often"));
            }
        }
    }

    /// <summary>The tests, ready to begin a series.</summary>
    /// <param name="facts">What is known of it.</param>
    internal IReadOnlyList<ISeriesTest> Begin(SeriesFacts facts)
    {
        List<ISeriesTest> tests = [];
        if (GrossRange is not null)
        {
            tests.Add(new GrossRangeTest(GrossRange));
        }

        if (Climatology.Count > 0)
        {
            tests.Add(new ClimatologyTest(Climatology));
        }

        if (Spike is not null)
        {
            tests.Add(new SpikeTest(Spike));
        }

        if (RateOfChange is not null)
        {
            tests.Add(new RateOfChangeTest(RateOfChange));
        }

        if (FlatLine is not null)
        {
            tests.Add(new FlatLineTest(FlatLine, facts));
        }

        if (AttenuatedSignal is not null)
        {
            tests.Add(new AttenuatedSignalTest(AttenuatedSignal, facts));
        }

        if (TimeGap is not null)
        {
            tests.Add(new TimeGapTest(TimeGap));
        }

        if (Step is not null)
        {
            tests.Add(new StepTest(Step, facts));
        }

        return tests;
    }

    /// <summary>Which tests run, in the order of <see cref="QualityTests.All"/>.</summary>
    public IReadOnlyList<QualityTest> Running() => [.. Begin(new SeriesFacts(null)).Select(test => test.Test)];
}
