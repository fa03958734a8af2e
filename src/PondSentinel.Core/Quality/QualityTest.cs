namespace PondSentinel.Quality;

/// <summary>A test that judges one channel by itself, all but one of QARTOD. The numbers are places in <see cref="TestFlags"/> and in
/// snapshots: only add, 15 at most.</summary>
public enum QualityTest
{
    /// <summary>Whether the value is possible, and whether it is usual.</summary>
    GrossRange = 0,

    /// <summary>Whether the value is usual for the season.</summary>
    Climatology = 1,

    /// <summary>Whether the value stands out from both its neighbours. Its verdict comes with the next sample.</summary>
    Spike = 2,

    /// <summary>Whether the value has changed faster than it can.</summary>
    RateOfChange = 3,

    /// <summary>Whether the value has not changed at all for too long.</summary>
    FlatLine = 4,

    /// <summary>Whether the value has changed too little for too long.</summary>
    AttenuatedSignal = 5,

    /// <summary>Whether samples are missing before this one.</summary>
    TimeGap = 6,

    /// <summary>Whether the value has leapt further than it usually moves. Not one of QARTOD's.</summary>
    Step = 7,
}

/// <summary>Names of tests, as in settings and in what commands print. A contract: never rename, only add.</summary>
public static class QualityTests
{
    /// <summary>Every test, in the order in which verdicts are printed.</summary>
    public static IReadOnlyList<QualityTest> All { get; } =
    [
        QualityTest.GrossRange, QualityTest.Climatology, QualityTest.Spike, QualityTest.RateOfChange, QualityTest.FlatLine,
        QualityTest.AttenuatedSignal, QualityTest.TimeGap, QualityTest.Step,
    ];

    extension(QualityTest test)
    {
        /// <summary>The name, for example <c>rate_of_change</c>.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The value is not a defined test.</exception>
        public string Word => test switch
        {
            QualityTest.GrossRange => "gross_range",
            QualityTest.Climatology => "climatology",
            QualityTest.Spike => "spike",
            QualityTest.RateOfChange => "rate_of_change",
            QualityTest.FlatLine => "flat_line",
            QualityTest.AttenuatedSignal => "attenuated_signal",
            QualityTest.TimeGap => "time_gap",
            QualityTest.Step => "step",
            _ => throw new ArgumentOutOfRangeException(nameof(test), test, "Not a defined test."),
        };
    }
}
