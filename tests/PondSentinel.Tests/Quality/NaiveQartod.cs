using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Tests.Quality;

/// <summary>The tests of QARTOD as their definitions read, over a whole series, with no thought for time or memory: what the
/// streaming ones are held against.</summary>
internal sealed class NaiveQartod(QualitySample[] given, ChannelTests tests, TimeSpan? interval, bool knowsWhole, int observationsMax)
{
    private readonly QualitySample[] series = [.. given.Select(Sane)];

    /// <summary>With what a series tells of itself.</summary>
    public static NaiveQartod OfSeries(QualitySample[] series, ChannelTests tests) =>
        new(series, tests, Median([.. series.Select(Sane)]), knowsWhole: true, SeriesFacts.WindowMax);

    public QualityFlag? Verdict(QualityTest test, int n) => test switch
    {
        QualityTest.GrossRange => tests.GrossRange is { } settings ? GrossRange(settings, n) : null,
        QualityTest.Climatology => tests.Climatology.Count > 0 ? Climatology(n) : null,
        QualityTest.Spike => tests.Spike is { } settings ? Spike(settings, n) : null,
        QualityTest.RateOfChange => tests.RateOfChange is { } settings ? Rate(settings, n) : null,
        QualityTest.FlatLine => tests.FlatLine is { } settings ? Flat(settings, n) : null,
        QualityTest.AttenuatedSignal => tests.AttenuatedSignal is { } settings ? Attenuated(settings, n) : null,
        QualityTest.TimeGap => tests.TimeGap is { } settings ? Gap(settings, n) : null,
        QualityTest.Step => tests.Step is { } settings ? Step(settings, n) : null,
        _ => throw new ArgumentOutOfRangeException(nameof(test)),
    };

    public QualityFlag Aggregate(int n)
    {
        var flags = QualityTests.All.Where(test => test != QualityTest.TimeGap || !IsMissing(n))
            .Select(test => Verdict(test, n)).OfType<QualityFlag>()
            .Append(IsMissing(n) ? QualityFlag.Missing : QualityFlag.NotEvaluated).ToHashSet();
        return new[] { QualityFlag.Fail, QualityFlag.Suspect, QualityFlag.Good, QualityFlag.NotEvaluated, QualityFlag.Missing }
            .First(flags.Contains);
    }

    public static TimeSpan? Median(QualitySample[] series)
    {
        var steps = Enumerable.Range(1, Math.Max(0, series.Length - 1))
            .Where(n => series[n].TimeMs is not null && series[n - 1].TimeMs is not null)
            .Select(n => (decimal)(series[n].TimeMs!.Value - series[n - 1].TimeMs!.Value)).Order().ToList();
        return steps.Count == 0
            ? null
            : TimeSpan.FromTicks((long)((steps[(steps.Count - 1) / 2] + steps[steps.Count / 2]) / 2 * TimeSpan.TicksPerMillisecond));
    }

    private static QualitySample Sane(QualitySample sample) =>
        sample.TimeMs is { } ms && (ms < -62_135_596_800_000 || ms > 253_402_300_799_999) ? sample with { TimeMs = null } : sample;

    private bool IsMissing(int n) => n < 0 || n >= series.Length || !double.IsFinite(series[n].Value);

    private double X(int n) => series[n].Value;

    private static double Amount(Threshold threshold, double x) =>
        threshold.IsPercent ? Math.Max(Math.Abs(x) * threshold.Amount / 100, threshold.Floor) : threshold.Amount;

    private QualityFlag GrossRange(GrossRangeSettings settings, int n)
    {
        if (double.IsNaN(X(n)))
        {
            return QualityFlag.Missing;
        }

        return double.IsInfinity(X(n)) || X(n) < settings.Fail?.Low || X(n) > settings.Fail?.High ? QualityFlag.Fail
            : X(n) < settings.Suspect?.Low || X(n) > settings.Suspect?.High ? QualityFlag.Suspect
            : QualityFlag.Good;
    }

