using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>What a later sample has made of an earlier one.</summary>
/// <param name="SamplesBack">How many samples before the newest, 1 or more.</param>
/// <param name="Flag">Its flag now.</param>
/// <param name="Why">Why.</param>
public readonly record struct LateVerdict(int SamplesBack, QualityFlag Flag, Why Why);

/// <summary>Joins what the tests of a channel say of its stream with what is known of each value already.</summary>
/// <remarks>
/// <para><b>A failed value must not hide a disaster.</b> What fails for the speed of its change is no evidence to an alert
/// rule. But a probe that is wrong jumps once; where the third sample in a row changes as fast, it is the water: from then
/// on it is suspect, which a rule does take, and says so.</para>
/// <para>So it is, at once and for a spike too, where another probe bears it out: its number lies near the value, by then or when
/// the verdict comes.</para>
/// <para>Pure, bounded, not thread-safe, as <see cref="SeriesJudge"/>.</para>
/// </remarks>
public sealed class ChannelJudge
{
    // So many fast changes in a row bear each other out.
    private const int ConfirmedBy = 3;

    private readonly SeriesJudge judge;
    private readonly double? borneOutWithin;
    private readonly Told[] told = new Told[SeriesJudge.SamplesLateMax + 1];
    private readonly List<LateVerdict> late = new(SeriesJudge.SamplesLateMax);
    private int fastInARow;

    /// <summary>Begins a stream.</summary>
    /// <param name="tests">What is tested.</param>
    /// <param name="interval">Time between samples.</param>
    /// <param name="borneOutWithin">How near another probe's number has to be to bear a value out; null where there is none.</param>
    /// <exception cref="ArgumentException">The settings are wrong.</exception>
    public ChannelJudge(ChannelTests tests, TimeSpan interval, double? borneOutWithin = null)
    {
        judge = new SeriesJudge(tests, SeriesFacts.OfStream(interval, tests));
        this.borneOutWithin = borneOutWithin;
    }

    /// <summary>What the newest sample has made worse of earlier ones, oldest first; valid until the next one. What it has made
    /// better is not told: it would cost a revision and change nothing that anybody does.</summary>
    public IReadOnlyList<LateVerdict> Late => late;

    /// <summary>Takes the next sample.</summary>
    /// <param name="sample">The sample; its value NaN where it is missing.</param>
    /// <param name="flag">What is known of it already.</param>
    /// <param name="why">Why.</param>
    /// <param name="beside">What the other probe says now; null where it says nothing.</param>
    /// <returns>What can be said of it now.</returns>
    public (QualityFlag Flag, Why Why) Judge(in QualitySample sample, QualityFlag flag, Why why, double? beside = null)
    {
        late.Clear();
        var settled = judge.Judge(sample);
        var newest = judge.Newest;
        fastInARow = newest.Flags[QualityTest.RateOfChange] == QualityFlag.Fail ? Math.Min(fastInARow + 1, ConfirmedBy) : 0;
        ref var row = ref told[newest.Index % told.Length];
        if (newest.Index > 0)
        {
            ref var previous = ref told[(newest.Index - 1) % told.Length];
            previous.IsBorneOut |= IsBorneOut(previous.Value, beside);
        }

        row = new Told(sample.Value, flag, why, fastInARow == ConfirmedBy, IsBorneOut(sample.Value, beside), default);
        row.Known = Join(newest, row);
        foreach (ref readonly var final in settled)
        {
            ref var before = ref told[final.Index % told.Length];
            var now = Join(final, before);
            if (final.Index != newest.Index && now != before.Known && now.Flag is QualityFlag.Suspect or QualityFlag.Fail)
            {
                before.Known = now;
                late.Add(new LateVerdict((int)(newest.Index - final.Index), now.Flag, now.Why));
            }
        }

        return row.Known;
    }

    private static (QualityFlag Flag, Why Why) Join(in JudgedSample judged, in Told told)
    {
        if (told.Flag == QualityFlag.Missing)
        {
            return (told.Flag, told.Why);
        }

        var (flag, why) = (told.Flag, told.Why);
        for (var i = 0; i < QualityTests.All.Count; i++)
        {
            var test = QualityTests.All[i];
            if (judged.Flags[test] is not { } verdict)
            {
                continue;
            }

            if (verdict == QualityFlag.Fail && IsConfirmed(test, told))
            {
                verdict = QualityFlag.Suspect;
            }

            flag = FlagPrecedence.Aggregate(flag, verdict);
            why |= verdict is QualityFlag.Suspect or QualityFlag.Fail ? Reason(test) : Why.None;
        }

        return (flag, why);
    }

    private static bool IsConfirmed(QualityTest test, in Told told) => test switch
    {
        QualityTest.RateOfChange => told.IsConfirmed || told.IsBorneOut,
        QualityTest.Spike => told.IsBorneOut,
        _ => false,
    };

    private bool IsBorneOut(double value, double? beside) =>
        borneOutWithin is { } within && beside is { } other && Math.Abs(value - other) <= within;

    private static Why Reason(QualityTest test) => test switch
    {
        QualityTest.GrossRange or QualityTest.Climatology => Why.OutOfBounds,
        QualityTest.Spike => Why.Spike,
        QualityTest.RateOfChange or QualityTest.Step => Why.Rate,
        QualityTest.FlatLine or QualityTest.AttenuatedSignal => Why.Flat,
        QualityTest.TimeGap => Why.Gap,
        _ => throw new ArgumentOutOfRangeException(nameof(test), test, "Not a defined test."),
    };

    private record struct Told(
        double Value, QualityFlag Flag, Why Why, bool IsConfirmed, bool IsBorneOut, (QualityFlag Flag, Why Why) Known);
}
