namespace PondSentinel.Quality;

/// <summary>What tests have to know of a series that no single sample says.</summary>
/// <param name="Interval">The usual time between samples: the median of a series that is at hand as a whole, the configured
/// one of a stream. Null, or not above zero, where it is not known: tests that count by it do not judge.</param>
public sealed record SeriesFacts(TimeSpan? Interval)
{
    /// <summary>The most observations that any window may hold: three days at 4 a second.</summary>
    public const int WindowMax = 1 << 20;

    private const int Slack = 16;

    /// <summary>Standard deviation of the population of all values, and their range; null in a stream, which has no end.
    /// </summary>
    public (double StandardDeviation, double Range)? Whole { get; init; }

    /// <summary>The most observations that a window holds, 1 to <see cref="WindowMax"/>. A test whose window would need more
    /// does not judge.</summary>
    public int ObservationsMax { get; init; } = WindowMax;

    /// <summary>Those of a channel that is read at an interval: room for twice as many as the interval brings, so that nobody
    /// who brings more takes more memory.</summary>
    /// <param name="interval">Time between samples.</param>
    /// <param name="tests">What is tested.</param>
    public static SeriesFacts OfStream(TimeSpan interval, ChannelTests tests)
    {
        var fits = interval > TimeSpan.Zero ? tests.WindowLongest.Ticks / interval.Ticks : WindowMax;
        return new SeriesFacts(interval) { ObservationsMax = (int)Math.Min(WindowMax, (2 * Math.Min(fits, WindowMax)) + Slack) };
    }
}

/// <summary>Finds the facts of a series in one pass.</summary>
/// <remarks>Memory: 16 bytes for each different step in time, at most <see cref="StepsMax"/> of them.</remarks>
public sealed class SeriesSurvey
{
    /// <summary>The most different steps in time.</summary>
    public const int StepsMax = 1 << 20;

    private readonly Dictionary<long, long> steps = [];
    private long stepCount;
    private long? before;
    private Moments sum;
    private double low = double.PositiveInfinity;
    private double high = double.NegativeInfinity;

    /// <summary>Whether there are too many different steps in time to find the median.</summary>
    public bool IsTooIrregular { get; private set; }

    /// <summary>Takes the next sample.</summary>
    /// <param name="sample">The sample.</param>
    public void Add(in QualitySample sample)
    {
        var time = sample.Sane.TimeMs;
        if (time is { } now && before is { } then && !IsTooIrregular)
        {
            Count(now - then);
        }

        before = time;
        if (sample.HasValue)
        {
            sum = sum.And(Moments.Of(sample.Value));
            (low, high) = (Math.Min(low, sample.Value), Math.Max(high, sample.Value));
        }
    }

    /// <summary>The facts of all samples so far.</summary>
    public SeriesFacts Facts => new(Median)
    {
        Whole = sum.Count == 0 ? null : (sum.StandardDeviation, high - low),
    };

    private TimeSpan? Median
    {
        get
        {
            if (stepCount == 0 || IsTooIrregular)
            {
                return null;
            }

            var (lower, upper) = ((stepCount - 1) / 2, stepCount / 2);
            long? first = null;
            long passed = 0;
            foreach (var (ms, count) in steps.OrderBy(step => step.Key))
            {
                passed += count;
                first ??= passed > lower ? ms : null;
                if (passed > upper)
                {
                    return TimeSpan.FromTicks((first!.Value + ms) * (TimeSpan.TicksPerMillisecond / 2));
                }
            }

            return null;
        }
    }

    private void Count(long ms)
    {
        stepCount++;
        if (!steps.TryGetValue(ms, out var count) && steps.Count == StepsMax)
        {
            IsTooIrregular = true;
            steps.Clear();
            return;
        }

        steps[ms] = count + 1;
    }
}