    private QualityFlag Climatology(int n)
    {
        var flag = IsMissing(n) ? QualityFlag.Missing : QualityFlag.NotEvaluated;
        if (IsMissing(n) || series[n].TimeMs is not { } ms)
        {
            return flag;
        }

        var day = DateTime.UnixEpoch.AddMilliseconds(ms);
        foreach (var member in tests.Climatology)
        {
            double time = member.Period switch
            {
                ClimatologyPeriod.Month => day.Month,
                ClimatologyPeriod.Quarter => (int)Math.Ceiling(day.Month / 3.0),
                ClimatologyPeriod.DayOfYear => (day.Date - new DateTime(day.Year, 1, 1)).Days + 1,
                ClimatologyPeriod.DayOfWeek => Array.IndexOf(
                    new[] { DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday, DayOfWeek.Saturday, DayOfWeek.Sunday }, day.DayOfWeek),
                ClimatologyPeriod.Week => System.Globalization.ISOWeek.GetWeekOfYear(day),
                _ => ms,
            };
            if (time < member.Times.Low || time > member.Times.High)
            {
                continue;
            }

            if (member.DepthMetres is { } depths && !(series[n].DepthMetres >= depths.Low && series[n].DepthMetres <= depths.High))
            {
                continue;
            }

            flag = X(n) < member.Fail?.Low || X(n) > member.Fail?.High ? QualityFlag.Fail
                : X(n) < member.Suspect.Low || X(n) > member.Suspect.High ? QualityFlag.Suspect
                : QualityFlag.Good;
        }

        return flag;
    }

    private QualityFlag Step(StepSettings settings, int n)
    {
        if (IsMissing(n))
        {
            return QualityFlag.Missing;
        }

        var usual = Enumerable.Range(0, n).Where(IsNext).Select(m => (float)Change(settings, m)).TakeLast(settings.Samples).Order().ToList();
        return !IsNext(n) || usual.Count < settings.Samples / 2 ? QualityFlag.NotEvaluated
            : Math.Abs(X(n) - X(n - 1)) > settings.Floor && Change(settings, n) > settings.Suspect * 1.4826 * usual[usual.Count / 2] ? QualityFlag.Suspect
            : QualityFlag.Good;
    }

    private bool IsNext(int n) => !IsMissing(n) && !IsMissing(n - 1) && interval is { } usual && series[n].TimeMs - series[n - 1].TimeMs is { } ms
        && ms > 0 && ms <= 2 * usual.TotalMilliseconds;

    private double Change(StepSettings settings, int n) =>
        Math.Abs(X(n) - X(n - 1)) / (Math.Max(0, Math.Min(X(n), X(n - 1))) + settings.Floor);

    private QualityFlag Spike(SpikeSettings settings, int n)
    {
        if (IsMissing(n))
        {
            return QualityFlag.Missing;
        }

        if (n == 0 || n == series.Length - 1 || IsMissing(n - 1) || IsMissing(n + 1))
        {
            return QualityFlag.NotEvaluated;
        }

        var (before, after) = (X(n) - X(n - 1), X(n + 1) - X(n));
        var distance = settings.Method == SpikeMethod.Average ? Math.Abs(X(n) - ((X(n - 1) + X(n + 1)) / 2))
            : Math.Sign(before) * Math.Sign(after) == -1 ? Math.Min(Math.Abs(before), Math.Abs(after))
            : 0;
        return settings.Fail is { Amount: not 0 } fail && distance > Amount(fail, X(n)) ? QualityFlag.Fail
            : settings.Suspect is { Amount: not 0 } suspect && distance > Amount(suspect, X(n)) ? QualityFlag.Suspect
            : QualityFlag.Good;
    }

    private QualityFlag Rate(RateOfChangeSettings settings, int n)
    {
        if (IsMissing(n))
        {
            return QualityFlag.Missing;
        }

        if (IsMissing(n - 1))
        {
            return QualityFlag.Good;
        }

        if (series[n].TimeMs is not { } now || series[n - 1].TimeMs is not { } then || Math.Abs(now - then) < 1000)
        {
            return QualityFlag.NotEvaluated;
        }

        var rate = Math.Abs(X(n) - X(n - 1)) / Math.Floor(Math.Abs(now - then) / 1000.0);
        return settings.Fail is { } fail && rate > Amount(fail, X(n)) / settings.Per.TotalSeconds ? QualityFlag.Fail
            : settings.Suspect is { } suspect && rate > Amount(suspect, X(n)) / settings.Per.TotalSeconds ? QualityFlag.Suspect
            : QualityFlag.Good;
    }

