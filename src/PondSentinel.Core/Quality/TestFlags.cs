using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>The verdicts of all tests on one sample, 4 bits each, so that they cost no allocation.</summary>
/// <param name="Packed">The bits; 0 in the place of a test that does not run.</param>
public readonly record struct TestFlags(ulong Packed)
{
    private const int Bits = 4;
    private const ulong Mask = (1UL << Bits) - 1;

    /// <summary>The verdict of a test; null where it does not run.</summary>
    /// <param name="test">The test.</param>
    public QualityFlag? this[QualityTest test] =>
        ((Packed >> ((int)test * Bits)) & Mask) is var flag and not 0 ? (QualityFlag)flag : null;

    /// <summary>The same with the verdict of one test.</summary>
    /// <param name="test">The test.</param>
    /// <param name="flag">Its verdict.</param>
    public TestFlags With(QualityTest test, QualityFlag flag)
    {
        var place = (int)test * Bits;
        return new TestFlags((Packed & ~(Mask << place)) | ((ulong)flag << place));
    }
}

/// <summary>One flag for many.</summary>
public static class FlagPrecedence
{
    /// <summary>The flag that stands for two: fail before suspect before good before not evaluated before missing. A good one
    /// beats one that was not evaluated.</summary>
    /// <param name="one">One.</param>
    /// <param name="other">The other.</param>
    public static QualityFlag Aggregate(QualityFlag one, QualityFlag other) => Rank(one) >= Rank(other) ? one : other;

    /// <summary>The flag of a sample. One without a value is missing, whatever the test of its time says.</summary>
    /// <param name="flags">The verdicts of the tests that ran.</param>
    /// <param name="sample">The sample.</param>
    internal static QualityFlag Aggregate(TestFlags flags, in QualitySample sample)
    {
        var sum = sample.HasValue ? QualityFlag.NotEvaluated : QualityFlag.Missing;
        for (var i = 0; i < QualityTests.All.Count; i++)
        {
            var test = QualityTests.All[i];

            // A time may be good that has no value; a value that is not there is not good.
            if (flags[test] is { } flag && (sample.HasValue || test != QualityTest.TimeGap))
            {
                sum = Aggregate(sum, flag);
            }
        }

        return sum;
    }

    private static int Rank(QualityFlag flag) => flag switch
    {
        QualityFlag.Fail => 4,
        QualityFlag.Suspect => 3,
        QualityFlag.Good => 2,
        QualityFlag.NotEvaluated => 1,
        _ => 0,
    };
}
