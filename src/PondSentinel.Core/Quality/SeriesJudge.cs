using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>A sample and what the tests say of it.</summary>
/// <param name="Index">Its number in the series, from 0.</param>
/// <param name="Sample">The sample.</param>
/// <param name="Flags">The verdict of each test.</param>
/// <param name="IsRevised">Whether a verdict differs from what was said when the sample came.</param>
public readonly record struct JudgedSample(long Index, QualitySample Sample, TestFlags Flags, bool IsRevised)
{
    /// <summary>The flag of the sample.</summary>
    public QualityFlag Flag => FlagPrecedence.Aggregate(Flags, Sample);
}

/// <summary>Runs the tests of a channel over its series, sample by sample. The same for a stream and for a series that is at
/// hand: they differ only in what is known beforehand.</summary>
/// <remarks>
/// <para>Pure: no clock, no I/O. Bound: see the tests; without windows under 1.5 KiB.</para>
/// <para>A verdict that needs what comes next is <see cref="QualityFlag.NotEvaluated"/> at first, and final at most
/// <see cref="SamplesLateMax"/> samples later.</para>
/// <para>Not thread-safe.</para>
/// </remarks>
public sealed class SeriesJudge
{
    /// <summary>How many samples later a verdict is final: 1 by a spike and by a gap at the beginning, 2 by a flat line at the
    /// beginning of a series.</summary>
    public const int SamplesLateMax = 2;

    private readonly ISeriesTest[] tests;
    private readonly uint everyTest;
    private readonly VerdictSheet sheet = new();
    private readonly JudgedSample[] settled = new JudgedSample[SamplesLateMax + 1];
    private long count;
    private long settledCount;
    private bool isComplete;

    /// <summary>Begins a series.</summary>
    /// <param name="tests">What is tested.</param>
    /// <param name="facts">What is known of the series.</param>
    /// <exception cref="ArgumentException">The settings are wrong; the message says which and why.</exception>
    public SeriesJudge(ChannelTests tests, SeriesFacts facts)
    {
        ArgumentNullException.ThrowIfNull(tests);
        ArgumentNullException.ThrowIfNull(facts);
        foreach (var (test, fault) in tests.Faults())
        {
            throw new ArgumentException($"{test.Word}{(fault.Key is null ? "" : $".{fault.Key}")} {fault.What}.", nameof(tests));
        }

        this.tests = [.. tests.Begin(facts)];
        everyTest = this.tests.Aggregate(0u, (bits, test) => bits | (1u << (int)test.Test));
    }

    /// <summary>What can be said of the newest sample now.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public JudgedSample Newest
    {
        get
        {
            if (count == 0)
            {
                throw new InvalidOperationException("There is no sample yet.");
            }

            ref var row = ref sheet[count - 1];
            return new JudgedSample(count - 1, row.Sample, row.First, IsRevised: false);
        }
    }

    /// <summary>Takes the next sample.</summary>
    /// <param name="sample">The sample.</param>
    /// <returns>The samples on which everything is said now, in order; valid until the next call.</returns>
    /// <exception cref="InvalidOperationException">The series is complete.</exception>
    public ReadOnlySpan<JudgedSample> Judge(in QualitySample sample)
    {
        if (isComplete)
        {
            throw new InvalidOperationException("The series is complete.");
        }

        var sane = sample.Sane;
        sheet.Open(count, sane);
        foreach (var test in tests)
        {
            test.Judge(count, sane, sheet);
        }

        sheet[count].First = Told(sheet[count]);
        count++;
        return Settle();
    }

    /// <summary>Ends the series.</summary>
    /// <returns>The samples on which something was still to be said, in order; valid until the next call.</returns>
    public ReadOnlySpan<JudgedSample> Complete()
    {
        if (!isComplete)
        {
            isComplete = true;
            foreach (var test in tests)
            {
                test.Complete(count, sheet);
            }
        }

        return Settle();
    }

    private ReadOnlySpan<JudgedSample> Settle()
    {
        var ready = 0;
        while (settledCount < count && sheet[settledCount].Given == everyTest)
        {
            ref var row = ref sheet[settledCount];
            settled[ready++] = new JudgedSample(settledCount++, row.Sample, row.Flags, row.Flags != row.First);
        }

        return settled.AsSpan(0, ready);
    }

    // What is not said yet is not evaluated, to whoever asks now.
    private TestFlags Told(in VerdictSheet.Row row)
    {
        var flags = row.Flags;
        foreach (var test in tests)
        {
            if ((row.Given & (1u << (int)test.Test)) == 0)
            {
                flags = flags.With(test.Test, QualityFlag.NotEvaluated);
            }
        }

        return flags;
    }
}