    private QualityFlag Flat(FlatLineSettings settings, int n)
    {
        if (IsMissing(n))
        {
            return QualityFlag.Missing;
        }

        if (series.Length < 3)
        {
            return QualityFlag.Good;
        }

        if (interval is not { } step || step <= TimeSpan.Zero
            || new[] { settings.Suspect, settings.Fail }.Any(time => time is { } t && Steps(t, step) >= observationsMax))
        {
            return QualityFlag.NotEvaluated;
        }

        return IsFlat(settings.Fail) ? QualityFlag.Fail : IsFlat(settings.Suspect) ? QualityFlag.Suspect : QualityFlag.Good;

        bool IsFlat(TimeSpan? time)
        {
            if (time is null || n < Steps(time.Value, step))
            {
                return false;
            }

            var window = Enumerable.Range(n - (int)Steps(time.Value, step), (int)Steps(time.Value, step) + 1)
                .Where(i => !IsMissing(i)).Select(X).ToList();
            var range = window.Max() - window.Min();
            return range < Amount(settings.Tolerance, X(n)) || (settings.Tolerance.IsPercent && range <= 0);
        }
    }

    private static long Steps(TimeSpan time, TimeSpan step) => (long)((decimal)time.Ticks / step.Ticks);

    private QualityFlag Attenuated(AttenuatedSignalSettings settings, int n)
    {
        if (IsMissing(n))
        {
            return QualityFlag.Missing;
        }

        List<double> seen;
        if (settings.Period is { } period)
        {
            if (series[n].TimeMs is not { } now)
            {
                return QualityFlag.NotEvaluated;
            }

            // From where time has not gone back since.
            var first = n;
            var earliest = now;
            while (first > 0 && (series[first - 1].TimeMs ?? earliest) <= earliest)
            {
                first--;
                earliest = series[first].TimeMs ?? earliest;
            }

            seen = [.. Enumerable.Range(first, n - first + 1)
                .Where(i => !IsMissing(i) && series[i].TimeMs > now - (period.Ticks / TimeSpan.TicksPerMillisecond)).Select(X)];
            var least = settings.ObservationsMin ?? 0L;
            if (settings.PeriodMin is { } time)
            {
                if (interval is not { } step || step <= TimeSpan.Zero)
                {
                    return QualityFlag.NotEvaluated;
                }

                least = Steps(time, step);
            }

            if (seen.Count < least || seen.Count > observationsMax)
            {
                return QualityFlag.NotEvaluated;
            }
        }
        else if (knowsWhole)
        {
            seen = [.. Enumerable.Range(0, series.Length).Where(i => !IsMissing(i)).Select(X)];
        }
        else
        {
            return QualityFlag.NotEvaluated;
        }

        var mean = seen.Average();
        var spread = settings.Method == SpreadMethod.Range
            ? seen.Max() - seen.Min()
            : Math.Sqrt(seen.Sum(x => (x - mean) * (x - mean)) / seen.Count);
        return spread < settings.Fail ? QualityFlag.Fail : spread < settings.Suspect ? QualityFlag.Suspect : QualityFlag.Good;
    }

    private QualityFlag Gap(TimeGapSettings settings, int n)
    {
        if (n > 0)
        {
            return series[n].TimeMs is not { } now ? QualityFlag.Missing
                : series[n - 1].TimeMs is not { } then ? QualityFlag.NotEvaluated
                : now - then > settings.Fail.TotalMilliseconds ? QualityFlag.Fail
                : QualityFlag.Good;
        }

        if (series.Length > 1 && (series[0].TimeMs is null || series[1].TimeMs is not null))
        {
            return Gap(settings, 1);
        }

        return series[0].TimeMs is null ? QualityFlag.Missing : QualityFlag.NotEvaluated;
    }
}
