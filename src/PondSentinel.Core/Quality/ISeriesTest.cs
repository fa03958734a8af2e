using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>One test on one series, sample by sample. Pure: its time is the samples' own.</summary>
/// <remarks>It gives each sample exactly one verdict, at once or with a later sample, at the latest with
/// <see cref="SeriesJudge.SamplesLateMax"/> after it or when the series ends.</remarks>
internal interface ISeriesTest
{
    /// <summary>Which it is.</summary>
    QualityTest Test { get; }

    /// <summary>Takes the next sample.</summary>
    /// <param name="index">Its number in the series, from 0, without a gap.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="verdicts">Takes what can be said now.</param>
    void Judge(long index, in QualitySample sample, VerdictSheet verdicts);

    /// <summary>Gives what is left where no sample follows.</summary>
    /// <param name="count">How many samples there were.</param>
    /// <param name="verdicts">Takes it.</param>
    void Complete(long count, VerdictSheet verdicts);
}

/// <summary>The newest samples, whose verdicts may still come.</summary>
internal sealed class VerdictSheet
{
    private readonly Row[] rows = new Row[SeriesJudge.SamplesLateMax + 1];

    /// <summary>Begins the row of a sample.</summary>
    /// <param name="index">Its number.</param>
    /// <param name="sample">The sample.</param>
    public void Open(long index, in QualitySample sample) => rows[index % rows.Length] = new Row { Sample = sample };

    /// <summary>Writes a verdict down.</summary>
    /// <param name="index">The sample's number.</param>
    /// <param name="test">The test.</param>
    /// <param name="flag">Its verdict.</param>
    public void Put(long index, QualityTest test, QualityFlag flag)
    {
        ref var row = ref rows[index % rows.Length];
        row.Flags = row.Flags.With(test, flag);
        row.Given |= 1u << (int)test;
    }

    /// <summary>What is known of a sample.</summary>
    /// <param name="index">Its number.</param>
    public ref Row this[long index] => ref rows[index % rows.Length];

    /// <summary>One sample.</summary>
    internal struct Row
    {
        /// <summary>The sample.</summary>
        public QualitySample Sample;

        /// <summary>The verdicts that there are.</summary>
        public TestFlags Flags;

        /// <summary>Which tests have given theirs, by bit.</summary>
        public uint Given;

        /// <summary>The verdicts as they were first told.</summary>
        public TestFlags First;
    }
}
